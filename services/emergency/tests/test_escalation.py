"""R7.4, R7.5: who is told, when, in what order, and what an answer stops."""

import pytest
from attrs import evolve

from emergency.alarm import deadlines, overdue, restamp, tell_again, undelivered
from emergency.announcements import Because, Entry, EntryKind, Escalated, Notice
from emergency.authority import Actor
from emergency.facts import Facts
from emergency.incidents import Outcome
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.places import unknown_place
from emergency.policies import DEFAULT_POLICY
from emergency.refusals import BeyondAuthority, NotTold, UnitAlreadyKnown
from emergency.tellings import TellingState, next_due
from services.emergency.tests.scenes import (
    HEAD_OFFICE,
    NINE,
    PERSONS,
    PLACE,
    PROVINCE_IS_COMPANY,
    SUPERVISOR,
    THREE_CHANNELS,
    acknowledged,
    closed,
    companies,
    gathering,
    guided,
    judged,
    minutes,
    news,
    ran,
    reported,
    told,
)

EVERYBODY = ["leader", "manager", "province-head", "business-head", "service-head"]


def notices(facts):
    return [fact for fact in facts if isinstance(fact, Notice)]


def kinds(facts):
    return [fact.kind for fact in facts if isinstance(fact, Entry)]


def telling(incident, person):
    return next(each for each in reversed(incident.escalation.tellings) if each.person == person)


def without(*posts):
    return tuple(person for person in PERSONS if person.post not in posts)


def story(incident, until, *, step=1, persons=PERSONS):
    """Every minute the timer fires: what was announced, with the minute."""
    heard = []
    for minute in range(step, until + 1, step):
        incident, facts = ran(incident, NINE + minutes(minute), persons)
        heard += [(minute, fact.person, fact.channel, fact.because) for fact in notices(facts)]
    return incident, heard


@pytest.mark.clause("R7.4")
def test_level_one_tells_own_company_province_and_head_office_at_once():
    incident, facts = gathering(50)

    assert companies(facts) == ["c4401", "p44", "HQ"]
    assert incident.escalated_at == incident.reported_at == NINE


@pytest.mark.clause("R7.5")
def test_level_one_tells_the_persons_in_charge_of_all_three_and_nobody_else():
    _, facts = gathering(50)

    assert told(facts) == EVERYBODY


@pytest.mark.clause("R7.4")
@pytest.mark.parametrize(
    ("people", "at_once"), [(30, ["c4401", "p44"]), (10, ["c4401"]), (3, ["c4401"])], ids=["II", "III", "IV"]
)
def test_every_level_is_reported_at_once_as_far_up_as_its_ladder_says(people, at_once):
    _, facts = gathering(people)

    assert companies(facts) == at_once


@pytest.mark.clause("R7.4")
def test_level_two_reaches_head_office_after_half_an_hour_whoever_has_answered():
    incident, _ = gathering(30)
    for person in ("leader", "province-head"):
        incident, _ = guided(incident, Actor(person))

    before, early = ran(incident, NINE + minutes(30) - minutes(1))
    _, facts = ran(before, NINE + minutes(30))

    assert companies(early) == []
    assert companies(facts) == ["HQ"]


@pytest.mark.clause("R7.4")
def test_where_the_own_company_is_the_province_two_addressees_fall_together_in_one_report():
    persons = (
        evolve(PERSONS[0], unit="p44"),
        evolve(PERSONS[1], unit="p44"),
        *PERSONS[2:],
    )

    _, facts = gathering(50, place=PROVINCE_IS_COMPANY, persons=persons)

    assert companies(facts) == ["p44", "HQ"]
    assert told(facts) == EVERYBODY


@pytest.mark.clause("R7.4")
def test_a_person_who_holds_two_of_the_posts_is_told_once():
    persons = (
        evolve(PERSONS[0], unit="p44"),
        evolve(PERSONS[1], unit="p44"),
        evolve(PERSONS[2], person="leader"),
        *PERSONS[3:],
    )

    _, facts = gathering(50, place=PROVINCE_IS_COMPANY, persons=persons)

    assert told(facts) == ["leader", "manager", "business-head", "service-head"]


@pytest.mark.clause("R7.5")
def test_silence_leads_to_the_next_try_the_next_channel_the_deputy_and_the_next_level():
    incident, facts = gathering(10)
    assert [(fact.person, fact.channel) for fact in notices(facts)] == [("manager", "chat")]

    _, heard = story(incident, 59)

    assert heard == [
        (10, "manager", "sms", "silence"),
        (20, "manager", "mail", "silence"),
        (30, "manager-deputy", "chat", "deputy"),
        (40, "manager-deputy", "sms", "silence"),
        (50, "manager-deputy", "mail", "silence"),
    ]


