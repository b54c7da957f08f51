"""Suspected misuse is looked into by a head, never by the person concerned, and has one result."""

from datetime import UTC, date, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from chassis.work.tasks import Owner
from security.activity import CheckedAlready, OwnActivity
from security.misuse import WITHIN, Ground, Verdict, moved, open_check, record_result, tasks
from security.units import Unit

pytestmark = [pytest.mark.clause("R9.7"), pytest.mark.clause("R9.17")]

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
COUNTER = Unit("4401003", "counter", "示例柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)
HEAD = Owner(post="counter_supervisor", unit="4401003")
CHECK = open_check(
    "c", ground=Ground.CODE_SHARED, subject="P440100301", unit=COUNTER, day=date(2026, 11, 23), head=HEAD, at=AT
)
ELSEWHERE, THEIRS = ("HQ", "33", "4401", "4401003"), Owner(post="centre_manager", unit="4401")


def result(check=CHECK, by="P440100302", verdict=Verdict.IN_ORDER):
    return record_result(check, verdict=verdict, words="已核实", by=by, at=AT)


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


def test_an_open_check_follows_its_unit_and_one_with_a_result_stays():
    assert moved(CHECK, ELSEWHERE, THEIRS) == evolve(CHECK, units=ELSEWHERE, head=THEIRS)
    assert moved(CHECK, COUNTER.units, THEIRS) is CHECK
    done = result()
    assert moved(done, ELSEWHERE, THEIRS) is done


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
