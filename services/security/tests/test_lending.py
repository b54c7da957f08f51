"""Somebody is lent for dated days: these days and no others, and what is their own at home stays theirs."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import business_day
from chassis.errors import Refusal
from security import authority, holders
from security.authority import Action
from security.holders import Assign, assign
from security.lending import LONGEST, LendingTooLong, LentHome, lend
from security.separations import PostsSeparated
from security.spans import DaysOutOfOrder, overlap
from security.staff import Ground, NotEmployed, join, leave, suspend
from security.units import Unit

pytestmark = pytest.mark.clause("R9.1")

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
FIRST, LAST, AFTER = date(2026, 11, 24), date(2026, 11, 26), date(2026, 11, 27)


def unit(name):
    return Unit(name, "counter", f"示例{name}", "4401", ("HQ", "44", "4401", name), None, None, None)


HOME, AWAY = unit("4401003"), unit("4401001")
MEMBER = join("P440100301", unit=HOME, at=AT)
OWN = assign(Assign(MEMBER.id, "teller", HOME.id, "holder", date(2026, 1, 1)), unit=HOME, already=())


def lent(*, member=MEMBER, at=AWAY, post="teller", since=FIRST, to=AFTER, already=(OWN,)):
    return lend(Assign(member.id, post, at.id, "lent", since, to), member=member, unit=at, already=already)


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        (datetime(2026, 11, 23, 23, 59, 59, tzinfo=SHANGHAI), False),
        (datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI), True),
        (datetime(2026, 11, 26, 23, 59, 59, tzinfo=SHANGHAI), True),
        (datetime(2026, 11, 27, 0, 0, tzinfo=SHANGHAI), False),
    ],
)
def test_the_grants_of_the_post_last_from_the_first_moment_of_the_first_day_to_the_last_of_the_last(moment, there):
    grants = authority.grants([OWN, lent()], on=business_day(moment))

    acting = {grant.unit for grant in grants if grant.action == Action.REPORT_ACTIVITY.value}
    assert acting == ({HOME.id, AWAY.id} if there else {HOME.id})


def test_it_says_that_the_person_is_lent():
    made = lent()

    assert (made.kind, made.order, made.held_to) == ("lent", None, AFTER)


@pytest.mark.parametrize("member", [suspend(MEMBER, ground=Ground.OTHER, at=AT), leave(MEMBER, on=AT, at=AT)])
def test_whoever_is_suspended_or_gone_is_not_lent(member):
    with pytest.raises(NotEmployed):
        lent(member=member)


def test_nobody_is_lent_to_where_they_belong():
    with pytest.raises(LentHome):
        lent(at=HOME)


@pytest.mark.parametrize(("days", "fits"), [(LONGEST, True), (LONGEST + timedelta(days=1), False)])
def test_a_lending_lasts_a_quarter_at_most(days, fits):
    if fits:
        assert lent(to=FIRST + days).held_to == FIRST + days
        return

    with pytest.raises(LendingTooLong):
        lent(to=FIRST + days)


def test_a_lending_has_an_end_and_lasts_a_day_at_least():
    with pytest.raises(LendingTooLong):
        lent(to=None)
    with pytest.raises(DaysOutOfOrder):
        lent(to=FIRST)


def test_posts_that_are_kept_apart_stay_so_while_somebody_is_lent():
    seals = evolve(OWN, post="seal_keeper", id="seals")

    with pytest.raises(PostsSeparated):
        lent(post="document_keeper", already=[seals])


def test_nobody_is_lent_twice_for_the_same_days():
    with pytest.raises(holders.AlreadyHeld):
        lent(already=[OWN, lent()])


@given(st.lists(st.tuples(st.sampled_from((HOME, AWAY, unit("4401002"))), st.integers(0, 200), st.integers(-2, 120))))
def test_no_sequence_of_lendings_overlaps_at_a_place_or_has_no_end(wishes):
    held = [OWN]
    for where, since, days in wishes:
        begin = FIRST + timedelta(days=since)
        try:
            held.append(lent(at=where, since=begin, to=begin + timedelta(days=days), already=held))
        except Refusal:
            continue

    made = [one for one in held if one.kind == "lent"]
    assert all(one.held_to - one.held_from <= LONGEST and one.unit != HOME.id for one in made)
    for one in made:
        others = [each for each in made if each is not one and each.unit == one.unit]
        assert not any(overlap(one.held_from, one.held_to, each.held_from, each.held_to) for each in others)
