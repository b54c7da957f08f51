"""R7.11: statistics and their reports over the store: added up within the caller's reach, frozen in reports."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis import telemetry
from chassis.clock import Clock, business_day
from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from chassis.errors import Refusal
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, Restates
from chassis.timers import Firing
from chassis.workdays import is_workday
from emergency import statistical_reports as reports
from emergency.authority import Actor
from emergency.days import midnight
from emergency.directory import Directory, UnitCopy
from emergency.incidents import Incident
from emergency.schemas import EARLIEST
from emergency.statistical_reports import Period, StatisticalReport
from emergency.statistics import Case, Figures, figures
from emergency.statistics_operations import REPORT_NOT_SUBMITTED, REPORT_STATED
from emergency.statistics_refusals import RangeTooLong, TooManyIncidents

DUE = "due"
LONGEST_DAYS = 400
MOST_CASES = 50_000
"""Incidents that one answer adds up: more than the whole company has in a bad year."""

_SPOKEN_OF = (
    "level",
    "kind",
    "units",
    "outcome",
    "occurred_at",
    "detected_at",
    "reported_at",
    "graded_at",
    "first_guided_at",
    "contained_at",
    "closed_at",
    "clocks_missed",
)
ActorOf = Callable[[tuple[str, ...]], Actor]


@frozen
class StatisticsDesk:
    """The statistics and reports of one service process."""

    reports: Aggregates[StatisticalReport]
    incidents: Aggregates[Incident]
    directory: Directory
    clock: Clock
    most: int = MOST_CASES

    def statistics(self, call: Call) -> Answer:
        """R7.11: what the incidents of a unit and range come to."""
        since, until = call.query["since"], call.query["until"]
        unit = self.directory.within(call.query["unit"], call)
        if not 0 < (until - since).days <= LONGEST_DAYS or since < EARLIEST.date():
            raise RangeTooLong(days=LONGEST_DAYS, pointer="/query/from")
        found = self._figures(unit.id, since, until)
        return Answer({"unit": unit.id, "since": since, "until": until, "figures": found})

    def draw_up(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.11: a report is drawn up by a person."""
        unit = self.directory.within(call.body["unit"], call)
        period = reports.period_of(call.body["period"], is_workday)
        command = call.command()
        saved = self._draw_up(unit, period, command, actor_of(unit.units))
        return call.answer(saved, shown(saved.state), location=f"/v1/statistical-reports/{saved.id}")

    def confirm(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.11: another person stands for the figures."""
        return self._change(call, lambda report: reports.confirm(report, actor=actor_of(report.units), at=call.now))

    def submit(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.11: a report was handed in."""
        reference = call.body["reference"]
        return self._change(
            call, lambda report: reports.submit(report, reference=reference, actor=actor_of(report.units), at=call.now)
        )

    def correct(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.11: a report is corrected by a new revision."""
        reason = call.body["reason"]

        def corrected(report: StatisticalReport) -> StatisticalReport:
            anew = self._figures(report.unit, report.period.start, report.period.end)
            return reports.correct(report, anew, reason=reason, actor=actor_of(report.units), at=call.now)

        return self._change(call, corrected)

    def one(self, call: Call) -> Answer:
        """One report."""
        found = self.reports.load(call.path["report"], call.reach)
        return call.answer(found, shown(found.state))

    def page(self, call: Call) -> Answer:
        """Reports within the caller's reach."""
        asked = {name: call.query[name] for name in ("status", "overdue") if call.query[name] is not None}
        answer = call.page(self.reports, asked)
        return evolve(answer, body={"items": [shown(report) for report in answer.body["items"]]})

    def fire(self, firing: Firing) -> None:
        """R7.11: the day on which a report is due is over."""
        step = self._command(firing.command, "timer", firing.id)

        def due(report: StatisticalReport) -> Any:
            after = reports.fall_due(report, at=step.now)
            state, announcements = _decided(report, after)
            return state, [*announcements, *([] if after is report else [_overdue(after)])]

        self.reports.change(firing.aggregate, step, due)

    def round(self) -> None:
        """R7.11: what is over, and still to be submitted, is drawn up for every unit that reports."""
        periods = reports.due_periods(business_day(self.clock.now()), is_workday)
        if not periods:
            return
        units = [unit for kind in reports.REPORTING for unit in self.directory.units.where("kind", kind)]
        wanted = {reports.report_id(unit.id, period): (unit, period) for unit in units for period in periods}
        known = {found["_id"] for found in self.reports.collection.find({"_id": {"$in": list(wanted)}}, {"_id": 1})}
        for name in wanted.keys() - known:
            try:
                self._draw_up(*wanted[name], self._command(None, "calendar", "round"), None)
            except Refusal as refusal:  # taken by another replica, or too much to add up: a person sees to it
                telemetry.logger().warning("statistics.refused", report=name, code=refusal.code)

    def _draw_up(self, unit: UnitCopy, period: Period, command: Command, actor: Actor | None) -> Any:
        def drawn_up() -> Any:
            found = self._figures(unit.id, period.start, period.end)
            return _decided(None, reports.draw_up(unit.units, unit.kind, period, found, actor=actor, at=command.now))

        return self.reports.create(reports.report_id(unit.id, period), command, drawn_up)

    def _change(self, call: Call, decide: Callable[[StatisticalReport], StatisticalReport]) -> Answer:
        saved = self.reports.change(
            call.path["report"], call.command(), lambda report: _decided(report, decide(report)), reach=call.reach
        )
        return call.answer(saved, shown(saved.state))

    def _figures(self, unit: str, since: date, until: date) -> Figures:
        """The figures of the incidents reported from the one day until the day before the other."""
        return figures(self._cases(unit, since, until), unit)

    def _cases(self, unit: str, since: date, until: date) -> Iterator[Case]:
        wanted = {"units": unit, "at": {"$gte": midnight(since), "$lt": midnight(until)}}
        parts = {"drill": 1, **{f"state.{name}": 1 for name in _SPOKEN_OF}}
        cursor = self.incidents.collection.find(wanted, parts, max_time_ms=5_000, limit=self.most + 1)
        for place, found in enumerate(cursor):
            if place >= self.most:
                raise TooManyIncidents(limit=self.most)
            yield _case(found["state"], drill=found["drill"])

    def _command(self, id: str | None, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())


def statistics_desk(frame: Frame, incidents: Aggregates[Incident], directory: Directory) -> StatisticsDesk:
    """The desk over its collection in this frame."""
    found = frame.aggregates(
        "statistical_reports",
        StatisticalReport,
        stamps=_stamps,
        indexes=(IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)]),),
        restates=Restates(REPORT_STATED.name, _stated),
    )
    return StatisticsDesk(found, incidents, directory, frame.clock)


