"""R7.9, R7.10, R7.11: an incident is responded to, contained, reported on and closed."""

from datetime import datetime

from attrs import evolve

from emergency.activation import laid_down, refuse_open_steps
from emergency.announcements import Effect, EntryKind, Happening
from emergency.authority import Action, Actor, require
from emergency.escalation import stop
from emergency.incidents import ClaimsReferral, Commander, Decision, Incident, Outcome, State, refuse_closed
from emergency.levels import Level
from emergency.plans import Plan
from emergency.refusals import (
    ClaimNotReferred,
    CommandHeld,
    FirstReportMissing,
    GuidanceMissing,
    NotAClaimsCase,
    WrongState,
)
from emergency.reports import ReportContent, ReportFiled, ReportKind, check_content, file, written_due
from emergency.texts import LONGEST_REASON, LONGEST_REFERENCE, check_text
from emergency.timeline import announced


def begin_response(incident: Incident, *, actor: Actor, at: datetime) -> Decision:
    """R7.11: the response begins and the actor has command; later a higher level of the organisation may take it."""
    refuse_closed(incident)
    require(actor, Action.RESPOND, incident.level)
    held = incident.commander
    if held and actor.tier.height <= held.tier.height:
        raise CommandHeld(incident=incident.id, tier=held.tier, person=held.person)

    state = State.RESPONDING if incident.state is State.GRADED else incident.state
    commanded = evolve(
        incident,
        state=state,
        responding_at=incident.responding_at or at,
        commander=Commander(actor.id, actor.tier, at),
    )
    return announced(commanded, (Happening(EntryKind.COMMAND_TAKEN, {"tier": actor.tier}),), actor=actor.id, at=at)


def contain(incident: Incident, *, actor: Actor, at: datetime) -> Decision:
    """R7.11: the event is contained; the final report counts from here. Only of an incident that is responded to."""
    refuse_closed(incident)
    require(actor, Action.CONTAIN, incident.level)
    if incident.state is not State.RESPONDING:
        raise WrongState(incident=incident.id, state=incident.state, needed=State.RESPONDING)

    contained = evolve(incident, state=State.CONTAINED, contained_at=at)
    return announced(contained, (Happening(EntryKind.CONTAINED),), actor=actor.id, at=at)


def close(
    incident: Incident,
    *,
    outcome: Outcome,
    reason: str | None,
    actor: Actor,
    at: datetime,
    plan: Plan | None = None,
) -> Decision:
    """R7.5, R7.10, R7.11: the incident is closed, handled or as a false alarm, by authority that reaches its level.

    Handled: refused unless contained, reported at the present level, guided (I and II), a claims case referred, and
    the mandatory steps of its plan done. A false alarm needs its reason and nothing else. The escalation ends, and
    what is left of the plan need not be done any more.
    """
    refuse_closed(incident)
    require(actor, Action.CLOSE, incident.level)
    check_text(reason or "", "reason", LONGEST_REASON, needed=outcome is Outcome.FALSE_ALARM)
    if outcome is Outcome.HANDLED:
        _refuse_unfinished(incident)
        refuse_open_steps(incident, plan)

    return ended(incident, outcome, reason, by=actor.id, at=at)


def ended(incident: Incident, outcome: Outcome, reason: str | None, *, by: str, at: datetime) -> Decision:
    """R7.11: the incident as closed, whatever led to it."""
    closed = evolve(
        laid_down(incident, by=by, at=at),
        state=State.CLOSED,
        closed_at=at,
        outcome=outcome,
        closing_reason=reason,
        escalation=stop(incident.escalation),
    )
    return announced(closed, (Happening(EntryKind.CLOSED, {"outcome": outcome}, reason),), actor=by, at=at)


def refer_claim(incident: Incident, *, reference: str, actor: Actor, at: datetime) -> Decision:
    """R7.10: the claims case was handed over under its own measures, with this reference."""
    refuse_closed(incident)
    require(actor, Action.FILE_REPORT, incident.level)
    check_text(reference, "reference", LONGEST_REFERENCE)
    if incident.claims is None:
        raise NotAClaimsCase(incident=incident.id)

    referred = evolve(incident, claims=ClaimsReferral(incident.claims.notice, reference))
    data = {"notice": incident.claims.notice, "reference": reference}
    return announced(referred, (Happening(EntryKind.CLAIM_REFERRED, data),), actor=actor.id, at=at)


def submit_report(
    incident: Incident, *, kind: ReportKind, content: ReportContent, actor: Actor, at: datetime
) -> Decision:
    """R7.4, R7.11: a first, follow-up or final report is filed; the final one may follow the closing."""
    if kind is not ReportKind.FINAL or incident.outcome is not Outcome.HANDLED:
        refuse_closed(incident)
    require(actor, Action.FILE_REPORT, incident.level)
    check_content(content)
    due = written_due(incident.policy.limits_of(incident.level), incident.level_since)
    contained = incident.contained_at is not None
    reports = file(incident.reports, kind, contained=contained, due=due, incident=incident.id, at=at)

    first_at_level = incident.reports.written_at is None
    late = max(0, int((at - due).total_seconds())) if first_at_level else 0
    filed = evolve(incident, reports=reports)
    document = _document(filed, kind, content, actor, late, at)
    entry = Happening(EntryKind.REPORT_FILED, {"report": kind, "number": f"{reports.count}", "late_seconds": f"{late}"})
    effects: tuple[Effect, ...] = (entry, document)
    return announced(filed, effects, actor=actor.id, at=at)


def _refuse_unfinished(incident: Incident) -> None:
    """R7.5, R7.10, R7.11: the guards of closing an incident as handled."""
    if incident.state is not State.CONTAINED:
        raise WrongState(incident=incident.id, state=incident.state, needed=State.CONTAINED)
    if incident.claims and incident.claims.reference is None:
        raise ClaimNotReferred(incident=incident.id)
    if incident.reports.written_at is None:
        due = written_due(incident.policy.limits_of(incident.level), incident.level_since)
        raise FirstReportMissing(incident=incident.id, due=f"{due:%Y-%m-%d %H:%M}Z")
    guided = incident.guided_at is not None and incident.guided_at >= incident.level_since
    if incident.level.covers(Level.II) and not guided:
        raise GuidanceMissing(incident=incident.id, level=incident.level)


def _document(
    incident: Incident, kind: ReportKind, content: ReportContent, actor: Actor, late: int, at: datetime
) -> ReportFiled:
    return ReportFiled(
        incident=incident.id,
        number=incident.reports.count,
        kind=kind,
        at=at,
        filed_by=actor.id,
        event=incident.kind,
        unit=incident.unit,
        occurred_at=incident.occurred_at,
        level=incident.level,
        state=incident.state,
        drill=incident.drill,
        facts=incident.facts,
        content=content,
        late_seconds=late,
    )
