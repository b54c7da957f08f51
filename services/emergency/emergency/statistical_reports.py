"""R7.11: the regular reports on incidents 统计报告: of each half-year and year, of head office and of each province.

In time order: when the period is over it is drawn up, by itself or by a person, and its figures are frozen in it;
another person confirms it; it is submitted, with the reference that it got; where that has not happened on the day
due, it is said once. What turns out wrong is corrected by a new revision with a reason: nothing that was confirmed or
submitted is changed, it stays beside.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from attrs import evolve, frozen

from emergency import statistics_refusals as no
from emergency.authority import Action, Actor, require
from emergency.days import business_day, midnight
from emergency.levels import Level
from emergency.statistics import Figures
from emergency.texts import LONGEST_REASON, LONGEST_REFERENCE, check_text

#: Units that report to the regulator (D).
REPORTING = ("head_office", "province")

#: How often one report may be corrected: more than anybody needs.
MOST_REVISIONS = 20

SYSTEM = "calendar"
"""Who draws up what nobody drew up."""


class ReportStatus(StrEnum):
    """The life of a revision."""

    DRAWN_UP = "drawn_up"
    CONFIRMED = "confirmed"
    SUBMITTED = "submitted"


@frozen
class Period:
    """A half-year (`2026-H1`) or a year (`2026`): from `start` until the day before `end`, to be submitted by `due`."""

    name: str
    start: date
    end: date
    due: date


IsWorkday = Callable[[date], bool]


def period_of(name: str, is_workday: IsWorkday) -> Period:
    """The period of that name. D, by the older rule: the half-year by 31 July, the year by 31 January; where that is no
    working day, by the last one before it."""
    year, half = int(name[:4]), name.endswith("-H1")
    end = date(year, 7, 1) if half else date(year + 1, 1, 1)
    due = end + timedelta(days=30)
    while not is_workday(due):
        due -= timedelta(days=1)
    return Period(name, date(year, 1, 1), end, due)


def due_periods(on: date, is_workday: IsWorkday) -> tuple[Period, ...]:
    """The periods that are over on that day and whose day due has not passed."""
    names = (f"{on.year}-H1", f"{on.year - 1}")
    return tuple(
        period for period in map(partial(period_of, is_workday=is_workday), names) if period.end <= on <= period.due
    )


@frozen(kw_only=True)
class Revision:
    """One version of a report. `reason` is why an earlier one was corrected."""

    number: int
    figures: Figures
    drawn_up_at: datetime
    drawn_up_by: str
    reason: str | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    reference: str | None = None

    @property
    def status(self) -> ReportStatus:
        """How far it has come."""
        if self.submitted_at:
            return ReportStatus.SUBMITTED
        return ReportStatus.CONFIRMED if self.confirmed_at else ReportStatus.DRAWN_UP


@frozen(kw_only=True)
class StatisticalReport:
    """The report of one unit and period; the last of `revisions` holds, the others stay as they were."""

    id: str
    unit: str
    units: tuple[str, ...]
    period: Period
    revisions: tuple[Revision, ...]
    overdue_since: datetime | None = None

    @property
    def present(self) -> Revision:
        """The revision that holds."""
        return self.revisions[-1]

    @property
    def due_at(self) -> datetime:
        """The instant at which the day due is over."""
        return midnight(self.period.due + timedelta(days=1))


def report_id(unit: str, period: Period) -> str:
    """The readable id of a report."""
    return f"{unit}:{period.name}"


def draw_up(
    units: tuple[str, ...], unit_kind: str, period: Period, figures: Figures, *, actor: Actor | None, at: datetime
) -> StatisticalReport:
    """R7.11: the report with its figures as they are now; by the calendar where there is no actor.

    Refused: no authority, a unit that does not report, a period that is not over.
    """
    if actor is not None:
        require(actor, Action.REPORT_STATISTICS, Level.IV)
    if unit_kind not in REPORTING:
        raise no.UnitReportsNot(unit=units[-1], pointer="/body/unit")
    if business_day(at) < period.end:
        raise no.PeriodNotOver(period=period.name, end=period.end, pointer="/body/period")

    by = SYSTEM if actor is None else actor.id
    first = Revision(number=1, figures=figures, drawn_up_at=at, drawn_up_by=by)
    return StatisticalReport(
        id=report_id(units[-1], period), unit=units[-1], units=units, period=period, revisions=(first,)
    )


def confirm(report: StatisticalReport, *, actor: Actor, at: datetime) -> StatisticalReport:
    """R7.11: another person than who drew it up stands for the figures."""
    _need(report, ReportStatus.DRAWN_UP)
    require(actor, Action.REPORT_STATISTICS, Level.IV)
    if actor.id == report.present.drawn_up_by:
        raise no.ConfirmerDrewUp(report=report.id, person=actor.id)

    return _revised(report, evolve(report.present, confirmed_at=at, confirmed_by=actor.id))


def submit(report: StatisticalReport, *, reference: str, actor: Actor, at: datetime) -> StatisticalReport:
    """R7.11: it was handed in, under this reference."""
    _need(report, ReportStatus.CONFIRMED)
    require(actor, Action.REPORT_STATISTICS, Level.IV)
    check_text(reference, "reference", LONGEST_REFERENCE)

    handed_in = evolve(report.present, submitted_at=at, submitted_by=actor.id, reference=reference)
    return evolve(_revised(report, handed_in), overdue_since=None)


def correct(
    report: StatisticalReport, figures: Figures, *, reason: str, actor: Actor, at: datetime
) -> StatisticalReport:
    """R7.11: a new revision with the figures as they are now, and why; what was said before stays beside it."""
    require(actor, Action.REPORT_STATISTICS, Level.IV)
    check_text(reason, "reason", LONGEST_REASON)
    if len(report.revisions) >= MOST_REVISIONS:
        raise no.RevisionsSpent(report=report.id, limit=MOST_REVISIONS)

    number = report.present.number + 1
    anew = Revision(number=number, figures=figures, drawn_up_at=at, drawn_up_by=actor.id, reason=reason)
    return evolve(report, revisions=(*report.revisions, anew))


def fall_due(report: StatisticalReport, *, at: datetime) -> StatisticalReport:
    """R7.11: the report marked, where its day is over and nothing was ever submitted; the same one otherwise."""
    if report.overdue_since or at < report.due_at or _ever_submitted(report):
        return report
    return evolve(report, overdue_since=report.due_at)


def _ever_submitted(report: StatisticalReport) -> bool:
    return any(each.submitted_at for each in report.revisions)


def _revised(report: StatisticalReport, revision: Revision) -> StatisticalReport:
    return evolve(report, revisions=(*report.revisions[:-1], revision))


def _need(report: StatisticalReport, status: ReportStatus) -> None:
    if report.present.status is not status:
        raise no.StatisticalReportState(report=report.id, state=report.present.status, needed=status)
