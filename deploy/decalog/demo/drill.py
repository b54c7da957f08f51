"""R7.8: a drill of the story: scheduled, played up the whole ladder with its flag, and evaluated by another person."""

from datetime import date, timedelta
from typing import Any

from chassis.clock import business_day, machine_now
from decalog.demo.stage import Listener, Stage, wait_for
from decalog.organisation import DEMO, organisation

CITY, COUNTER = "4401", "4401003"
PLAYED = {
    "kind": "gathering",
    "unit": COUNTER,
    "summary": "演练：五十人聚集，不含个人信息",
    "facts": {"people_gathering": 50},
}


def hold_drill(stage: Stage, head_office: Listener) -> str:
    """The centre plays a gathering; head office has it with the drill flag; the city's reviewer evaluates."""
    leader = stage.person(_holder("centre_manager"))
    drill = _ok(leader.post("/v1/drills", _plan(_holder("centre_manager"))))["id"]
    before, counted = machine_now(), _statistics(stage)
    incident = _ok(leader.post(f"/v1/drills/{drill}/incidents", PLAYED))
    wait_for("the drill at head office", lambda: head_office.first(incident["id"], "I"))
    arrivals = [one for one in head_office.arrivals if one.data.get("incident") == incident["id"]]
    assert all(one.attributes["drill"] is True and one.data["drill"] is True for one in arrivals), arrivals
    assert (incident["drill_id"], incident["level"]) == (drill, "I"), incident

    record = {
        "started_at": before.isoformat(),
        "ended_at": machine_now().isoformat(),
        "content": "疏散客户、启用手工登记",
        "participants": [_holder("centre_manager"), _holder("company_leader")],
    }
    _ok(leader.post(f"/v1/drills/{drill}/record", record))
    evaluation = {"scores": [{"item": "上报用时", "score": 9}], "problems": ["登记簿未及时取出"]}
    own = leader.post(f"/v1/drills/{drill}/evaluation", evaluation)
    assert own.status_code == 403, own.text
    other = stage.person(_holder("city_reviewer"))
    _ok(other.post(f"/v1/drills/{drill}/evaluation", evaluation))
    over = _ok(other.post(f"/v1/drills/{drill}/closing", {}))
    assert (over["status"], over["record"]["content"]) == ("closed", record["content"]), over
    after = _statistics(stage)
    for figure in ("incidents", "false_alarms", "by_level", "by_kind"):
        assert after[figure] == counted[figure], (counted, after)
    assert after["drills"] == counted["drills"] + 1, after
    return f"level I told {len(incident['escalation']['tellings'])} persons as a drill; the statistics are as before"


def _plan(leader: str) -> dict[str, Any]:
    starts = machine_now() + timedelta(minutes=5)
    ends = starts + timedelta(minutes=30)
    times = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
    return {"scenario": "gathering", "unit": CITY, "counters": [COUNTER], "leader": leader, **times}


def _holder(post: str) -> str:
    made = organisation(DEMO, seed=1, since=date(2026, 1, 1))
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == (post, CITY, "holder"))


def _statistics(stage: Stage) -> dict[str, Any]:
    """The figures of the counter, where nothing else happens meanwhile."""
    today = business_day(machine_now())
    asked = {"unit": COUNTER, "from": f"{today - timedelta(days=1)}", "to": f"{today + timedelta(days=1)}"}
    manager = stage.person(_holder("centre_manager"))
    figures: dict[str, Any] = _ok(manager.get("/v1/incident-statistics", **asked))["figures"]
    return figures


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