def shown(report: StatisticalReport) -> dict[str, Any]:
    """A report as its readers see it, and as its event tells it."""
    return {
        "id": report.id,
        "unit": report.unit,
        "period": report.period.name,
        "since": report.period.start,
        "until": report.period.end,
        "due": report.period.due,
        "status": report.present.status,
        "revision": report.present.number,
        "overdue_since": report.overdue_since,
        "revisions": [{**asdict(each, recurse=False), "status": each.status} for each in report.revisions],
    }


def _case(state: Mapping[str, Any], *, drill: bool) -> Case:
    """What has its default value is not in the document."""
    return Case(
        level=state["level"],
        kind=state["kind"],
        units=tuple(state["units"]),
        drill=drill,
        outcome=state.get("outcome"),
        noticed_at=state.get("detected_at") or state.get("occurred_at"),
        reported_at=state["reported_at"],
        graded_at=state["graded_at"],
        first_guided_at=state.get("first_guided_at"),
        contained_at=state.get("contained_at"),
        closed_at=state.get("closed_at"),
        clocks_missed=state.get("clocks_missed", 0),
    )


def _decided(
    before: StatisticalReport | None, after: StatisticalReport
) -> tuple[StatisticalReport, list[Announcement]]:
    """The report as the store takes it: its state is told, and its timer set until it is submitted or overdue."""
    if after is before:
        return after, []
    if before is None:
        return after, [_stated(after), SetTimer(DUE, after.due_at)]
    over = after.overdue_since is not None or after.present.submitted_at is not None
    return after, [_stated(after), *([CancelTimer(DUE)] if over else [])]


def _stated(report: StatisticalReport) -> Announce:
    return Announce(REPORT_STATED.name, REPORT_STATED.data(shown(report)), filed_under(report.units))


def _overdue(report: StatisticalReport) -> Announce:
    said = {"report": report.id, "unit": report.unit, "period": report.period.name, "due": report.period.due}
    return Announce(REPORT_NOT_SUBMITTED.name, REPORT_NOT_SUBMITTED.data(said), filed_under(report.units))


def _stamps(report: StatisticalReport) -> dict[str, Any]:
    return {
        "units": list(report.units),
        "at": report.due_at,
        "status": report.present.status.value,
        "overdue": report.overdue_since is not None,
    }
