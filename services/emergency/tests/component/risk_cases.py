"""The contract of hidden risks and warnings: how each refusal, event and example comes about."""

from datetime import UTC, datetime

from chassis.work import rectifications as work
from emergency import refusals as no
from emergency import risk_refusals as not_so
from services.emergency.tests.component.office import (
    ALMIGHTY,
    COUNTER,
    HO_REVIEWER,
    MANAGER,
    STRANGER,
    SUPERVISOR,
    gathering,
)
from services.emergency.tests.component.risks import (
    MEASURE,
    NOVEMBER,
    PLAN,
    acts,
    assigned,
    inspected,
    opened,
    record_of,
    results,
    takes,
    warned,
    warning_of,
)

REASON = {"reason": "现场判断"}


def city(_):
    return "4401"


def found(*severities):
    """An inspection with findings of these severities."""
    return lambda house: inspected(house, *(severities or ("medium",)))


def found_and(*steps, severities=("medium", "low")):
    """The same, with these steps taken on its first finding."""

    def made(house):
        inspection = inspected(house, *severities)
        for step in steps:
            step(house, inspection)
        return inspection

    return made


def given(house, inspection):
    assigned(house, inspection, SUPERVISOR)


def put_right(house, inspection):
    takes(house, "fix_finding", SUPERVISOR, inspection, {"note": "已改"}, number=1)


def struck_off(house, inspection):
    takes(house, "verify_finding", MANAGER, inspection, number=1)


def made_incident(house, inspection):
    takes(house, "raise_finding", SUPERVISOR, inspection, {"kind": "fire"}, number=1)


def missed(house):
    inspection = opened(house)
    house.step(datetime(2026, 11, 25, 10, 0, tzinfo=UTC))
    return inspection


def lifted(house):
    warning = warned(house)
    acts(house, "lift_warning", MANAGER, warning, {"reason": "已恢复"})
    return warning


def settled(house):
    warning = warned(house)
    acts(house, "settle_measure", MANAGER, warning, {"done": True}, number="1")
    return warning


def foretold(made, *, unit=COUNTER):
    """What `made` makes, and an incident that is named in the body."""
    return lambda house: (made(house), gathering(house, 3, key="foretold", unit=unit))[0]


def no_finding(house):
    return {"inspection": inspected(house, "low"), "number": "9"}


def no_measure(house):
    return {"warning": warned(house), "number": "9"}


def newest(house):
    """The body that names the incident reported last."""
    (incident,) = house.database.incidents.find({}, {"_id": 1}).sort("at", -1).limit(1)
    return {"incident": incident["_id"]}


def too_many():
    """More findings than an inspection holds, over two items."""
    said = results(*["low"] * 30)
    return [said[0], {**said[1], "findings": said[0]["findings"]}, *said[2:]]


def wordless():
    said = results("low")
    return [{**said[0], "findings": [{"severity": "low", "description": " "}]}, *said[1:]]


