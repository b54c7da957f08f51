"""R9.7: a lock after failures, growing, at an account and at an address."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.lockout import ACCOUNT, ADDRESS, UNTRIED, SignInRefused, charge, forgive, tell

pytestmark = pytest.mark.clause("R9.7")

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)


def after(**span):
    return NINE + timedelta(**span)


def charged(guard, rule, times, *, at=NINE, by=""):
    for _ in range(times):
        guard = charge(guard, rule, by=by, at=at)
    return guard


def test_the_fifth_charge_sets_the_lock_and_the_sixth_is_refused():
    four = charged(UNTRIED, ACCOUNT, 4)
    five = charged(four, ACCOUNT, 1)

    assert not four.locked(NINE)
    assert five.locked(NINE)
    with pytest.raises(SignInRefused):
        charge(five, ACCOUNT, at=NINE)


def test_locks_double_up_to_the_longest():
    guard, at, spans = charged(UNTRIED, ACCOUNT, 4), NINE, []
    for _ in range(40):
        guard = charge(guard, ACCOUNT, at=at)
        spans.append(guard.locked_until - at)
        at = guard.locked_until

    minutes = [span / timedelta(minutes=1) for span in spans]
    assert minutes[:6] == [30, 60, 120, 240, 480, 480]
    assert set(minutes[6:]) == {480}


def test_a_lock_runs_out_at_its_very_instant():
    guard = charged(UNTRIED, ACCOUNT, 5)

    assert guard.locked(after(minutes=30) - timedelta(milliseconds=1))
    assert not guard.locked(after(minutes=30))


@pytest.mark.parametrize(("minutes", "locked"), [(59, True), (60, False)])
def test_at_an_address_a_try_counts_for_an_hour(minutes, locked):
    guard = charged(UNTRIED, ADDRESS, 9)

    assert charge(guard, ADDRESS, at=after(minutes=minutes)).locked(after(minutes=minutes)) is locked


def test_success_takes_back_the_own_tries_alone_and_the_lock_that_they_set():
    guard = charged(charged(UNTRIED, ADDRESS, 6, by="other"), ADDRESS, 4, by="own")
    assert guard.locked(NINE)

    left = forgive(guard, ADDRESS, by="own", at=NINE)

    assert (len(left.tries), left.locks, left.locked(NINE)) == (6, 0, False)


def test_an_earlier_lock_keeps_its_weight_whoever_succeeds_later():
    guard = charged(UNTRIED, ADDRESS, 10, by="other")
    later = charge(guard, ADDRESS, by="own", at=after(hours=2))

    left = forgive(later, ADDRESS, by="own", at=after(hours=2))

    assert left.locks == 1
    assert charged(left, ADDRESS, 10, at=after(hours=2)).locked_until == after(hours=3)


def test_a_lock_is_told_once():
    locked = charged(UNTRIED, ACCOUNT, 5)
    told = tell(locked, at=NINE)

    assert told is not locked
    assert tell(told, at=NINE) is told
    assert tell(UNTRIED, at=NINE) is UNTRIED
    assert not charge(told, ACCOUNT, at=after(minutes=30)).told


STEPS = st.lists(
    st.tuples(st.sampled_from(["try", "succeed"]), st.sampled_from("abc"), st.integers(0, 90)), max_size=60
)


@given(steps=STEPS)
def test_no_sequence_gets_more_looks_within_an_hour_than_tries_without_success(steps):
    """Failures that were looked at and not made good: never more than the rule's tries between two locks."""
    guard, at, looked = UNTRIED, NINE, []
    for does, by, minutes in steps:
        at += timedelta(minutes=minutes)
        if does == "succeed":
            guard = forgive(guard, ADDRESS, by=by, at=at)
            looked = [each for each in looked if each[0] != by]
            continue
        try:
            guard = charge(guard, ADDRESS, by=by, at=at)
        except SignInRefused:
            assert guard.locked(at)
            continue
        looked.append((by, at))
        recent = [each for each in looked if at - each[1] < timedelta(hours=1)]
        assert len(recent) < ADDRESS.tries or guard.locked(at)
        assert len(guard.tries) <= ADDRESS.tries
        assert guard.locks >= 0
