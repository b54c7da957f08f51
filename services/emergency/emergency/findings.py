"""R7.6: what is done with one finding of an inspection: it is given to somebody, put right, judged, raised.

The steps themselves are the chassis' rectification; here stand who may do them, the limits of the deadlines, and what
follows for the inspection. A finding is struck off with its verification. It may become an incident, or stand behind
warnings, and stays linked with them; it is to be put right all the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import evolve

from chassis.work import rectifications as work
from chassis.work.rectifications import Evidence, Rectification
from emergency.authority import Action, Actor, require
from emergency.inspections import (
    Decision,
    Finding,
    Inspection,
    NoteKind,
    Raised,
    closed_if_done,
    noted,
    replaced,
)
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.refusals import BeyondAuthority
from emergency.risk_refusals import DueTooFar, FindingClosed, FindingRaisedBefore, FindingUnknown, OwnerUnknown
from emergency.texts import LONGEST_REASON, check_text

LONGEST_TIME = timedelta(days=180)
"""D, a parameter: no deadline of a rectification lies further ahead."""

MOST_WARNINGS = 20


def assign(
    inspection: Inspection,
    number: int,
    *,
    owner: str,
    due: datetime | None,
    known: bool,
    actor: Actor,
    at: datetime,
    longest: timedelta = LONGEST_TIME,
) -> Decision:
    """R7.6: the finding is somebody's, with a deadline; `known`: the owner holds a post here or above today.

    A counter shortens a deadline by itself; lengthening one takes the level above.
    """
    finding = finding_of(inspection, number)
    require(actor, Action.ASSIGN_FINDING, Level.IV)
    if not known:
        raise OwnerUnknown(person=owner, unit=inspection.unit, pointer="/body/owner")
    if due and due > at + longest:
        raise DueTooFar(latest=(at + longest).isoformat(timespec="seconds"), pointer="/body/due")
    before = finding.rectification.due
    if due and before and due > before and actor.tier is Tier.COUNTER:
        raise BeyondAuthority(person=actor.id, action=Action.ASSIGN_FINDING, level=Level.IV)

    given = work.assign(finding.rectification, owner=owner, due=due, by=actor.id, at=at)
    told = finding.told if given.due == before else 0
    changed = replaced(inspection, evolve(finding, rectification=given, told=told))
    assert given.due is not None
    data = {"finding": str(number), "owner": owner, "due": given.due.isoformat(timespec="seconds")}
    return noted(changed, NoteKind.ASSIGNED, actor.id, data)


def fix(inspection: Inspection, number: int, *, evidence: Evidence, actor: Actor, at: datetime) -> Decision:
    """R7.6: it was put right, as the evidence shows; said by the owner, or by who may do so here."""
    finding = finding_of(inspection, number)
    if actor.id != finding.rectification.owner:
        require(actor, Action.FIX_FINDING, Level.IV)

    return _step(
        inspection,
        finding,
        lambda item: work.fix(item, evidence=evidence, by=actor.id, at=at),
        NoteKind.FIXED,
        actor,
        evidence.note or None,
    )


def verify(inspection: Inspection, number: int, *, actor: Actor, at: datetime) -> Decision:
    """R7.6: other eyes have seen that it is put right: struck off, and with the last one the inspection closes."""
    finding = finding_of(inspection, number)
    require(actor, Action.VERIFY_FINDING, Level.IV)

    verified, note = _step(
        inspection,
        finding,
        lambda item: work.close(work.verify(item, by=actor.id, at=at), at=at),
        NoteKind.VERIFIED,
        actor,
    )
    closed = closed_if_done(verified, at=at)
    return (verified, note) if closed is verified else noted(closed, NoteKind.CLOSED, actor.id, {}, effects=note)


def reject(inspection: Inspection, number: int, *, reason: str, actor: Actor) -> Decision:
    """R7.6: other eyes have seen that it is not put right: it is the owner's again, due as before."""
    finding = finding_of(inspection, number)
    require(actor, Action.VERIFY_FINDING, Level.IV)
    check_text(reason, "reason", LONGEST_REASON)

    return _step(
        inspection,
        finding,
        lambda item: work.reject(item, reason=reason, by=actor.id),
        NoteKind.REJECTED,
        actor,
        reason,
    )


def raise_incident(inspection: Inspection, number: int, *, kind: Kind, incident: str, actor: Actor) -> Decision:
    """R7.6: the risk has come true, or cannot wait: it becomes this incident, once, and stays linked with it."""
    finding = finding_of(inspection, number)
    require(actor, Action.RECORD_INSPECTION, Level.IV)
    require(actor, Action.REPORT, Level.IV)
    if not finding.open:
        raise FindingClosed(inspection=inspection.id, number=number)
    if finding.incident is not None:
        raise FindingRaisedBefore(inspection=inspection.id, number=number, incident=finding.incident)

    raised = replaced(inspection, evolve(finding, incident=incident))
    effects = (Raised(number, incident, kind),)
    data = {"finding": str(number), "incident": incident, "kind": kind.value}
    return noted(raised, NoteKind.RAISED, actor.id, data, effects=effects)


def warned(inspection: Inspection, number: int, *, warning: str, by: str) -> Decision:
    """R7.6, R7.7: a warning was issued because of this finding; again, or beyond `MOST_WARNINGS`, nothing happens."""
    finding = finding_of(inspection, number)
    if warning in finding.warnings or len(finding.warnings) >= MOST_WARNINGS:
        return inspection, ()
    linked = replaced(inspection, evolve(finding, warnings=(*finding.warnings, warning)))
    return noted(linked, NoteKind.WARNED, by, {"finding": str(number), "warning": warning})


def finding_of(inspection: Inspection, number: int) -> Finding:
    """The finding of that number (FindingUnknown)."""
    if not 1 <= number <= len(inspection.findings):
        raise FindingUnknown(inspection=inspection.id, number=number)
    return inspection.findings[number - 1]


def _step(
    inspection: Inspection,
    finding: Finding,
    take: Callable[[Rectification], Rectification],
    kind: NoteKind,
    actor: Actor,
    words: str | None = None,
) -> Decision:
    changed = replaced(inspection, evolve(finding, rectification=take(finding.rectification)))
    return noted(changed, kind, actor.id, {"finding": str(finding.number)}, words)
