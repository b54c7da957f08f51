"""R7.8: what the contract's tests need to know of drills: by operation, how it is refused and what it announces."""

from emergency import drill_refusals as no
from emergency.refusals import BeyondAuthority, FactContradictory, TextMissing
from services.emergency.tests.component.office import (
    ALMIGHTY,
    CITY_REVIEWER,
    LEADER,
    MANAGER,
    OTHER_CITYS,
    drill_of,
    plans,
)

LATER = {"starts_at": "2026-11-24T02:00:00Z", "ends_at": "2026-11-24T03:00:00Z"}
PUT_OFF = {**LATER, "reason": "客流高峰"}
RECORD = {
    "started_at": "2026-11-23T02:00:00Z",
    "ended_at": "2026-11-23T02:30:00Z",
    "content": "疏散客户",
    "participants": [MANAGER.subject],
}
SCORES = [{"item": "疏散用时", "score": 8}]
IMPROVEMENT = {"what": "登记簿移至前台", "owner": LEADER.subject, "due": "2026-12-31"}
EVALUATION = {"scores": SCORES, "problems": ["出口被占"], "improvements": [IMPROVEMENT]}
PLAYED = {"kind": "gathering", "unit": "4401003", "summary": "演练：聚集", "facts": {"people_gathering": 50}}


def planned(house):
    return plans(house)


def called_off(house):
    drill = plans(house)
    house.done("cancel_drill", MANAGER, path=drill, body={"reason": "停业"})
    return drill


def begun(house):
    """An hour later: the drill runs."""
    drill = plans(house)
    house.wait(minutes=90)
    return drill


def held(house):
    drill = begun(house)
    house.done("record_drill", MANAGER, path=drill, body=RECORD)
    return drill


def evaluated(house):
    drill = held(house)
    house.done("evaluate_drill", CITY_REVIEWER, path=drill, body=EVALUATION)
    return drill


def improving(house):
    return {**evaluated(house), "number": "1"}


def improved(house):
    path = improving(house)
    house.done("complete_improvement", LEADER, path=path, body={})
    return {"drill": path["drill"]}


def numbered(made, number="1"):
    return lambda house: {**made(house), "number": number}


def city(_):
    return "4401"


def asking(*months):
    return {"requirements": [{"scenario": "fire", "months": count} for count in months]}


STEPS = [
    ("postpone_drill", planned, MANAGER, PUT_OFF),
    ("cancel_drill", planned, MANAGER, {"reason": "停业"}),
    ("open_drill_incident", begun, MANAGER, PLAYED),
    ("record_drill", begun, MANAGER, RECORD),
    ("evaluate_drill", held, CITY_REVIEWER, EVALUATION),
    ("complete_improvement", improving, LEADER, {}),
    ("close_drill", improved, CITY_REVIEWER, {}),
]
WRONG = {"complete_improvement": numbered(planned), "evaluate_drill": planned, "close_drill": planned}

REFUSED = [
    *((name, no.DrillState, WRONG.get(name, called_off), by, body) for name, _, by, body in STEPS),
    *((name, BeyondAuthority, made, ALMIGHTY, body) for name, made, _, body in STEPS),
    ("set_drill_programme", BeyondAuthority, city, ALMIGHTY, asking(6)),
    ("set_drill_programme", no.ProgrammeLaxer, city, MANAGER, asking(7)),
    ("set_drill_programme", no.ScenarioTwice, city, MANAGER, asking(6, 5)),
    ("schedule_drill", BeyondAuthority, None, ALMIGHTY, drill_of()),
    ("schedule_drill", no.DrillNotAhead, None, MANAGER, drill_of(starts_at="2026-11-23T01:00:00Z")),
    ("schedule_drill", no.CounterOutside, None, MANAGER, drill_of(counters=[OTHER_CITYS])),
    ("schedule_drill", no.LeaderUnknown, None, MANAGER, drill_of(leader="P999999999")),
    ("postpone_drill", no.DrillNotAhead, planned, MANAGER, {**PUT_OFF, "starts_at": "2026-11-23T01:00:00Z"}),
    ("postpone_drill", TextMissing, planned, MANAGER, {**PUT_OFF, "reason": " "}),
    ("cancel_drill", TextMissing, planned, MANAGER, {"reason": " "}),
    ("open_drill_incident", no.DrillNotRunning, planned, MANAGER, PLAYED),
    ("open_drill_incident", no.CounterOutside, begun, MANAGER, {**PLAYED, "unit": "4401009"}),
    (
        "open_drill_incident",
        FactContradictory,
        begun,
        MANAGER,
        {**PLAYED, "facts": {"deaths": 1, "unknown": ["deaths"]}},
    ),
    ("open_drill_incident", TextMissing, begun, MANAGER, {**PLAYED, "summary": " "}),
    ("record_drill", no.DrillNotBegun, planned, MANAGER, RECORD),
    ("record_drill", TextMissing, begun, MANAGER, {**RECORD, "content": " "}),
    ("evaluate_drill", no.EvaluatorLed, held, MANAGER, EVALUATION),
    (
        "evaluate_drill",
        no.LeaderUnknown,
        held,
        CITY_REVIEWER,
        {"scores": SCORES, "improvements": [{**IMPROVEMENT, "owner": "P999999999"}]},
    ),
    (
        "evaluate_drill",
        no.ImprovementDay,
        held,
        CITY_REVIEWER,
        {"scores": SCORES, "improvements": [{**IMPROVEMENT, "due": "2026-11-22"}]},
    ),
    ("evaluate_drill", TextMissing, held, CITY_REVIEWER, {"scores": SCORES, "problems": [" "]}),
    ("complete_improvement", no.ImprovementUnknown, numbered(evaluated, "x2"), LEADER, {}),
    ("close_drill", no.ImprovementOpen, evaluated, CITY_REVIEWER, {}),
]

RAISED = ("incident_stated", "incident_sighted", "notice_due", "incident_escalated")
STATED = ("drill_stated",)
ANNOUNCED = [
    ("set_drill_programme", city, MANAGER, asking(3), ()),
    ("schedule_drill", None, MANAGER, drill_of(), STATED),
    *((name, made, by, body, RAISED if name == "open_drill_incident" else STATED) for name, made, by, body in STEPS),
]


def owing(house):
    house.round("drills")
    house.wait(days=400)


def forgotten(house):
    planned(house)
    house.wait(days=3)


EVENTS = {
    "drill_stated": planned,
    "drill_due_soon": owing,
    "drill_overdue": owing,
    "drill_neglected": forgotten,
}


READY = {
    "set_drill_programme": city,
    "postpone_drill": planned,
    "cancel_drill": planned,
    "open_drill_incident": begun,
    "record_drill": planned,
    "evaluate_drill": held,
    "complete_improvement": improving,
    "close_drill": improved,
}
