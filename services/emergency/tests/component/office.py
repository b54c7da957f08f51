"""What the component tests of emergency share: an organisation with its people, and short ways to report and answer."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from attrs import asdict
from pymongo.read_concern import ReadConcern

from chassis.clock import SteppedClock
from chassis.documents import converter
from emergency.directory import AssignmentCopy, UnitCopy
from emergency.service import Emergency
from tests.house import Badge, Exchange, Ground, House, system

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""

TODAY = date(2026, 11, 23)

COUNTER, SIBLING, OTHER_CITYS, ELSEWHERE = "4401003", "4401001", "4402001", "3301001"

CHAINS = (
    ("HQ",),
    ("HQ", "44"),
    ("HQ", "33"),
    ("HQ", "44", "4401"),
    ("HQ", "44", "4402"),
    ("HQ", "33", "3301"),
    *(("HQ", "44", "4401", f"440100{number}") for number in range(1, 10)),
    ("HQ", "44", "4402", OTHER_CITYS),
    ("HQ", "33", "3301", ELSEWHERE),
)
KINDS = ("head_office", "province", "city", "counter")


def unit(*units: str) -> UnitCopy:
    """The unit that this chain of ids ends in."""
    return UnitCopy(units[-1], KINDS[len(units) - 1], f"机构{units[-1]}", units)


def held(
    person: str,
    post: str,
    at: str,
    kind: str = "holder",
    *,
    order: int | None = None,
    since: date = date(2026, 1, 1),
    to: date | None = None,
) -> AssignmentCopy:
    """One assignment."""
    order = order or (1 if kind == "deputy" else None)
    return AssignmentCopy(f"{at}:{post}:{person}:{since}", person, post, at, kind, order, since, to)


TELLER, SUPERVISOR, NEIGHBOUR = Badge("P440100301"), Badge("P440100302"), Badge("P440100101")
GUIDE = Badge("P440100303")
MANAGER, MANAGER_DEPUTY = Badge("P440100001"), Badge("P440100002")
LEADER, LEADER_DEPUTY = Badge("P440100003"), Badge("P440100004")
CITY_REVIEWER, OTHER_CITY = Badge("P440100005"), Badge("P440200001")
PROVINCE_HEAD, PROVINCE_DEPUTY = Badge("P440000001"), Badge("P440000002")
PROVINCE_LEADER, PROVINCE_REVIEWER = Badge("P440000003"), Badge("P440000004")
OTHER_PROVINCE = Badge("P330000001")
BUSINESS, BUSINESS_DEPUTY = Badge("P000000001"), Badge("P000000002")
SERVICE, SERVICE_DEPUTY = Badge("P000000003"), Badge("P000000004")
HO_REVIEWER, STRANGER = Badge("P000000005"), Badge("P999999999")

CCMS_ACTIONS = ("incident.report", "incident.read", "incident.add_facts", "incident.file_report", "signal.report")
CCMS = system("ccms-44", "44", *CCMS_ACTIONS)
CCMS_33 = system("ccms-33", "33", *CCMS_ACTIONS)
ALMIGHTY = system(
    "overgranted",
    "HQ",
    *CCMS_ACTIONS,
    *(f"incident.{action}" for action in ("grade", "lower", "respond", "contain", "close", "guide", "correct")),
    "handling_body.set",
    "plan.adopt",
    "incident.do_step",
    "incident.review",
    *(f"risk_inspection.{action}" for action in ("read", "record", "plan")),
    *(f"risk_finding.{action}" for action in ("assign", "fix", "verify")),
    *(f"warning.{action}" for action in ("read", "issue", "acknowledge", "lift")),
    "draft.read",
    "draft.decide",
    "statistics.read",
    "statistics.report",
    *(f"drill.{action}" for action in ("read", "plan", "run", "evaluate", "set_programme")),
    *(f"parameter.{action}" for action in ("read", "propose", "approve")),
)
"""A system with grants that no system may use."""

STAFF = (
    held(TELLER.subject, "teller", COUNTER),
    held(GUIDE.subject, "guide", COUNTER),
    held(SUPERVISOR.subject, "counter_supervisor", COUNTER),
    held(NEIGHBOUR.subject, "counter_supervisor", SIBLING),
    held(MANAGER.subject, "centre_manager", "4401"),
    held(MANAGER_DEPUTY.subject, "centre_manager", "4401", "deputy"),
    held(LEADER.subject, "company_leader", "4401"),
    held(LEADER_DEPUTY.subject, "company_leader", "4401", "deputy"),
    held(CITY_REVIEWER.subject, "city_reviewer", "4401"),
    held(OTHER_CITY.subject, "centre_manager", "4402"),
    held(PROVINCE_HEAD.subject, "province_ops_head", "44"),
    held(PROVINCE_DEPUTY.subject, "province_ops_head", "44", "deputy"),
    held(PROVINCE_LEADER.subject, "company_leader", "44"),
    held(PROVINCE_REVIEWER.subject, "province_reviewer", "44"),
    held(OTHER_PROVINCE.subject, "province_ops_head", "33"),
    held(BUSINESS.subject, "ho_business_management_head", "HQ"),
    held(BUSINESS_DEPUTY.subject, "ho_business_management_head", "HQ", "deputy"),
    held(SERVICE.subject, "ho_customer_service_head", "HQ"),
    held(SERVICE_DEPUTY.subject, "ho_customer_service_head", "HQ", "deputy"),
    held(HO_REVIEWER.subject, "ho_reviewer", "HQ"),
)

AT_ONCE = {each.subject for each in (MANAGER, LEADER, PROVINCE_HEAD, BUSINESS, SERVICE)}
"""Whom level I tells at once."""


def open_office(ground: Ground, *, at: datetime = NINE, staff: Iterable[AssignmentCopy] = STAFF) -> House:
    """Emergency on an empty database, with its copy of the directory."""
    house = ground.cleared().house(Emergency, "emergency", clock=SteppedClock(at), exchange=Exchange())
    house.database.unit_copies.insert_many(_copy(unit(*chain)) for chain in CHAINS)
    if copies := [_copy(each) for each in staff]:
        house.database.assignment_copies.insert_many(copies)
    return house


def report(house: House, by: Badge = CCMS, *, key: str = "k1", unit: str = COUNTER, **body: Any) -> str:
    """An incident is reported; its id. A gathering of three people where nothing else is said."""
    return str(reported(house, by, key=key, unit=unit, **body)["body"]["id"])


def reported(house: House, by: Badge = CCMS, *, key: str = "k1", unit: str = COUNTER, **body: Any) -> dict[str, Any]:
    """The same; the whole answer."""
    return house.done("report_incident", by, key=key, body=report_of(unit=unit, **body))


def report_of(**body: Any) -> dict[str, Any]:
    """The body of a report."""
    given = {"kind": "gathering", "unit": COUNTER, "summary": "柜面有人聚集", "facts": {"people_gathering": 3}}
    return {**given, **body}


def body_of(*members: tuple[Badge, str]) -> dict[str, Any]:
    """The members of a handling body, as they are set."""
    return {"members": [{"person": badge.subject, "role": role} for badge, role in members]}


def card_of(*steps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a plan that holds from today."""
    card = {"lead": "counter_supervisor", "lead_tier": "counter", "steps": list(steps), **more}
    return {"effective_from": TODAY.isoformat(), "card": card}


