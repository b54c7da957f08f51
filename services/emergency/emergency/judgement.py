"""R7.2, R7.3: what changes the level of an incident: new facts, correlation, judgement, and lowering."""

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from emergency.announcements import Because, Effect, EntryKind, Happening
from emergency.authority import COMMAND, Action, Actor, require
from emergency.correlation import COUNTED_IN_PROVINCE, SUMMED_IN_CITY, Correlated, Sighting
from emergency.escalation import lowered
from emergency.facts import Facts, overlay
from emergency.grading import grade
from emergency.incidents import Cause, Decision, Incident, LevelChange, refuse_closed
from emergency.levels import Level, Tier
from emergency.opening import told_anew
from emergency.refusals import CommandedHigher, CompanyTextForbids, NoFacts, SameLevel
from emergency.reports import restarted
from emergency.tellings import PersonInCharge
from emergency.texts import LONGEST_REASON, check_text
from emergency.thresholds import Thresholds
from emergency.timeline import announced, graded_entry

Levelled = tuple[Incident, tuple[Effect, ...]]


def add_facts(
    incident: Incident,
    *,
    news: Facts,
    thresholds: Thresholds,
    persons: Iterable[PersonInCharge],
    actor: Actor,
    at: datetime,
) -> Decision:
    """R7.3: what the news state replaces what was known; a graver grade than the facts gave before raises the level.

    Facts never lower it: a figure that turns out smaller is kept, and lowering remains a decision.
    """
    refuse_closed(incident)
    if actor.id != incident.reporter:
        require(actor, Action.ADD_FACTS, incident.level)
    names = (*news.stated(), *news.unknown)
    if not names:
        raise NoFacts(pointer="/body/facts")

    grading = grade(incident.kind, overlay(incident.facts, news), thresholds)
    known = evolve(incident, facts=overlay(incident.facts, news), facts_at=at, grading=grading)
    effects: tuple[Effect, ...] = (Happening(EntryKind.FACTS_ADDED, {name: news.word(name) for name in names}),)
    if grading != incident.grading:
        effects += (graded_entry(grading),)
    if grading.level.graver_than(incident.grading.level) and grading.level.graver_than(incident.level):
        change = LevelChange(at=at, level=grading.level, cause=Cause.FACTS, clause=grading.clause, actor=actor.id)
        known, more = _raised(known, change, persons)
        effects += more
    return announced(known, effects, actor=actor.id, at=at)


def correlate_raise(
    incident: Incident, found: Correlated, *, persons: Iterable[PersonInCharge], at: datetime
) -> Decision:
    """R7.3: several reports together reached a threshold: the level rises. Nothing where it is as grave already.

    A closed incident stays as it was: the others of the window are raised by themselves.
    """
    if incident.closed_at or not found.level.graver_than(incident.level):
        return incident, ()

    change = LevelChange(
        at=at,
        level=found.level,
        cause=Cause.CORRELATION,
        clause=found.clause,
        actor="correlation",
        together=found.incidents,
    )
    raised, effects = _raised(incident, change, persons)
    return announced(raised, effects, actor="correlation", at=at)


def judge(
    incident: Incident,
    *,
    level: Level,
    reason: str,
    persons: Iterable[PersonInCharge],
    actor: Actor,
    at: datetime,
) -> Decision:
    """R7.2, R7.3: a person sets the level, with a reason: raised by any supervisor or above, lowered with authority."""
    refuse_closed(incident)
    if level is incident.level:
        raise SameLevel(incident=incident.id, level=level)
    require(actor, Action.GRADE if level.graver_than(incident.level) else Action.LOWER, incident.level)
    check_text(reason, "reason", LONGEST_REASON)

    if level.graver_than(incident.level):
        clause = "R7.2" if level is Level.I else "R7.3"
        change = LevelChange(at=at, level=level, cause=Cause.JUDGEMENT, clause=clause, actor=actor.id, reason=reason)
        judged, effects = _raised(incident, change, persons)
    else:
        change = LevelChange(at=at, level=level, cause=Cause.LOWERING, clause="R7.3", actor=actor.id, reason=reason)
        judged, effects = _lowered(incident, change, actor)
    return announced(judged, effects, actor=actor.id, at=at)


def newly_sighted(before: Incident | None, after: Incident) -> bool:
    """R7.3: whether correlation must look at the incident (again): it states, or did state, a figure that is summed or
    counted with others', in a province that is known, and something that correlation sees has changed."""
    if after.province is None or not (_counts(after) or (before and _counts(before))):
        return False
    return before is None or before.outcome != after.outcome or sighting(before) != sighting(after)


def sighting(incident: Incident) -> Sighting:
    """R7.3: the incident as correlation sees it."""
    return Sighting(
        incident=incident.id,
        unit=incident.unit,
        city=incident.city,
        at=incident.occurred_at or incident.reported_at,
        level=incident.level,
        facts=incident.facts,
        facts_at=incident.facts_at,
        lowered_at=incident.lowered_at,
    )


def _counts(incident: Incident) -> bool:
    return any(incident.facts.measure(fact) for fact in (*SUMMED_IN_CITY, *COUNTED_IN_PROVINCE))


def _raised(incident: Incident, change: LevelChange, persons: Iterable[PersonInCharge]) -> Levelled:
    """R7.3, R7.4: the level rises: limits run anew, and all whom the graver level tells are told anew."""
    graver = evolve(
        incident,
        level=change.level,
        level_since=change.at,
        levels=(*incident.levels, change),
        reports=restarted(incident.reports),
    )
    told, effects = told_anew(graver, persons, because=Because.RAISED, at=change.at)
    return told, (_entry(EntryKind.LEVEL_RAISED, incident, change), *effects)


def _lowered(incident: Incident, change: LevelChange, actor: Actor) -> Levelled:
    """R7.2, R7.3: the level falls: by whom commands, and never while the stated facts are those of level I."""
    commands = _commanding_tier(incident)
    if actor.tier.height < commands.height:
        raise CommandedHigher(incident=incident.id, tier=commands)
    if incident.grading.level is Level.I:
        criterion = incident.grading.reasons[0].criterion
        raise CompanyTextForbids(clause=incident.grading.clause, criterion=criterion)

    escalation = lowered(incident.escalation, incident.scene(), change.level)
    milder = evolve(
        incident,
        level=change.level,
        lowered_at=change.at,
        levels=(*incident.levels, change),
        escalation=escalation,
    )
    return milder, (_entry(EntryKind.LEVEL_LOWERED, incident, change),)


def _commanding_tier(incident: Incident) -> Tier:
    """R7.3: the level of the organisation that commands: by the level of the incident, or a higher one that took it."""
    tiers = [COMMAND[incident.level], *([incident.commander.tier] if incident.commander else [])]
    return max(tiers, key=lambda tier: tier.height)


def _entry(kind: EntryKind, incident: Incident, change: LevelChange) -> Happening:
    data = {"from": incident.level, "to": change.level, "cause": change.cause, "clause": change.clause}
    return Happening(kind, {**data, "together": ",".join(change.together)}, change.reason)
