"""R7.11 in the demo: an entry of an incident is corrected by the red line; what stood there stays beside it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from decalog.demo.stage import Stage
from decalog.organisation import Organisation

REASON = "演示：发生时间登记有误"


def correct_by_the_red_line(stage: Stage, made: Organisation, incident: Mapping[str, Any]) -> str:
    """The counter's supervisor corrects when it happened; the same again is refused, and the timeline tells of it."""
    supervisor = stage.person(_supervisor(made, incident["unit"]))
    path = f"/v1/incidents/{incident['id']}"
    right = (datetime.fromisoformat(incident["reported_at"]) - timedelta(minutes=10)).isoformat()
    corrected = _ok(supervisor.post(f"{path}/corrections", {"occurred_at": right, "reason": REASON}))
    again = supervisor.post(f"{path}/corrections", {"occurred_at": right, "reason": REASON})
    (one,) = corrected["corrections"]
    told = [row["row"]["kind"] for row in _ok(supervisor.get(f"{path}/timeline"))["items"]]

    assert (one["before"], one["reason"]) == (incident["occurred_at"], REASON), one
    assert again.json()["code"] == "chassis.nothing_corrected", again.text
    assert told.count("corrected") == 1, told
    return f"{one['field']}: {one['before'] or 'not known'} struck through, {one['after']} beside it, by {one['by']}"


def _supervisor(made: Organisation, unit: str) -> str:
    wanted = ("counter_supervisor", unit, "holder")
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == wanted)


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
