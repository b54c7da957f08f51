"""R9.7: refresh tokens turn one after another; who comes second with one ends the session."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.sessions import GRACE, IDLE, LIFE, MOST, Session, begin, end, living, take_turn
from security.sharing import IN_USE, suspected

pytestmark = pytest.mark.clause("R9.7")

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)


def session(id="a", *, at=NINE, counter=None, turn=0):
    return Session(id, at, at, turn=turn, counter=counter)


@pytest.mark.parametrize(("late", "taken"), [(-1, True), (0, False)])
@pytest.mark.parametrize("span", [IDLE, LIFE])
def test_a_session_runs_out_at_its_very_instant(span, late, taken):
    at = NINE + span + timedelta(milliseconds=late)
    seen = Session("a", NINE, NINE if span is IDLE else at)

    assert (take_turn((seen,), session="a", turn=0, at=at).session is not None) is taken


def test_a_turn_of_the_future_changes_nothing():
    sessions = (session(),)

    assert take_turn(sessions, session="a", turn=1, at=NINE).sessions is sessions
    assert not take_turn(sessions, session="a", turn=1, at=NINE).reused


def test_the_oldest_of_too_many_goes_and_so_does_what_has_run_out():
    sessions = ()
    for number in range(MOST + 2):
        sessions = begin(sessions, session(str(number)))
    assert [each.id for each in sessions] == ["2", "3", "4", "5", "6"]

    assert [each.id for each in begin(sessions, session("x", at=NINE + IDLE))] == ["x"]
    assert living(sessions, NINE + IDLE) == ()


def test_ending_what_is_not_there_changes_nothing():
    sessions = (session(),)

    assert end(sessions, "b") is sessions
    assert end(sessions, "a") == ()


@given(
    presented=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20)), max_size=40),
)
def test_no_sequence_of_presentations_makes_two_lines_of_tokens_or_revives_a_session(presented):
    """Each turn is given out once, or again as the very same one within the grace; after a reuse nothing is."""
    sessions, at, given_out, dead = (session(),), NINE, {0}, False
    for turn, seconds in presented:
        at += timedelta(seconds=seconds)
        if turn not in given_out:
            continue  # nobody can make a token that was not given out
        before = sessions[0] if sessions else None
        taken = take_turn(sessions, session="a", turn=turn, at=at)
        sessions = taken.sessions
        if dead or before is None:
            assert taken.session is None
        elif turn == before.turn:
            assert taken.session is not None
            assert taken.session.turn == turn + 1
        elif turn == before.turn - 1 and at - before.seen_at <= GRACE:
            assert taken.session is before
        else:
            assert taken.reused
            assert sessions == ()
            dead = True
        if taken.session is not None:
            given_out.add(taken.session.turn)
    assert len(sessions) <= 1


def test_every_pair_of_counters_in_use_is_suspected_and_one_counter_with_itself_never():
    sessions = [session(str(number), counter=counter) for number, counter in enumerate("BABC")] + [session("none")]

    found = {each.counters for each in suspected(sessions, at=NINE, day=NINE.date())}

    assert found == {("A", "B"), ("A", "C"), ("B", "C")}
    assert suspected(sessions, at=NINE + IN_USE, day=NINE.date()) == ()