NEW_DUE, LATER = {"due": "2026-11-26T10:00:00Z", **REASON}, {"ends_at": "2026-11-27T10:00:00Z", **REASON}
PERSON, HELD, ALL = {"owner": SUPERVISOR.subject}, "record_risk_inspection", record_of("low")["results"]
MOVES, CANCELS = "reschedule_risk_inspection", "cancel_risk_inspection"
UNKNOWN = {"inspection": NOVEMBER, "number": 9}
REFUSED = [
    ("set_risk_inspection_plan", no.BeyondAuthority, city, ALMIGHTY, PLAN),
    ("set_risk_inspection_plan", not_so.DueDayUnfit, city, MANAGER, {**PLAN, "due_day": 29}),
    ("set_risk_inspection_plan", not_so.CategoryTwice, city, MANAGER, {**PLAN, "categories": ["queue_pressure"] * 2}),
    ("open_risk_inspection", no.BeyondAuthority, None, ALMIGHTY, {"unit": COUNTER}),
    ("open_risk_inspection", not_so.NotACounter, None, MANAGER, {"unit": "4401"}),
    ("open_risk_inspection", not_so.DayOutOfRange, None, MANAGER, {"unit": COUNTER, "day": "2026-11-22"}),
    (HELD, no.BeyondAuthority, opened, ALMIGHTY, record_of()),
    (HELD, not_so.InspectionNotOpen, found(), SUPERVISOR, record_of()),
    (HELD, not_so.HeldOutOfPeriod, opened, SUPERVISOR, record_of(occurred_on="2026-11-24")),
    (HELD, not_so.NotOnChecklist, opened, SUPERVISOR, record_of(results=ALL[:2] + ALL[:1])),
    (HELD, not_so.ChecklistIncomplete, opened, SUPERVISOR, record_of(results=ALL[:9])),
    (HELD, not_so.TooManyFindings, opened, SUPERVISOR, record_of(results=too_many())),
    (HELD, no.TextMissing, opened, SUPERVISOR, record_of(results=wordless())),
    (MOVES, no.BeyondAuthority, opened, ALMIGHTY, NEW_DUE),
    (MOVES, not_so.InspectionNotOpen, found(), SUPERVISOR, NEW_DUE),
    (MOVES, not_so.InspectionMissed, missed, SUPERVISOR, NEW_DUE),
    (MOVES, not_so.NewDueUnfit, opened, SUPERVISOR, {**NEW_DUE, "due": "2026-12-10T10:00:00Z"}),
    (MOVES, no.TextMissing, opened, SUPERVISOR, {**NEW_DUE, "reason": " "}),
    (CANCELS, no.BeyondAuthority, opened, ALMIGHTY, REASON),
    (CANCELS, not_so.InspectionNotOpen, found(), MANAGER, REASON),
    (CANCELS, no.TextMissing, opened, MANAGER, {"reason": " "}),
    ("assign_finding", no.BeyondAuthority, found(), ALMIGHTY, PERSON),
    ("assign_finding", not_so.FindingUnknown, no_finding, MANAGER, PERSON),
    ("assign_finding", not_so.OwnerUnknown, found(), MANAGER, {"owner": STRANGER.subject}),
    ("assign_finding", not_so.DueTooFar, found(), MANAGER, {**PERSON, "due": "2027-11-23T01:00:00Z"}),
    ("assign_finding", work.DuePassed, found(), MANAGER, {**PERSON, "due": "2026-11-23T01:00:00Z"}),
    ("assign_finding", work.NotInThatState, found_and(given, put_right), MANAGER, PERSON),
    ("fix_finding", no.BeyondAuthority, found_and(given), ALMIGHTY, {"note": "已改"}),
    ("fix_finding", not_so.FindingUnknown, no_finding, SUPERVISOR, {"note": "已改"}),
    ("fix_finding", work.EvidenceMissing, found_and(given), SUPERVISOR, {}),
    ("fix_finding", work.NotInThatState, found(), SUPERVISOR, {"note": "已改"}),
    ("verify_finding", no.BeyondAuthority, found_and(given, put_right), ALMIGHTY, {}),
    ("verify_finding", not_so.FindingUnknown, no_finding, MANAGER, {}),
    ("verify_finding", work.OwnWork, found_and(given, put_right), SUPERVISOR, {}),
    ("verify_finding", work.NotInThatState, found_and(given), MANAGER, {}),
    ("reject_finding", no.BeyondAuthority, found_and(given, put_right), ALMIGHTY, REASON),
    ("reject_finding", not_so.FindingUnknown, no_finding, MANAGER, REASON),
    ("reject_finding", work.OwnWork, found_and(given, put_right), SUPERVISOR, REASON),
    ("reject_finding", work.NotInThatState, found_and(given), MANAGER, REASON),
    ("reject_finding", no.TextMissing, found_and(given, put_right), MANAGER, {"reason": " "}),
    ("raise_finding", no.BeyondAuthority, found(), ALMIGHTY, {"kind": "fire"}),
    ("raise_finding", not_so.FindingUnknown, no_finding, SUPERVISOR, {"kind": "fire"}),
    ("raise_finding", not_so.FindingClosed, found_and(given, put_right, struck_off), SUPERVISOR, {"kind": "fire"}),
    ("raise_finding", not_so.FindingRaisedBefore, found_and(made_incident), SUPERVISOR, {"kind": "fire"}),
    ("issue_warning", no.BeyondAuthority, None, ALMIGHTY, warning_of()),
    ("issue_warning", no.TextMissing, None, MANAGER, warning_of(reason=" ")),
    ("issue_warning", not_so.EndUnfit, None, MANAGER, warning_of(ends_at="2026-11-23T01:00:00Z")),
    ("issue_warning", not_so.NotBelow, None, MANAGER, warning_of(to=["4402"])),
    (
        "issue_warning",
        not_so.MeasureDueUnfit,
        None,
        MANAGER,
        warning_of(measures=[{**MEASURE, "due": "2026-11-27T10:00:00Z"}]),
    ),
    ("issue_warning", not_so.OwnerUnknown, None, MANAGER, warning_of(measures=[{**MEASURE, "owner": "P999999999"}])),
    ("issue_warning", not_so.FindingUnknown, found(), MANAGER, warning_of(findings=[UNKNOWN])),
    ("acknowledge_warning", no.BeyondAuthority, warned, ALMIGHTY, {"unit": COUNTER}),
    ("settle_measure", no.BeyondAuthority, warned, ALMIGHTY, {"done": True}),
    ("settle_measure", not_so.MeasureUnknown, no_measure, MANAGER, {"done": True}),
    ("settle_measure", not_so.MeasureSettled, settled, MANAGER, {"done": True}),
    ("settle_measure", no.TextMissing, warned, MANAGER, {"done": False}),
    ("extend_warning", no.BeyondAuthority, warned, ALMIGHTY, LATER),
    ("extend_warning", not_so.WarningEnded, lifted, MANAGER, LATER),
    ("extend_warning", not_so.EndUnfit, warned, MANAGER, {**LATER, "ends_at": "2026-11-26T10:00:00Z"}),
    ("extend_warning", no.TextMissing, warned, MANAGER, {**LATER, "reason": " "}),
    ("lift_warning", no.BeyondAuthority, warned, ALMIGHTY, REASON),
    ("lift_warning", not_so.WarningEnded, lifted, MANAGER, REASON),
    ("lift_warning", no.TextMissing, warned, MANAGER, {"reason": " "}),
    ("link_foretold_incident", no.BeyondAuthority, foretold(warned), ALMIGHTY, newest),
    ("link_foretold_incident", not_so.NotForetold, foretold(warned, unit="4402001"), HO_REVIEWER, newest),
]

