"""R7.3: which incidents the early-warning rules look at, and when again: said by a small fact of its own, so that the
many reports that no rule counts cost nothing."""

from emergency.incidents import Incident, Outcome
from emergency.watch_rules import DEFAULT_RULES

WATCHED_LEVELS = frozenset(rule.incidents for rule in DEFAULT_RULES.of_incidents())


def watched(incident: Incident) -> bool:
    """R7.3: whether it may count for an early-warning rule: a real incident at a known unit, and no false alarm."""
    return incident.unit_known and not incident.drill and incident.outcome is not Outcome.FALSE_ALARM


def newly_watched(before: Incident | None, after: Incident) -> bool:
    """R7.3: whether the early-warning rules must look at the incident (again). What was made of a draft is looked at
    once, because it settles that draft; a grave one that never was of a level that is counted is not looked at."""
    if after.draft_id:
        return before is None
    return _seen_by_rules(before) != _seen_by_rules(after)


def _seen_by_rules(incident: Incident | None) -> tuple[str, tuple[str, ...]] | None:
    if incident is None or not watched(incident) or incident.level not in WATCHED_LEVELS:
        return None
    return incident.level.value, incident.units
