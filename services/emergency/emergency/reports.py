"""R7.11: first, follow-up and final reports: what they hold, when they are due, and which are overdue."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from emergency.facts import Facts
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.refusals import FirstReportMissing, NotYetContained, ReportAlreadyFiled
from emergency.texts import check_text

LONGEST_TEXT = 2000

#: The clock that runs on when the incident is closed.
FINAL = "report.final"

#: Gives the instant that lies so many working days after another.
AddWorkdays = Callable[[datetime, int], datetime]


class ReportKind(StrEnum):
    """首报, 续报, 终报."""

    FIRST = "first"
    FOLLOW_UP = "follow_up"
    FINAL = "final"


class Control(StrEnum):
    """How far the event is under control."""

    UNCONTROLLED = "uncontrolled"
    PARTLY = "partly"
    CONTROLLED = "controlled"


class Trend(StrEnum):
    """Where the event is heading."""

    WORSENING = "worsening"
    STEADY = "steady"
    EASING = "easing"


@frozen
class ReportLimits:
    """The limits of one level: minutes, and working days after containment. None: no follow-up is due."""

    level: Level
    phone_minutes: int
    written_minutes: int
    follow_up_minutes: int | None
    final_workdays: int


@frozen(kw_only=True)
class ReportContent:
    """What the author of a report says; place, times, kind, level and figures come from the incident itself.

    `course` 事件经过 is obligatory; signer and contact are person ids, never names or numbers; the texts are kept
    free of customers' personal data and are at most 2,000 characters each.
    """

    course: str
    signer: str
    contact: str
    consequence: str | None = None
    measures: str | None = None
    help_needed: str | None = None
    control: Control | None = None
    trend: Trend | None = None


@frozen(kw_only=True)
class ReportFiled:
    """One report as it was filed, with the incident as it stood; `number` counts from 1 within the incident."""

    incident: str
    number: int
    kind: ReportKind
    at: datetime
    filed_by: str
    event: Kind
    unit: str
    occurred_at: datetime | None
    level: Level
    state: str
    drill: bool
    facts: Facts
    content: ReportContent
    late_seconds: int


@frozen
class Reports:
    """Which reports have been filed. `written_at` is the earliest since the level was last raised."""

    first_at: datetime | None = None
    written_at: datetime | None = None
    last_at: datetime | None = None
    follow_ups: int = 0
    final_at: datetime | None = None

    @property
    def count(self) -> int:
        """How many have been filed."""
        return self.follow_ups + sum(1 for at in (self.first_at, self.final_at) if at)


@frozen
class Clock:
    """One limit: from `started_at` to `due`, warned of at half and four fifths; `met_at` stops it."""

    name: str
    started_at: datetime
    due: datetime
    met_at: datetime | None = None

    @property
    def warn_at(self) -> tuple[datetime, datetime]:
        """When 50 % and 80 % of the time have gone."""
        span = self.due - self.started_at
        return self.started_at + span * 0.5, self.started_at + span * 0.8

    def late_seconds(self, at: datetime) -> int:
        """Whole seconds beyond the limit: of the report if it came, else by `at`; 0 while in time."""
        return max(0, int(((self.met_at or at) - self.due).total_seconds()))

    def overdue(self, at: datetime) -> bool:
        """Whether nothing has come and the limit has passed; at the very instant it is still in time."""
        return self.met_at is None and at > self.due


@frozen(kw_only=True)
class Course:
    """The times of an incident that its clocks run from. `level_since` is the opening, or the last raising.

    `nothing_owed`: no report is due any more, because it was a false alarm or an exercise that is over.
    """

    level_since: datetime
    acknowledged_at: datetime | None
    contained_at: datetime | None
    nothing_owed: bool


def file(reports: Reports, kind: ReportKind, *, contained: bool, due: datetime, incident: str, at: datetime) -> Reports:
    """R7.11: the reports after one more; refused out of order: first once, follow-ups between, final at the end."""
    if reports.final_at or (kind is ReportKind.FIRST and reports.first_at):
        raise ReportAlreadyFiled(incident=incident, report=ReportKind.FINAL if reports.final_at else kind)
    if kind is not ReportKind.FIRST and reports.first_at is None:
        raise FirstReportMissing(incident=incident, due=f"{due:%Y-%m-%d %H:%M}Z")
    if kind is ReportKind.FINAL and not contained:
        raise NotYetContained(incident=incident)

    filed = evolve(reports, written_at=reports.written_at or at, last_at=at)
    if kind is ReportKind.FIRST:
        return evolve(filed, first_at=at)
    if kind is ReportKind.FINAL:
        return evolve(filed, final_at=at)
    return evolve(filed, follow_ups=reports.follow_ups + 1)


def restarted(reports: Reports) -> Reports:
    """R7.11: after raising, a report at the new level is due, whatever was filed before."""
    return evolve(reports, written_at=None)


def written_due(limits: ReportLimits, level_since: datetime) -> datetime:
    """When the report in writing is due at this level."""
    return level_since + timedelta(minutes=limits.written_minutes)


def report_clocks(
    limits: ReportLimits, course: Course, reports: Reports, add_workdays: AddWorkdays
) -> tuple[Clock, ...]:
    """R7.4, R7.11: the clocks of an incident; of follow-ups only the next one. A false alarm has none,
    and neither has a drill that ended by itself.

    The phone clock stops when the first person told since the level was reached has acknowledged.
    """
    if course.nothing_owed:
        return ()

    since = course.level_since
    phone_due = since + timedelta(minutes=limits.phone_minutes)
    clocks = [
        Clock("report.phone", since, phone_due, course.acknowledged_at),
        Clock("report.written", since, written_due(limits, since), reports.written_at),
    ]
    if limits.follow_up_minutes is not None and reports.last_at and course.contained_at is None:
        started = max(reports.last_at, since)
        due = started + timedelta(minutes=limits.follow_up_minutes)
        clocks.append(Clock("report.follow_up", started, due))
    if course.contained_at:
        due = add_workdays(course.contained_at, limits.final_workdays)
        clocks.append(Clock(FINAL, course.contained_at, due, reports.final_at))
    return tuple(clocks)


def check_content(content: ReportContent) -> None:
    """Refuse a report without its course, signer or contact, or with a text beyond its limit."""
    for name in ("course", "signer", "contact"):
        check_text(getattr(content, name), name, LONGEST_TEXT)
    for name in ("consequence", "measures", "help_needed"):
        check_text(getattr(content, name) or "", name, LONGEST_TEXT, needed=False)
