"""R7.12: the handling body of a unit: its standing emergency group, as data that is confirmed again and again.

Each level of the organisation has one. In time order: it is set up, or set anew, with a leader, a deputy and whoever
else is needed; it is confirmed as still right, at the latest `confirm_days` after the last time; where that is missed,
it is said once and stays marked until somebody confirms. Setting confirms.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from emergency.authority import Action, Actor, require
from emergency.levels import Level
from emergency.refusals import DeputyMissing, LeaderNotOne, MemberTwice, MemberUnknown

#: Our default (D) for "monthly": the longest month; a parameter.
CONFIRM_DAYS = 31

MOST_MEMBERS = 50


class Role(StrEnum):
    """What a member is there for: 组长, 副组长, 联络员, 新闻发言人, 现场处置, 后勤保障."""

    LEADER = "leader"
    DEPUTY = "deputy"
    LIAISON = "liaison"
    SPOKESPERSON = "spokesperson"
    ON_SITE = "on_site"
    LOGISTICS = "logistics"


@frozen
class Member:
    """One person in one role."""

    person: str
    role: Role


@frozen(kw_only=True)
class HandlingBody:
    """The group of the unit `id`; `units` runs from the company's root down to it.

    `unconfirmed_since` is when a confirmation fell due that has not come; None while it is confirmed. `confirm_days` is
    the parameter as it was when it was last confirmed.
    """

    id: str
    units: tuple[str, ...]
    members: tuple[Member, ...]
    set_at: datetime
    set_by: str
    confirmed_at: datetime
    confirmed_by: str
    unconfirmed_since: datetime | None = None
    confirm_days: int = CONFIRM_DAYS

    @property
    def confirm_by(self) -> datetime:
        """When it must be confirmed again."""
        return self.confirmed_at + timedelta(days=self.confirm_days)


def compose(
    unit: str,
    units: tuple[str, ...],
    members: tuple[Member, ...],
    *,
    known: Collection[str],
    actor: Actor,
    at: datetime,
    confirm_days: int = CONFIRM_DAYS,
) -> HandlingBody:
    """R7.12: the unit's group as it is from now on: one leader, a deputy who can stand in, each person once.

    `known` are those of the members who hold a post today. Refused: no authority, another number of leaders, no
    deputy, a person in two roles, somebody who holds no post.
    """
    require(actor, Action.SET_BODY, Level.IV)
    _check(members, known)

    return HandlingBody(
        id=unit,
        units=units,
        members=members,
        set_at=at,
        set_by=actor.id,
        confirmed_at=at,
        confirmed_by=actor.id,
        confirm_days=confirm_days,
    )


def confirm(
    body: HandlingBody, *, known: Collection[str], actor: Actor, at: datetime, confirm_days: int = CONFIRM_DAYS
) -> HandlingBody:
    """R7.12: the group, and how each member is reached, is as it should be.

    Refused: no authority, and a group with somebody who holds no post any more; it is set anew instead.
    """
    require(actor, Action.SET_BODY, Level.IV)
    _check(body.members, known)

    return evolve(body, confirmed_at=at, confirmed_by=actor.id, unconfirmed_since=None, confirm_days=confirm_days)


def fall_due(body: HandlingBody, *, at: datetime) -> HandlingBody:
    """R7.12: mark the group whose confirmation has not come; the same one where it has, or is marked already."""
    if body.unconfirmed_since or at < body.confirm_by:
        return body
    return evolve(body, unconfirmed_since=body.confirm_by)


def moved(body: HandlingBody, units: tuple[str, ...]) -> HandlingBody:
    """R7.12: the group under its unit's ancestors as they are now; the same one where nothing changed."""
    return body if body.units == units else evolve(body, units=units)


def _check(members: tuple[Member, ...], known: Collection[str]) -> None:
    leaders = sum(member.role is Role.LEADER for member in members)
    if leaders != 1:
        raise LeaderNotOne(count=leaders, pointer="/body/members")
    if all(member.role is not Role.DEPUTY for member in members):
        raise DeputyMissing(pointer="/body/members")
    for person, count in Counter(member.person for member in members).items():
        if count > 1:
            raise MemberTwice(person=person, pointer="/body/members")
    for place, member in enumerate(members):
        if member.person not in known:
            raise MemberUnknown(person=member.person, pointer=f"/body/members/{place}/person")
