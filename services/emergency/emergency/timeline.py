"""R7.11: the timeline: effects of a decision become entries with gapless numbers; it is append-only."""

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from emergency.announcements import Announced, Effect, Entry, EntryKind, Escalated, Happening, Notice
from emergency.grading import Grading
from emergency.incidents import Decision, Incident

ESCALATION = "escalation"

_OF_THE_LADDER = (EntryKind.POST_VACANT, EntryKind.STEPS_COLLAPSED, EntryKind.UNANSWERED)


def announced(incident: Incident, effects: Iterable[Effect], *, actor: str, at: datetime) -> Decision:
    """R7.11: the effects with their timeline entries, numbered on from the incident's last one."""
    count, out = numbered(effects, incident=incident.id, count=incident.timeline_count, actor=actor, at=at)
    return evolve(incident, timeline_count=count), out


def numbered(
    effects: Iterable[Effect], *, incident: str, count: int, actor: str, at: datetime
) -> tuple[int, tuple[Announced, ...]]:
    """R7.11: the effects with their timeline entries, numbered on from `count`, and the last number."""
    out: list[Announced] = []
    for effect in effects:
        happening = _entry_of(effect)
        if happening:
            count += 1
            by = ESCALATION if happening is not effect or happening.kind in _OF_THE_LADDER else actor
            out.append(Entry(incident, count, at, happening.kind, by, happening.data, happening.words))
        if not isinstance(effect, Happening):
            out.append(effect)
    return count, tuple(out)


def graded_entry(grading: Grading) -> Happening:
    """R7.3: the timeline's words on a grading: level, clause, criterion, and the facts that are unknown."""
    data = {"level": grading.level, "clause": grading.clause, "criterion": grading.reasons[0].criterion}
    return Happening(EntryKind.GRADED, {**data, "unknown": ",".join(grading.unknown)})


def _entry_of(effect: Effect) -> Happening | None:
    if isinstance(effect, Notice):
        data = {"person": effect.person, "post": effect.post, "channel": effect.channel}
        return Happening(EntryKind.PERSON_TOLD, {**data, "because": effect.because, "step": effect.step})
    if isinstance(effect, Escalated):
        data = {"addressee": effect.addressee, "unit": effect.unit, "level": effect.level}
        return Happening(EntryKind.COMPANY_TOLD, {**data, "because": effect.because, "step": effect.step})
    return effect if isinstance(effect, Happening) else None
