"""R7.7: that one unit was warned, who was told, and who acknowledged it: a document of its own for each unit.

A warning of head office reaches thousands of units; it stays small because what each of them answers stands here. A
unit that does not answer within the limit is told of to the unit above, once; nobody is told any more once the warning
has ended.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from emergency.authority import Action, Actor, require
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.prewarnings import RiskWarning

#: D, parameters: how long a unit may take to acknowledge: half an hour for red and orange, two hours for the others.
ANSWER_WITHIN = {
    Level.I: timedelta(minutes=30),
    Level.II: timedelta(minutes=30),
    Level.III: timedelta(hours=2),
    Level.IV: timedelta(hours=2),
}


@frozen(kw_only=True)
class WarningReceipt:
    """The receipt of `unit`; `told` are the persons who were told, and who may acknowledge by the link.

    `passed_to` is the unit above that was told of the silence; at the company's root there is none.
    """

    id: str
    warning: str
    unit: str
    units: tuple[str, ...]
    kind: Kind
    level: Level
    drill: bool
    told_at: datetime
    answer_by: datetime
    told: tuple[str, ...]
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    passed_at: datetime | None = None
    passed_to: str | None = None


def id_of(warning: str, unit: str) -> str:
    """The id of the one receipt of a unit for a warning."""
    return f"{warning}:{unit}"


def warn(
    warning: RiskWarning,
    units: tuple[str, ...],
    told: tuple[str, ...],
    *,
    at: datetime,
    within: timedelta | None = None,
) -> WarningReceipt:
    """R7.7: the unit that this chain ends in is warned, and these persons of it are told; it answers `within` that."""
    return WarningReceipt(
        id=id_of(warning.id, units[-1]),
        warning=warning.id,
        unit=units[-1],
        units=units,
        kind=warning.kind,
        level=warning.level,
        drill=warning.drill,
        told_at=at,
        answer_by=at + (within or ANSWER_WITHIN[warning.level]),
        told=told,
    )


def acknowledge(receipt: WarningReceipt, *, actor: Actor, at: datetime) -> WarningReceipt:
    """R7.7: the unit knows, as one of its people, or of those above it, says; the first one counts."""
    require(actor, Action.ACKNOWLEDGE_WARNING, Level.IV)
    return _acknowledged(receipt, actor.id, at)


def acknowledge_by_link(receipt: WarningReceipt, *, person: str, at: datetime) -> WarningReceipt:
    """R7.7: whoever was told has followed the link; anybody else is not taken for it."""
    return _acknowledged(receipt, person, at) if person in receipt.told else receipt


def fall_due(receipt: WarningReceipt, warning: RiskWarning, heads: tuple[str, ...], *, at: datetime) -> WarningReceipt:
    """R7.7: nobody has answered: the unit above is told, whose heads these are; once, and while the warning lasts."""
    ended = warning.ended_at is not None or warning.ends_at <= at
    if receipt.acknowledged_at or receipt.passed_at or at < receipt.answer_by or ended:
        return receipt
    above = receipt.units[-2] if len(receipt.units) > 1 else None
    return evolve(receipt, passed_at=at, passed_to=above, told=tuple(dict.fromkeys((*receipt.told, *heads))))


def moved(receipt: WarningReceipt, units: tuple[str, ...]) -> WarningReceipt:
    """The receipt under its unit's ancestors as they are now; one that was answered stays where it was."""
    return receipt if receipt.units == units or receipt.acknowledged_at else evolve(receipt, units=units)


def _acknowledged(receipt: WarningReceipt, by: str, at: datetime) -> WarningReceipt:
    if receipt.acknowledged_at:
        return receipt
    return evolve(receipt, acknowledged_at=at, acknowledged_by=by)
