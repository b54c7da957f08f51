"""R7.3, R7.4, R7.10, R7.11: reporting in one call, and what raises or lowers the level."""

import pytest
from attrs import evolve

from emergency.announcements import Entry, EntryKind
from emergency.authority import Actor
from emergency.correlation import Correlated
from emergency.facts import FactName, Facts
from emergency.handling import begin_response
from emergency.incidents import Cause, Outcome, State
from emergency.judgement import correlate_raise, sighting
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.places import unknown_place
from emergency.refusals import (
    AlreadyClosed,
    BeyondAuthority,
    CommandedHigher,
    CompanyTextForbids,
    NoFacts,
    SameLevel,
    TextMissing,
    TextTooLong,
    TimeInFuture,
)
from services.emergency.tests.scenes import (
    CCMS,
    CITY,
    HEAD_OFFICE,
    MANAGER,
    NINE,
    PERSONS,
    PROVINCE,
    SUPERVISOR,
    TELLER,
    acknowledged,
    closed,
    gathering,
    judged,
    minutes,
    news,
    reported,
    told,
)


def entries(facts):
    return [fact for fact in facts if isinstance(fact, Entry)]


def found(level, incident="E1"):
    return Correlated(incident, level, "R7.3", "gathering", FactName.PEOPLE_GATHERING, "50", (incident, "E2"))


@pytest.mark.clause("R7.4")
@pytest.mark.parametrize("by", [CCMS, TELLER, Actor("seller", ("elite_marketer",))])
def test_a_branch_system_and_a_person_report_in_one_call_with_what_is_known(by):
    incident, facts = reported(Kind.FIRE, Facts(), reporter=by)

    assert (incident.state, incident.level, incident.reporter) == (State.GRADED, Level.III, by.id)
    assert incident.grading.unknown == (FactName.COUNTERS_DAMAGED, FactName.DEATHS, FactName.INJURED)
    assert [entry.kind for entry in entries(facts)][:2] == [EntryKind.REPORTED, EntryKind.GRADED]


@pytest.mark.clause("R7.4")
def test_a_unit_not_known_here_is_no_reason_to_wait():
    incident, facts = gathering(50, place=unknown_place("9999", "HQ"))

    assert (incident.level, incident.unit_known, incident.city) == (Level.I, False, None)
    assert told(facts) == ["business-head", "service-head"]


@pytest.mark.clause("R7.11")
def test_the_instants_are_kept_as_they_were_and_not_as_they_were_reported():
    incident, _ = gathering(3, occurred_at=NINE - minutes(30), detected_at=NINE - minutes(20))

    assert (incident.occurred_at, incident.detected_at) == (NINE - minutes(30), NINE - minutes(20))
    assert incident.reported_at == incident.graded_at == incident.escalated_at == NINE


@pytest.mark.clause("R7.11")
def test_a_clock_that_runs_a_little_ahead_is_put_back_and_one_far_ahead_refused():
    incident, _ = gathering(3, occurred_at=NINE + minutes(5))

    assert incident.occurred_at == NINE
    with pytest.raises(TimeInFuture):
        gathering(3, occurred_at=NINE + minutes(6))


@pytest.mark.clause("R7.11")
def test_a_summary_has_five_hundred_characters_at_most_and_one_at_least():
    for summary, refusal in (("长" * 501, TextTooLong), (" ", TextMissing)):
        with pytest.raises(refusal):
            gathering(3, summary=summary)
    assert gathering(3, summary="长" * 500)[0].summary == "长" * 500


@pytest.mark.clause("R7.10")
def test_a_claims_case_is_referred_with_its_reference_and_graded_all_the_same():
    case, _ = reported(Kind.MAJOR_CLAIM, Facts(deaths=1), claims_reference="理赔-2026-118")

    assert (case.claims.notice, case.claims.reference) == ("国寿人险发〔2023〕47号", "理赔-2026-118")
    assert (case.level, case.grading.clause) == (Level.I, "R7.2")


@pytest.mark.clause("R7.10")
def test_other_events_are_not_referred_to_the_measures_for_claims():
    assert gathering(50, claims_reference="理赔-2026-118")[0].claims is None


