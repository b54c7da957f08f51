"""Suspected misuse is looked into by a head, never by the person concerned, and has one result."""

from datetime import UTC, date, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from chassis.work.rectifications import Evidence, NotInThatState, OwnWork, RectificationState
from chassis.work.tasks import Owner
from security.activity import CheckedAlready, OwnActivity
from security.misuse import (
    PUT_RIGHT_WITHIN,
    WITHIN,
    Ground,
    NothingToPutRight,
    Verdict,
    moved,
    open_check,
    put_right,
    record_result,
    reject,
    tasks,
    verify,
)
from security.units import Unit

pytestmark = [pytest.mark.clause("R9.7"), pytest.mark.clause("R9.17")]

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
COUNTER = Unit("4401003", "counter", "示例柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)
HEAD = Owner(post="counter_supervisor", unit="4401003")
CHECK = open_check(
    "c", ground=Ground.CODE_SHARED, subject="P440100301", unit=COUNTER, day=date(2026, 11, 23), head=HEAD, at=AT
)
ELSEWHERE, THEIRS = ("HQ", "33", "4401", "4401003"), Owner(post="centre_manager", unit="4401")


CHECKER, OTHER = "P440100302", "P440100001"
ABOVE = Owner(post="centre_manager", unit="4401")
DONE = Evidence("已收回权限")


def result(check=CHECK, by=CHECKER, verdict=Verdict.IN_ORDER):
    return record_result(check, verdict=verdict, words="已核实", by=by, verifier=ABOVE, at=AT)


def found():
    """Misuse."""
    return result(verdict=Verdict.MISUSE)


def fixed(by=CHECKER):
    return put_right(found(), evidence=DONE, by=by, at=AT)


def test_an_open_check_is_the_heads_task_with_a_deadline():
    (task,) = tasks(CHECK)

    assert (task.owner, task.due, task.mandatory) == (HEAD, AT + WITHIN, True)
    assert tasks(result()) == ()


def test_a_result_is_recorded_once():
    with pytest.raises(CheckedAlready):
        result(result())


def test_nobody_checks_themselves():
    with pytest.raises(OwnActivity):
        result(by=CHECK.subject)


@pytest.mark.clause("R9.1")
def test_an_open_check_follows_its_unit_and_one_with_a_result_stays():
    assert moved(CHECK, ELSEWHERE, THEIRS) == evolve(CHECK, units=ELSEWHERE, head=THEIRS)
    assert moved(CHECK, COUNTER.units, THEIRS) is CHECK
    done = result()
    assert moved(done, ELSEWHERE, THEIRS) is done


def test_misuse_is_the_checkers_to_put_right_and_somebody_elses_to_verify():
    (task,) = tasks(found())
    assert (task.owner, task.due, task.mandatory) == (Owner(person=CHECKER), AT + PUT_RIGHT_WITHIN, True)
    (task,) = tasks(fixed())
    assert task.owner == ABOVE

    with pytest.raises(OwnWork):
        verify(fixed(), by=CHECKER, at=AT)
    done = verify(fixed(), by=OTHER, at=AT)

    assert (done.rectification.state, done.rectification.verifier) == (RectificationState.CLOSED, OTHER)
    assert (done.open, tasks(done)) == (False, ())
    with pytest.raises(NotInThatState):
        put_right(done, evidence=DONE, by=CHECKER, at=AT)


def test_what_is_not_put_right_is_the_checkers_again_and_due_as_before():
    again = reject(fixed(), reason="权限尚未收回", by=OTHER)

    (task,) = tasks(again)
    assert (task.owner, task.due) == (Owner(person=CHECKER), AT + PUT_RIGHT_WITHIN)
    assert (again.open, again.rectification.rejections) == (True, 1)


@pytest.mark.parametrize("check", [CHECK, result(), result(verdict=Verdict.UNCLEAR)])
def test_nothing_is_put_right_where_no_misuse_was_found(check):
    with pytest.raises(NothingToPutRight):
        put_right(check, evidence=DONE, by=CHECKER, at=AT)


def test_whose_misuse_it_was_has_no_part_in_putting_it_right():
    for step in (
        lambda: put_right(found(), evidence=DONE, by=CHECK.subject, at=AT),
        lambda: verify(fixed(), by=CHECK.subject, at=AT),
        lambda: reject(fixed(), reason="x", by=CHECK.subject),
    ):
        with pytest.raises(OwnActivity):
            step()


@pytest.mark.clause("R9.1")
def test_what_is_not_put_right_yet_follows_the_unit_to_another_verifier():
    after = moved(found(), ELSEWHERE, THEIRS)

    assert (after.units, after.verifier, after.rectification) == (ELSEWHERE, THEIRS, found().rectification)
    closed = verify(fixed(), by=OTHER, at=AT)
    assert moved(closed, ELSEWHERE, THEIRS) is closed


STEPS = {
    "fix": lambda one, by: put_right(one, evidence=DONE, by=by, at=AT),
    "verify": lambda one, by: verify(one, by=by, at=AT),
    "reject": lambda one, by: reject(one, reason="未整改", by=by),
    "result": lambda one, by: result(one, by, Verdict.MISUSE),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from([CHECK.subject, CHECKER, OTHER]))))
def test_no_sequence_of_steps_strikes_off_what_only_one_person_has_seen(steps):
    check = CHECK
    for step, by in steps:
        try:
            check = STEPS[step](check, by)
        except Refusal:
            continue

    item = check.rectification
    if item and item.state is RectificationState.CLOSED:
        assert item.verifier not in (item.owner, item.fixed_by, CHECK.subject, None)
    assert check.open == bool(tasks(check))


@given(st.lists(st.tuples(st.sampled_from(["P440100301", "P440100302", "P440000001"]), st.sampled_from(Verdict))))
def test_no_sequence_of_results_has_the_persons_own_or_changes_the_first(steps):
    check, first = CHECK, None
    for by, verdict in steps:
        try:
            check = result(check, by, verdict)
        except Refusal:
            continue
        first = first or check

    assert check.checked_by != CHECK.subject
    assert check == (first or CHECK)