STATED = ("inspection_stated",)
ANNOUNCED = [
    ("set_risk_inspection_plan", city, MANAGER, PLAN, ()),
    ("open_risk_inspection", None, SUPERVISOR, {"unit": COUNTER}, STATED),
    (HELD, opened, SUPERVISOR, record_of("low"), STATED),
    (MOVES, opened, SUPERVISOR, NEW_DUE, STATED),
    (CANCELS, opened, MANAGER, REASON, STATED),
    ("assign_finding", found(), MANAGER, PERSON, STATED),
    ("fix_finding", found_and(given), SUPERVISOR, {"note": "已改"}, STATED),
    ("verify_finding", found_and(given, put_right), MANAGER, {}, STATED),
    ("reject_finding", found_and(given, put_right), MANAGER, REASON, STATED),
    ("raise_finding", found(), SUPERVISOR, {"kind": "fire"}, (*STATED, "finding_raised")),
    ("issue_warning", None, MANAGER, warning_of(), ("warning_stated", "warning_spreading")),
    ("acknowledge_warning", warned, SUPERVISOR, {"unit": COUNTER}, ()),
    ("settle_measure", warned, MANAGER, {"done": True}, ("warning_stated",)),
    ("extend_warning", warned, MANAGER, LATER, ("warning_stated",)),
    ("lift_warning", warned, MANAGER, REASON, ("warning_stated",)),
    ("link_foretold_incident", foretold(warned), MANAGER, newest, ("warning_stated",)),
]


def overdue(house):
    inspected(house, "high")
    house.wait(days=2)


def silent(house):
    warned(house)
    house.wait(days=4)


def raised(house):
    made_incident(house, inspected(house, "high"))


EVENTS = {
    "inspection_stated": missed,
    "inspection_missed": missed,
    "finding_overdue": overdue,
    "finding_raised": raised,
    "warning_stated": silent,
    "warning_spreading": silent,
    "warning_unacknowledged": silent,
    "measure_overdue": silent,
}

READY = {
    "set_risk_inspection_plan": city,
    HELD: opened,
    MOVES: opened,
    CANCELS: opened,
    "assign_finding": found(),
    "fix_finding": found_and(given),
    "verify_finding": found_and(given, put_right),
    "reject_finding": found_and(given, put_right),
    "raise_finding": found(),
    "acknowledge_warning": warned,
    "settle_measure": warned,
    "extend_warning": warned,
    "lift_warning": warned,
    "link_foretold_incident": foretold(warned),
}
"""What an operation's example needs to be taken."""

NAMING = {"link_foretold_incident": newest}
"""Examples that name what exists."""
