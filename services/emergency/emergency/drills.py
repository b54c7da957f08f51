"""R7.8: one drill 演练: scheduled, held, evaluated by somebody else, and closed when its improvements are done.

In time order: it is scheduled for a time to come, at one counter or several; it may be put off or called off with a
reason; while it runs it opens incidents with the drill flag, which end by themselves soon after it (`incidents_until`);
it is recorded: when, what, who; another person than the leader evaluates it; each improvement has an owner and a day.
A step that is not taken in time is said once and stays marked until it is.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import frozen

from emergency.drill_programmes import Scenario

#: Our defaults (D): how long there is to record a drill, and to evaluate it; parameters.
RECORD_WITHIN_HOURS = 24
EVALUATE_WITHIN_DAYS = 7

#: Our default (D): how long after a drill ends its incidents may stay open.
INCIDENT_GRACE = timedelta(hours=2)

FULL_SCORE = 10


class DrillStatus(StrEnum):
    """The life of a drill."""

    SCHEDULED = "scheduled"
    HELD = "held"
    EVALUATED = "evaluated"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Neglect(StrEnum):
    """What was not done in time."""

    RECORD = "record"
    EVALUATION = "evaluation"
    IMPROVEMENT = "improvement"


@frozen
class Postponement:
    """A drill was put off: from when, why, by whom."""

    starts_at: datetime
    reason: str
    by: str
    at: datetime


@frozen(kw_only=True)
class Record:
    """R7.8: what is recorded of a drill that was held: time, content, people."""

    started_at: datetime
    ended_at: datetime
    content: str
    participants: tuple[str, ...]
    by: str
    at: datetime


@frozen
class Score:
    """One item of the evaluation, 0 to `FULL_SCORE`."""

    item: str
    score: int


@frozen(kw_only=True)
class Improvement:
    """What must become better: by whom, until which day."""

    number: int
    what: str
    owner: str
    due: date
    done_at: datetime | None = None
    done_by: str | None = None


@frozen(kw_only=True)
class Evaluation:
    """How the drill went, by another person than its leader."""

    scores: tuple[Score, ...]
    problems: tuple[str, ...]
    by: str
    at: datetime


@frozen(kw_only=True)
class Drill:
    """One drill of the unit `unit`; `units` runs from the root down to it, `counters` are those that take part.

    `neglected` names what was not done in time, `woken_until` is the instant up to which that has been looked at.
    The two limits are parameters as they were when it was scheduled.
    """

    id: str
    scenario: Scenario
    unit: str
    units: tuple[str, ...]
    counters: tuple[str, ...]
    leader: str
    announced: bool
    starts_at: datetime
    ends_at: datetime
    scheduled_at: datetime
    scheduled_by: str
    status: DrillStatus = DrillStatus.SCHEDULED
    postponements: tuple[Postponement, ...] = ()
    record: Record | None = None
    evaluation: Evaluation | None = None
    improvements: tuple[Improvement, ...] = ()
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_because: str | None = None
    neglected: tuple[Neglect, ...] = ()
    woken_until: datetime | None = None
    record_within_hours: int = RECORD_WITHIN_HOURS
    evaluate_within_days: int = EVALUATE_WITHIN_DAYS

    @property
    def record_by(self) -> datetime:
        """Until when it is recorded."""
        return self.ends_at + timedelta(hours=self.record_within_hours)

    @property
    def incidents_until(self) -> datetime:
        """When an incident of this drill ends by itself."""
        return self.ends_at + INCIDENT_GRACE

    @property
    def secret(self) -> bool:
        """Whether the counters must not learn of it yet."""
        return not self.announced and self.status is DrillStatus.SCHEDULED


@frozen(kw_only=True)
class DrillPlan:
    """What somebody plans."""

    scenario: Scenario
    units: tuple[str, ...]
    counters: tuple[str, ...]
    leader: str
    announced: bool
    starts_at: datetime
    ends_at: datetime