@pytest.mark.clause("R7.3")
def test_new_facts_raise_the_level_by_themselves_and_name_the_clause():
    incident, facts = news(gathering(49)[0], Facts(people_gathering=50), at=NINE + minutes(4))

    assert (incident.level, incident.level_since) == (Level.I, NINE + minutes(4))
    assert [(change.level, change.cause, change.clause) for change in incident.levels] == [
        (Level.II, Cause.REPORT, "R7.3"),
        (Level.I, Cause.FACTS, "R7.2"),
    ]
    assert EntryKind.LEVEL_RAISED in [entry.kind for entry in entries(facts)]


@pytest.mark.clause("R7.3")
def test_smaller_figures_are_kept_and_do_not_lower_the_level():
    incident, facts = news(gathering(50)[0], Facts(people_gathering=5))

    assert (incident.level, incident.grading.level, incident.facts.people_gathering) == (Level.I, Level.IV, 5)
    assert [entry.kind for entry in entries(facts)] == [EntryKind.FACTS_ADDED, EntryKind.GRADED]


@pytest.mark.clause("R7.3")
def test_a_fact_that_becomes_unknown_raises_the_level():
    incident, _ = news(gathering(10)[0], Facts(unknown=(FactName.PEOPLE_GATHERING,)))
    vague, _ = news(gathering(3)[0], Facts(unknown=(FactName.PEOPLE_GATHERING,)))

    assert incident.level is Level.III
    assert vague.level is Level.III


@pytest.mark.clause("R7.3")
def test_facts_once_known_do_not_lower_what_was_raised_for_lack_of_them():
    incident, _ = news(reported(Kind.GATHERING, Facts())[0], Facts(people_gathering=3))

    assert (incident.level, incident.grading.level, incident.grading.unknown) == (Level.III, Level.IV, ())


@pytest.mark.clause("R7.3")
def test_no_news_are_refused():
    with pytest.raises(NoFacts):
        news(gathering(3)[0], Facts())


@pytest.mark.clause("R7.3")
def test_the_reporter_may_always_add_facts_and_a_stranger_without_the_post_may_not():
    seller = Actor("seller", ("elite_marketer",))
    mine, _ = gathering(3, reporter=seller)

    assert news(mine, Facts(people_gathering=10), actor=seller)[0].level is Level.III
    with pytest.raises(BeyondAuthority):
        news(gathering(3)[0], Facts(people_gathering=10), actor=seller)


@pytest.mark.clause("R7.3")
def test_correlation_raises_names_the_others_and_never_lowers():
    incident, facts = correlate_raise(gathering(25)[0], found(Level.I), persons=PERSONS, at=NINE)

    assert (incident.level, incident.levels[-1].together) == (Level.I, ("E1", "E2"))
    assert entries(facts)[0].data["cause"] == "correlation"
    assert correlate_raise(incident, found(Level.II), persons=PERSONS, at=NINE) == (incident, ())
    assert correlate_raise(incident, found(Level.I), persons=PERSONS, at=NINE) == (incident, ())


@pytest.mark.clause("R7.3")
def test_correlation_leaves_closed_incidents_alone():
    incident, _ = closed(gathering(3)[0], outcome=Outcome.FALSE_ALARM, reason="误报")

    assert correlate_raise(incident, found(Level.I), persons=PERSONS, at=NINE) == (incident, ())


