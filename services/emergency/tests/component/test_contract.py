"""The contract says what happens: every refusal and every event that it declares is produced here, and no other."""

from datetime import timedelta

import pytest

from chassis.work.tasks import DueInPast, StandInWrong, TaskEnded, TaskOwnerless
from emergency import refusals as no
from emergency.contract import CONTRACT
from services.emergency.tests.component import (
    contract_of_attachments,
    contract_of_corrections,
    contract_of_drills,
    contract_of_parameters,
    contract_of_statistics,
    contract_of_watching,
    risk_cases,
)
from services.emergency.tests.component.office import (
    ALMIGHTY,
    CCMS,
    CITY_REVIEWER,
    GROUP,
    HO_REVIEWER,
    LEADER,
    MANAGER,
    NEIGHBOUR,
    PROVINCE_REVIEWER,
    SIBLING,
    STRANGER,
    SUPERVISOR,
    body_of,
    card_of,
    does,
    files,
    filing,
    gathering,
    handled,
    open_office,
    report,
    report_of,
    review_of,
    step_of,
)

pytestmark = pytest.mark.live

REASON, CLOSING, GUIDANCE = {"reason": "现场判断"}, {"outcome": "handled"}, {"words": "先疏散"}
FACTS, REFERENCE = {"facts": {"people_gathering": 60}}, {"reference": "LP-2026-0001"}


def one(people=10, **more):
    """An incident, and nothing done to it."""
    return lambda house: gathering(house, people, **more)


def closed(house):
    incident = gathering(house, 3)
    does(house, "close", HO_REVIEWER, incident, {"outcome": "false_alarm", "reason": "误报"})
    return incident


def commanded(house):
    """Of level III, and commanded by the province."""
    incident = gathering(house, 10)
    does(house, "begin_response", PROVINCE_REVIEWER, incident)
    return incident


def contained(house, people=10, **more):
    incident = gathering(house, people, **more)
    does(house, "begin_response", HO_REVIEWER, incident)
    does(house, "contain", HO_REVIEWER, incident)
    return incident


def reported_and_contained(people, **more):
    def made(house):
        incident = contained(house, people, **more)
        files(house, incident)
        return incident

    return made


def filed(house):
    incident = gathering(house, 10)
    files(house, incident)
    return incident


CLOSED = [
    ("add_facts", CCMS, FACTS),
    ("judge", HO_REVIEWER, {"level": "I", **REASON}),
    ("begin_response", HO_REVIEWER, {}),
    ("contain", HO_REVIEWER, {}),
    ("close", HO_REVIEWER, CLOSING),
    ("record_guidance", HO_REVIEWER, GUIDANCE),
    ("submit_report", MANAGER, filing()),
    ("refer_claim", MANAGER, REFERENCE),
]


def grouped(house):
    """A city with a handling body."""
    house.done("set_handling_body", MANAGER, path={"unit": "4401"}, body=GROUP)
    return "4401"


def left_by_one(house):
    """The same, one of whom holds no post any more."""
    unit = grouped(house)
    house.database.assignment_copies.delete_many({"state.person": SUPERVISOR.subject})
    return unit


def city(_):
    return "4401"


def citys(version="1"):
    """A version of the city's plan for fires."""
    return lambda _: {"unit": "4401", "kind": "fire", "version": version}


def under_the_province(house):
    """The same, where the province has a plan that asks for more."""
    path = {"unit": "44", "kind": "fire", "version": "1"}
    house.done("adopt_plan", PROVINCE_REVIEWER, path=path, body=card_of(step_of("count", mandatory_from="III")))
    house.settle()
    return citys()(house)


def step(name="keep_order", people=10, made=None):
    """A step of an incident's plan."""
    return lambda house: {"incident": (made or one(people))(house), "step": name}


def step_of_old(house):
    """A step of an incident that was reported before there were plans."""
    path = step()(house)
    house.database.incidents.update_many({}, {"$unset": {"state.activation": ""}})
    return path


def step_done(house):
    path = step()(house)
    house.done("complete_step", HO_REVIEWER, path=path, body={})
    return path


def lacking_steps(house):
    """Of level II, with everything that closing needs but its plan's steps."""
    incident = reported_and_contained(30)(house)
    does(house, "record_guidance", HO_REVIEWER, incident, GUIDANCE)
    return incident


def settled(people=30):
    """An incident that is closed."""

    def made(house):
        incident = gathering(house, people)
        handled(house, incident)
        return incident

    return made


