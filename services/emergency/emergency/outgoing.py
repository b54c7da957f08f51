"""What the domain announces, as the store wants it: rows, facts, escalations, the stated incident, and its timers."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from chassis.dumps import dump
from chassis.entries import (
    ROUTING_WORDS,
    AddRow,
    Announce,
    Announcement,
    CancelTimer,
    Escalate,
    SetTasks,
    SetTimer,
    Subject,
    filed_under,
)
from chassis.work.tasks import Task
from chassis.workdays import add_workdays
from emergency import contract
from emergency.activation import activated, step_tasks
from emergency.alarm import UNANSWERED, Deadline, next_wake
from emergency.announcements import Announced, CaseOffered, Entry, Escalated, Notice
from emergency.audit import Miss, Missed
from emergency.correlation import Correlated
from emergency.escalation import escalation_level
from emergency.incidents import Decision, Incident
from emergency.judgement import newly_sighted
from emergency.levels import Level
from emergency.plans import Plan
from emergency.reports import ReportFiled
from emergency.review_operations import ACTION_OVERDUE, CASE_OFFERED, REVIEW_OVERDUE
from emergency.reviews import ACTION, REVIEW, above, action_tasks
from emergency.risk_notices import INCIDENT
from emergency.schemas import ReportOut
from emergency.watched import newly_watched

TIMELINE, REPORTS = "timeline", "reports"
WAKE = "wake"
REPORT = ReportOut()

NameOf = Callable[[str], str]
Outcome = tuple[Incident, list[Announcement]]


class Plans(Protocol):
    """Where plans are found."""

    def of(self, incident: Incident) -> Plan:
        """The plan that is active in the incident; while none is, the one in force for it at its report."""
        ...


def outcome(decision: Decision, before: Incident | None, name_of: NameOf, plans: Plans) -> Outcome:
    """A decision as the store takes it: the new state, and everything that it announces in one write.

    R7.9: the plan is activated with the report, and follows each raising; an incident from before there were plans
    goes on without one.
    """
    if decision[0] is before and not decision[1]:
        return before, []
    plan = plans.of(decision[0]) if before is None or before.activation else None
    incident, announced = activated(decision, plan) if plan else decision
    out: list[Announcement] = [stated(incident)]
    if newly_sighted(before, incident):
        out.append(Announce(contract.INCIDENT_SIGHTED.name, {"id": incident.id}, subject_of(incident)))
    if newly_watched(before, incident):
        out.append(Announce(contract.INCIDENT_WATCHED.name, {"id": incident.id}, subject_of(incident)))
    for one in announced:
        out += _announcements(one, incident, name_of)
    return incident, out + _tasks(before, incident, plan) + _timers(before, incident)


def mark_announcement(incident: Incident, mark: Deadline, *, at: datetime) -> Announcement:
    """R7.4, R7.5, R7.11: what is said at a deadline other than the ladder's: of a report, review or silence."""
    kind, _, name = mark.name.partition(".")
    if kind == REVIEW:
        return _review_overdue(incident, mark.due)
    if kind == ACTION:
        return _action_overdue(incident, name, mark.due)
    if mark.name == UNANSWERED:
        late = int((at - mark.due).total_seconds())
        return missed_announcement(incident, Missed(incident.id, Miss.UNANSWERED, "", mark.due, late))
    return clock_announcement(incident, mark.name, mark.due)


def clock_announcement(incident: Incident, name: str, due: datetime) -> Announcement:
    """R7.4, R7.11: what a report's clock says at half, four fifths and the end of its time; the end goes upward."""
    clock, _, stage = name.rpartition(".")
    event = contract.REPORT_OVERDUE if stage == "due" else contract.REPORT_DUE_SOON
    data = event.data(
        {
            "incident": incident.id,
            "level": incident.level,
            "unit": incident.unit,
            "clock": clock,
            "stage": stage,
            "due": due,
            "drill": incident.drill,
        }
    )
    subject = subject_of(incident)
    if event.escalation:
        return _escalation(incident, event.name, data, level=incident.level)
    return Announce(event.name, data, subject)


def correlation_announcement(found: Correlated, subject: Subject) -> Announcement:
    """R7.3: one incident is to be raised, because of these together."""
    data = contract.CORRELATION_FOUND.data(found)
    return Announce(contract.CORRELATION_FOUND.name, data, subject)


def missed_announcement(incident: Incident, missed: Missed) -> Announcement:
    """R7.5: head office is told of an escalation that should have run, or that nobody has answered."""
    found = {"incident": incident.id, "level": incident.level, "miss": missed.miss, "due": missed.due}
    late = {"late_seconds": missed.late_seconds, "drill": incident.drill}
    data = contract.ESCALATION_MISSED.data({**found, **late})
    return _escalation(incident, contract.ESCALATION_MISSED.name, data, level=incident.level)


def subject_of(incident: Incident) -> Subject:
    """The units it is filed under; the routing words of an unknown unit are `unknown`."""
    if incident.unit_known:
        return filed_under(incident.units, drill=incident.drill)
    return Subject(incident.units, ("unknown",) * ROUTING_WORDS, incident.drill)


