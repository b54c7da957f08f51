"""Parameters: the numbers that rules leave open, or that may be made stricter, each with what it rests on.

In time order: a number is defined with its default and its basis; somebody proposes another value for a unit from an
instant on; another person approves it, and from then, or from that instant where it is later, it is in force for the
unit and all below it. The nearest unit's value counts. Where a lower unit may not loosen the number, the strictest of
those from the root down counts, so that a value which the one above has overtaken does not; the company's own text is
never loosened by anybody. Nothing comes into force before it was approved: what was in force then stays so.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Malformed
from chassis.work import approvals
from chassis.work.approvals import Approval, Step, reason_given

MOST_AHEAD = timedelta(days=366)
"""D: how long before it comes into force a value may be proposed."""


class ParameterLaxer(Malformed):
    """The value would loosen what holds above, or the company's text."""

    code = "chassis.parameter_laxer"
    zh = "{key} 的取值 {value} 比上级或制度规定的 {bound} 宽松，只能从严"
    en = "{value} for {key} is laxer than the {bound} that holds above; it can only be made stricter"


class ParameterOutOfBounds(Malformed):
    """The value makes no sense for this number."""

    code = "chassis.parameter_out_of_bounds"
    zh = "{key} 的取值须在 {lowest} 至 {highest} 之间"
    en = "{key} lies between {lowest} and {highest}"


class ParameterTooFar(Malformed):
    """The value would come into force too long after it was thought of."""

    code = "chassis.parameter_too_far"
    zh = "生效时间至多为提出之日起 {limit} 天内"
    en = "a value comes into force within {limit} days of its proposal"


class Measure(StrEnum):
    """What a value counts, in whole numbers."""

    TIMES = "times"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKDAYS = "workdays"


class Basis(StrEnum):
    """What a default rests on: 制度原文, 外部依据, 本系统默认."""

    COMPANY_TEXT = "company_text"
    SOURCE = "source"
    OWN_DEFAULT = "own_default"


class Stricter(StrEnum):
    """Which direction is the stricter one."""

    LOWER = "lower"
    HIGHER = "higher"


@frozen
class Meaning:
    """Words in both languages."""

    zh: str
    en: str


@frozen(kw_only=True)
class Definition:
    """One number of the rules. `loosens_below` says whether a lower unit may be laxer; the company's text never."""

    key: str
    says: Meaning
    measure: Measure
    default: int
    basis: Basis
    based_on: Meaning
    stricter: Stricter
    lowest: int
    highest: int
    loosens_below: bool = False

    def __attrs_post_init__(self) -> None:
        if self.basis is Basis.COMPANY_TEXT and self.loosens_below:
            raise ValueError(f"{self.key}: the company's text is never made laxer below")
        if not self.lowest <= self.default <= self.highest:
            raise ValueError(f"{self.key}: the default lies outside the bounds")

    def laxer(self, value: int, than: int) -> bool:
        """Whether this value is laxer than that one."""
        return value > than if self.stricter is Stricter.LOWER else value < than

    def span(self, value: int) -> timedelta:
        """The duration that a value means; ValueError for a number of times, and for working days."""
        if self.measure in (Measure.TIMES, Measure.WORKDAYS):
            raise ValueError(f"{self.key} is no duration")
        return timedelta(**{self.measure.value: value})


Value = Callable[[Definition, tuple[str, ...], datetime], int]
"""Gives what holds of a number for the last of these units at that instant."""


@frozen(kw_only=True)
class ParameterValue:
    """A value for a unit, proposed, and where approved in force from `effective_from` on. `units`: from the root down.

    `wanted_from` is what was asked; None for as soon as it is approved.
    """

    id: str
    key: str
    unit: str
    units: tuple[str, ...]
    value: int
    reason: str
    wanted_from: datetime | None
    approval: Approval
    effective_from: datetime | None = None


@frozen
class InForce:
    """What holds at an instant: the value, the unit that it was set for, since when, and by which value.

    Those three are None where it is the default.
    """

    value: int
    unit: str | None = None
    since: datetime | None = None
    by: str | None = None