@pytest.mark.clause("R7.5")
def test_a_level_with_no_answer_is_passed_by_to_the_next_one_up():
    incident, _ = gathering(3)

    _, heard = story(incident, 300, step=60)

    assert heard == [
        (60, "manager-deputy", "mail", "deputy"),
        (120, "province-head", "mail", "silence"),
        (180, "province-deputy", "mail", "deputy"),
        (240, "business-head", "mail", "silence"),
        (240, "service-head", "mail", "silence"),
        (300, "business-deputy", "mail", "deputy"),
        (300, "service-deputy", "mail", "deputy"),
    ]


@pytest.mark.clause("R7.5")
def test_level_one_tries_each_channel_twice_before_the_deputy():
    incident, _ = gathering(50)
    for person in EVERYBODY[1:]:
        incident, _ = guided(incident, Actor(person))

    _, heard = story(incident, 35)

    assert [(minute, channel, person) for minute, person, channel, _ in heard] == [
        (5, "chat", "leader"),
        (10, "sms", "leader"),
        (15, "sms", "leader"),
        (20, "mail", "leader"),
        (25, "mail", "leader"),
        (30, "chat", "leader-deputy"),
        (35, "chat", "leader-deputy"),
    ]


@pytest.mark.clause("R7.5")
def test_the_same_step_has_the_same_id_and_every_step_its_own():
    incident, _ = gathering(10)
    at = NINE + minutes(10)

    once, twice = ran(incident, at)[1], ran(incident, at)[1]
    _, later = ran(ran(incident, at)[0], at + minutes(10))

    assert [each.step for each in notices(once)] == [each.step for each in notices(twice)]
    assert {each.step for each in notices(once)}.isdisjoint(each.step for each in notices(later))


@pytest.mark.clause("R7.5")
def test_a_second_firing_for_the_same_instant_does_nothing():
    incident, _ = ran(gathering(10)[0], NINE + minutes(10))

    assert ran(incident, NINE + minutes(10)) == (incident, ())


@pytest.mark.clause("R7.5")
def test_a_firing_that_comes_early_does_nothing():
    incident, _ = gathering(10)

    assert ran(incident, NINE + minutes(10) - minutes(1)) == (incident, ())


@pytest.mark.clause("R7.5")
def test_an_acknowledgement_stops_the_ladder():
    incident, _ = gathering(3)
    incident, _ = acknowledged(incident, "manager")

    assert next_due(incident.escalation, incident.policy) is None


@pytest.mark.clause("R7.5")
def test_where_everyone_must_answer_one_acknowledgement_stops_one_line_only():
    incident, _ = acknowledged(gathering(50)[0], "leader")

    _, facts = ran(incident, NINE + minutes(5))

    assert told(facts) == EVERYBODY[1:]


@pytest.mark.clause("R7.5")
def test_where_one_answer_is_enough_it_stops_the_whole_rung():
    incident, _ = acknowledged(gathering(30)[0], "leader")

    _, facts = ran(incident, NINE + minutes(5))

    assert told(facts) == ["province-head"]


@pytest.mark.clause("R7.5")
@pytest.mark.parametrize(("people", "wait"), [(50, 15), (30, 30)], ids=["I", "II"])
def test_the_ladder_resumes_when_no_guidance_follows_the_acknowledgement(people, wait):
    incident, _ = gathering(people)
    for person in EVERYBODY:
        if any(each.person == person for each in incident.escalation.tellings):
            incident, _ = acknowledged(incident, person)

    quiet, silent = ran(incident, NINE + minutes(wait) - minutes(1))
    resumed, facts = ran(quiet, NINE + minutes(wait))

    assert notices(silent) == []
    assert Because.NO_GUIDANCE in {fact.because for fact in notices(facts)}
    assert telling(resumed, "leader").acknowledged_at == NINE


@pytest.mark.clause("R7.5")
def test_guidance_stops_the_persons_line_for_good():
    incident, _ = gathering(50)
    for person in EVERYBODY:
        incident, _ = guided(incident, Actor(person))

    assert next_due(incident.escalation, incident.policy) is None
    assert ran(incident, NINE + minutes(1000)) == (incident, ())
    assert incident.first_guided_at == NINE


