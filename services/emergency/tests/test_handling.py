"""R7.5, R7.10, R7.11: response, containment and closing, with what each refuses."""

import pytest
from attrs import evolve

from emergency.announcements import Entry
from emergency.durations import durations
from emergency.facts import Facts
from emergency.handling import begin_response, contain, refer_claim
from emergency.incidents import Outcome, State
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.refusals import (
    AlreadyClosed,
    BeyondAuthority,
    ClaimNotReferred,
    CommandHeld,
    FirstReportMissing,
    GuidanceMissing,
    NotAClaimsCase,
    TextMissing,
    WrongState,
)
from emergency.reports import ReportKind
from services.emergency.tests.scenes import (
    CITY,
    HEAD_OFFICE,
    MANAGER,
    NINE,
    PROVINCE,
    SUPERVISOR,
    TELLER,
    acknowledged,
    closed,
    contained,
    filed,
    gathering,
    guided,
    judged,
    minutes,
    news,
    reported,
)


@pytest.mark.clause("R7.11")
def test_an_incident_goes_from_graded_to_responding_to_contained_to_closed():
    incident, _ = gathering(3)
    states = [incident.state]
    for move in (
        lambda it: begin_response(it, actor=SUPERVISOR, at=NINE + minutes(1)),
        lambda it: contain(it, actor=SUPERVISOR, at=NINE + minutes(2)),
        lambda it: filed(it, at=NINE + minutes(3)),
        lambda it: closed(it, actor=MANAGER, at=NINE + minutes(4)),
    ):
        incident, _ = move(incident)
        states.append(incident.state)

    assert states == ["graded", "responding", "contained", "contained", "closed"]
    assert (incident.contained_at, incident.closed_at) == (NINE + minutes(2), NINE + minutes(4))


@pytest.mark.clause("R7.11")
def test_only_what_is_responded_to_is_contained():
    with pytest.raises(WrongState):
        contain(gathering(3)[0], actor=SUPERVISOR, at=NINE)
    with pytest.raises(WrongState):
        contain(contained(gathering(3)[0])[0], actor=SUPERVISOR, at=NINE)


@pytest.mark.clause("R7.3")
def test_command_passes_upward_and_never_downward():
    incident, _ = begin_response(gathering(30)[0], actor=SUPERVISOR, at=NINE)
    incident, _ = begin_response(incident, actor=PROVINCE, at=NINE + minutes(5))

    assert (incident.commander.person, incident.commander.tier) == ("province", "province")
    assert incident.responding_at == NINE
    for actor in (SUPERVISOR, CITY, PROVINCE):
        with pytest.raises(CommandHeld):
            begin_response(incident, actor=actor, at=NINE)


@pytest.mark.clause("R7.11")
def test_taking_command_of_a_contained_incident_leaves_it_contained():
    incident, _ = begin_response(contained(gathering(3)[0])[0], actor=HEAD_OFFICE, at=NINE)

    assert incident.state is State.CONTAINED


@pytest.mark.clause("R7.11")
def test_closing_is_refused_before_containment():
    incident, _ = filed(gathering(3)[0])

    with pytest.raises(WrongState):
        closed(incident)


@pytest.mark.clause("R7.11")
def test_closing_is_refused_without_the_first_report():
    incident, _ = contained(gathering(3)[0])

    with pytest.raises(FirstReportMissing):
        closed(incident)


@pytest.mark.clause("R7.11")
def test_after_raising_a_report_at_the_new_level_is_owed_before_closing():
    incident, _ = filed(contained(gathering(3)[0])[0])
    incident, _ = judged(incident, Level.III, actor=SUPERVISOR, at=NINE + minutes(1))

    with pytest.raises(FirstReportMissing):
        closed(incident)
    again, _ = filed(incident, ReportKind.FOLLOW_UP, at=NINE + minutes(2))
    assert closed(again)[0].state is State.CLOSED


@pytest.mark.clause("R7.5")
@pytest.mark.parametrize(("people", "needed"), [(3, False), (10, False), (30, True), (50, True)])
def test_levels_one_and_two_are_not_closed_without_guidance(people, needed):
    incident, _ = filed(contained(gathering(people)[0])[0])

    if needed:
        with pytest.raises(GuidanceMissing):
            closed(incident)
        incident, _ = guided(incident, HEAD_OFFICE)
    assert closed(incident)[0].state is State.CLOSED


@pytest.mark.clause("R7.5")
def test_an_acknowledgement_is_not_guidance():
    incident, _ = filed(contained(gathering(50)[0])[0])
    incident, _ = acknowledged(incident, "leader")

    with pytest.raises(GuidanceMissing):
        closed(incident)


