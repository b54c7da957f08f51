"""R7.9, R7.11: a plan is active from the report on; its steps are done by their post or waived by those in charge."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.tasks import Owner, TaskEnded, TaskState
from emergency.activation import (
    activated,
    complete_step,
    laid_down,
    refuse_open_steps,
    step_tasks,
    steps_of,
    unit_of,
    waive_step,
)
from emergency.announcements import Entry, EntryKind
from emergency.authority import Actor
from emergency.facts import Facts
from emergency.handling import close
from emergency.incidents import Incident, Outcome, State
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.plan_catalogue import shipped_plans
from emergency.refusals import AlreadyClosed, BeyondAuthority, MandatoryStepsOpen, NoPlan, StepNotYours, StepUnknown
from services.emergency.tests.scenes import (
    CCMS,
    CITY,
    HEAD_OFFICE,
    MANAGER,
    NINE,
    PROVINCE,
    PROVINCE_IS_COMPANY,
    SUPERVISOR,
    TELLER,
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

PLAN = shipped_plans()[Kind.GATHERING]
GUIDE = Actor("guide", ("guide",))


def active(people=3, **more):
    return activated(gathering(people, **more), PLAN)[0]


def names(incident, *states):
    return [one.step.id for one in steps_of(incident, PLAN) if one.mark.state in (states or tuple(TaskState))]


def done(incident, name, *, actor=HEAD_OFFICE, note="", at=NINE):
    return complete_step(incident, PLAN, name, note=note, actor=actor, at=at)


def waived(incident, name, *, actor=HEAD_OFFICE, reason="现场无此情形", at=NINE):
    return waive_step(incident, PLAN, name, reason=reason, actor=actor, at=at)


@pytest.mark.clause("R7.9")
@pytest.mark.parametrize(("people", "level"), [(3, Level.IV), (10, Level.III), (30, Level.II), (50, Level.I)])
def test_the_report_activates_the_steps_that_the_level_needs_and_says_so_in_the_timeline(people, level):
    incident, announced = activated(gathering(people), PLAN)

    assert names(incident) == [step.id for step in PLAN.card.steps if step.needed_at(level)]
    assert incident.activation.plan == PLAN.id
    entry = announced[-1]
    assert isinstance(entry, Entry)
    assert (entry.kind, entry.seq, entry.data["plan"]) == (EntryKind.PLAN_ACTIVATED, incident.timeline_count, PLAN.id)


@pytest.mark.clause("R7.9")
def test_a_step_is_due_its_minutes_after_the_report_and_belongs_to_its_post():
    (task, *_) = step_tasks(active(), PLAN)

    assert (task.id, task.due, task.made_at) == ("keep_order", NINE + minutes(5), NINE)
    assert task.owner == Owner(post="guide", unit="4401003")
    assert (task.about, task.done_at) == ("/v1/incidents/E1", "/v1/incidents/E1/steps/keep_order/completion")


@pytest.mark.clause("R7.9")
def test_raising_adds_what_the_graver_level_needs_counted_from_the_raising():
    incident = active(3)
    before = {mark.step: mark for mark in incident.activation.steps}

    raised, announced = activated(news(incident, Facts(people_gathering=30), at=NINE + minutes(20)), PLAN)

    after = {mark.step: mark for mark in raised.activation.steps}
    assert {name: after[name] for name in before} == before
    assert after["call_police"].due == NINE + minutes(21)
    assert announced[-1].kind is EntryKind.STEPS_ADDED


@pytest.mark.clause("R7.9")
def test_activating_again_and_lowering_change_nothing():
    decision = activated(gathering(30), PLAN)
    again = activated(decision, PLAN)
    lowered, _ = judged(decision[0], Level.III, actor=HEAD_OFFICE, at=NINE + minutes(5))

    assert again == decision
    assert activated((lowered, ()), PLAN) == (lowered, ())
    assert names(lowered) == names(decision[0])


@pytest.mark.clause("R7.9")
def test_a_drill_activates_its_plan_and_its_tasks_are_marked():
    assert all(task.drill for task in step_tasks(active(10, drill=True), PLAN))


@pytest.mark.clause("R7.9")
@pytest.mark.parametrize("actor", [GUIDE, SUPERVISOR, MANAGER, HEAD_OFFICE])
def test_a_step_is_done_by_its_post_or_by_those_in_charge(actor):
    incident, announced = done(active(), "keep_order", actor=actor, note="已分流")

    assert names(incident, TaskState.DONE) == ["keep_order"]
    assert (announced[0].kind, announced[0].actor, announced[0].words) == (EntryKind.STEP_DONE, actor.id, "已分流")


@pytest.mark.clause("R7.9")
@pytest.mark.parametrize(
    ("name", "actor"),
    [
        ("keep_order", TELLER),
        ("hear_representatives", GUIDE),
        ("manager_on_site", SUPERVISOR),
        ("province_team", MANAGER),
        ("province_team", CITY),
        ("head_office_lead", PROVINCE),
        ("keep_order", CCMS),
    ],
)
def test_nobody_does_the_step_of_others_who_stand_higher_or_apart(name, actor):
    incident = active(50)

    with pytest.raises(StepNotYours):
        done(incident, name, actor=actor)
    with pytest.raises(StepNotYours):
        waived(incident, name, actor=actor)


@pytest.mark.clause("R7.9")
def test_a_step_is_done_once_and_only_one_that_there_is():
    incident, _ = done(active(), "keep_order")

    with pytest.raises(TaskEnded):
        done(incident, "keep_order")
    with pytest.raises(TaskEnded):
        waived(incident, "keep_order")
    with pytest.raises(StepUnknown):
        done(incident, "province_team")
    with pytest.raises(NoPlan):
        done(gathering(3)[0], "keep_order")


@pytest.mark.clause("R7.9")
def test_those_in_charge_waive_a_step_and_a_mandatory_one_only_with_authority_to_close():
    incident = active(30)
    with pytest.raises(BeyondAuthority):
        waived(incident, "call_police", actor=SUPERVISOR)

    incident, announced = waived(incident, "call_police", actor=PROVINCE)

    assert names(incident, TaskState.CANCELLED) == ["call_police"]
    assert (announced[0].kind, announced[0].words) == (EntryKind.STEP_WAIVED, "现场无此情形")
    assert names(waived(incident, "keep_order", actor=SUPERVISOR)[0], TaskState.CANCELLED) == [
        "keep_order",
        "call_police",
    ]


def ready(people):
    """An incident that lacks nothing to be closed but its plan's steps."""
    incident, _ = guided(filed(active(people))[0], MANAGER)
    return contained(incident, actor=HEAD_OFFICE)[0]


