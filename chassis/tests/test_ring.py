"""The ring remembers the last 64 commands of the last 24 hours, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ring import KeyReused, Mark, command_id, find, fingerprint, remember

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def mark(number: int, at: datetime) -> Mark:
    return Mark(f"c{number}", "clerk", "add", "print", 200, number, at)


@given(st.lists(st.integers(0, 7200), max_size=200))
def test_after_any_history_the_ring_holds_the_last_64_of_the_last_day(minutes_between):
    ring, at, all_marks = (), NOON, []
    for number, minutes in enumerate(minutes_between):
        at += timedelta(minutes=minutes)
        all_marks.append(mark(number, at))
        ring = remember(ring, all_marks[-1], now=at)

    young = [one for one in all_marks if at - one.at < timedelta(hours=24)]
    assert list(ring) == young[-64:]


@pytest.mark.parametrize(
    ("age", "kept"), [(timedelta(hours=24) - timedelta(milliseconds=1), True), (timedelta(hours=24), False)]
)
def test_a_mark_is_kept_for_a_day_and_not_longer(age, kept):
    ring = remember((mark(1, NOON),), mark(2, NOON + age), now=NOON + age)

    assert (mark(1, NOON) in ring) is kept


def test_the_newest_mark_is_always_kept():
    full = tuple(mark(number, NOON) for number in range(64))

    ring = remember(full, mark(99, NOON), now=NOON)

    assert len(ring) == 64
    assert (ring[0].id, ring[-1].id) == ("c1", "c99")


def test_a_command_is_found_by_its_id_and_only_with_its_own_request():
    ring = (mark(1, NOON), mark(2, NOON))

    assert find(ring, "c2", "print") == mark(2, NOON)
    assert find(ring, "c3", "print") is None
    with pytest.raises(KeyReused):
        find(ring, "c2", "another print")


@given(st.text(), st.text(), st.text(), st.text())
def test_principal_operation_and_key_make_the_command(principal, operation, key, other):
    made = command_id(principal, operation, key)

    assert (made == command_id(principal, operation, other)) is (key == other)


def test_a_fingerprint_does_not_depend_on_the_order_of_members():
    assert fingerprint({"a": 1, "b": 2}, {"x": [1, 2]}) == fingerprint({"b": 2, "a": 1}, {"x": [1, 2]})
    assert fingerprint({}, {"x": [1, 2]}) != fingerprint({}, {"x": [2, 1]})
