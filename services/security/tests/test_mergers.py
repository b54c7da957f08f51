"""A unit merges into another of its kind, on its day and not before; what was its own is the survivor's from then."""

from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from security import mergers, units
from security.holders import Assign, assign
from security.mergers import MOST_AHEAD, carried, merge, rehomed, take_effect
from security.spans import DaysOutOfOrder
from security.units import Unit, close_unit

pytestmark = pytest.mark.clause("R9.1")

TODAY = date(2026, 11, 23)
EVE, DAY, NEXT = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)


def unit(*chain, kind="counter", **more):
    parent = chain[-2] if len(chain) > 1 else None
    return Unit(chain[-1], kind, f"示例{chain[-1]}", parent, chain, None, None, None, **more)


COUNTER = unit("HQ", "44", "4401", "4401003")
SURVIVOR = unit("HQ", "33", "3301", "3301001")
CITY = unit("HQ", "44", "4401", kind="city")
OTHER_CITY = unit("HQ", "33", "3301", kind="city")


def merging(one=COUNTER, into=SURVIVOR, on=DAY):
    return merge(one, into=into.id, survivor=into, on=on, today=TODAY)


def merged(one=COUNTER, into=SURVIVOR):
    return take_effect(merging(one, into), survivor=into, today=DAY)


def test_a_merger_that_is_decided_leaves_the_unit_where_it_is_until_its_day():
    decided = merging()

    assert (decided.units, decided.open_to, decided.merged_into) == (COUNTER.units, DAY, "3301001")
    assert not decided.merged


@pytest.mark.parametrize(("today", "effective"), [(EVE, False), (DAY, True), (NEXT, True)])
def test_it_takes_effect_on_its_day(today, effective):
    after = take_effect(merging(), survivor=SURVIVOR, today=today)

    assert after.merged is effective
    if effective:
        assert (after.id, after.parent, after.units) == ("4401003", "3301001", (*SURVIVOR.units, "4401003"))


def test_it_takes_effect_once():
    once = merged()

    assert take_effect(once, survivor=SURVIVOR, today=NEXT) is once


@pytest.mark.parametrize("again", [merging, lambda one: close_unit(one, on=DAY, open_children=(), held_by=())])
def test_a_unit_that_merges_neither_closes_nor_merges_again_and_says_which_one_goes_on(again):
    with pytest.raises(units.UnitMerged, match="3301001"):
        again(merging())


def test_a_unit_that_closes_does_not_merge():
    with pytest.raises(units.UnitClosed):
        merging(close_unit(COUNTER, on=DAY, open_children=(), held_by=()))


@pytest.mark.parametrize(
    ("into", "refusal"),
    [
        (COUNTER, mergers.SurvivorUnfit),
        (CITY, mergers.SurvivorUnfit),
        (evolve(SURVIVOR, open_to=NEXT), mergers.SurvivorNotOpen),
        (evolve(SURVIVOR, open_from=NEXT), mergers.SurvivorNotOpen),
    ],
)
def test_it_merges_into_another_open_unit_of_its_kind(into, refusal):
    with pytest.raises(refusal):
        merging(into=into)


def test_head_office_merges_into_nothing_and_nothing_into_what_is_not_there():
    root = unit("HQ", kind="head_office")
    with pytest.raises(mergers.SurvivorUnfit):
        merging(root, root)
    with pytest.raises(mergers.SurvivorUnknown):
        merge(COUNTER, into="9999", survivor=None, on=DAY, today=TODAY)


@pytest.mark.parametrize(
    ("on", "fits"),
    [
        (TODAY - timedelta(days=1), False),
        (TODAY, True),
        (TODAY + MOST_AHEAD, True),
        (TODAY + MOST_AHEAD + timedelta(days=1), False),
    ],
)
def test_its_day_is_today_or_within_a_year(on, fits):
    if fits:
        assert merging(on=on).open_to == on
        return

    with pytest.raises(mergers.MergerDayUnfit):
        merging(on=on)


