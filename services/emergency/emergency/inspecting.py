"""R7.6: an inspection is opened, moved or cancelled, held and recorded, and told upward where it is late.

In time order: it is opened with the checklist of the plan in force; it may be moved or cancelled with a reason; it is
held, and recorded item by item, clear or with findings. What is not recorded in time is told upward, and may still be
recorded late; so is a finding that is not put right in time.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from attrs import evolve, frozen

from chassis.work.rectifications import Severity, opened
from chassis.workdays import business_instant
from emergency.authority import Action, Actor, require
from emergency.hidden_risks import RECTIFIED_WITHIN
from emergency.inspection_plans import InspectionPlan, Period, due_of
from emergency.inspections import (
    Decision,
    Finding,
    Inspection,
    InspectionState,
    MissedSaid,
    NoteKind,
    OverdueSaid,
    noted,
    replaced,
)
from emergency.levels import Level
from emergency.risk_refusals import (
    ChecklistIncomplete,
    HeldOutOfPeriod,
    InspectionMissed,
    InspectionNotOpen,
    NewDueUnfit,
    NotOnChecklist,
    TooManyFindings,
)
from emergency.texts import LONGEST_REASON, check_text
from emergency.upward import Told, next_step, steps_due

MOST_FINDINGS = 50
OPENED_LATE = timedelta(days=7)
"""D: the time for an inspection that somebody opens after the plan's day."""

MOVED_AT_MOST = timedelta(days=14)
"""D: how long after its first due time an inspection may be moved."""


@frozen
class FindingSaid:
    """A finding as the inspector gives it."""

    severity: Severity
    description: str


@frozen
class Result:
    """What was seen of one item of the checklist; without findings it is clear."""

    category: str
    findings: tuple[FindingSaid, ...] = ()


def id_of(unit: str, period: Period) -> str:
    """The id of the one inspection of a unit in a period."""
    return f"{unit}:{period.label}"


def open_inspection(
    unit: str, units: tuple[str, ...], period: Period, plan: InspectionPlan, *, catalogue: int, by: str, at: datetime
) -> Decision:
    """R7.6: the inspection of this period, with the checklist and the due time of the plan."""
    planned = due_of(plan, period)
    due = planned if planned > at else at + OPENED_LATE
    made = Inspection(
        id=id_of(unit, period),
        unit=unit,
        units=units,
        period=period.label,
        starts=period.starts,
        due=due,
        first_due=due,
        catalogue=catalogue,
        checklist=plan.categories,
        opened_at=at,
    )
    return noted(made, NoteKind.OPENED, by, {"plan": plan.id})


def record(
    inspection: Inspection,
    results: Sequence[Result],
    *,
    occurred_on: date,
    today: date,
    actor: Actor,
    at: datetime,
    within: Mapping[Severity, timedelta] = RECTIFIED_WITHIN,
) -> Decision:
    """R7.6: what was seen, item by item; each finding has a deadline by its severity (`within`)."""
    _still_to_be_held(inspection)
    require(actor, Action.RECORD_INSPECTION, Level.IV)
    if not inspection.starts <= occurred_on <= today:
        raise HeldOutOfPeriod(day=occurred_on, first=inspection.starts, last=today, pointer="/body/occurred_on")
    _whole(inspection, results)

    findings = _findings(results, within, at)
    held = evolve(
        inspection,
        state=InspectionState.RECORDED if findings else InspectionState.CLOSED,
        occurred_on=occurred_on,
        recorded_at=at,
        recorded_by=actor.id,
        findings=findings,
        ended_at=None if findings else at,
    )
    facts = {"occurred_on": occurred_on.isoformat(), "findings": str(len(findings))}
    return noted(held, NoteKind.RECORDED, actor.id, facts)


def reschedule(
    inspection: Inspection,
    *,
    due: datetime,
    reason: str,
    actor: Actor,
    at: datetime,
    at_most: timedelta = MOVED_AT_MOST,
) -> Decision:
    """R7.6: this one is moved, with a reason; the series goes on as planned. What was missed stays missed."""
    _still_to_be_held(inspection)
    require(actor, Action.RECORD_INSPECTION, Level.IV)
    if at >= inspection.due:
        raise InspectionMissed(inspection=inspection.id, due=_text(inspection.due))
    latest = inspection.first_due + at_most
    if due <= at or due > latest or due < business_instant(inspection.starts, time()):
        raise NewDueUnfit(earliest=inspection.starts, latest=_text(latest), pointer="/body/due")
    check_text(reason, "reason", LONGEST_REASON)

    moved = evolve(inspection, due=due)
    return noted(moved, NoteKind.MOVED, actor.id, {"before": _text(inspection.due), "after": _text(due)}, reason)


