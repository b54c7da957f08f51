"""Looking ahead: a hidden risk that several hands put right, and a warning that reaches every counter."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chassis.clock import business_day, machine_now
from decalog.demo.mailbox import Mailbox
from decalog.demo.stage import Speaker, Stage, wait_for
from decalog.organisation import Organisation

CITY = "4401"


def put_a_hidden_risk_right(stage: Stage, made: Organisation) -> str:
    """A counter looks for hidden risks, finds one, puts it right; its own head may not verify that, the city's may."""
    city = stage.person(_holder(made, "company_leader", CITY))
    counters = [unit.id for unit in made.units if unit.parent == CITY]
    opened = [(_inspection(stage, made, unit), unit) for unit in counters]
    inspection, unit = next((one for one in opened if one[0]["state"] == "open"), opened[0])
    supervisor = _holder(made, "counter_supervisor", unit)
    head, path = stage.person(supervisor), f"/v1/risk-inspections/{inspection['id']}"
    if inspection["state"] != "open":
        return f"every counter of {CITY} has recorded its inspection of {inspection['period']} before"

    _ok(head.post(f"{path}/record", _record(inspection["checklist"])))
    _ok(city.post(f"{path}/findings/1/assignment", {"owner": supervisor}))
    _ok(head.post(f"{path}/findings/1/fix", {"note": "演示：已增设分流标识"}))
    own = head.post(f"{path}/findings/1/verification", {})
    assert own.status_code == 403, own.text
    closed = _ok(city.post(f"{path}/findings/1/verification", {}))
    assert closed["state"] == "closed", closed
    rows = _ok(city.get(f"{path}/history"))["items"]
    return f"{inspection['id']}: found, put right, verified by other eyes ({own.json()['code']}); {len(rows)} rows"


def warn_every_counter(stage: Stage, made: Organisation, mails: Mailbox) -> str:
    """A city warns its counters: its manager acknowledges by the mail's link, a counter's head by the API."""
    leader, manager = (_holder(made, post, CITY) for post in ("company_leader", "centre_manager"))
    city = stage.person(leader)
    warning = _ok(city.post("/v1/warnings", _warning(leader)))
    path = f"/v1/warnings/{warning['id']}"
    mail = wait_for("the mail", lambda: mails.first_to(f"{manager.lower()}@example.invalid", warning["id"]))
    _ok(stage.http.post(f"/v1/links/{mail.link}/acknowledgement", json={}))
    counter = next(unit.id for unit in made.units if unit.parent == CITY)
    below = stage.person(_holder(made, "counter_supervisor", counter))
    wait_for("the receipts", lambda: _ok(city.get(path))["spread_at"])
    _ok(below.post(f"{path}/acknowledgements", {"unit": counter}))
    silent = wait_for("the acknowledgement", lambda: _silent_without(city, path, CITY))
    assert counter not in silent, silent
    shown = _ok(below.get("/v1/warnings", unit=counter, in_force="true"))["items"]
    assert warning["id"] in {one["id"] for one in shown}, shown
    _ok(city.post(f"{path}/measures/1/outcome", {"done": True}))
    _ok(city.post(f"{path}/lifting", {"reason": "演示结束"}))
    return f"{mail.subject!r}; two units answered, {len(silent)} had not when it was lifted"


def _inspection(stage: Stage, made: Organisation, unit: str) -> Any:
    head = stage.person(_holder(made, "counter_supervisor", unit))
    return _ok(head.post("/v1/risk-inspections", {"unit": unit}))


def _record(checklist: Sequence[str]) -> dict[str, Any]:
    finding = {"severity": "high", "description": "演示：等候区无分流标识"}
    results = [{"category": code, "findings": []} for code in checklist[1:]]
    day = business_day(machine_now()).isoformat()
    return {"occurred_on": day, "results": [{"category": checklist[0], "findings": [finding]}, *results]}


def _warning(owner: str) -> dict[str, Any]:
    now = machine_now()
    measure = {"text": "演示：增开窗口", "owner": owner, "due": (now + timedelta(hours=1)).isoformat()}
    return {
        "unit": CITY,
        "kind": "crowd_surge",
        "level": "II",
        "reason": "演示：预计客流为平日两倍",
        "ends_at": (now + timedelta(hours=2)).isoformat(),
        "measures": [measure],
    }


def _silent_without(city: Speaker, path: str, unit: str) -> list[str] | None:
    silent = [one["unit"] for one in _ok(city.get(f"{path}/receipts", acknowledged="false"))["items"]]
    return None if unit in silent else silent


def _holder(made: Organisation, post: str, unit: str) -> str:
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == (post, unit, "holder"))


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