def with_action(*, ended=False):
    """An action of a reviewed incident, the neighbour's."""

    def reviewed(house):
        incident = settled()(house)
        does(house, "review_incident", HO_REVIEWER, incident, review_of(NEIGHBOURS))
        path = {"incident": incident, "action": "a1"}
        if ended:
            house.done("complete_action", HO_REVIEWER, path=path, body={})
        return path

    return reviewed


def unreviewed(house):
    return {"incident": settled()(house), "action": "a1"}


def unknown_action(house):
    return {**with_action()(house), "action": "a2"}


def looked_back(house):
    return with_action()(house)["incident"]


NEIGHBOURS = {"owner": {"person": NEIGHBOUR.subject}}
AWAY = {"person": SUPERVISOR.subject, "since": "2026-11-23T01:00:00Z", "until": "2026-11-30T01:00:00Z"}
STRANGERS = {"owner": {"person": STRANGER.subject}}
WHY = {"reason": "现场无此情形"}
PLAN = card_of(step_of())
TWICE = body_of((LEADER, "leader"), (MANAGER, "deputy"), (LEADER, "on_site"))
STRANGE = body_of((LEADER, "leader"), (MANAGER, "deputy"), (STRANGER, "on_site"))
UNGRANTED_TO_SYSTEMS = [
    ("begin_response", ALMIGHTY, {}),
    ("contain", ALMIGHTY, {}),
    ("record_guidance", ALMIGHTY, GUIDANCE),
]
REFUSED = [
    *((operation, no.AlreadyClosed, closed, by, body) for operation, by, body in CLOSED),
    *((operation, no.BeyondAuthority, one(), by, body) for operation, by, body in UNGRANTED_TO_SYSTEMS),
    ("report_incident", no.FactContradictory, None, CCMS, report_of(facts={"deaths": 1, "unknown": ["deaths"]})),
    ("report_incident", no.TextMissing, None, CCMS, report_of(summary=" ")),
    ("report_incident", no.TimeInFuture, None, CCMS, report_of(occurred_at="2026-11-23T01:06:00Z")),
    ("add_facts", no.NoFacts, one(), CCMS, {"facts": {}}),
    ("add_facts", no.FactContradictory, one(), CCMS, {"facts": {"deaths": 1, "unknown": ["deaths"]}}),
    ("judge", no.BeyondAuthority, one(30), CITY_REVIEWER, {"level": "IV", **REASON}),
    ("judge", no.SameLevel, one(), SUPERVISOR, {"level": "III", **REASON}),
    ("judge", no.CommandedHigher, commanded, CITY_REVIEWER, {"level": "IV", **REASON}),
    ("judge", no.CompanyTextForbids, one(50), HO_REVIEWER, {"level": "II", **REASON}),
    ("judge", no.TextMissing, one(), SUPERVISOR, {"level": "I", "reason": " "}),
    ("begin_response", no.CommandHeld, commanded, MANAGER, {}),
    ("contain", no.WrongState, one(), MANAGER, {}),
    ("close", no.BeyondAuthority, one(), MANAGER, CLOSING),
    ("close", no.WrongState, one(), HO_REVIEWER, CLOSING),
    ("close", no.ClaimNotReferred, reported_and_contained(3, kind="major_claim"), HO_REVIEWER, CLOSING),
    ("close", no.FirstReportMissing, contained, HO_REVIEWER, CLOSING),
    ("close", no.GuidanceMissing, reported_and_contained(30), HO_REVIEWER, CLOSING),
    ("close", no.TextMissing, one(), HO_REVIEWER, {"outcome": "false_alarm"}),
    ("close", no.MandatoryStepsOpen, lacking_steps, HO_REVIEWER, CLOSING),
    ("record_guidance", no.TextMissing, one(), MANAGER, {"words": " "}),
    ("submit_report", no.FirstReportMissing, one(), MANAGER, filing("follow_up")),
    ("submit_report", no.NotYetContained, filed, MANAGER, filing("final")),
    ("submit_report", no.ReportAlreadyFiled, filed, MANAGER, filing("first")),
    ("submit_report", no.TextMissing, one(), MANAGER, filing(course=" ")),
    ("refer_claim", no.NotAClaimsCase, one(), MANAGER, REFERENCE),
    ("refer_claim", no.TextMissing, one(3, kind="major_claim"), MANAGER, {"reference": " "}),
    ("set_handling_body", no.BeyondAuthority, city, ALMIGHTY, GROUP),
    ("set_handling_body", no.LeaderNotOne, city, MANAGER, body_of((LEADER, "deputy"))),
    ("set_handling_body", no.DeputyMissing, city, MANAGER, body_of((LEADER, "leader"))),
    ("set_handling_body", no.MemberTwice, city, MANAGER, TWICE),
    ("set_handling_body", no.MemberUnknown, city, MANAGER, STRANGE),
    ("confirm_handling_body", no.BeyondAuthority, grouped, ALMIGHTY, {}),
    ("confirm_handling_body", no.MemberUnknown, left_by_one, MANAGER, {}),
    ("adopt_plan", no.BeyondAuthority, citys(), ALMIGHTY, PLAN),
    ("adopt_plan", no.PlanVersionNotNext, citys("2"), MANAGER, PLAN),
    ("adopt_plan", no.PlanBackdated, citys(), MANAGER, {**PLAN, "effective_from": "2026-11-22"}),
    ("adopt_plan", no.StepTwice, citys(), MANAGER, card_of(step_of(), step_of())),
    ("adopt_plan", no.StepPostUnknown, citys(), MANAGER, card_of(step_of(post="king"))),
    ("adopt_plan", no.StepMandatoryTooEarly, citys(), MANAGER, card_of(step_of(level="II", mandatory_from="III"))),
    ("adopt_plan", no.PlanLaxer, under_the_province, MANAGER, PLAN),
    ("complete_step", no.AlreadyClosed, step(made=closed), HO_REVIEWER, {}),
    ("complete_step", no.NoPlan, step_of_old, HO_REVIEWER, {}),
    ("complete_step", no.StepUnknown, step("province_team"), HO_REVIEWER, {}),
    ("complete_step", no.StepNotYours, step(), ALMIGHTY, {}),
    ("complete_step", TaskEnded, step_done, HO_REVIEWER, {}),
    ("waive_step", no.AlreadyClosed, step(made=closed), HO_REVIEWER, WHY),
    ("waive_step", no.NoPlan, step_of_old, HO_REVIEWER, WHY),
    ("waive_step", no.StepUnknown, step("province_team"), HO_REVIEWER, WHY),
    ("waive_step", no.StepNotYours, step(), ALMIGHTY, WHY),
    ("waive_step", no.BeyondAuthority, step("call_police", 30), SUPERVISOR, WHY),
    ("waive_step", no.TextMissing, step(), HO_REVIEWER, {"reason": " "}),
    ("waive_step", TaskEnded, step_done, HO_REVIEWER, WHY),
    ("review_incident", no.AlreadyReviewed, looked_back, HO_REVIEWER, review_of()),
    ("review_incident", no.WrongState, one(), HO_REVIEWER, review_of()),
    ("review_incident", no.BeyondAuthority, settled(), CITY_REVIEWER, review_of()),
    ("review_incident", no.TextMissing, settled(), HO_REVIEWER, {**review_of(), "findings": " "}),
    ("review_incident", no.ActionOwnerUnknown, settled(), HO_REVIEWER, review_of(STRANGERS)),
    ("review_incident", TaskOwnerless, settled(), HO_REVIEWER, review_of({"owner": {}})),
    ("review_incident", DueInPast, settled(), HO_REVIEWER, review_of(NEIGHBOURS, due="2026-11-22T01:00:00Z")),
    ("complete_action", no.NotReviewed, unreviewed, HO_REVIEWER, {}),
    ("complete_action", no.ActionUnknown, unknown_action, HO_REVIEWER, {}),
    ("complete_action", no.ActionNotYours, with_action(), SUPERVISOR, {}),
    ("complete_action", TaskEnded, with_action(ended=True), HO_REVIEWER, {}),
    ("reassign_action", no.NotReviewed, unreviewed, HO_REVIEWER, NEIGHBOURS),
    ("reassign_action", no.ActionUnknown, unknown_action, HO_REVIEWER, NEIGHBOURS),
    ("reassign_action", no.BeyondAuthority, with_action(), CITY_REVIEWER, NEIGHBOURS),
    ("reassign_action", no.ActionOwnerUnknown, with_action(), HO_REVIEWER, STRANGERS),
    ("reassign_action", TaskOwnerless, with_action(), HO_REVIEWER, {"owner": {}}),
    ("reassign_action", TaskEnded, with_action(ended=True), HO_REVIEWER, NEIGHBOURS),
    ("delegate_action", no.NotReviewed, unreviewed, HO_REVIEWER, AWAY),
    ("delegate_action", no.ActionUnknown, unknown_action, HO_REVIEWER, AWAY),
    ("delegate_action", no.ActionNotYours, with_action(), SUPERVISOR, AWAY),
    ("delegate_action", no.ActionOwnerUnknown, with_action(), NEIGHBOUR, {**AWAY, "person": STRANGER.subject}),
    ("delegate_action", StandInWrong, with_action(), NEIGHBOUR, {**AWAY, "person": NEIGHBOUR.subject}),
    ("delegate_action", TaskEnded, with_action(ended=True), NEIGHBOUR, AWAY),
    *contract_of_attachments.REFUSED,
    *risk_cases.REFUSED,
    *contract_of_drills.REFUSED,
    *contract_of_watching.REFUSED,
    *contract_of_statistics.REFUSED,
    *contract_of_parameters.REFUSED,
    *contract_of_corrections.REFUSED,
]