def stated(incident: Incident) -> Announce:
    """The event that carries the incident's public state."""
    event = contract.INCIDENT_STATED
    return Announce(event.name, event.data(incident), subject_of(incident))


def _announcements(one: Announced, incident: Incident, name_of: NameOf) -> Iterable[Announcement]:
    match one:
        case Entry():
            yield AddRow(TIMELINE, one.seq, _entry_row(one))
        case Notice():
            data = contract.NOTICE_DUE.data(_notice(one, incident, name_of))
            yield Announce(contract.NOTICE_DUE.name, data, subject_of(incident))
        case Escalated():
            data = contract.INCIDENT_ESCALATED.data(_escalated(one, incident))
            yield _escalation(incident, contract.INCIDENT_ESCALATED.name, data, level=one.level)
        case CaseOffered():
            data = CASE_OFFERED.data(_case(incident, one))
            yield Announce(CASE_OFFERED.name, data, subject_of(incident))
        case ReportFiled():
            yield AddRow(REPORTS, one.number, dump(REPORT, one))
            data = contract.REPORT_FILED.data(one)
            yield Announce(contract.REPORT_FILED.name, data, subject_of(incident))


def _case(incident: Incident, offered: CaseOffered) -> dict[str, Any]:
    """Ids and what sort of incident it was; the lessons are read at the review."""
    where = f"/v1/incidents/{incident.id}/review"
    said = {"incident": incident.id, "kind": incident.kind, "level": incident.level, "unit": incident.unit}
    return {**said, "at": offered.at, "review": where, "drill": incident.drill}


def _review_overdue(incident: Incident, due: datetime) -> Announcement:
    data = REVIEW_OVERDUE.data(_owed(incident, incident.city or incident.province or incident.units[0], due))
    return Announce(REVIEW_OVERDUE.name, data, subject_of(incident))


def _action_overdue(incident: Incident, name: str, due: datetime) -> Announcement:
    action = next(one for one in action_tasks(incident) if one.id == name)
    owed = _owed(incident, above(incident, action), due)
    data = ACTION_OVERDUE.data({**owed, "action": name, "owner": action.owner})
    return Announce(ACTION_OVERDUE.name, data, subject_of(incident))


def _owed(incident: Incident, to_unit: str, due: datetime) -> dict[str, Any]:
    said = {"incident": incident.id, "level": incident.level, "unit": incident.unit, "to_unit": to_unit}
    return {**said, "due": due, "drill": incident.drill}


def _escalation(incident: Incident, event: str, data: dict[str, Any], *, level: Level) -> Announcement:
    """The level of the message stands first in its key: that of an unknown unit is one step graver than its grade."""
    subject = subject_of(incident)
    return Escalate(event, data, Subject(subject.units, (level.value, *subject.words), subject.drill))


def _entry_row(entry: Entry) -> dict[str, Any]:
    return {"kind": entry.kind.value, "actor": entry.actor, "data": dict(entry.data), "words": entry.words}


def _notice(notice: Notice, incident: Incident, name_of: NameOf) -> dict[str, Any]:
    return {
        "step": notice.step,
        "about": INCIDENT,
        "incident": notice.incident,
        "person": notice.person,
        "channel": notice.channel,
        "level": escalation_level(incident.level, unit_known=incident.unit_known),
        "kind": incident.kind,
        "unit": incident.unit,
        "unit_name": name_of(incident.unit),
        "drill": notice.drill,
        "because": notice.because,
        "attempt": notice.attempt,
        "due": notice.due,
        "late_seconds": notice.late_seconds,
        "collapsed": notice.collapsed,
    }


def _escalated(escalated: Escalated, incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.id,
        "level": escalated.level,
        "kind": incident.kind,
        "unit": incident.unit,
        "units": incident.units,
        "unit_known": incident.unit_known,
        "addressee": escalated.addressee,
        "addressee_unit": escalated.unit,
        "because": escalated.because,
        "step": escalated.step,
        "clause": incident.levels[-1].clause,
        "unknown": incident.grading.unknown,
        "reported_at": incident.reported_at,
        "drill": escalated.drill,
        "late_seconds": escalated.late_seconds,
    }


def _tasks(before: Incident | None, after: Incident, plan: Plan | None) -> list[Announcement]:
    """R7.9, R7.11: what there is to do, whenever that changes."""
    told = before is not None and _open_tasks(before, plan)
    now = _open_tasks(after, plan)
    return [] if now == (told or ()) else [SetTasks(now)]


def _open_tasks(incident: Incident, plan: Plan | None) -> tuple[Task, ...]:
    return tuple(task for task in (*step_tasks(incident, plan), *action_tasks(incident)) if task.open)


def _timers(before: Incident | None, after: Incident) -> list[Announcement]:
    """R7.5, R7.11: one live timer an incident, at its earliest deadline not yet seen to."""
    old = before and next_wake(before, add_workdays)
    new = next_wake(after, add_workdays)
    if new == old:
        return []
    return [CancelTimer(WAKE)] if new is None else [SetTimer(WAKE, new)]
