"""R7.3, R7.10, R7.11: an incident: what is kept of it.

The neighbouring modules take an incident and return the new one with what is announced: `opening`, `judgement`
(its level), `handling` (its course), `alarm` (its escalation and clocks).
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from chassis.work.corrections import Correction
from chassis.work.tasks import Task, TaskState
from emergency.announcements import Announced
from emergency.facts import Facts
from emergency.grading import Grading
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.places import Place
from emergency.policies import Policy
from emergency.refusals import AlreadyClosed
from emergency.reports import Reports
from emergency.tellings import Escalation, PersonInCharge, Scene


class State(StrEnum):
    """R7.11: the life of an incident. Reporting grades in the same call, so `reported` is passed through."""

    REPORTED = "reported"
    GRADED = "graded"
    RESPONDING = "responding"
    CONTAINED = "contained"
    CLOSED = "closed"
    REVIEWED = "reviewed"


class Outcome(StrEnum):
    """How an incident was closed."""

    HANDLED = "handled"
    FALSE_ALARM = "false_alarm"
    DRILL_ENDED = "drill_ended"
    """R7.8: by itself, because the drill that it belongs to was over."""


class Cause(StrEnum):
    """What set a level."""

    REPORT = "report"
    FACTS = "facts"
    CORRELATION = "correlation"
    JUDGEMENT = "judgement"
    LOWERING = "lowering"


@frozen(kw_only=True)
class LevelChange:
    """One step of the grading history. `together` are the incidents of a correlation."""

    at: datetime
    level: Level
    cause: Cause
    clause: str
    actor: str
    reason: str | None = None
    together: tuple[str, ...] = ()


@frozen
class Commander:
    """Who took command, and for which level of the organisation."""

    person: str
    tier: Tier
    at: datetime


@frozen
class ClaimsReferral:
    """R7.10: the notice that governs the case, and the reference it was handed over with, once there is one."""

    notice: str
    reference: str | None = None


@frozen
class StepMark:
    """R7.9: how one step of the plan stands: due when, and done or waived (`cancelled`) when and by whom."""

    step: str
    due: datetime
    state: TaskState = TaskState.OPEN
    at: datetime | None = None
    by: str | None = None


@frozen
class Activation:
    """R7.9: the version of the plan that is active, and its steps that the level has needed so far."""

    plan: str
    steps: tuple[StepMark, ...] = ()


@frozen
class Review:
    """R7.11: the look back: what was found and learnt, and the actions, each with its owner. No personal data."""

    at: datetime
    by: str
    findings: str
    lessons: str
    actions: tuple[Task, ...] = ()


@frozen
class Attachment:
    """R7.11: a file that belongs to the incident: its SHA-256, size in bytes, media type, cleaned name, what it is."""

    hash: str
    size: int
    type: str
    name: str
    kind: str
    at: datetime
    by: str


@frozen(kw_only=True)
class Incident:
    """One incident. Instants are aware UTC; `units` runs from the company's root down to `unit`.

    `summary` is at most 500 characters and free of personal data; `level_since` is the opening or the last raising;
    `policy` is the copy made at the opening; the timeline is kept elsewhere, `timeline_count` says how long it is;
    deadlines up to `woken_until` have been seen to, and `clocks_missed` counts the reports that were not there in
    time. An incident of a drill names it, where there is one (`drill_id`), and ends by itself at `drill_until`;
    `draft_id` is the draft that was confirmed to be this incident; `corrections` are the entries struck through.
    """

    id: str
    kind: Kind
    drill: bool
    unit: str
    units: tuple[str, ...]
    counter: str | None
    city: str | None
    province: str | None
    company: Tier
    unit_known: bool
    reporter: str
    by_system: bool
    summary: str
    facts: Facts
    facts_at: datetime
    grading: Grading
    level: Level
    level_since: datetime
    levels: tuple[LevelChange, ...]
    policy: Policy
    escalation: Escalation
    occurred_at: datetime | None
    detected_at: datetime | None
    reported_at: datetime
    graded_at: datetime
    state: State = State.GRADED
    escalated_at: datetime | None = None
    responding_at: datetime | None = None
    contained_at: datetime | None = None
    closed_at: datetime | None = None
    first_acknowledged_at: datetime | None = None
    first_guided_at: datetime | None = None
    guided_at: datetime | None = None
    lowered_at: datetime | None = None
    commander: Commander | None = None
    reports: Reports = field(factory=Reports)
    claims: ClaimsReferral | None = None
    outcome: Outcome | None = None
    closing_reason: str | None = None
    timeline_count: int = 0
    woken_until: datetime | None = None
    activation: Activation | None = None
    review: Review | None = None
    clocks_missed: int = 0
    drill_id: str | None = None
    drill_until: datetime | None = None
    draft_id: str | None = None
    attachments: tuple[Attachment, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @property
    def place(self) -> Place:
        """The unit with its ancestors, as stamped on the incident."""
        return Place(
            unit=self.unit,
            units=self.units,
            counter=self.counter,
            city=self.city,
            province=self.province,
            company=self.company,
            unit_known=self.unit_known,
        )

    def scene(self, persons: Iterable[PersonInCharge] = ()) -> Scene:
        """What the ladder needs to know, with who is in charge now."""
        return Scene(incident=self.id, drill=self.drill, place=self.place, policy=self.policy, persons=tuple(persons))


Decision = tuple[Incident, tuple[Announced, ...]]


def refuse_closed(incident: Incident) -> None:
    """R7.11: a closed incident takes nothing more (AlreadyClosed)."""
    if incident.closed_at:
        raise AlreadyClosed(incident=incident.id, at=f"{incident.closed_at:%Y-%m-%d %H:%M}Z")