def path_of(operation, made, house):
    """The path of the operation, whose first parameter is what `made` makes; a number is 1 where it says no other."""
    names = CONTRACT.operation(operation).parameters
    thing = made(house) if made else None
    return thing if isinstance(thing, dict) else {names[0]: thing, **dict.fromkeys(names[1:], "1")} if names else None


def said_of(body, house):
    """The body, which may name what was made."""
    return body(house) if callable(body) else body


@pytest.mark.clause("R7.3", "R7.5", "R7.10", "R7.11")
@pytest.mark.parametrize(("operation", "refusal", "made", "by", "body"), REFUSED)
def test_a_declared_refusal_is_answered_with_its_code_and_changes_nothing(house, operation, refusal, made, by, body):
    path = path_of(operation, made, house)
    house.settle()
    before = len(house.exchange.arrived)

    asked = "query" if CONTRACT.operation(operation).kind == "query" else "body"
    answer = house.refused(operation, by, path=path, key="refused", **{asked: said_of(body, house)})

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)
    house.settle()
    assert len(house.exchange.arrived) == before


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(operation.name, refusal) for operation in CONTRACT.operations for refusal in operation.refuses}

    assert {(operation, refusal) for operation, refusal, *_ in REFUSED} == declared


RAISED = ("incident_stated", "incident_sighted", "notice_due", "incident_escalated")
WATCHED = (*RAISED, "incident_watched")
ANNOUNCED = [
    ("report_incident", None, CCMS, report_of(facts={"people_gathering": 10}), RAISED),
    ("report_incident", None, CCMS, report_of(facts={"people_gathering": 3}), WATCHED),
    ("add_facts", one(), CCMS, FACTS, RAISED),
    ("add_facts", one(3), CCMS, FACTS, WATCHED),
    ("judge", one(), SUPERVISOR, {"level": "I", **REASON}, RAISED),
    ("judge", one(3), SUPERVISOR, {"level": "I", **REASON}, WATCHED),
    ("begin_response", one(), MANAGER, {}, ("incident_stated",)),
    ("contain", commanded, MANAGER, {}, ("incident_stated",)),
    ("close", one(), HO_REVIEWER, {"outcome": "false_alarm", "reason": "误报"}, RAISED[:2]),
    ("close", one(3), HO_REVIEWER, {"outcome": "false_alarm", "reason": "误报"}, (*RAISED[:2], "incident_watched")),
    ("acknowledge", one(), MANAGER, {}, ("incident_stated",)),
    ("record_guidance", one(), MANAGER, GUIDANCE, ("incident_stated",)),
    ("submit_report", one(), MANAGER, filing(), ("incident_stated", "report_filed")),
    ("refer_claim", one(3, kind="major_claim"), MANAGER, REFERENCE, ("incident_stated",)),
    ("set_handling_body", city, MANAGER, GROUP, ()),
    ("confirm_handling_body", grouped, MANAGER, {}, ()),
    ("adopt_plan", citys(), MANAGER, PLAN, ("plan_stated",)),
    ("complete_step", step(), MANAGER, {}, ("incident_stated",)),
    ("waive_step", step(), MANAGER, WHY, ("incident_stated",)),
    ("review_incident", settled(), HO_REVIEWER, review_of(), ("incident_stated", "case_offered")),
    ("complete_action", with_action(), NEIGHBOUR, {}, ("incident_stated",)),
    ("reassign_action", with_action(), HO_REVIEWER, {"owner": {"person": MANAGER.subject}}, ("incident_stated",)),
    ("delegate_action", with_action(), NEIGHBOUR, AWAY, ("incident_stated",)),
    *contract_of_attachments.ANNOUNCED,
    *risk_cases.ANNOUNCED,
    *contract_of_drills.ANNOUNCED,
    *contract_of_watching.ANNOUNCED,
    *contract_of_statistics.ANNOUNCED,
    *contract_of_parameters.ANNOUNCED,
    *contract_of_corrections.ANNOUNCED,
]