def step_of(id: str = "call_fire", **more: Any) -> dict[str, Any]:
    """A step of a plan: the supervisor's, within two minutes."""
    what = {"zh": "拨打 119", "en": "call 119"}
    return {"id": id, "what": what, "post": "counter_supervisor", "tier": "counter", "minutes": 2, **more}


def review_of(*actions: Mapping[str, Any], due: str = "2026-12-15T01:00:00Z") -> dict[str, Any]:
    """The body of a review with these actions."""
    whole = [{"what": "检查备用出口", "due": due, **action} for action in actions]
    return {"findings": "疏散过慢", "lessons": "先开备用出口", "actions": whole}


GROUP = body_of((LEADER, "leader"), (MANAGER, "deputy"), (SUPERVISOR, "liaison"))


def drill_of(**more: Any) -> dict[str, Any]:
    """A drill as it is planned: in an hour, for an hour, at one counter."""
    given = {
        "scenario": "fire",
        "unit": "4401",
        "counters": [COUNTER],
        "leader": MANAGER.subject,
        "starts_at": "2026-11-23T02:00:00Z",
        "ends_at": "2026-11-23T03:00:00Z",
    }
    return {**given, **more}


def plans(house: House, by: Badge = MANAGER, *, key: str = "d1", **more: Any) -> dict[str, str]:
    """A drill is scheduled; the path to it."""
    return {"drill": str(house.done("schedule_drill", by, key=key, body=drill_of(**more))["body"]["id"])}


