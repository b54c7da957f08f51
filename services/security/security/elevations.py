"""R9.6: elevation: what nobody at the counter may do is done by one person, for a time or once, when the head says yes.

In time order: the person who needs it asks, with the right, the unit, a reason and an end; a head of that unit who is
neither that person nor anybody concerned approves or refuses; approved, it is in force until its end, until it is used
where it is for one transaction, or until it is ended early. Nothing that is kept apart comes together by it.

It ends at its `until` by itself: whoever honours it compares instants, and waits for no message.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.work import approvals
from chassis.work.approvals import Approval, Step, reason_given
from security import elevation_refusals as no
from security.authority import Action, Actor, require
from security.rights import Right, posts_doing, right_named
from security.separations import refuse_rights
from security.units import Unit

LONGEST = timedelta(days=7)
"""Our default: so long may a temporary permission last. One for one transaction ends with the business day."""

HEADS = {"counter": ("counter_supervisor", "centre_manager"), "city": ("centre_manager", "province_ops_head")}
"""R9.6: the counter head is the supervisor or the manager. Our default for a city's own posts: the manager, and for the
manager the head of the Business Management Centre."""


class Kind(StrEnum):
    """A temporary permission, or one transaction."""

    TEMPORARY = "temporary"
    SINGLE = "single"


class State(StrEnum):
    """REQUESTED and APPROVED are open; only APPROVED permits anything."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    USED = "used"
    ENDED = "ended"
    REVOKED = "revoked"


OPEN = (State.REQUESTED, State.APPROVED)


@frozen(kw_only=True)
class Wanted:
    """What a person asks for. `until` is the end of the business day where none is said; `unable` is why the others at
    the counter who have the permission can't do it."""

    kind: Kind
    right: str
    reason: str
    until: datetime | None = None
    reference: str | None = None
    unable: str | None = None


@frozen(kw_only=True)
class Footing:
    """How things stand at that moment: whether the person holds a post at the unit, which rights they have there
    (`held`) and elsewhere or for one transaction (`beside`), and who else at the unit has the one in question."""

    in_post: bool
    held: frozenset[str]
    beside: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()


@frozen(kw_only=True)
class Elevation:
    """One elevation at `unit`; `others` had the permission when it was asked for."""

    id: str
    unit: str
    units: tuple[str, ...]
    person: str
    kind: Kind
    right: str
    system: str
    reason: str
    requested_at: datetime
    until: datetime
    approval: Approval
    reference: str | None = None
    others: tuple[str, ...] = ()
    unable: str | None = None
    state: State = State.REQUESTED
    since: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None

    def lasts(self, at: datetime) -> bool:
        """Whether it permits anything at that instant."""
        return self.state is State.APPROVED and at < self.until


def request(
    wanted: Wanted, *, id: str, unit: Unit, footing: Footing, actor: Actor, day_ends: datetime, at: datetime
) -> Elevation:
    """R9.6: asked for by the person who needs it, at a unit of their own.

    Refused: no post there, nobody to decide, a right that is never given or that the person has, others who have it
    without a word why they can't, rights that are kept apart, a wrong end or reference, no reason.
    """
    require(actor, Action.REQUEST_ELEVATION)
    if not footing.in_post:
        raise no.NotYourUnit(person=actor.id, unit=unit.id)
    if unit.kind not in HEADS:
        raise no.NobodyDecides(unit=unit.id)
    right = right_named(wanted.right)
    _refuse_right(right, footing, actor.id)
    unable = _why_not_the_others(wanted, footing, unit.id)
    until = _end(wanted, day_ends, at)

    return Elevation(
        id=id,
        unit=unit.id,
        units=unit.units,
        person=actor.id,
        kind=wanted.kind,
        right=right.code,
        system=right.system,
        reason=reason_given(wanted.reason),
        reference=_reference(wanted, right),
        others=footing.others,
        unable=unable,
        requested_at=at,
        until=until,
        approval=approvals.ask(
            maker=actor.id, concerned=(actor.id,), steps=(Step("head", HEADS[unit.kind]),), at=at, expires_at=until
        ),
    )


def approve(elevation: Elevation, *, footing: Footing, actor: Actor, at: datetime) -> Elevation:
    """R9.6: in force from now on, as things stand for the person at this moment.

    Refused: no longer asked for, the person themselves, no head of this unit, a person who has left the unit, a right
    that has become theirs or is kept apart from one of theirs, and an action of Decalog's that the head has not.
    """
    require(actor, Action.DECIDE_ELEVATION)
    approval = approvals.approve(elevation.approval, person=actor.id, posts=actor.posts, at=at)
    right = right_named(elevation.right)
    if not footing.in_post:
        raise no.NotYourUnit(person=elevation.person, unit=elevation.unit)
    _refuse_right(right, footing, elevation.person)
    if right.system == "decalog" and not posts_doing(right.code) & set(actor.posts):
        raise no.NotTheirsToGive(person=actor.id, right=right.code)

    return evolve(elevation, approval=approval, state=State.APPROVED, since=at)


