"""R7.8: what of a drill must be done until when, and what is said, once, where it was not."""

from datetime import date, datetime, timedelta

from attrs import evolve

from emergency.drill_programmes import midnight
from emergency.drills import Drill, DrillStatus, Neglect

#: Our defaults (D): how long there is to record a drill, and to evaluate it.
RECORD_WITHIN = timedelta(days=1)
EVALUATE_WITHIN = timedelta(days=7)


def next_wake(drill: Drill) -> datetime | None:
    """R7.8: when a step of the drill is overdue that has not been said; None where it waits for nothing."""
    return min((due for _, due in _unsaid(drill)), default=None)


def wake(drill: Drill, *, at: datetime) -> tuple[Drill, tuple[Neglect, ...]]:
    """R7.8: the drill marked with what was not done by `at`, and what is to be said of it, each once."""
    found = tuple(dict.fromkeys(neglect for neglect, due in _unsaid(drill) if due <= at))
    if not found:
        return drill, ()
    return evolve(drill, neglected=tuple(dict.fromkeys((*drill.neglected, *found))), woken_until=at), found


def _unsaid(drill: Drill) -> tuple[tuple[Neglect, datetime], ...]:
    since = drill.woken_until
    return tuple((neglect, due) for neglect, due in _limits(drill) if since is None or due > since)


def _limits(drill: Drill) -> tuple[tuple[Neglect, datetime], ...]:
    match drill.status:
        case DrillStatus.SCHEDULED:
            return ((Neglect.RECORD, drill.ends_at + RECORD_WITHIN),)
        case DrillStatus.HELD if drill.record:
            return ((Neglect.EVALUATION, drill.record.at + EVALUATE_WITHIN),)
        case DrillStatus.EVALUATED:
            waiting = (each for each in drill.improvements if each.done_at is None)
            return tuple((Neglect.IMPROVEMENT, end_of(each.due)) for each in waiting)
    return ()


def end_of(day: date) -> datetime:
    """The first instant, aware UTC, at which that day in Shanghai is over."""
    return midnight(day + timedelta(days=1))
