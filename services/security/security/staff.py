"""R9.1, R9.8: who is on the staff, and since when not: a person answers for each thing only while being there.

A person is employed, suspended or gone. In time order: they join at a unit, may move to another, may be suspended and
taken back, and leave, at once or on a day that is known before; who has left may join again. Each standing is kept with
the instant from which it holds, so that an act can be judged by the standing at the time of the act.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from attrs import evolve, frozen

from chassis.errors import Conflict, Malformed
from security.holders import person_id
from security.units import Unit, refuse_closed

FARTHEST_AHEAD = timedelta(days=366)
FARTHEST_BACK = timedelta(days=366)
MOST_STANDINGS = 200
"""Changes of standing that one person may have; nobody comes near it but by a fault of the system that sends them."""


class Standing(StrEnum):
    """在岗, 停职, 离司."""

    EMPLOYED = "employed"
    SUSPENDED = "suspended"
    LEFT = "left"


class Ground(StrEnum):
    """Why somebody is suspended, in a word; more of it stands with the personnel department and not here."""

    INVESTIGATION = "investigation"
    LONG_LEAVE = "long_leave"
    SECONDMENT = "secondment"
    OTHER = "other"


class NotEmployed(Conflict):
    code = "security.not_employed"
    zh = "人员 {person} 目前为 {standing}，不能进行此操作"
    en = "{person} is {standing} now, so this is not possible"


class NotSuspended(Conflict):
    code = "security.not_suspended"
    zh = "人员 {person} 目前为 {standing}，并未停职"
    en = "{person} is {standing} now, not suspended"


class StillHere(Conflict):
    code = "security.still_here"
    zh = "人员 {person} 目前为 {standing}，尚未离司，不能重新入司"
    en = "{person} is {standing} and has not left, so cannot come back"


class NoDeparture(Conflict):
    code = "security.no_departure"
    zh = "人员 {person} 没有待生效的离司安排"
    en = "no departure of {person} is ahead"


class DepartureTooFar(Malformed):
    code = "security.departure_too_far"
    zh = "离司时间须在过去 366 天至未来 366 天之内，且不早于目前状态的开始时间 {since}"
    en = "a departure lies within 366 days, back or ahead, and not before the present standing began ({since})"


class StandingsTooMany(Conflict):
    code = "security.footings_too_many"
    zh = "人员 {person} 的状态变更已达 {limit} 次上限"
    en = "the standing of {person} has changed {limit} times, which is the most"


@frozen
class Since:
    """A standing and the instant from which it holds."""

    standing: Standing
    at: datetime


@frozen(kw_only=True)
class StaffMember:
    """A person on the staff. `unit` is where they belong, `units` its ids from the root down.

    `standings` is every standing so far, oldest first, never empty. `leaves_at` is a departure that is ahead.
    """

    id: str
    unit: str
    units: tuple[str, ...]
    standings: tuple[Since, ...]
    ground: Ground | None = None
    leaves_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        """The standing now."""
        return self.standings[-1].standing

    @property
    def since(self) -> datetime:
        """From when on the standing of now holds."""
        return self.standings[-1].at

    def back_after(self, left_at: datetime) -> datetime | None:
        """When they came back after having left at that instant; None where they are gone still."""
        if self.standing is Standing.LEFT:
            return None
        gone = [after.at for before, after in pairwise(self.standings) if before == Since(Standing.LEFT, left_at)]
        return gone[-1] if gone else None

    def standing_at(self, at: datetime) -> Standing | None:
        """The standing at that instant; None before the person joined."""
        held = [one.standing for one in self.standings if one.at <= at]
        return held[-1] if held else None


def join(person: str, *, unit: Unit, at: datetime) -> StaffMember:
    """Somebody is on the staff from now on, at this unit."""
    _check_open(unit)

    return StaffMember(id=person_id(person), unit=unit.id, units=unit.units, standings=(Since(Standing.EMPLOYED, at),))


def move(member: StaffMember, *, unit: Unit) -> StaffMember:
    """They belong to another unit from now on. The posts that they hold are ended and begun by themselves."""
    _check_employed(member)
    _check_open(unit)

    return evolve(member, unit=unit.id, units=unit.units)


def suspend(member: StaffMember, *, ground: Ground, at: datetime) -> StaffMember:
    """R9.8: they may do nothing until they are taken back; the posts stay theirs."""
    _check_employed(member)

    return evolve(_now(member, Standing.SUSPENDED, at), ground=ground)


def reinstate(member: StaffMember, *, at: datetime) -> StaffMember:
    """The suspension is over."""
    if member.standing is not Standing.SUSPENDED:
        raise NotSuspended(person=member.id, standing=member.standing)

    return evolve(_now(member, Standing.EMPLOYED, at), ground=None)


def leave(member: StaffMember, *, on: datetime, at: datetime) -> StaffMember:
    """R9.8: they leave at the instant `on`: what lies ahead is noted, what is here or past takes effect.

    A departure that is recorded late keeps its own time: what was done in between was done by somebody who had left.
    """
    if member.standing is Standing.LEFT:
        raise NotEmployed(person=member.id, standing=member.standing)
    if not max(at - FARTHEST_BACK, member.since) <= on <= at + FARTHEST_AHEAD:
        raise DepartureTooFar(since=member.since.isoformat(), pointer="/body/at")

    if on > at:
        return evolve(member, leaves_at=on)
    return evolve(_now(member, Standing.LEFT, on), leaves_at=None, ground=None)


def stay(member: StaffMember) -> StaffMember:
    """The departure that was ahead is called off."""
    if member.leaves_at is None:
        raise NoDeparture(person=member.id)

    return evolve(member, leaves_at=None)


def fall_due(member: StaffMember, *, at: datetime) -> StaffMember:
    """R9.8: the departure that was ahead takes effect; the same member where none is due."""
    if member.leaves_at is None or at < member.leaves_at:
        return member

    return evolve(_now(member, Standing.LEFT, max(member.leaves_at, member.since)), leaves_at=None, ground=None)


def come_back(member: StaffMember, *, unit: Unit, at: datetime) -> StaffMember:
    """Who had left joins again; posts are assigned anew."""
    if member.standing is not Standing.LEFT:
        raise StillHere(person=member.id, standing=member.standing)
    _check_open(unit)

    return evolve(_now(member, Standing.EMPLOYED, max(at, member.since)), unit=unit.id, units=unit.units)


def under(member: StaffMember, units: tuple[str, ...]) -> StaffMember:
    """The member under the unit's ancestors as they are now; the same one where nothing changed."""
    return member if member.units == units else evolve(member, units=units)


def follow(member: StaffMember, unit: Unit) -> StaffMember:
    """R9.1: whoever is on the staff of a unit that has merged belongs to the one that goes on, suspended or not; the
    same member where they belong there already, or have left."""
    if member.standing is Standing.LEFT or member.unit == unit.id:
        return member

    return evolve(member, unit=unit.id, units=unit.units)


def _now(member: StaffMember, standing: Standing, at: datetime) -> StaffMember:
    if len(member.standings) >= MOST_STANDINGS and standing is not Standing.LEFT:
        raise StandingsTooMany(person=member.id, limit=MOST_STANDINGS)
    return evolve(member, standings=(*member.standings, Since(standing, at)))


def _check_employed(member: StaffMember) -> None:
    if member.standing is not Standing.EMPLOYED:
        raise NotEmployed(person=member.id, standing=member.standing)


def _check_open(unit: Unit) -> None:
    refuse_closed(unit)
