"""R9.1, R9.8: who is on the staff, since when not, and what the standing was at any time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from security import staff
from security.holders import PersonIdMalformed
from security.staff import Ground, Standing
from security.units import Unit, UnitClosed

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
COUNTER = Unit("4401003", "counter", "示例柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)
OTHER = Unit("4402001", "counter", "示例二柜面", "4402", ("HQ", "44", "4402", "4402001"), None, None, None)
MEMBER = staff.join("P440100301", unit=COUNTER, at=NINE)
SUSPENDED = staff.suspend(MEMBER, ground=Ground.INVESTIGATION, at=NINE + HOUR)
GONE = staff.leave(MEMBER, on=NINE + HOUR, at=NINE + HOUR)

pytestmark = pytest.mark.clause("R9.8")


def test_whoever_joins_is_employed_from_then_on_at_the_unit():
    assert (MEMBER.standing, MEMBER.since, MEMBER.units) == (Standing.EMPLOYED, NINE, COUNTER.units)


def test_nobody_joins_under_a_name_or_at_a_unit_that_closes():
    with pytest.raises(PersonIdMalformed):
        staff.join("张三", unit=COUNTER, at=NINE)
    with pytest.raises(UnitClosed):
        staff.join("P440100301", unit=evolve(COUNTER, open_to=date(2026, 12, 1)), at=NINE)


def test_the_standing_of_any_time_is_known():
    back = staff.reinstate(SUSPENDED, at=NINE + 2 * HOUR)

    times = (-HOUR, timedelta(0), HOUR - timedelta(seconds=1), HOUR, 2 * HOUR)
    assert [back.standing_at(NINE + span) for span in times] == [
        None,
        Standing.EMPLOYED,
        Standing.EMPLOYED,
        Standing.SUSPENDED,
        Standing.EMPLOYED,
    ]
    assert back.ground is None


@pytest.mark.parametrize("member", [SUSPENDED, GONE])
def test_only_the_employed_move_or_are_suspended(member):
    with pytest.raises(staff.NotEmployed):
        staff.move(member, unit=OTHER)
    with pytest.raises(staff.NotEmployed):
        staff.suspend(member, ground=Ground.OTHER, at=NINE + 2 * HOUR)


@pytest.mark.parametrize("member", [MEMBER, GONE])
def test_only_the_suspended_are_taken_back(member):
    with pytest.raises(staff.NotSuspended):
        staff.reinstate(member, at=NINE + 2 * HOUR)


def test_who_moves_belongs_to_the_other_unit():
    assert staff.move(MEMBER, unit=OTHER).units == OTHER.units


def test_a_departure_ahead_takes_effect_when_it_is_due_and_not_before():
    leaving = staff.leave(MEMBER, on=NINE + 2 * HOUR, at=NINE)

    assert (leaving.standing, leaving.leaves_at) == (Standing.EMPLOYED, NINE + 2 * HOUR)
    assert staff.fall_due(leaving, at=NINE + 2 * HOUR - timedelta(seconds=1)) is leaving
    gone = staff.fall_due(leaving, at=NINE + 3 * HOUR)
    assert (gone.standing, gone.since, gone.leaves_at) == (Standing.LEFT, NINE + 2 * HOUR, None)


def test_a_departure_ahead_is_called_off_while_it_is_ahead():
    leaving = staff.leave(MEMBER, on=NINE + HOUR, at=NINE)

    assert staff.stay(leaving) == MEMBER
    assert staff.fall_due(MEMBER, at=NINE + 2 * HOUR) is MEMBER
    for member in (MEMBER, GONE):
        with pytest.raises(staff.NoDeparture):
            staff.stay(member)


def test_a_departure_recorded_late_keeps_its_own_time():
    late = staff.leave(MEMBER, on=NINE + HOUR, at=NINE + 30 * HOUR)

    assert (late.standing, late.since) == (Standing.LEFT, NINE + HOUR)
    assert late.standing_at(NINE + 2 * HOUR) is Standing.LEFT


@pytest.mark.parametrize(
    ("on", "taken"),
    [
        (NINE, True),
        (NINE - timedelta(seconds=1), False),
        (NINE + 10 * HOUR + staff.FARTHEST_AHEAD, True),
        (NINE + 10 * HOUR + staff.FARTHEST_AHEAD + timedelta(seconds=1), False),
    ],
)
def test_a_departure_lies_within_a_year_and_not_before_the_present_standing(on, taken):
    if taken:
        assert staff.leave(MEMBER, on=on, at=NINE + 10 * HOUR)
        return
    with pytest.raises(staff.DepartureTooFar):
        staff.leave(MEMBER, on=on, at=NINE + 10 * HOUR)


def test_who_has_left_cannot_leave_again_and_may_come_back():
    with pytest.raises(staff.NotEmployed):
        staff.leave(GONE, on=NINE + 2 * HOUR, at=NINE + 2 * HOUR)

    back = staff.come_back(GONE, unit=OTHER, at=NINE + 2 * HOUR)
    assert (back.standing, back.unit) == (Standing.EMPLOYED, OTHER.id)
    for member in (MEMBER, SUSPENDED):
        with pytest.raises(staff.StillHere):
            staff.come_back(member, unit=OTHER, at=NINE + 2 * HOUR)


def test_changes_of_standing_have_an_end_but_leaving_is_always_possible():
    member = MEMBER
    for number in range(staff.MOST_STANDINGS - 1):
        at = NINE + (number + 1) * HOUR
        employed = member.standing is Standing.EMPLOYED
        member = staff.suspend(member, ground=Ground.OTHER, at=at) if employed else staff.reinstate(member, at=at)

    at = NINE + 1_000 * HOUR
    with pytest.raises(staff.StandingsTooMany):
        staff.reinstate(member, at=at)
    assert staff.leave(member, on=at, at=at).standing is Standing.LEFT


def test_a_member_survives_the_database():
    assert converter().structure(converter().unstructure(SUSPENDED), staff.StaffMember) == SUSPENDED


MOVES = {
    "move": lambda one, at: staff.move(one, unit=OTHER),
    "suspend": lambda one, at: staff.suspend(one, ground=Ground.OTHER, at=at),
    "reinstate": lambda one, at: staff.reinstate(one, at=at),
    "leave": lambda one, at: staff.leave(one, on=at, at=at),
    "leave ahead": lambda one, at: staff.leave(one, on=at + 2 * HOUR, at=at),
    "stay": lambda one, at: staff.stay(one),
    "due": lambda one, at: staff.fall_due(one, at=at),
    "back": lambda one, at: staff.come_back(one, unit=COUNTER, at=at),
}


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=30))
def test_no_sequence_of_commands_makes_a_past_that_contradicts_itself(moves):
    member = MEMBER
    for number, move in enumerate(moves, start=1):
        at, before = NINE + number * HOUR, member
        try:
            member = MOVES[move](member, at)
        except Refusal:
            continue
        assert member.standings[: len(before.standings)] == before.standings
        if before.standing is Standing.LEFT and member.standing is not Standing.LEFT:
            assert move == "back"

    times = [one.at for one in member.standings]
    assert times == sorted(times)
    pairs = zip(member.standings, member.standings[1:], strict=False)
    assert all(one.standing is not other.standing for one, other in pairs)
    assert member.leaves_at is None or member.standing is not Standing.LEFT
    assert (member.ground is not None) == (member.standing is Standing.SUSPENDED)