@pytest.mark.parametrize(("operation", "made", "by", "body", "expected"), ANNOUNCED)
def test_a_command_announces_what_its_contract_says(house, operation, made, by, body, expected):
    path = path_of(operation, made, house)
    house.settle()
    before = len(house.exchange.arrived)

    house.done(operation, by, path=path, body=said_of(body, house), key="announced")
    house.relayed()

    types = {each.attributes["type"].split(".")[2] for each in house.exchange.arrived[before:]}
    assert types == set(expected)


def test_what_commands_announce_between_them_is_what_their_contract_says():
    between_them = {}
    for operation, _, _, _, expected in ANNOUNCED:
        between_them.setdefault(operation, set()).update(expected)

    assert between_them == {name: set(CONTRACT.operation(name).announces) for name in between_them}


def test_every_command_is_among_them():
    assert {name for name, *_ in ANNOUNCED} == {each.name for each in CONTRACT.operations if each.kind == "command"}


def correlation(house):
    gathering(house, 30)
    gathering(house, 30, unit=SIBLING, key="k2")


def unanswered(house):
    gathering(house, 3)
    house.wait(hours=48)


def acknowledged(house):
    incident = gathering(house, 10)
    does(house, "acknowledge", MANAGER, incident)


def unconfirmed(house):
    grouped(house)
    house.wait(days=31)


