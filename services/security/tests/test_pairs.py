"""Of a pair one is always there, and acts in the posts of the other who is away: those days and no others."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from security import pairs
from security.holders import Assign, assign
from security.pairs import Absence, away, back, end, make_pair, moved, stand_ins
from security.separations import PostsSeparated
from security.spans import DaysOutOfOrder, covers
from security.units import Unit

pytestmark = pytest.mark.clause("R9.1")

TODAY, FIRST, AFTER = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 27)
A, B = "P440100301", "P440100302"
COUNTER = Unit("4401003", "counter", "示例柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)


def held(person, post="teller", *, since=date(2026, 1, 1), to=None):
    return assign(Assign(person, post, COUNTER.id, "holder", since, to), unit=COUNTER, already=())


BOTH = (held(A), held(B, "counter_supervisor"))
PAIR = make_pair(A, B, unit=COUNTER, held=BOTH, on=TODAY)


def acting(pair, assignments=BOTH):
    return {(one.person, one.post, one.held_from, one.held_to) for one in stand_ins(pair, assignments, unit=COUNTER.id)}


def test_each_acts_in_the_post_of_the_other_for_the_days_of_absence():
    assert acting(PAIR) == set()
    assert acting(away(PAIR, A, since=FIRST, to=AFTER)) == {(B, "teller", FIRST, AFTER)}
    assert acting(away(PAIR, B, since=FIRST, to=None)) == {(A, "counter_supervisor", FIRST, None)}


def test_an_absence_lasts_no_longer_than_the_post_or_the_pair():
    gone = away(PAIR, A, since=FIRST, to=None)
    ends = date(2026, 11, 25)

    assert acting(gone, [held(A, to=ends)]) == {(B, "teller", FIRST, ends)}
    assert acting(end(gone, on=ends)) == {(B, "teller", FIRST, ends)}
    assert acting(end(gone, on=TODAY)) == {(B, "teller", FIRST, FIRST)}


@pytest.mark.parametrize(
    ("a", "b", "assignments", "refusal"),
    [
        (A, A, BOTH, pairs.PairOfOne),
        (A, B, BOTH[:1], pairs.NotInPostThere),
        (A, B, (held(A), held(B, to=TODAY)), pairs.NotInPostThere),
        (A, B, (held(A, "seal_keeper"), held(B, "document_keeper")), PostsSeparated),
    ],
)
def test_a_pair_is_of_two_who_can_stand_in_for_each_other(a, b, assignments, refusal):
    with pytest.raises(refusal):
        make_pair(a, b, unit=COUNTER, held=assignments, on=TODAY)


@pytest.mark.parametrize(
    ("person", "since", "to", "refusal"),
    [
        (B, AFTER - timedelta(days=1), None, pairs.BothAway),
        (A, AFTER - timedelta(days=1), None, pairs.AwayAlready),
        ("P440100999", AFTER, None, pairs.NotOfPair),
        (A, AFTER, AFTER, DaysOutOfOrder),
    ],
)
def test_both_are_not_away_together_and_nobody_twice(person, since, to, refusal):
    with pytest.raises(refusal):
        away(away(PAIR, A, since=FIRST, to=AFTER), person, since=since, to=to)


def test_on_the_day_that_one_is_back_the_other_may_go():
    assert len(away(away(PAIR, A, since=FIRST, to=AFTER), B, since=AFTER, to=None).absences) == 2


@pytest.mark.parametrize(("on", "to"), [(FIRST, FIRST), (AFTER - timedelta(days=1), AFTER - timedelta(days=1))])
def test_who_is_back_early_acts_again_from_that_day(on, to):
    assert back(away(PAIR, A, since=FIRST, to=AFTER), A, on=on).absences == (Absence(A, FIRST, to),)


@pytest.mark.parametrize("on", [TODAY, AFTER])
def test_who_is_not_away_is_not_back(on):
    with pytest.raises(pairs.NotAway):
        back(away(PAIR, A, since=FIRST, to=AFTER), A, on=on)


def test_a_pair_that_has_ended_takes_no_absence_and_ends_once_and_does_not_move():
    over = end(PAIR, on=FIRST)

    for again in (lambda: end(over, on=AFTER), lambda: away(over, A, since=AFTER, to=None)):
        with pytest.raises(pairs.PairEnded):
            again()
    assert moved(over, ("HQ", "33", "4401", "4401003")) is over
    assert moved(PAIR, ("HQ", "33", "4401", "4401003")).units[1] == "33"


STEPS = st.lists(
    st.tuples(st.sampled_from(("away", "back", "end")), st.sampled_from((A, B)), st.integers(0, 20), st.integers(-1, 9))
)


@given(STEPS)
def test_no_sequence_of_commands_lets_both_be_away_on_one_day(steps):
    pair = PAIR
    for what, person, day, length in steps:
        on = TODAY + timedelta(days=day)
        try:
            match what:
                case "away":
                    pair = away(pair, person, since=on, to=None if length == 9 else on + timedelta(days=length))
                case "back":
                    pair = back(pair, person, on=on)
                case "end":
                    pair = end(pair, on=on)
        except Refusal:
            continue

    for offset in range(40):
        on = TODAY + timedelta(days=offset)
        assert sum(covers(one.since, one.to, on) for one in pair.absences) <= 1
