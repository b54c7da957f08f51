"""R7.8: the steps of a drill: scheduled, put off, called off, played, recorded, evaluated, improved upon, closed."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from attrs import evolve

from emergency import drill_refusals as no
from emergency.authority import Action, Actor, require
from emergency.days import business_day
from emergency.drill_limits import end_of
from emergency.drills import (
    EVALUATE_WITHIN_DAYS,
    RECORD_WITHIN_HOURS,
    Drill,
    DrillPlan,
    DrillStatus,
    Evaluation,
    Improvement,
    Postponement,
    Record,
    Score,
)
from emergency.levels import Level
from emergency.texts import LONGEST_REASON, check_text

#: Our defaults (D): how long a drill may be planned to take, and how long before it begins its first incident may be
#: opened.
LONGEST = timedelta(hours=12)
LONGEST_HOURS = 12
EARLY = timedelta(minutes=30)

#: No drill is planned for, and no improvement put off to, another century.
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

MOST_COUNTERS = 50
MOST_ITEMS, MOST_PARTICIPANTS, LONGEST_CONTENT = 30, 200, 2000


def schedule(
    plan: DrillPlan,
    *,
    id: str,
    open_counters: Collection[str],
    in_post: Collection[str],
    actor: Actor,
    at: datetime,
    record_within_hours: int = RECORD_WITHIN_HOURS,
    evaluate_within_days: int = EVALUATE_WITHIN_DAYS,
) -> Drill:
    """R7.8: a drill is planned. `open_counters` are those of the plan's that are open ones of its unit.

    Refused: no authority, a time that has passed or takes too long, a counter elsewhere, a leader without a post.
    """
    require(actor, Action.PLAN_DRILL, Level.IV)
    _check_times(plan.starts_at, plan.ends_at, at)
    for place, counter in enumerate(plan.counters):
        if counter not in open_counters:
            raise no.CounterOutside(counter=counter, unit=plan.units[-1], pointer=f"/body/counters/{place}")
    if plan.leader not in in_post:
        raise no.LeaderUnknown(person=plan.leader, pointer="/body/leader")

    return Drill(
        id=id,
        scenario=plan.scenario,
        unit=plan.units[-1],
        units=plan.units,
        counters=tuple(dict.fromkeys(plan.counters)),
        leader=plan.leader,
        announced=plan.announced,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        scheduled_at=at,
        scheduled_by=actor.id,
        record_within_hours=record_within_hours,
        evaluate_within_days=evaluate_within_days,
    )


def postpone(drill: Drill, *, starts_at: datetime, ends_at: datetime, reason: str, actor: Actor, at: datetime) -> Drill:
    """R7.8: the drill is put off to another time to come, with a reason."""
    require(actor, Action.PLAN_DRILL, Level.IV)
    _need(drill, DrillStatus.SCHEDULED)
    _check_times(starts_at, ends_at, at)
    check_text(reason, "reason", LONGEST_REASON)

    put_off = Postponement(drill.starts_at, reason, actor.id, at)
    return evolve(
        drill, starts_at=starts_at, ends_at=ends_at, postponements=(*drill.postponements, put_off), neglected=()
    )


def cancel(drill: Drill, *, reason: str, actor: Actor, at: datetime) -> Drill:
    """R7.8: the drill will not be held. What is asked of the counters stays as it was."""
    require(actor, Action.PLAN_DRILL, Level.IV)
    _need(drill, DrillStatus.SCHEDULED)
    check_text(reason, "reason", LONGEST_REASON)

    return evolve(drill, status=DrillStatus.CANCELLED, cancelled_at=at, cancelled_because=reason, neglected=())


def allow_incident(drill: Drill, *, counter: str, actor: Actor, at: datetime) -> None:
    """R7.8: refuse an incident of this drill at another time than the drill's, or at a counter that has no part."""
    _require_to_run(drill, actor)
    _need(drill, DrillStatus.SCHEDULED)
    if not drill.starts_at - EARLY <= at < drill.ends_at:
        raise no.DrillNotRunning(
            drill=drill.id, starts=f"{drill.starts_at:%Y-%m-%d %H:%M}Z", ends=f"{drill.ends_at:%Y-%m-%d %H:%M}Z"
        )
    if counter not in drill.counters:
        raise no.CounterOutside(counter=counter, unit=drill.unit, pointer="/body/unit")


