"""What a decision announces beside the new state: timeline entries, notices, escalations, reports.

A decision collects happenings; numbering turns them into timeline entries with a gapless `seq` per incident.
Everything but words that a person gave is structured: no prose is composed here.
"""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from emergency.levels import Level
from emergency.places import Addressee
from emergency.reports import ReportFiled


class EntryKind(StrEnum):
    """R7.11: what a timeline entry tells of."""

    REPORTED = "reported"
    GRADED = "graded"
    FACTS_ADDED = "facts_added"
    LEVEL_RAISED = "level_raised"
    LEVEL_LOWERED = "level_lowered"
    COMPANY_TOLD = "company_told"
    PERSON_TOLD = "person_told"
    NOTICE_FAILED = "notice_failed"
    POST_VACANT = "post_vacant"
    STEPS_COLLAPSED = "steps_collapsed"
    UNANSWERED = "unanswered"
    ACKNOWLEDGED = "acknowledged"
    GUIDANCE_RECORDED = "guidance_recorded"
    COMMAND_TAKEN = "command_taken"
    CONTAINED = "contained"
    CLOSED = "closed"
    REPORT_FILED = "report_filed"
    CLAIM_REFERRED = "claim_referred"
    UNIT_ARRIVED = "unit_arrived"
    UNIT_MOVED = "unit_moved"
    PLAN_ACTIVATED = "plan_activated"
    STEPS_ADDED = "steps_added"
    STEP_DONE = "step_done"
    STEP_WAIVED = "step_waived"
    REVIEWED = "reviewed"
    ACTION_DONE = "action_done"
    ACTION_REASSIGNED = "action_reassigned"
    ACTION_DELEGATED = "action_delegated"
    ATTACHED = "attached"
    CORRECTED = "corrected"


class Because(StrEnum):
    """Why an addressee or a person is told."""

    OPENING = "opening"
    RAISED = "raised"
    SCHEDULE = "schedule"
    SILENCE = "silence"
    NO_GUIDANCE = "no_guidance"
    VACANCY = "vacancy"
    DEPUTY = "deputy"
    OUTAGE = "outage"
    UNIT_ARRIVED = "unit_arrived"


@frozen
class Happening:
    """A timeline entry that has no number yet. `words` are a person's own, where the entry keeps some."""

    kind: EntryKind
    data: dict[str, str] = field(factory=dict)
    words: str | None = None


@frozen
class Entry:
    """R7.11: one entry of the append-only timeline; `seq` counts from 1 without gaps."""

    incident: str
    seq: int
    at: datetime
    kind: EntryKind
    actor: str
    data: dict[str, str]
    words: str | None = None


@frozen(kw_only=True)
class Notice:
    """R7.5: one person is to be told on one channel. `step` is the same whenever the same step is decided again.

    `due` is when it should have been told, `at` when it is; `collapsed` counts the earlier steps it stands for;
    `instead_of` names vacant posts that this person is told in place of, `deputy_of` the silent person.
    """

    step: str
    incident: str
    drill: bool
    level: Level
    person: str
    post: str
    unit: str
    addressee: Addressee
    channel: str
    because: Because
    attempt: int
    due: datetime
    at: datetime
    late_seconds: int = 0
    collapsed: int = 0
    deputy_of: str | None = None
    instead_of: tuple[str, ...] = ()


@frozen(kw_only=True)
class Escalated:
    """R7.4: one addressee is reported to: one message for each unit and round, however many persons it has."""

    step: str
    incident: str
    drill: bool
    level: Level
    addressee: Addressee
    unit: str
    because: Because
    at: datetime
    late_seconds: int = 0


@frozen
class CaseOffered:
    """R7.11: a reviewed incident is offered to the knowledge base."""

    incident: str
    at: datetime


Effect = Happening | Notice | Escalated | ReportFiled | CaseOffered
Announced = Entry | Notice | Escalated | ReportFiled | CaseOffered
