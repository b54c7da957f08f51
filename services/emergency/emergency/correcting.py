"""R7.11: what was entered wrongly of an incident is corrected by the red line: nothing is removed, the right one stands
beside it.

When it happened, when it was noticed, and the summary are corrected so; the closing changes nothing about that. Levels,
facts and reports have ways of their own: a judgement, news, another report. What was decided by the wrong entry stays.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from chassis.work.corrections import Correction, Value, correct
from emergency.announcements import EntryKind, Happening
from emergency.authority import Action, Actor, require
from emergency.incidents import Decision, Incident
from emergency.opening import not_later
from emergency.texts import LONGEST_SUMMARY, check_text
from emergency.timeline import announced

TIMES = ("occurred_at", "detected_at")


def correct_incident(
    incident: Incident, said: Mapping[str, Value], *, reason: str, actor: Actor, at: datetime
) -> Decision:
    """R7.11: these entries are wrong and say this, for this reason.

    Refused: no authority, an empty summary, times to come, nothing that differs, too many corrections, no reason.
    """
    require(actor, Action.CORRECT, incident.level)
    if "summary" in said:
        check_text(str(said["summary"]), "summary", LONGEST_SUMMARY)
    told: dict[str, Any] = {name: _not_later(name, value, at) for name, value in said.items()}
    stands = {name: getattr(incident, name) for name in told}
    made = correct(incident.corrections, stands, told, reason=reason, by=actor.id, at=at)

    corrected = evolve(incident, **told, corrections=made)
    entries = tuple(_entry(each) for each in made[len(incident.corrections) :])
    return announced(corrected, entries, actor=actor.id, at=at)


def _not_later(name: str, value: Value, at: datetime) -> Value:
    return not_later(value, name, at) if name in TIMES and isinstance(value, datetime) else value


def _entry(made: Correction) -> Happening:
    data = {"field": made.field, "before": made.before or "", "after": made.after or ""}
    return Happening(EntryKind.CORRECTED, data, made.reason)