@pytest.mark.clause("R7.5")
def test_an_answer_by_the_deputy_stops_the_person_and_the_other_way_round():
    incident, _ = story(gathering(50)[0], 30)

    deputy_answers, _ = acknowledged(incident, "leader-deputy", NINE + minutes(31))
    person_answers, _ = acknowledged(incident, "leader", NINE + minutes(31))

    assert telling(deputy_answers, "leader").state is TellingState.STOPPED
    assert telling(person_answers, "leader-deputy").state is TellingState.STOPPED


@pytest.mark.clause("R7.5")
def test_whoever_was_relieved_takes_over_from_a_deputy_who_fell_silent_and_is_waited_for_in_turn():
    incident, _ = story(gathering(50)[0], 31)
    incident, _ = acknowledged(incident, "manager-deputy", NINE + minutes(31))
    incident, _ = ran(incident, NINE + minutes(46))

    incident, _ = acknowledged(incident, "manager", NINE + minutes(47))
    _, facts = ran(incident, NINE + minutes(62))

    assert telling(incident, "manager").state is TellingState.ACKNOWLEDGED
    assert telling(incident, "manager-deputy").state is TellingState.STOPPED
    assert "manager" in told(facts)


@pytest.mark.clause("R7.5")
def test_whoever_is_relieved_while_the_other_holds_is_only_noted():
    incident, _ = story(gathering(50)[0], 31)
    incident, _ = acknowledged(incident, "manager-deputy", NINE + minutes(31))

    incident, _ = acknowledged(incident, "manager", NINE + minutes(32))

    assert telling(incident, "manager").acknowledged_at == NINE + minutes(32)
    assert telling(incident, "manager").state is TellingState.STOPPED
    assert telling(incident, "manager-deputy").state is TellingState.ACKNOWLEDGED


@pytest.mark.clause("R7.5")
def test_a_second_acknowledgement_while_the_first_holds_changes_nothing():
    incident, _ = acknowledged(gathering(50)[0], "leader")

    assert acknowledged(incident, "leader", NINE + minutes(3)) == (incident, ())


@pytest.mark.clause("R7.5")
def test_only_who_was_told_acknowledges():
    with pytest.raises(NotTold):
        acknowledged(gathering(50)[0], "elsewhere")


@pytest.mark.clause("R7.5")
def test_guidance_comes_from_who_was_told_or_has_the_authority_and_keeps_the_words():
    incident, _ = gathering(50)

    _, facts = guided(incident, HEAD_OFFICE)

    assert (facts[0].kind, facts[0].words) == (EntryKind.GUIDANCE_RECORDED, "先疏导客户，逐一登记")
    with pytest.raises(BeyondAuthority):
        guided(incident, SUPERVISOR)


@pytest.mark.clause("R7.5")
def test_when_nobody_above_is_left_the_line_begins_again_and_ends_with_a_cry():
    incident, _ = gathering(3)

    incident, heard = story(incident, 60 * 20, step=60)
    per_person = [person for _, person, _, _ in heard].count("business-head")

    assert per_person == DEFAULT_POLICY.cycles
    assert incident.escalation.unanswered_at is not None
    assert [each.miss for each in overdue(incident, at=NINE + minutes(3000), grace=minutes(1))] == ["unanswered"]


@pytest.mark.clause("R7.5")
def test_a_late_answer_ends_the_state_of_being_unanswered():
    incident, _ = story(gathering(3)[0], 60 * 20, step=60)

    incident, _ = acknowledged(incident, "province-head", NINE + minutes(1201))

    assert incident.escalation.unanswered_at is None
    assert overdue(incident, at=NINE + minutes(3000), grace=minutes(1)) == ()


@pytest.mark.clause("R7.5")
def test_for_an_empty_post_the_next_one_up_is_told_and_it_is_said_so():
    incident, facts = gathering(10, persons=without("centre_manager"))

    assert told(facts) == ["province-head"]
    assert notices(facts)[0].instead_of == ("centre_manager",)
    assert notices(facts)[0].because is Because.VACANCY
    assert [vacancy.post for vacancy in incident.escalation.vacancies] == ["centre_manager"]
    assert EntryKind.POST_VACANT in kinds(facts)


@pytest.mark.clause("R7.5")
def test_two_empty_posts_in_a_row_lead_two_levels_up():
    _, facts = gathering(10, persons=without("centre_manager", "province_ops_head"))

    assert told(facts) == ["business-head", "service-head"]
    assert notices(facts)[0].instead_of == ("centre_manager", "province_ops_head")
    assert companies(facts) == ["c4401", "p44", "HQ"]