def propose(
    definition: Definition,
    value: int,
    *,
    id: str,
    units: tuple[str, ...],
    reason: str,
    wanted_from: datetime | None,
    maker: str,
    posts: tuple[str, ...],
    others: Iterable[ParameterValue],
    at: datetime,
) -> ParameterValue:
    """A value for the last of these units, for somebody else with one of these posts to approve.

    Refused: a value out of bounds, a laxer one than may be, an instant too far ahead, an empty reason.
    """
    if not definition.lowest <= value <= definition.highest:
        raise ParameterOutOfBounds(
            key=definition.key, lowest=definition.lowest, highest=definition.highest, pointer="/body/value"
        )
    start = max(at, wanted_from or at)
    if start - at > MOST_AHEAD:
        raise ParameterTooFar(limit=MOST_AHEAD.days, pointer="/body/effective_from")
    _refuse_laxer(definition, value, units, others, start)

    return ParameterValue(
        id=id,
        key=definition.key,
        unit=units[-1],
        units=units,
        value=value,
        reason=reason_given(reason),
        wanted_from=start if start > at else None,
        approval=approvals.ask(maker=maker, steps=(Step("approve", posts),), at=at),
    )


def approve(
    proposed: ParameterValue,
    definition: Definition,
    *,
    person: str,
    posts: Collection[str],
    others: Iterable[ParameterValue],
    at: datetime,
) -> ParameterValue:
    """Approved by somebody else, and in force from now, or from when it was wanted where that is later.

    Refused: decided already, the maker, a lacking post, a value that is laxer by now than may be.
    """
    approval = approvals.approve(proposed.approval, person=person, posts=posts, at=at)
    start = max(at, proposed.wanted_from or at)
    _refuse_laxer(definition, proposed.value, proposed.units, others, start)

    return evolve(proposed, approval=approval, effective_from=start)


def reject(
    proposed: ParameterValue, *, person: str, posts: Collection[str], reason: str, at: datetime
) -> ParameterValue:
    """Refused by somebody who could have approved it, with a reason."""
    said = approvals.reject(proposed.approval, person=person, posts=posts, reason=reason, at=at)
    return evolve(proposed, approval=said)


def withdraw(proposed: ParameterValue, *, person: str, at: datetime) -> ParameterValue:
    """Taken back by its maker before it was decided."""
    return evolve(proposed, approval=approvals.withdraw(proposed.approval, person=person, at=at))


def in_force(definition: Definition, values: Iterable[ParameterValue], units: tuple[str, ...], at: datetime) -> InForce:
    """What holds for the last of these units at that instant.

    Of one unit's values the one effective last counts; of several from one instant, the one that was approved last.
    """
    held = InForce(definition.default)
    own = _latest(definition, values, at)
    for unit in units:
        said = own.get(unit)
        if said is None:
            continue
        bound = _bound(definition, held)
        if bound is None or not definition.laxer(said.value, bound):
            held = InForce(said.value, unit, said.effective_from, said.id)
    return held


def next_change(
    definition: Definition, values: Iterable[ParameterValue], units: tuple[str, ...], at: datetime
) -> InForce | None:
    """What holds next, by what is approved already; None where nothing else is to come."""
    known = list(values)
    held = in_force(definition, known, units, at)
    for start in sorted({one.effective_from for one in known if one.effective_from and one.effective_from > at}):
        if (later := in_force(definition, known, units, start)) != held:
            return evolve(later, since=start)
    return None


def _refuse_laxer(
    definition: Definition, value: int, units: tuple[str, ...], others: Iterable[ParameterValue], at: datetime
) -> None:
    bound = _bound(definition, in_force(definition, others, units[:-1], at))
    if bound is not None and definition.laxer(value, bound):
        raise ParameterLaxer(key=definition.key, value=value, bound=bound, pointer="/body/value")


def _bound(definition: Definition, above: InForce) -> int | None:
    """The laxest value that may hold below this one; None where any may: our own default binds nobody."""
    if definition.loosens_below or (above.unit is None and definition.basis is not Basis.COMPANY_TEXT):
        return None
    return above.value


def _latest(definition: Definition, values: Iterable[ParameterValue], at: datetime) -> dict[str, ParameterValue]:
    """By unit, the value of this number that counts at that instant."""
    effective = [
        (start, one.approval.ended_at or start, one.id, one)
        for one in values
        if one.key == definition.key and (start := one.effective_from) and start <= at
    ]
    return {one.unit: one for *_, one in sorted(effective, key=lambda each: each[:3])}