def hold(drill: Drill, *, record: Record, actor: Actor, at: datetime) -> Drill:
    """R7.8: the drill has been held: when, what was practised, who took part.

    It may have been before it was entered here, as when the system was away; who recorded it when stands beside it.
    """
    _require_to_run(drill, actor)
    _need(drill, DrillStatus.SCHEDULED)
    check_text(record.content, "content", LONGEST_CONTENT)
    if not record.started_at <= record.ended_at <= at:
        raise no.DrillNotBegun(drill=drill.id, pointer="/body/started_at")

    return evolve(drill, status=DrillStatus.HELD, record=record, neglected=())


def evaluate(
    drill: Drill,
    *,
    scores: tuple[Score, ...],
    problems: tuple[str, ...],
    improvements: tuple[Improvement, ...],
    in_post: Collection[str],
    actor: Actor,
    at: datetime,
) -> Drill:
    """R7.8: another person than the leader says how it went, and what must become better by whom until when."""
    require(actor, Action.EVALUATE_DRILL, Level.IV)
    _need(drill, DrillStatus.HELD)
    if actor.id == drill.leader:
        raise no.EvaluatorLed(drill=drill.id, person=actor.id)
    for place, each in enumerate(improvements):
        if each.owner not in in_post:
            raise no.LeaderUnknown(person=each.owner, pointer=f"/body/improvements/{place}/owner")
        if not business_day(at) <= each.due < LATEST.date():
            pointer = f"/body/improvements/{place}/due"
            raise no.ImprovementDay(due=each.due, last=LATEST.date(), pointer=pointer)
    for text in (*problems, *(each.item for each in scores), *(each.what for each in improvements)):
        check_text(text, "evaluation", LONGEST_REASON)

    evaluation = Evaluation(scores=scores, problems=problems, by=actor.id, at=at)
    return evolve(drill, status=DrillStatus.EVALUATED, evaluation=evaluation, improvements=improvements, neglected=())


def complete(drill: Drill, *, number: int, actor: Actor, at: datetime) -> Drill:
    """R7.8: an improvement is done, by its owner or by who may run drills."""
    found = next((each for each in drill.improvements if each.number == number and each.done_at is None), None)
    if found is None or actor.id != found.owner:
        _require_to_run(drill, actor)
    _need(drill, DrillStatus.EVALUATED)
    if found is None:
        raise no.ImprovementUnknown(drill=drill.id, number=number)

    done = evolve(found, done_at=at, done_by=actor.id)
    improvements = tuple(done if each is found else each for each in drill.improvements)
    late = any(each.done_at is None and end_of(each.due) <= at for each in improvements)
    return evolve(drill, improvements=improvements, neglected=drill.neglected if late else ())


def close(drill: Drill, *, actor: Actor, at: datetime) -> Drill:
    """R7.8: the drill is done with. Refused while an improvement is open."""
    require(actor, Action.EVALUATE_DRILL, Level.IV)
    _need(drill, DrillStatus.EVALUATED)
    if count := sum(each.done_at is None for each in drill.improvements):
        raise no.ImprovementOpen(drill=drill.id, count=count)

    return evolve(drill, status=DrillStatus.CLOSED, closed_at=at)


def moved(drill: Drill, units: tuple[str, ...]) -> Drill:
    """R7.8: the drill under its unit's ancestors as they are now; the same one where nothing changed."""
    return drill if drill.units == units else evolve(drill, units=units)


def _require_to_run(drill: Drill, actor: Actor) -> None:
    """The leader runs the drill, wherever his post is; so does who has the authority."""
    if actor.id != drill.leader:
        require(actor, Action.RUN_DRILL, Level.IV)


def _check_times(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if not at < starts_at < ends_at < LATEST or ends_at - starts_at > LONGEST:
        raise no.DrillNotAhead(hours=LONGEST_HOURS, pointer="/body/starts_at")


def _need(drill: Drill, status: DrillStatus) -> None:
    if drill.status is not status:
        raise no.DrillState(drill=drill.id, state=drill.status, needed=status)