def signal_of(**more: Any) -> dict[str, Any]:
    """A signal as a branch system reports it: one complaint about fees, at nine."""
    given = {"counter": COUNTER, "kind": "complaint", "category": "fee", "occurred_at": "2026-11-23T01:00:00Z"}
    return {**given, **more}


def signals(house: House, *keys: str, by: Badge = CCMS, **more: Any) -> list[str]:
    """A signal for each key; everything that they announce arrives. Their ids."""
    found = [house.done("report_signal", by, key=key, body=signal_of(**more))["body"]["id"] for key in keys]
    house.settle()
    return [str(each) for each in found]


def drafts(house: House, by: Badge = HO_REVIEWER, **query: Any) -> list[dict[str, Any]]:
    """The drafts that somebody sees, the newest first."""
    return list(house.done("draft_list", by, query=query)["body"]["items"])


def gathering(house: House, people: int, by: Badge = CCMS, **more: Any) -> str:
    """An incident with so many people: 50 make level I, 30 II, 10 III, 3 IV. Everything that it announces arrives."""
    incident = report(house, by, facts={"people_gathering": people}, **more)
    house.settle()
    return incident


def shown(house: House, incident: str, by: Badge = HO_REVIEWER) -> dict[str, Any]:
    """The incident as its reader sees it."""
    return dict(house.done("incident", by, path={"incident": incident})["body"])


def does(house: House, operation: str, by: Badge, incident: str, body: Any = None, **request: Any) -> dict[str, Any]:
    """A command on an incident that must succeed; its announcements arrive."""
    answer = house.done(operation, by, path={"incident": incident}, body={} if body is None else body, **request)
    house.settle()
    return dict(answer["body"])


def may_not(house: House, operation: str, by: Badge, incident: str, body: Any = None, **request: Any) -> str:
    """The code of the refusal of a command or query on an incident."""
    refusal = house.refused(operation, by, path={"incident": incident}, body={} if body is None else body, **request)
    return str(refusal["code"])


def adds(house: House, incident: str, by: Badge = CCMS, **facts: Any) -> dict[str, Any]:
    """New facts."""
    return does(house, "add_facts", by, incident, {"facts": facts})


def files(house: House, incident: str, kind: str = "first", by: Badge = MANAGER) -> dict[str, Any]:
    """A report in writing is filed."""
    return does(house, "submit_report", by, incident, filing(kind))


def filing(kind: str = "first", **more: Any) -> dict[str, Any]:
    """The body of a report in writing."""
    return {"kind": kind, "course": "九时许客户聚集", "signer": "P440100001", "contact": "P440100302", **more}


def handled(house: House, incident: str, by: Badge = HO_REVIEWER) -> dict[str, Any]:
    """The incident is responded to, guided, reported on, its mandatory steps done, contained and closed."""
    does(house, "begin_response", by, incident)
    does(house, "record_guidance", by, incident, {"words": "先疏散客户"})
    files(house, incident, by=by)
    steps_done(house, incident, by)
    does(house, "contain", by, incident)
    return does(house, "close", by, incident, {"outcome": "handled"})


