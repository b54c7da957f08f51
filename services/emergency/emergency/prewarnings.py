"""R7.7: a warning that a risk may become an incident, its measures, and its history.

What is done with it stands in `warning_life.py`; what each unit addressed answers, in `warning_receipts.py`.
"""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from emergency.history import Note
from emergency.kinds import Kind
from emergency.levels import Level


class Colour(StrEnum):
    """The colours of warnings in Chinese practice: 红橙黄蓝."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


COLOURS = {Level.I: Colour.RED, Level.II: Colour.ORANGE, Level.III: Colour.YELLOW, Level.IV: Colour.BLUE}


class WarningState(StrEnum):
    """Issued until it expires or is lifted."""

    ISSUED = "issued"
    EXPIRED = "expired"
    LIFTED = "lifted"


class MeasureState(StrEnum):
    """Open until its owner says what became of it."""

    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done"


class NoteKind(StrEnum):
    """What a row of the history tells of."""

    ISSUED = "issued"
    EXTENDED = "extended"
    LIFTED = "lifted"
    EXPIRED = "expired"
    SETTLED = "settled"
    OVERDUE = "overdue"
    CAME_TRUE = "came_true"


@frozen(kw_only=True)
class Measure:
    """What is done against the risk. `overdue` is set when that was said, once."""

    number: int
    text: str
    owner: str
    due: datetime
    state: MeasureState = MeasureState.OPEN
    overdue: bool = False
    reason: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None


@frozen
class FindingRef:
    """A finding of an inspection that stands behind a warning."""

    inspection: str
    number: int


@frozen(kw_only=True)
class RiskWarning:
    """One warning. `spread_after` is the last unit that has its receipt, `spread_at` when all of them had."""

    id: str
    unit: str
    units: tuple[str, ...]
    to: tuple[str, ...]
    kind: Kind
    level: Level
    reason: str
    begins_at: datetime
    ends_at: datetime
    issued_at: datetime
    issued_by: str
    measures: tuple[Measure, ...]
    findings: tuple[FindingRef, ...] = ()
    drill: bool = False
    state: WarningState = WarningState.ISSUED
    ended_at: datetime | None = None
    spread_after: str = ""
    spread_at: datetime | None = None
    incidents: tuple[str, ...] = ()
    notes: int = 0

    @property
    def colour(self) -> Colour:
        """The colour that stands for its level."""
        return COLOURS[self.level]

    def in_force(self, at: datetime) -> bool:
        """R7.7: whether it has begun, and has neither been lifted nor ended."""
        return self.state is WarningState.ISSUED and self.begins_at <= at < self.ends_at


@frozen
class Spreading:
    """The units after this one are to get their receipts."""

    after: str


@frozen
class MeasureOverdue:
    """Nobody has said in time what became of this measure."""

    number: int


Effect = Note | Spreading | MeasureOverdue
Decision = tuple[RiskWarning, tuple[Effect, ...]]
