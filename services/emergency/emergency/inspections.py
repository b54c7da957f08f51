"""R7.6: one inspection of a counter for hidden risks of service, its findings, and the history of both.

What is done with it stands in `inspecting.py` (opened, moved, cancelled, recorded, told upward) and `findings.py` (each
finding put right). It closes when nothing is left open. The day on which it was held and the instant at which it was
recorded are two things, and neither changes afterwards.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from attrs import evolve, frozen

from chassis.work.rectifications import Rectification, RectificationState, is_open
from emergency.history import Note
from emergency.kinds import Kind
from emergency.upward import Told


class InspectionState(StrEnum):
    """Open until recorded; recorded while findings are open; closed; or cancelled."""

    OPEN = "open"
    RECORDED = "recorded"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class NoteKind(StrEnum):
    """What a row of the history tells of."""

    OPENED = "opened"
    MOVED = "moved"
    CANCELLED = "cancelled"
    MISSED = "missed"
    RECORDED = "recorded"
    ASSIGNED = "assigned"
    FIXED = "fixed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    OVERDUE = "overdue"
    RAISED = "raised"
    WARNED = "warned"
    CLOSED = "closed"


@frozen(kw_only=True)
class Finding:
    """A hidden risk that was found. `told` counts the units that were told of its being overdue."""

    number: int
    category: str
    rectification: Rectification
    told: int = 0
    incident: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it is still to be put right."""
        return is_open(self.rectification)

    @property
    def overdue(self) -> bool:
        """Whether it is said to be overdue."""
        return self.open and self.told > 0


@frozen(kw_only=True)
class Inspection:
    """The inspection of `unit` in one period; `units` runs from the company's root down to it.

    `missed_told` counts the units that were told that it was not held in time; `notes` the rows of its history.
    """

    id: str
    unit: str
    units: tuple[str, ...]
    period: str
    starts: date
    due: datetime
    first_due: datetime
    catalogue: int
    checklist: tuple[str, ...]
    opened_at: datetime
    state: InspectionState = InspectionState.OPEN
    missed_told: int = 0
    occurred_on: date | None = None
    recorded_at: datetime | None = None
    recorded_by: str | None = None
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    ended_at: datetime | None = None
    notes: int = 0

    @property
    def missed(self) -> bool:
        """Whether it was not recorded in time."""
        return self.missed_told > 0

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that are still to be put right."""
        return tuple(finding for finding in self.findings if finding.open)


@frozen
class MissedSaid:
    """R7.6: a unit is told that the inspection was not held in time."""

    told: Told


@frozen
class OverdueSaid:
    """R7.6: a unit is told that a finding is overdue."""

    number: int
    told: Told


@frozen
class Raised:
    """R7.6: a finding becomes this incident."""

    number: int
    incident: str
    kind: Kind


Effect = Note | MissedSaid | OverdueSaid | Raised
Decision = tuple[Inspection, tuple[Effect, ...]]


def noted(
    inspection: Inspection,
    kind: NoteKind,
    actor: str,
    data: Mapping[str, str],
    words: str | None = None,
    *,
    effects: tuple[Effect, ...] = (),
) -> Decision:
    """The inspection with one more row of its history, after these effects."""
    seq = inspection.notes + 1
    return evolve(inspection, notes=seq), (*effects, Note(seq, kind, actor, data, words))


def replaced(inspection: Inspection, finding: Finding) -> Inspection:
    """The inspection with this finding in the place of the one of its number."""
    findings = tuple(finding if each.number == finding.number else each for each in inspection.findings)
    return evolve(inspection, findings=findings)


def closed_if_done(inspection: Inspection, *, at: datetime) -> Inspection:
    """R7.6: closed once every finding is closed."""
    done = all(each.rectification.state is RectificationState.CLOSED for each in inspection.findings)
    return evolve(inspection, state=InspectionState.CLOSED, ended_at=at) if done else inspection
