"""R7.7: that one unit was warned, who was told, and who acknowledged it: a document of its own for each unit.

A warning of head office reaches thousands of units; it stays small because what each of them answers stands here. A
unit that does not answer within the limit is told of to the unit above, once; nobody is told any more once the warning
has ended.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from chassis.work.acknowledgements import Acknowledgement, pass_on, see, see_as_told, tell
from emergency.authority import Action, Actor, require
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.policies import QUIET, URGENT
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
    """The receipt of `unit`: whom of it, and of the unit above after a silence, was told how, and who has seen it.

    Who was told may acknowledge by the link. At the company's root there is nobody above to pass a silence on to.
    """

    id: str
    warning: str
    unit: str
    units: tuple[str, ...]
    kind: Kind
    level: Level
    drill: bool
    told_at: datetime
    acknowledgement: Acknowledgement

    @property
    def answer_by(self) -> datetime:
        """Until when it must be acknowledged."""
        return self.acknowledgement.due or self.told_at

    @property
    def channels(self) -> tuple[str, ...]:
        """How its people are told."""
        return channels_of(self.level)


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
    answer_by = at + (within or ANSWER_WITHIN[warning.level])
    return WarningReceipt(
        id=id_of(warning.id, units[-1]),
        warning=warning.id,
        unit=units[-1],
        units=units,
        kind=warning.kind,
        level=warning.level,
        drill=warning.drill,
        told_at=at,
        acknowledgement=tell(told, channels=channels_of(warning.level), at=at, due=answer_by),
    )


def acknowledge(receipt: WarningReceipt, *, actor: Actor, at: datetime) -> WarningReceipt:
    """R7.7: the unit knows, as one of its people, or of those above it, says; the first one counts."""
    require(actor, Action.ACKNOWLEDGE_WARNING, Level.IV)
    return _with(receipt, see(receipt.acknowledgement, by=actor.id, at=at))


def acknowledge_by_link(receipt: WarningReceipt, *, person: str, at: datetime) -> WarningReceipt:
    """R7.7: whoever was told has followed the link; anybody else is not taken for it."""
    return _with(receipt, see_as_told(receipt.acknowledgement, person=person, at=at))


def fall_due(receipt: WarningReceipt, warning: RiskWarning, heads: tuple[str, ...], *, at: datetime) -> WarningReceipt:
    """R7.7: nobody has answered: the unit above is told, whose heads these are; once, and while the warning lasts."""
    if warning.ended_at is not None or warning.ends_at <= at:
        return receipt
    above = receipt.units[-2] if len(receipt.units) > 1 else None
    return _with(receipt, pass_on(receipt.acknowledgement, to=above, whom=heads, channels=receipt.channels, at=at))


def moved(receipt: WarningReceipt, units: tuple[str, ...]) -> WarningReceipt:
    """The receipt under its unit's ancestors as they are now; one that was answered stays where it was."""
    return receipt if receipt.units == units or receipt.acknowledgement.seen_at else evolve(receipt, units=units)


def channels_of(level: Level) -> tuple[str, ...]:
    """R7.7: over what the people of a warned unit are told."""
    return URGENT if level in (Level.I, Level.II) else QUIET


def _with(receipt: WarningReceipt, acknowledgement: Acknowledgement) -> WarningReceipt:
    same = acknowledgement is receipt.acknowledgement
    return receipt if same else evolve(receipt, acknowledgement=acknowledgement)
