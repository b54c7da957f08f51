"""Hidden risks and warnings in the states that the operations need."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from chassis.clock import business_day, machine_now
from decalog.demo.stage import Speaker, Stage

COUNTERS = ("4401001", "4401002", "4401003")
FINDINGS = 6


@frozen
class LookedAhead:
    """What exists: as `Known`."""

    ids: Mapping[str, Sequence[str]]
    fitting: Mapping[str, Sequence[str]]
    bodies: Mapping[str, Any]


def prepare(stage: Stage, head: str) -> LookedAhead:
    """Make all of it as a person in charge at head office, who is the owner of everything."""
    person, today = stage.person(head), business_day(machine_now())
    later = [_opened(person, unit, today + timedelta(days=31 * months)) for months in (1, 2) for unit in COUNTERS]
    open_now = [_planned(person, every, unit) for every in ("week", "month", "quarter") for unit in COUNTERS]
    found = [_recorded(person, inspection) for inspection in open_now[:5]]
    for inspection, steps in zip(found, (0, 1, 2, 2, 0), strict=True):
        _put_right(person, inspection, steps)
    ends = _instant(hours=200)
    warnings = [_warned(person, head, ends) for _ in range(5)]
    named = ("assign", "fix", "verify", "reject", "raise")
    by_finding = {f"emergency.{step}_finding": [inspection] for step, inspection in zip(named, found, strict=True)}
    commands = ("acknowledge", "extend", "lift")
    by_warning = {f"emergency.{name}_warning": warnings[place:] for place, name in enumerate(commands)}
    record = {"occurred_on": today.isoformat(), "results": _results(_checklist(person, open_now[5]), 1)}
    return LookedAhead(
        ids={"inspection": [*found, *open_now[5:], *later], "warning": warnings, "number": _numbers()},
        fitting={
            "emergency.record_risk_inspection": open_now[5:],
            "emergency.reschedule_risk_inspection": later[:3],
            "emergency.cancel_risk_inspection": later[3:],
            **by_finding,
            **by_warning,
        },
        bodies={
            "emergency.record_risk_inspection": record,
            "emergency.assign_finding": {"owner": head},
            "emergency.reschedule_risk_inspection": {"due": _due(person, later[0]), "reason": "柜面装修"},
            "emergency.issue_warning": _warning(head, _instant(hours=100)),
            "emergency.extend_warning": {"ends_at": _instant(hours=300), "reason": "客流仍高"},
            "emergency.link_foretold_incident": {"incident": _foretold(person)},
        },
    )


def _checklist(person: Speaker, inspection: str) -> Sequence[str]:
    found: Sequence[str] = _ok(person.get(f"/v1/risk-inspections/{inspection}"))["checklist"]
    return found


def _planned(person: Speaker, every: str, unit: str) -> str:
    """The inspection of the present period of this kind."""
    codes = [one["code"] for one in _ok(person.get("/v1/risk-categories"))["items"]]
    plan = {"every": every, "due_day": 7, "categories": codes}
    _ok(person.put(f"/v1/risk-inspection-plans/{unit}", plan))
    return _opened(person, unit, business_day(machine_now()))


def _opened(person: Speaker, unit: str, day: Any) -> str:
    body = {"unit": unit, "day": day.isoformat()}
    return str(_ok(person.post("/v1/risk-inspections", body))["id"])


def _recorded(person: Speaker, inspection: str) -> str:
    today = business_day(machine_now()).isoformat()
    results = _results(_checklist(person, inspection), FINDINGS)
    body = {"occurred_on": today, "results": results}
    return str(_ok(person.post(f"/v1/risk-inspections/{inspection}/record", body))["id"])


def _results(checklist: Sequence[str], findings: int) -> list[dict[str, Any]]:
    found = [{"severity": "low", "description": "示例隐患"}] * findings
    clear = [{"category": code, "findings": []} for code in checklist[1:]]
    return [{"category": checklist[0], "findings": found}, *clear]


def _put_right(person: Speaker, inspection: str, steps: int) -> None:
    """So many steps: given to somebody else than who verifies, and said to be fixed by them."""
    owner = "P440100001"
    for number in _numbers():
        path = f"/v1/risk-inspections/{inspection}/findings/{number}"
        if steps > 0:
            _ok(person.post(f"{path}/assignment", {"owner": owner}))
        if steps > 1:
            _ok(person.stage.person(owner).post(f"{path}/fix", {"note": "示例"}))


def _numbers() -> list[str]:
    return [str(number) for number in range(1, FINDINGS + 1)]


def _due(person: Speaker, inspection: str) -> str:
    first = _ok(person.get(f"/v1/risk-inspections/{inspection}"))["first_due"]
    return (datetime.fromisoformat(first) + timedelta(days=1)).isoformat()


def _warned(person: Speaker, head: str, ends: str) -> str:
    return str(_ok(person.post("/v1/warnings", _warning(head, ends)))["id"])


def _warning(owner: str, ends: str) -> dict[str, Any]:
    measures = [{"text": "示例措施", "owner": owner, "due": _instant(hours=24)}] * FINDINGS
    given = {"unit": "4401", "kind": "crowd_surge", "level": "IV", "reason": "示例", "drill": True}
    return {**given, "ends_at": ends, "measures": measures}


def _foretold(person: Speaker) -> str:
    report = {"kind": "crowd_surge", "unit": COUNTERS[0], "summary": "示例", "drill": True}
    return str(_ok(person.post("/v1/incidents", report))["id"])


def _instant(*, hours: int) -> str:
    return (machine_now() + timedelta(hours=hours)).isoformat()


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    return response.json()