def close_handled(incident):
    return close(incident, outcome=Outcome.HANDLED, reason=None, actor=HEAD_OFFICE, at=NINE, plan=PLAN)[0]


@pytest.mark.clause("R7.11")
def test_closing_is_refused_while_a_mandatory_step_is_open_and_names_it():
    incident = ready(30)
    mandatory = [one.step.id for one in steps_of(incident, PLAN) if one.step.mandatory_at(Level.II)]

    while mandatory:
        with pytest.raises(MandatoryStepsOpen) as refused:
            close_handled(incident)
        assert [each.pointer for each in refused.value.fields] == [f"/steps/{name}" for name in mandatory]
        incident = done(incident, mandatory.pop(0))[0]

    shut = close_handled(incident)
    assert shut.state is State.CLOSED
    assert names(shut, TaskState.OPEN) == []


@pytest.mark.clause("R7.11")
def test_a_level_iv_incident_is_closed_with_its_steps_open_and_they_end_with_it():
    shut = close_handled(ready(3))

    assert names(shut, TaskState.CANCELLED) == ["keep_order", "hear_representatives"]
    assert [task.open for task in step_tasks(shut, PLAN)] == [False, False]


@pytest.mark.clause("R7.11")
def test_a_false_alarm_is_closed_at_any_level_and_its_steps_end_with_it():
    shut, _ = closed(active(50), outcome=Outcome.FALSE_ALARM, reason="误报")

    assert names(shut, TaskState.OPEN) == []
    with pytest.raises(AlreadyClosed):
        done(shut, "keep_order")