@pytest.mark.clause("R7.5")
def test_where_the_next_level_up_turns_out_to_be_empty_the_silent_ones_are_tried_again():
    nobody_above = without("ho_business_management_head", "ho_customer_service_head")
    incident, _ = gathering(3, persons=nobody_above)

    incident, heard = story(incident, 240, step=60, persons=nobody_above)

    assert [(minute, person) for minute, person, _, _ in heard if minute == 240] == [
        (240, "province-head"),
        (240, "province-deputy"),
    ]
    assert {vacancy.addressee for vacancy in incident.escalation.vacancies} == {"head_office"}


@pytest.mark.clause("R7.5")
def test_an_empty_post_does_not_spare_its_colleague():
    _, facts = gathering(30, persons=without("company_leader"))

    assert told(facts) == ["manager", "province-head"]


@pytest.mark.clause("R7.4")
def test_with_nobody_in_charge_at_all_the_companies_are_told_and_the_auditor_cries():
    incident, facts = gathering(50, persons=())

    assert companies(facts) == ["c4401", "p44", "HQ"]
    assert kinds(facts)[-1] is EntryKind.UNANSWERED
    assert [each.miss for each in overdue(incident, at=NINE + minutes(2), grace=minutes(1))] == ["unanswered"]


@pytest.mark.clause("R7.5")
def test_an_escalation_with_nobody_to_tell_can_be_told_again_when_the_posts_are_filled():
    incident, _ = gathering(50, persons=())

    incident, facts = tell_again(incident, persons=PERSONS, at=NINE + minutes(3))

    assert told(facts) == EVERYBODY
    assert incident.escalation.unanswered_at is None


@pytest.mark.clause("R7.4")
def test_raising_tells_everybody_of_the_graver_level_anew():
    incident, _ = acknowledged(gathering(10)[0], "manager")

    raised, facts = news(incident, Facts(people_gathering=50), at=NINE + minutes(20))

    assert companies(facts) == ["c4401", "p44", "HQ"]
    assert told(facts) == EVERYBODY
    assert {fact.because for fact in notices(facts)} == {Because.RAISED}
    assert raised.escalation.tellings[0].acknowledged_at == NINE


@pytest.mark.clause("R7.3")
def test_after_lowering_nothing_climbs_any_more():
    incident, _ = gathering(30)

    lowered, facts = judged(incident, Level.III, actor=HEAD_OFFICE, at=NINE + minutes(1))
    _, later = ran(lowered, NINE + minutes(40))

    assert companies(facts) == companies(later) == []
    assert telling(lowered, "province-head").state is TellingState.STOPPED
    assert telling(lowered, "manager").state is TellingState.WAITING


@pytest.mark.clause("R7.4")
@pytest.mark.parametrize(
    ("people", "ladder"), [(3, "III"), (10, "II"), (30, "I"), (50, "I")], ids=["IV", "III", "II", "I"]
)
def test_a_unit_not_known_yet_escalates_one_level_above_its_grade(people, ladder):
    incident, _ = gathering(people, place=unknown_place("9999", "HQ"))

    assert incident.escalation.level == ladder
    assert incident.units == ("HQ", "9999")


@pytest.mark.clause("R7.4")
def test_of_a_unit_not_known_yet_head_office_is_told_in_place_of_those_that_cannot_be_found():
    _, facts = gathering(3, place=unknown_place("9999", "HQ"))

    assert companies(facts) == ["HQ"]
    assert told(facts) == ["business-head", "service-head"]


@pytest.mark.clause("R7.4")
def test_when_the_unit_arrives_those_are_told_who_could_not_be_found_before():
    incident, _ = gathering(50, place=unknown_place("4401003", "HQ"))

    stamped, facts = restamp(incident, place=PLACE, persons=PERSONS, at=NINE + minutes(2))

    assert (stamped.units, stamped.city, stamped.unit_known) == (PLACE.units, "c4401", True)
    assert companies(facts) == ["c4401", "p44"]
    assert told(facts) == ["leader", "manager", "province-head"]


@pytest.mark.clause("R7.4")
def test_a_unit_arrives_once_and_one_that_moves_tells_nobody_anew():
    incident, _ = gathering(50)
    elsewhere = evolve(PLACE, units=("HQ", "p44", "c4402", "4401003"), city="c4402")

    moved, facts = restamp(incident, place=elsewhere, persons=PERSONS, at=NINE)

    assert (moved.city, told(facts)) == ("c4402", [])
    with pytest.raises(UnitAlreadyKnown):
        restamp(incident, place=PLACE, persons=PERSONS, at=NINE)