@pytest.mark.parametrize(("opened", "fits"), [(EVE, True), (DAY, False)])
def test_a_unit_is_open_a_day_before_it_merges(opened, fits):
    if fits:
        assert merging(evolve(COUNTER, open_from=opened)).open_to == DAY
        return

    with pytest.raises(DaysOutOfOrder):
        merging(evolve(COUNTER, open_from=opened))


def test_of_two_that_were_to_merge_into_each_other_the_first_holds_and_the_other_lapses():
    one, other = merging(), merging(SURVIVOR, COUNTER)
    first = take_effect(one, survivor=other, today=DAY)

    second = take_effect(other, survivor=first, today=DAY)

    assert first.merged
    assert (second.open_to, second.merged_into, second.merged) == (None, None, False)


def test_the_open_units_below_are_the_survivors_and_what_has_closed_or_merged_stays():
    city = merged(CITY, OTHER_CITY)
    closed = evolve(COUNTER, open_to=DAY)
    before = unit("HQ", "44", "4401", "4409", kind="city", merged_into="4401")

    def moves(one):
        return rehomed(one, merged=city, survivor=OTHER_CITY, today=DAY)

    assert (moves(COUNTER).parent, moves(COUNTER).units) == ("3301", ("HQ", "33", "3301", "4401003"))
    assert moves(evolve(COUNTER, open_to=NEXT)).parent == "3301"
    assert [moves(one) for one in (closed, before, SURVIVOR)] == [closed, before, SURVIVOR]


def held(since=TODAY, to=None, *, at=COUNTER, kind="holder", order=None, post="teller"):
    return assign(Assign("P440100301", post, at.id, kind, since, to, order), unit=at, already=())


@pytest.mark.parametrize(
    ("since", "to", "there"),
    [
        (TODAY, None, (DAY, None)),
        (TODAY, NEXT, (DAY, NEXT)),
        (TODAY, DAY, None),
        (NEXT, None, (NEXT, None)),
    ],
)
def test_a_post_is_held_at_the_survivor_from_the_day_on_as_long_as_it_was_to_last(since, to, there):
    begun = carried(held(since, to), on=DAY, survivor=SURVIVOR, there=())

    assert (begun and (begun.held_from, begun.held_to)) == there


def test_a_deputy_stays_a_deputy_of_the_same_order():
    begun = carried(held(kind="deputy", order=2), on=DAY, survivor=SURVIVOR, there=())

    assert (begun.kind, begun.order, begun.unit, begun.units) == ("deputy", 2, SURVIVOR.id, SURVIVOR.units)


@pytest.mark.parametrize(
    ("theirs", "ends"), [((TODAY, None), "none"), ((NEXT, None), NEXT), ((TODAY, DAY), None), ((DAY, NEXT), "none")]
)
def test_whoever_holds_the_post_there_anyway_does_not_hold_it_twice(theirs, ends):
    begun = carried(held(), on=DAY, survivor=SURVIVOR, there=[held(*theirs, at=SURVIVOR)])

    assert (begun.held_to if begun else "none") == ends


COUNTERS = ("c1", "c2", "c3")
STEP = st.tuples(st.sampled_from(COUNTERS), st.sampled_from(COUNTERS), st.integers(0, 3), st.booleans())


@given(st.lists(STEP, max_size=20))
def test_no_sequence_of_mergers_makes_a_circle_or_leaves_what_has_no_survivor(steps):
    there = {name: unit("HQ", "44", "4401", name) for name in COUNTERS}
    for day, (name, into, ahead, waits) in enumerate(steps):
        today = TODAY + timedelta(days=day)
        try:
            decided = merge(there[name], into=into, survivor=there[into], on=today + timedelta(days=ahead), today=today)
        except Refusal:
            decided = there[name]
        there[name] = decided
        for one in () if waits else COUNTERS:
            if survivor := there[one].merged_into:
                there[one] = take_effect(there[one], survivor=there[survivor], today=today)

    for one in there.values():
        assert len(one.units) == len(set(one.units))
        if one.merged:
            assert one.open_to is not None
            assert one.units[-2:] == (one.merged_into, one.id)
    assert any(not one.merged for one in there.values())