@pytest.mark.clause("R7.11")
def test_a_step_that_the_lowered_level_does_not_hold_mandatory_does_not_hold_up_closing():
    lowered, _ = judged(active(30), Level.III, actor=HEAD_OFFICE)

    assert refuse_open_steps(lowered, PLAN) is None
    with pytest.raises(MandatoryStepsOpen):
        refuse_open_steps(active(30), PLAN)


@pytest.mark.clause("R7.9")
def test_a_tier_without_a_unit_is_the_next_one_up_and_the_root_while_the_unit_is_unknown():
    of_province, _ = reported(place=PROVINCE_IS_COMPANY)
    unknown = evolve(of_province, unit_known=False, units=("HQ", "X1"), unit="X1", counter=None, province=None)

    assert [unit_of(of_province, tier) for tier in Tier] == ["4400001", "p44", "p44", "HQ"]
    assert [unit_of(unknown, tier) for tier in Tier] == ["X1", "HQ", "HQ", "HQ"]


def test_an_incident_with_its_plan_comes_back_from_its_document_as_it_was():
    incident, _ = done(active(50), "call_police", at=NINE + minutes(1))

    assert converter().structure(converter().unstructure(incident), Incident) == incident


ACTORS = st.sampled_from([GUIDE, SUPERVISOR, MANAGER, PROVINCE, HEAD_OFFICE, TELLER, CCMS])
STEPS = st.sampled_from([step.id for step in PLAN.card.steps])
MOVES = st.one_of(
    st.tuples(st.just("done"), STEPS, ACTORS),
    st.tuples(st.just("waived"), STEPS, ACTORS),
    st.tuples(st.just("raised"), st.sampled_from([10, 30, 50]), ACTORS),
    st.tuples(st.just("closed"), st.just(0), ACTORS),
)


@pytest.mark.clause("R7.9", "R7.11")
@given(st.lists(MOVES, max_size=25))
def test_no_sequence_of_commands_revives_a_step_or_closes_over_a_mandatory_one(moves):
    incident, at = ready(3), NINE
    for name, what, actor in moves:
        at += timedelta(minutes=1)
        before = {mark.step: mark for mark in incident.activation.steps}
        try:
            if name == "done":
                incident, _ = done(incident, what, actor=actor, at=at)
            elif name == "waived":
                incident, _ = waived(incident, what, actor=actor, at=at)
            elif name == "raised":
                incident, _ = activated(news(incident, Facts(people_gathering=what), at=at), PLAN)
            else:
                shut = close_handled(incident)
                assert not any(
                    one.step.mandatory_at(shut.level) and before[one.step.id].state is TaskState.OPEN
                    for one in steps_of(shut, PLAN)
                )
                incident = shut
        except Refusal:
            pass
        after = {mark.step: mark for mark in incident.activation.steps}
        assert set(before) <= set(after)
        assert all(after[each] == mark for each, mark in before.items() if mark.state is not TaskState.OPEN)
        assert (incident.closed_at is None) or not names(incident, TaskState.OPEN)
        assert {step.id for step in PLAN.card.steps if step.needed_at(incident.level)} <= set(after)


def test_an_incident_without_a_plan_is_laid_down_as_it_is():
    incident, _ = gathering(3)

    assert laid_down(incident, by="x", at=NINE) is incident
    assert step_tasks(incident, PLAN) == ()
