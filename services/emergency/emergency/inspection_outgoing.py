"""R7.6: what a decision about an inspection announces: its state, history, facts, notices, one timer."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import asdict

from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from chassis.work.rectifications import is_overdue
from emergency.history import Note, row_of
from emergency.inspecting import next_wake
from emergency.inspection_operations import FINDING_OVERDUE, FINDING_RAISED, INSPECTION_MISSED, INSPECTION_STATED
from emergency.inspections import Decision, Effect, Finding, Inspection, MissedSaid, OverdueSaid, Raised
from emergency.risk_notices import FINDING, INSPECTION, Telling, Voice, notices

HISTORY, WAKE = "inspection_history", "wake"


def outcome(decision: Decision, before: Inspection | None, voice: Voice) -> tuple[Inspection, list[Announcement]]:
    """A decision as the store takes it: the new state, and everything that it announces in one write."""
    inspection, effects = decision
    if inspection is before:
        return inspection, []
    out: list[Announcement] = [stated(inspection)]
    for effect in effects:
        out += _announcements(effect, inspection, voice)
    return inspection, out + _timer(before, inspection)


def stated(inspection: Inspection) -> Announce:
    """The event that carries the inspection's public state."""
    return _announce(INSPECTION_STATED.name, INSPECTION_STATED.data(shown(inspection)), inspection)


def shown(inspection: Inspection, at: datetime | None = None) -> dict[str, Any]:
    """The inspection as the wire forms read it; overdue by this instant, or as far as it was said."""
    findings = [finding_shown(finding, at) for finding in inspection.findings]
    return {**asdict(inspection, recurse=False), "missed": inspection.missed, "findings": findings}


def finding_shown(finding: Finding, at: datetime | None = None) -> Mapping[str, Any]:
    """One finding, with how it is put right."""
    item = finding.rectification
    overdue = finding.overdue if at is None else is_overdue(item, at=at)
    return {**asdict(item, recurse=False), **asdict(finding, recurse=False), "overdue": overdue}


def _announcements(effect: Effect, inspection: Inspection, voice: Voice) -> Iterator[Announcement]:
    match effect:
        case Note():
            yield row_of(effect, HISTORY)
        case MissedSaid(told):
            facts = {"inspection": inspection.id, "unit": inspection.unit, "step": told.step, "told": told.unit}
            data = INSPECTION_MISSED.data({**facts, "due": told.due})
            yield _announce(INSPECTION_MISSED.name, data, inspection)
            yield from _tell(effect, inspection, voice)
        case OverdueSaid(number, told):
            item = inspection.findings[number - 1].rectification
            facts = {"inspection": inspection.id, "unit": inspection.unit, "step": told.step, "told": told.unit}
            more = {"due": told.due, "number": number, "severity": item.severity, "owner": item.owner}
            yield _announce(FINDING_OVERDUE.name, FINDING_OVERDUE.data({**facts, **more}), inspection)
            yield from _tell(effect, inspection, voice)
        case Raised(number, incident, kind):
            facts = {"inspection": inspection.id, "number": number, "unit": inspection.unit}
            data = FINDING_RAISED.data({**facts, "incident": incident, "kind": kind})
            yield _announce(FINDING_RAISED.name, data, inspection)


def _tell(effect: MissedSaid | OverdueSaid, inspection: Inspection, voice: Voice) -> Iterator[Announcement]:
    """The heads of the unit of this step are told."""
    about, level, kind, key = INSPECTION, "", inspection.period, f"missed:{effect.told.step}"
    if isinstance(effect, OverdueSaid):
        finding = inspection.findings[effect.number - 1]
        about, level, kind = FINDING, finding.rectification.severity.value, finding.category
        key = f"{effect.number}:{effect.told.due:%Y%m%dT%H%M%S}:{effect.told.step}"
    telling = Telling(
        about=about,
        reference=inspection.id,
        key=key,
        level=level,
        kind=kind,
        unit=inspection.unit,
        unit_name=voice.name_of(inspection.unit),
        because="overdue",
        due=effect.told.due,
    )
    heads = [head.person for head in voice.heads_of(effect.told.unit)]
    yield from notices(telling, heads, filed_under(inspection.units), at=voice.at)


def _announce(event: str, data: Mapping[str, Any], inspection: Inspection) -> Announce:
    return Announce(event, data, filed_under(inspection.units))


def _timer(before: Inspection | None, after: Inspection) -> list[Announcement]:
    """One live timer an inspection, at the next instant at which somebody is told."""
    old, new = before and next_wake(before), next_wake(after)
    if new == old:
        return []
    return [CancelTimer(WAKE)] if new is None else [SetTimer(WAKE, new)]