@pytest.mark.clause("R7.2")
def test_any_supervisor_or_above_may_raise_to_level_one_by_judgement_with_a_reason():
    incident, facts = judged(gathering(3)[0], Level.I, actor=SUPERVISOR, reason="有人扬言自焚")

    assert (incident.level, incident.levels[-1].clause, incident.levels[-1].cause) == ("I", "R7.2", Cause.JUDGEMENT)
    assert entries(facts)[0].words == "有人扬言自焚"
    with pytest.raises(TextMissing):
        judged(gathering(3)[0], Level.I, actor=SUPERVISOR, reason="")


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("actor", [TELLER, CCMS])
def test_tellers_and_branch_systems_do_not_set_levels(actor):
    with pytest.raises(BeyondAuthority):
        judged(gathering(3)[0], Level.I, actor=actor)


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize(
    ("level", "actor", "allowed"),
    [
        ("III", SUPERVISOR, False),
        ("III", MANAGER, False),
        ("III", CITY, True),
        ("II", CITY, False),
        ("II", PROVINCE, True),
        ("I", PROVINCE, False),
        ("I", HEAD_OFFICE, True),
    ],
)
def test_lowering_takes_the_authority_of_the_level(level, actor, allowed):
    incident, _ = judged(gathering(3)[0], Level(level), actor=SUPERVISOR)

    if not allowed:
        with pytest.raises(BeyondAuthority):
            judged(incident, Level.IV, actor=actor)
        return
    lowered, facts = judged(incident, Level.IV, actor=actor, reason="核实为误传")
    assert (lowered.level, lowered.levels[-1].cause, lowered.levels[-1].reason) == ("IV", Cause.LOWERING, "核实为误传")
    assert EntryKind.LEVEL_LOWERED in [entry.kind for entry in entries(facts)]


@pytest.mark.clause("R7.3")
def test_lowering_belongs_to_the_level_of_the_organisation_that_took_command():
    incident, _ = begin_response(gathering(10)[0], actor=PROVINCE, at=NINE)

    with pytest.raises(CommandedHigher):
        judged(incident, Level.IV, actor=CITY)
    assert judged(incident, Level.IV, actor=PROVINCE)[0].level is Level.IV


@pytest.mark.clause("R7.3")
def test_lowering_needs_a_reason():
    with pytest.raises(TextMissing):
        judged(gathering(10)[0], Level.IV, actor=CITY, reason="  ")


@pytest.mark.clause("R7.2")
def test_nobody_lowers_an_incident_while_the_stated_facts_are_those_of_level_one():
    incident, _ = gathering(50)

    with pytest.raises(CompanyTextForbids):
        judged(incident, Level.II, actor=HEAD_OFFICE)
    corrected, _ = news(incident, Facts(people_gathering=20))
    assert judged(corrected, Level.III, actor=HEAD_OFFICE)[0].level is Level.III


@pytest.mark.clause("R7.3")
def test_news_that_change_nothing_do_not_undo_a_lowering_and_graver_ones_do():
    lowered, _ = judged(gathering(30)[0], Level.III, actor=PROVINCE)

    same, _ = news(lowered, Facts(people_gathering=35))
    graver, _ = news(lowered, Facts(people_gathering=50))

    assert (same.level, graver.level) == (Level.III, Level.I)


@pytest.mark.clause("R7.3")
def test_the_level_it_has_already_is_refused():
    with pytest.raises(SameLevel):
        judged(gathering(3)[0], Level.IV, actor=HEAD_OFFICE)


@pytest.mark.clause("R7.11")
def test_a_closed_incident_takes_no_facts_and_no_level():
    incident, _ = closed(gathering(3)[0], outcome=Outcome.FALSE_ALARM, reason="误报")

    with pytest.raises(AlreadyClosed):
        news(incident, Facts(people_gathering=50))
    with pytest.raises(AlreadyClosed):
        judged(incident, Level.I, actor=HEAD_OFFICE)


@pytest.mark.clause("R7.3")
def test_correlation_sees_when_it_happened_and_since_when_its_figures_stand():
    incident, _ = gathering(10, occurred_at=NINE - minutes(90))
    incident, _ = news(incident, Facts(people_gathering=12), at=NINE + minutes(5))

    seen = sighting(incident)

    assert (seen.at, seen.facts_at, seen.facts.people_gathering) == (NINE - minutes(90), NINE + minutes(5), 12)
    assert sighting(evolve(incident, occurred_at=None)).at == NINE


@pytest.mark.clause("R7.11")
def test_the_timeline_is_numbered_without_gaps_over_all_calls():
    incident, first = gathering(30)
    incident, second = news(incident, Facts(people_gathering=50))
    incident, third = acknowledged(incident, "leader")

    numbers = [entry.seq for entry in entries((*first, *second, *third))]
    assert numbers == list(range(1, incident.timeline_count + 1))