def plan_steps(house: House, incident: str, by: Badge = HO_REVIEWER) -> dict[str, dict[str, Any]]:
    """The steps of the incident's plan as they stand, by name."""
    body = house.done("incident_plan", by, path={"incident": incident})["body"]
    return {step["id"]: step for step in body["steps"]}


def steps_done(house: House, incident: str, by: Badge = HO_REVIEWER) -> None:
    """Every mandatory step of the plan is done."""
    for name, step in plan_steps(house, incident, by).items():
        if step["mandatory"] and step["state"] == "open":
            house.done("complete_step", by, path={"incident": incident, "step": name}, body={})
    house.settle()


def notices(house: House, *, since: int = 0) -> list[tuple[str, str]]:
    """Who was to be told on which channel, in order."""
    return [(each["person"], each["channel"]) for each in house.events("notice_due", since=since)]


def arrives(house: House, *units: str, sequence: int = 1, **more: Any) -> None:
    """The directory states the unit that this chain of ids ends in."""
    stated = UnitCopy(units[-1], more.pop("kind", KINDS[min(len(units), 4) - 1]), f"机构{units[-1]}", units)
    parent = units[-2] if len(units) > 1 else None
    data = {**asdict(stated), "parent": parent, "region": None, "open_from": None, "open_to": None, **more}
    house.hear("security", "unit_stated", stated.id, data, sequence=sequence)


def assigned(house: House, assignment: AssignmentCopy, *, sequence: int = 1) -> None:
    """The directory states an assignment."""
    data = {**asdict(assignment), "units": ["HQ"], "held_from": assignment.held_from.isoformat()}
    data["held_to"] = assignment.held_to and assignment.held_to.isoformat()
    house.hear("security", "assignment_stated", assignment.id, data, sequence=sequence)


def stands(house: House, person: Badge, standing: str, *, sequence: int = 1) -> None:
    """The directory states a person's standing."""
    data = {"person": person.subject, "unit": "4401", "units": ["HQ"], "standing": standing}
    data |= {"since": house.clock.now().isoformat(), "leaves_at": None}
    house.hear("security", "staff_stated", person.subject, data, sequence=sequence)


def elevation(
    house: House,
    person: Badge,
    right: str,
    *,
    id: str = "e1",
    hours: int = 8,
    state: str = "approved",
    sequence: int = 2,
) -> None:
    """Security states an elevation of the person at `COUNTER`, from now on."""
    now = house.clock.now()
    data = {
        "id": id,
        "person": person.subject,
        "kind": "temporary",
        "right": right,
        "system": "decalog",
        "unit": COUNTER,
        "units": ["HQ", "44", "4401", COUNTER],
        "state": state,
        "since": now.isoformat(),
        "until": (now + timedelta(hours=hours)).isoformat(),
        "ended_at": None,
    }
    house.hear("security", "elevation_stated", id, data, sequence=sequence)


def rows(house: House, operation: str, incident: str, *, by: Badge = HO_REVIEWER, limit: int = 200) -> list[Any]:
    """Every row of a timeline or of the reports, page by page."""
    found: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = house.done(operation, by, path={"incident": incident}, query=query)
        found += answer["body"]["items"]
        if answer["next"] is None:
            return found
        query = {"limit": limit, "cursor": answer["next"]}


def document(house: House, incident: str) -> dict[str, Any]:
    """The incident as the primary has it: marks are not awaited by a majority."""
    primary = house.database.incidents.with_options(read_concern=ReadConcern("local"))
    found: dict[str, Any] = primary.find_one({"_id": incident})
    return found


def _copy(state: UnitCopy | AssignmentCopy) -> dict[str, Any]:
    return {"_id": state.id, "sequence": 0, "state": converter().unstructure(state)}