@pytest.mark.clause("R7.4")
def test_a_unit_that_arrives_after_the_closing_is_stamped_and_nobody_is_told():
    incident, _ = gathering(3, place=unknown_place("4401003", "HQ"))
    incident, _ = closed(incident, outcome=Outcome.FALSE_ALARM, reason="误报")

    stamped, facts = restamp(incident, place=PLACE, persons=PERSONS, at=NINE)

    assert (stamped.unit_known, told(facts), companies(facts)) == (True, [], [])


@pytest.mark.clause("R7.5")
def test_closing_ends_the_ladder_and_leaves_answers_possible():
    incident, _ = closed(gathering(50)[0], outcome=Outcome.FALSE_ALARM, reason="误报")

    assert ran(incident, NINE + minutes(600)) == (incident, ())
    assert acknowledged(incident, "leader", NINE + minutes(1))[0].first_acknowledged_at == NINE + minutes(1)


@pytest.mark.clause("R7.5")
def test_the_auditor_finds_the_step_that_should_have_run_and_not_the_one_within_grace():
    incident, _ = gathering(10)

    within = overdue(incident, at=NINE + minutes(12), grace=minutes(2))
    beyond = overdue(incident, at=NINE + minutes(12) + minutes(1), grace=minutes(2))

    assert within == ()
    assert [(each.miss, each.whom, each.late_seconds) for each in beyond] == [("step", "manager", 180)]


@pytest.mark.clause("R7.4")
def test_the_auditor_finds_a_level_of_the_organisation_that_was_not_told_in_time():
    incident, _ = gathering(30)
    for person in ("leader", "province-head"):
        incident, _ = guided(incident, Actor(person))

    missed = overdue(incident, at=NINE + minutes(45), grace=minutes(5))

    assert [(each.miss, each.whom, each.due) for each in missed] == [("rung", "head_office", NINE + minutes(30))]


@pytest.mark.clause("R7.5", "R7.11")
def test_the_policy_is_copied_into_the_incident_so_that_later_edits_do_not_change_it():
    incident, _ = gathering(50)

    assert incident.policy == THREE_CHANNELS
    assert min(each.due for each in deadlines(incident, lambda at, _: at)) == NINE + minutes(5)


@pytest.mark.clause("R7.11")
@pytest.mark.parametrize("drill", [True, False])
def test_every_notice_and_every_report_upward_of_a_drill_says_so(drill):
    incident, facts = gathering(50, drill=drill)
    _, later = ran(incident, NINE + minutes(5))

    flags = {fact.drill for fact in (*facts, *later) if isinstance(fact, Notice | Escalated)}
    assert flags == {drill}


@pytest.mark.clause("R7.4")
def test_a_report_of_a_kind_with_nothing_known_is_told_all_the_same():
    _, facts = reported(Kind.OTHER, Facts())

    assert told(facts) == ["manager"]


@pytest.mark.clause("R7.5")
def test_a_notice_that_cannot_be_delivered_brings_the_next_step_at_once():
    incident, facts = gathering(60)
    first = next(notice for notice in notices(facts) if notice.person == "leader")

    hurried, more = undelivered(
        incident, step=first.step, reason="no_contact_point", persons=PERSONS, at=NINE + minutes(1)
    )

    (again,) = notices(more)
    assert (again.person, again.at) == ("leader", NINE + minutes(1))
    assert next(each.kind for each in more if isinstance(each, Entry)) is EntryKind.NOTICE_FAILED
    assert undelivered(hurried, step=first.step, reason="x", persons=PERSONS, at=NINE + minutes(2)) == (hurried, ())


@pytest.mark.clause("R7.5")
def test_who_cannot_be_reached_at_all_is_hurried_through_one_cycle_only():
    incident, facts = gathering(60)

    for _ in range(100):
        sent = notices(facts)
        if not sent:
            break
        incident, facts = undelivered(incident, step=sent[0].step, reason="x", persons=PERSONS, at=NINE + minutes(1))

    assert all(telling.cycle <= 2 for telling in incident.escalation.tellings)


@pytest.mark.clause("R7.5")
def test_a_failure_after_the_answer_changes_nothing():
    incident, facts = gathering(60)
    first = next(notice for notice in notices(facts) if notice.person == "leader")
    answered, _ = acknowledged(incident, "leader", at=NINE + minutes(1))

    assert undelivered(answered, step=first.step, reason="x", persons=PERSONS, at=NINE + minutes(2)) == (answered, ())