def refuse(elevation: Elevation, *, reason: str, actor: Actor, at: datetime) -> Elevation:
    """R9.6: not given, with a reason, by a head who could have given it."""
    require(actor, Action.DECIDE_ELEVATION)
    approval = approvals.reject(elevation.approval, person=actor.id, posts=actor.posts, reason=reason, at=at)

    return _ended(evolve(elevation, approval=approval), State.REFUSED, by=actor.id, at=at, reason=reason.strip())


def withdraw(elevation: Elevation, *, actor: Actor, at: datetime) -> Elevation:
    """R9.6: no longer asked for, by who asked."""
    approval = approvals.withdraw(elevation.approval, person=actor.id, at=at)

    return _ended(evolve(elevation, approval=approval), State.WITHDRAWN, by=actor.id, at=at)


def use(elevation: Elevation, *, by: str, at: datetime) -> Elevation:
    """R9.6: the one transaction is done; the elevation is used up."""
    if elevation.kind is not Kind.SINGLE:
        raise no.NotSingle
    _refuse_unlasting(elevation, at)

    return _ended(elevation, State.USED, by=by, at=at)


def revoke(elevation: Elevation, *, reason: str, actor: Actor, at: datetime) -> Elevation:
    """R9.6: ended early: by a head of the unit, or given back by the person."""
    heads = elevation.approval.steps[0].posts
    if actor.id != elevation.person and not set(heads) & set(actor.posts):
        raise no.PersonOrHeadOnly
    _refuse_unlasting(elevation, at)

    return _ended(elevation, State.REVOKED, by=actor.id, at=at, reason=reason_given(reason))


def run_out(elevation: Elevation, *, at: datetime) -> Elevation:
    """R9.6: at its end: what was in force has ended, what nobody decided has lapsed; else the same one."""
    if elevation.state not in OPEN or at < elevation.until:
        return elevation
    state = State.ENDED if elevation.state is State.APPROVED else State.LAPSED
    approval = approvals.expire(elevation.approval, at=at)

    return evolve(elevation, approval=approval, state=state, ended_at=elevation.until)


def moved(elevation: Elevation, units: tuple[str, ...]) -> Elevation:
    """R9.1, R9.6: what is asked for or in force follows its unit; the same one where it is there, or has ended."""
    return elevation if elevation.units == units or elevation.state not in OPEN else evolve(elevation, units=units)


def _refuse_right(right: Right, footing: Footing, person: str) -> None:
    if not right.elevatable:
        raise no.NotElevatable(right=right.code)
    if right.code in footing.held:
        raise no.AlreadyPermitted(person=person, right=right.code)
    refuse_rights(person, right.code, footing.held | footing.beside)


def _why_not_the_others(wanted: Wanted, footing: Footing, unit: str) -> str | None:
    if wanted.unable is not None:
        return reason_given(wanted.unable)
    if footing.others:
        raise no.SomebodyHasIt(
            unit=unit, right=wanted.right, persons=", ".join(footing.others[:5]), pointer="/body/unable"
        )
    return None


def _end(wanted: Wanted, day_ends: datetime, at: datetime) -> datetime:
    latest = at + LONGEST if wanted.kind is Kind.TEMPORARY else day_ends
    until = wanted.until or day_ends
    if not at < until <= latest:
        raise no.EndMisplaced(latest=latest.isoformat(), pointer="/body/until")
    return until.astimezone(UTC).replace(microsecond=until.microsecond // 1000 * 1000)


def _reference(wanted: Wanted, right: Right) -> str | None:
    if wanted.kind is Kind.TEMPORARY:
        if wanted.reference is not None:
            raise no.ReferenceNotWanted(pointer="/body/reference")
        return None
    if right.system == "decalog":
        raise no.SingleForBusiness(right=right.code)
    if wanted.reference is None:
        raise no.ReferenceMissing(pointer="/body/reference")
    return wanted.reference


def _refuse_unlasting(elevation: Elevation, at: datetime) -> None:
    if not elevation.lasts(at):
        state = State.ENDED if elevation.state is State.APPROVED else elevation.state
        raise no.NotLasting(state=state)


def _ended(elevation: Elevation, state: State, *, by: str, at: datetime, reason: str | None = None) -> Elevation:
    return evolve(elevation, state=state, ended_at=at, ended_by=by, end_reason=reason)