@pytest.mark.clause("R7.5")
def test_guidance_from_before_the_raising_does_not_count_for_the_graver_level():
    incident, _ = guided(gathering(10)[0], HEAD_OFFICE)
    incident, _ = news(incident, Facts(people_gathering=50), at=NINE + minutes(1))
    incident, _ = filed(contained(incident, at=NINE + minutes(2))[0], at=NINE + minutes(3))

    with pytest.raises(GuidanceMissing):
        closed(incident)


@pytest.mark.clause("R7.11")
@pytest.mark.parametrize(
    ("people", "actor", "allowed"),
    [
        (3, SUPERVISOR, False),
        (3, MANAGER, True),
        (10, MANAGER, False),
        (10, CITY, True),
        (30, CITY, False),
        (30, PROVINCE, True),
        (50, PROVINCE, False),
        (50, HEAD_OFFICE, True),
    ],
)
def test_closing_takes_the_authority_of_the_level_for_a_false_alarm_too(people, actor, allowed):
    incident, _ = guided(filed(contained(gathering(people)[0])[0])[0], HEAD_OFFICE)

    for outcome in Outcome:
        if allowed:
            assert closed(incident, actor=actor, outcome=outcome, reason="已核实")[0].outcome is outcome
        else:
            with pytest.raises(BeyondAuthority):
                closed(incident, actor=actor, outcome=outcome, reason="已核实")


@pytest.mark.clause("R7.11")
def test_a_false_alarm_needs_its_reason_and_nothing_else():
    incident, _ = gathering(50)

    with pytest.raises(TextMissing):
        closed(incident, outcome=Outcome.FALSE_ALARM)
    false, facts = closed(incident, outcome=Outcome.FALSE_ALARM, reason="排队领纪念品")
    assert (false.state, false.outcome, false.closing_reason) == ("closed", "false_alarm", "排队领纪念品")
    assert [fact.words for fact in facts if isinstance(fact, Entry)] == ["排队领纪念品"]


@pytest.mark.clause("R7.10")
def test_a_claims_case_is_closed_only_after_it_was_referred():
    case, _ = filed(contained(reported(Kind.MAJOR_CLAIM, Facts())[0])[0])

    with pytest.raises(ClaimNotReferred):
        closed(case)
    referred, _ = refer_claim(case, reference="理赔-2026-118", actor=MANAGER, at=NINE)
    assert closed(referred)[0].claims.reference == "理赔-2026-118"


@pytest.mark.clause("R7.10")
def test_only_a_claims_case_is_referred():
    with pytest.raises(NotAClaimsCase):
        refer_claim(gathering(3)[0], reference="理赔-2026-118", actor=MANAGER, at=NINE)


@pytest.mark.clause("R7.11")
def test_a_closed_incident_takes_nothing_more():
    incident, _ = closed(gathering(3)[0], outcome=Outcome.FALSE_ALARM, reason="误报")

    for move in (
        lambda: begin_response(incident, actor=HEAD_OFFICE, at=NINE),
        lambda: contain(incident, actor=HEAD_OFFICE, at=NINE),
        lambda: closed(incident),
        lambda: guided(incident, HEAD_OFFICE),
        lambda: filed(incident),
        lambda: refer_claim(incident, reference="x", actor=MANAGER, at=NINE),
    ):
        with pytest.raises(AlreadyClosed):
            move()


@pytest.mark.clause("R7.11")
@pytest.mark.parametrize("move", [begin_response, contain])
def test_tellers_neither_take_command_nor_contain(move):
    with pytest.raises(BeyondAuthority):
        move(gathering(3)[0], actor=TELLER, at=NINE)


@pytest.mark.clause("R7.5")
def test_the_time_to_each_stage_is_computed_and_unknown_ends_stay_open():
    incident, _ = gathering(50, occurred_at=NINE - minutes(30), detected_at=NINE - minutes(20))
    incident, _ = acknowledged(incident, "leader", NINE + minutes(3))
    incident, _ = guided(incident, HEAD_OFFICE, NINE + minutes(7))

    took = durations(incident)

    assert (took.detect_seconds, took.report_seconds, took.grade_seconds, took.escalate_seconds) == (600, 1200, 0, 0)
    assert (took.acknowledge_seconds, took.guide_seconds, took.contain_seconds) == (180, 420, None)


@pytest.mark.clause("R7.11")
def test_durations_without_a_time_of_the_event_are_not_invented():
    took = durations(evolve(gathering(3)[0], occurred_at=None, detected_at=None))

    assert (took.detect_seconds, took.report_seconds) == (None, None)
