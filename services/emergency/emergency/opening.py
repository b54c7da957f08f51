"""R7.3, R7.4, R7.10: an incident is reported in one call with what is known: graded and escalated at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import asdict, evolve, field, frozen

from emergency.announcements import Because, Effect, EntryKind, Happening
from emergency.authority import Action, Actor, require
from emergency.escalation import escalation_level, plan_tellings
from emergency.facts import Facts, check_facts
from emergency.grading import Grading, grade
from emergency.incidents import Cause, ClaimsReferral, Decision, Incident, LevelChange
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.places import Place
from emergency.policies import Policy
from emergency.refusals import TimeInFuture
from emergency.tellings import Escalation, PersonInCharge, Scene
from emergency.texts import LONGEST_REFERENCE, LONGEST_SUMMARY, check_text
from emergency.thresholds import Thresholds
from emergency.timeline import graded_entry, numbered

#: R7.10: the notice whose measures govern major difficult claims cases.
CLAIMS_NOTICE = "国寿人险发〔2023〕47号"

#: R7.8: how long an incident with the drill flag stays open at most, where no drill says when it is over; a default
#: of ours: an exercise that nobody ended must not be taken for something that goes on.
LONGEST_DRILL = timedelta(hours=24)

#: How far a branch system's clock may run ahead of ours.
CLOCK_TOLERANCE = timedelta(minutes=5)


@frozen(kw_only=True)
class EventReport:
    """What somebody reports: a branch system or a person, of a unit that may not be known here yet."""

    kind: Kind
    place: Place
    reporter: Actor
    summary: str
    facts: Facts = field(factory=Facts)
    occurred_at: datetime | None = None
    detected_at: datetime | None = None
    drill: bool = False
    drill_id: str | None = None
    drill_until: datetime | None = None
    draft_id: str | None = None
    claims_reference: str | None = None


def report(
    told: EventReport,
    *,
    id: str,
    thresholds: Thresholds,
    policy: Policy,
    persons: Iterable[PersonInCharge],
    at: datetime,
) -> Decision:
    """R7.3, R7.4, R7.10: an incident is reported with what is known, graded and escalated at once.

    A unit that no directory knows yet is no reason to wait. A claims case is referred to its own measures, and is
    graded all the same. Refused: no authority, a summary or reference too long, facts out of range, times to come.
    """
    require(told.reporter, Action.REPORT, Level.I)
    check_text(told.summary, "summary", LONGEST_SUMMARY)
    check_text(told.claims_reference or "", "claims_reference", LONGEST_REFERENCE, needed=False)
    check_facts(told.facts)

    grading = grade(told.kind, told.facts, thresholds)
    scene = Scene(incident=id, drill=told.drill, place=told.place, policy=policy, persons=tuple(persons))
    level = escalation_level(grading.level, unit_known=told.place.unit_known)
    escalation, effects = plan_tellings(Escalation(), scene, level, because=Because.OPENING, at=at)
    drill = f"{told.drill}".lower()
    first = Happening(EntryKind.REPORTED, {"kind": told.kind, "unit": told.place.unit, "drill": drill})
    happened = (first, graded_entry(grading), *effects)
    count, announcements = numbered(happened, incident=id, count=0, actor=told.reporter.id, at=at)
    return _opened(told, id, grading, policy, escalation, count, at), announcements


def told_anew(
    incident: Incident, persons: Iterable[PersonInCharge], *, because: Because, at: datetime
) -> tuple[Incident, tuple[Effect, ...]]:
    """R7.4: a new round of the escalation at the incident's level; one step graver while the unit is not known."""
    level = escalation_level(incident.level, unit_known=incident.unit_known)
    escalation, effects = plan_tellings(incident.escalation, incident.scene(persons), level, because=because, at=at)
    return evolve(incident, escalation=escalation, escalated_at=incident.escalated_at or at), effects


def _opened(
    told: EventReport, id: str, grading: Grading, policy: Policy, escalation: Escalation, count: int, at: datetime
) -> Incident:
    by = told.reporter.id
    return Incident(
        id=id,
        kind=told.kind,
        drill=told.drill,
        drill_id=told.drill_id,
        draft_id=told.draft_id,
        drill_until=(told.drill_until or at + LONGEST_DRILL) if told.drill else None,
        **asdict(told.place, recurse=False),
        reporter=by,
        by_system=told.reporter.system,
        summary=told.summary,
        facts=told.facts,
        facts_at=at,
        grading=grading,
        level=grading.level,
        level_since=at,
        levels=(LevelChange(at=at, level=grading.level, cause=Cause.REPORT, clause=grading.clause, actor=by),),
        policy=policy,
        escalation=escalation,
        occurred_at=not_later(told.occurred_at, "occurred_at", at),
        detected_at=not_later(told.detected_at, "detected_at", at),
        reported_at=at,
        graded_at=at,
        escalated_at=at,
        timeline_count=count,
        claims=ClaimsReferral(CLAIMS_NOTICE, told.claims_reference) if told.kind is Kind.MAJOR_CLAIM else None,
    )


def not_later(when: datetime | None, name: str, at: datetime) -> datetime | None:
    """The instant, put back to `at` where a clock ran a little ahead; refused where it lies further ahead."""
    if when is None or when <= at:
        return when
    if when - at > CLOCK_TOLERANCE:
        raise TimeInFuture(field=name, at=f"{at:%Y-%m-%d %H:%M}Z", pointer=f"/body/{name}")
    return at
