"""R7.5: what the ladder makes up for when it could not run for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.announcements import Because, Entry, EntryKind, Notice
from emergency.tellings import next_due
from services.emergency.tests.scenes import NINE, acknowledged, companies, gathering, minutes, ran


def notices(facts):
    return [fact for fact in facts if isinstance(fact, Notice)]


@pytest.mark.clause("R7.5")
def test_a_step_that_is_a_little_late_goes_out_and_says_how_late_it_is():
    incident, _ = gathering(10)

    _, facts = ran(incident, NINE + minutes(13))

    assert [(each.person, each.channel, each.late_seconds, each.collapsed) for each in notices(facts)] == [
        ("manager", "sms", 180, 0)
    ]


@pytest.mark.clause("R7.5")
@pytest.mark.parametrize(("after", "collapsed"), [(19, False), (20, True)])
def test_a_step_is_dropped_exactly_when_the_next_one_is_due_as_well(after, collapsed):
    _, facts = ran(gathering(10)[0], NINE + minutes(after))

    assert len(notices(facts)) == 1
    entries = [fact.kind for fact in facts if isinstance(fact, Entry)]
    assert (EntryKind.STEPS_COLLAPSED in entries) is collapsed


@pytest.mark.clause("R7.5")
def test_after_a_long_outage_one_message_goes_to_the_highest_level_reached():
    incident, facts = ran(gathering(3)[0], NINE + minutes(250))

    assert [(each.person, each.because) for each in notices(facts)] == [
        ("business-head", Because.SILENCE),
        ("service-head", Because.SILENCE),
    ]
    assert {each.late_seconds for each in notices(facts)} == {600}
    assert companies(facts) == ["p44", "HQ"]
    assert next_due(incident.escalation, incident.policy) == NINE + minutes(250 + 60)


@pytest.mark.clause("R7.5")
def test_after_days_of_outage_the_ladder_is_not_exhausted_but_starts_afresh_at_the_top():
    incident, facts = ran(gathering(3)[0], NINE + minutes(60 * 24 * 5))

    assert [each.person for each in notices(facts)] == ["business-head", "service-head"]
    assert {each.because for each in notices(facts)} == {Because.OUTAGE}
    assert all(each.collapsed > 3 for each in notices(facts))
    assert incident.escalation.unanswered_at is None
    assert next_due(incident.escalation, incident.policy) is not None
    assert {each.cycle for each in incident.escalation.tellings[1:]} == {1}
    assert EntryKind.UNANSWERED not in [fact.kind for fact in facts if isinstance(fact, Entry)]


@pytest.mark.clause("R7.5")
def test_after_an_outage_who_has_answered_is_left_alone_and_who_has_not_is_told():
    incident, _ = gathering(50)
    for person in ("business-head", "service-head"):
        incident, _ = acknowledged(incident, person)

    _, facts = ran(incident, NINE + minutes(14))

    assert {each.person for each in notices(facts)} == {"leader", "manager", "province-head"}


@pytest.mark.clause("R7.5")
def test_who_was_never_told_is_not_said_to_have_been():
    incident, _ = ran(gathering(3)[0], NINE + minutes(60 * 24 * 5))

    assert [each.person for each in incident.escalation.tellings] == ["manager", "business-head", "service-head"]
    assert all(each.tries for each in incident.escalation.tellings)


@pytest.mark.clause("R7.5")
@given(people=st.sampled_from([3, 10, 30, 50]), gaps=st.lists(st.integers(1, 400), max_size=12))
def test_however_the_timer_fires_nobody_is_told_twice_at_once_and_no_step_comes_twice(people, gaps):
    incident, facts = gathering(people)
    steps, at = [each.step for each in notices(facts)], NINE
    for gap in gaps:
        at += minutes(gap)
        incident, facts = ran(incident, at)
        persons = [each.person for each in notices(facts)]
        steps += [each.step for each in notices(facts)]

        assert len(persons) == len(set(persons))
        assert all(each.late_seconds >= 0 and each.at == at for each in notices(facts))
        due = next_due(incident.escalation, incident.policy)
        assert due is None or due > at
    assert len(steps) == len(set(steps))


@pytest.mark.clause("R7.5")
@given(people=st.sampled_from([3, 10, 30, 50]), gaps=st.lists(st.integers(1, 2000), min_size=1, max_size=40))
def test_an_escalation_without_answers_never_falls_silent_without_a_cry(people, gaps):
    incident, at = gathering(people)[0], NINE
    for gap in gaps:
        at += minutes(gap)
        incident, _ = ran(incident, at)

        waits = next_due(incident.escalation, incident.policy) is not None
        assert waits or incident.escalation.unanswered_at is not None
