"""Tasks as values: they are done once, cancelled for a reason, and never lie without an owner."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from chassis.work import tasks
from chassis.work.tasks import (
    DueInPast,
    Owner,
    ReasonMissing,
    StandIn,
    StandInWrong,
    Task,
    TaskEnded,
    TaskOwnerless,
    TaskState,
    Title,
)

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = NINE + timedelta(minutes=5)
TASK = Task(
    id="t1",
    title=Title("疏散客户", "lead customers out"),
    owner=Owner(person="P1"),
    about="/v1/things/a",
    done_at="/v1/things/a/steps/t1/completion",
    units=("000000", "440000"),
    made_at=NINE,
    due=LATER,
)


@pytest.mark.parametrize(
    "owner",
    [Owner(), Owner(post="guide"), Owner(unit="440000"), Owner(person="P1", post="guide", unit="440000"),
     Owner(person="P1", unit="440000"), Owner(person="")],
)  # fmt: skip
def test_a_task_needs_a_person_or_a_post_at_a_unit_and_not_both(owner):
    with pytest.raises(TaskOwnerless):
        tasks.make(evolve(TASK, owner=owner))


def test_a_post_at_a_unit_owns_a_task():
    task = evolve(TASK, owner=Owner(post="guide", unit="440000"))

    assert tasks.make(task) is task
    assert task.owner.key == "post:440000:guide"


@pytest.mark.parametrize(("due", "refused"), [(-1, True), (0, False), (1, False)])
def test_a_task_is_not_due_before_it_is_made(due, refused):
    task = evolve(TASK, due=NINE + timedelta(seconds=due))

    if refused:
        with pytest.raises(DueInPast):
            tasks.make(task)
    else:
        assert tasks.make(task).due == task.due


def test_a_done_task_says_by_whom_and_when():
    done = tasks.complete(TASK, by="P2", at=LATER)

    assert (done.state, done.ended_by, done.ended_at, done.open) == (TaskState.DONE, "P2", LATER, False)


def test_a_task_is_cancelled_for_a_reason_and_not_without():
    with pytest.raises(ReasonMissing):
        tasks.cancel(TASK, reason=" ", by="P2", at=LATER)

    cancelled = tasks.cancel(TASK, reason="误报", by="P2", at=LATER)

    assert (cancelled.state, cancelled.reason) == (TaskState.CANCELLED, "误报")


def test_a_task_passed_to_another_owner_is_stood_in_for_by_nobody():
    stood_in = tasks.delegate(TASK, StandIn("P2", NINE, LATER))

    assert tasks.reassign(stood_in, Owner(person="P3")) == evolve(TASK, owner=Owner(person="P3"))


@pytest.mark.parametrize(
    ("owner", "stand_in"),
    [
        (Owner(person="P1"), StandIn("P1", NINE, LATER)),
        (Owner(person="P1"), StandIn("P2", NINE, NINE)),
        (Owner(post="guide", unit="440000"), StandIn("P2", NINE, LATER)),
    ],
)
def test_nobody_stands_in_for_themselves_for_no_time_or_for_a_post(owner, stand_in):
    with pytest.raises(StandInWrong):
        tasks.delegate(evolve(TASK, owner=owner), stand_in)


@pytest.mark.parametrize(("at", "late"), [(-1, False), (0, True), (1, True)])
def test_a_task_is_overdue_from_the_instant_it_was_due(at, late):
    some = (TASK, evolve(TASK, due=None), tasks.complete(TASK, by="P1", at=NINE))

    assert tasks.overdue(some, at=LATER + timedelta(seconds=at)) == ((TASK,) if late else ())


MOVES = st.sampled_from(
    [
        lambda task: tasks.complete(task, by="P2", at=LATER),
        lambda task: tasks.cancel(task, reason="误报", by="P2", at=LATER),
        lambda task: tasks.cancel(task, reason="", by="P2", at=LATER),
        lambda task: tasks.reassign(task, Owner(person="P3")),
        lambda task: tasks.reassign(task, Owner()),
        lambda task: tasks.delegate(task, StandIn("P4", NINE, LATER)),
    ]
)


@given(st.lists(MOVES, max_size=12))
def test_no_sequence_of_commands_revives_an_ended_task_or_leaves_one_without_owner(moves):
    task, ended = TASK, None
    for move in moves:
        try:
            task = move(task)
        except TaskEnded:
            assert ended is not None
        except Refusal:
            pass
        if ended is not None:
            assert task is ended
        ended = task if not task.open else None
        assert tasks.make(task).owner.key
        assert (task.state is TaskState.CANCELLED) == (task.reason is not None)