def cancel(inspection: Inspection, *, reason: str, actor: Actor, at: datetime) -> Decision:
    """R7.6: this one inspection is not held, with a reason, by who may plan; the series goes on as planned."""
    _still_to_be_held(inspection)
    require(actor, Action.PLAN_INSPECTION, Level.IV)
    check_text(reason, "reason", LONGEST_REASON)

    cancelled = evolve(inspection, state=InspectionState.CANCELLED, reason=reason, ended_at=at)
    return noted(cancelled, NoteKind.CANCELLED, actor.id, {}, reason)


def lapse(inspection: Inspection, *, at: datetime) -> Decision:
    """R7.6: the counter is closed: what was not held before is not held any more. Findings stay to be put right."""
    if inspection.state is not InspectionState.OPEN:
        return inspection, ()
    lapsed = evolve(inspection, state=InspectionState.CANCELLED, ended_at=at)
    return noted(lapsed, NoteKind.CANCELLED, "directory", {"because": "unit_closed"})


def wake(inspection: Inspection, *, at: datetime) -> Decision:
    """R7.6: tell whom the inspection, or one of its findings, is to be told by now; each unit once."""
    decided: Decision = (inspection, ())
    if inspection.state is InspectionState.OPEN:
        for told in steps_due(inspection.due, inspection.missed_told, inspection.units, at=at):
            missed = evolve(decided[0], missed_told=told.step)
            effects = (*decided[1], MissedSaid(told))
            decided = noted(missed, NoteKind.MISSED, "timer", _step(told), effects=effects)
    for finding in inspection.open_findings:
        due = finding.rectification.due
        for told in steps_due(due, finding.told, inspection.units, at=at) if due else ():
            marked = replaced(decided[0], evolve(finding, told=told.step))
            effects = (*decided[1], OverdueSaid(finding.number, told))
            decided = noted(marked, NoteKind.OVERDUE, "timer", _step(told, finding), effects=effects)
    return decided


def next_wake(inspection: Inspection) -> datetime | None:
    """R7.6: the one timer to set: when somebody is told next; None when nothing is waited for."""
    dues = [
        next_step(finding.rectification.due, finding.told, inspection.units)
        for finding in inspection.open_findings
        if finding.rectification.due
    ]
    if inspection.state is InspectionState.OPEN:
        dues.append(next_step(inspection.due, inspection.missed_told, inspection.units))
    return min((due for due in dues if due), default=None)


def moved(inspection: Inspection, units: tuple[str, ...]) -> Inspection:
    """The inspection under its unit's ancestors as they are now; one that has ended stays where it was."""
    if inspection.units == units or inspection.ended_at:
        return inspection
    return evolve(inspection, units=units)


def _still_to_be_held(inspection: Inspection) -> None:
    if inspection.state is not InspectionState.OPEN:
        raise InspectionNotOpen(inspection=inspection.id, state=inspection.state)


def _whole(inspection: Inspection, results: Sequence[Result]) -> None:
    seen: set[str] = set()
    for place, result in enumerate(results):
        if result.category not in inspection.checklist or result.category in seen:
            raise NotOnChecklist(category=result.category, pointer=f"/body/results/{place}/category")
        seen.add(result.category)
        for number, finding in enumerate(result.findings):
            check_text(finding.description, f"results/{place}/findings/{number}/description", LONGEST_REASON)
    if missing := [code for code in inspection.checklist if code not in seen]:
        raise ChecklistIncomplete(missing=", ".join(missing), pointer="/body/results")
    if sum(len(result.findings) for result in results) > MOST_FINDINGS:
        raise TooManyFindings(most=MOST_FINDINGS, pointer="/body/results")


def _findings(results: Sequence[Result], within: Mapping[Severity, timedelta], at: datetime) -> tuple[Finding, ...]:
    said = [(result.category, finding) for result in results for finding in result.findings]
    return tuple(
        Finding(
            number=number,
            category=category,
            rectification=opened(one.description, one.severity, at=at, due=at + within[one.severity]),
        )
        for number, (category, one) in enumerate(said, 1)
    )


def _step(told: Told, finding: Finding | None = None) -> dict[str, str]:
    number = {} if finding is None else {"finding": str(finding.number)}
    return {**number, "unit": told.unit, "due": _text(told.due)}


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