def owed(house):
    settled()(house)
    house.wait(days=20)


def owed_by_its_owner(house):
    with_action()(house)
    house.wait(days=30)


EVENTS = {
    "incident_stated": acknowledged,
    "notice_due": unanswered,
    "report_filed": filed,
    "report_due_soon": unanswered,
    "incident_sighted": correlation,
    "incident_watched": one(3),
    "correlation_found": correlation,
    "incident_escalated": unanswered,
    "report_overdue": unanswered,
    "escalation_missed": unanswered,
    "handling_body_unconfirmed": unconfirmed,
    "plan_stated": under_the_province,
    "review_overdue": owed,
    "review_action_overdue": owed_by_its_owner,
    "case_offered": looked_back,
    **risk_cases.EVENTS,
    **contract_of_drills.EVENTS,
    **contract_of_watching.EVENTS,
    **contract_of_statistics.EVENTS,
    **contract_of_parameters.EVENTS,
}


@pytest.mark.parametrize("name", EVENTS)
def test_a_declared_event_is_announced_in_the_form_that_its_schema_gives(house, name):
    EVENTS[name](house)
    house.settle()

    assert house.messages(name)
    house.check()


def test_every_declared_event_is_produced_and_no_other():
    assert set(EVENTS) == {event.name for event in CONTRACT.events}


def test_the_examples_of_the_contract_are_taken(emergency_ground):
    ready = {
        "contain": commanded,
        "refer_claim": one(3, kind="major_claim"),
        "submit_report": one(),
        "set_handling_body": city,
        "confirm_handling_body": grouped,
        "adopt_plan": citys(),
        "complete_step": step(),
        "waive_step": step(),
        "review_incident": settled(),
        "complete_action": with_action(),
        "reassign_action": with_action(),
        "delegate_action": with_action(),
        **risk_cases.READY,
        **contract_of_drills.READY,
        **contract_of_watching.READY,
        **contract_of_statistics.READY,
        **contract_of_parameters.READY,
        **contract_of_corrections.READY,
    }
    naming = {**risk_cases.NAMING, **contract_of_attachments.NAMING}
    for operation in CONTRACT.operations:
        if operation.kind == "command":
            house = open_office(emergency_ground)
            by = {"acknowledge": LEADER, "report_signal": CCMS, **contract_of_parameters.BY}.get(
                operation.name, HO_REVIEWER
            )
            people = 50 if operation.name == "acknowledge" else 10
            made = _closable if operation.name == "close" else ready.get(operation.name, one(people))
            path = path_of(operation.name, made, house)
            body = said_of(naming.get(operation.name, operation.example), house)
            assert house.done(operation.name, by, path=path, body=body, key="example")


def _closable(house):
    incident = gathering(house, 10)
    does(house, "begin_response", MANAGER, incident)
    files(house, incident)
    does(house, "contain", MANAGER, incident)
    return incident


def test_a_final_report_may_follow_the_closing_and_no_other_command(house):
    incident = report(house)
    house.settle()
    handled(house, incident)
    house.clock.step(house.clock.now() + timedelta(minutes=1))

    assert files(house, incident, "final")["state"] == "closed"
