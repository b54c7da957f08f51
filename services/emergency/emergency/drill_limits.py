"""R7.8: what of a drill must be done until when, and what is said, once, where it was not."""

from datetime import date, datetime, timedelta

from attrs import evolve

from chassis.work.tasks import Owner, Task, Title
from emergency.days import midnight
from emergency.drills import Drill, DrillStatus, Neglect


def tasks(drill: Drill) -> tuple[Task, ...]:
    """R7.8: what there is to do of the drill, and by whom: to record it, and each open improvement."""
    if drill.status is DrillStatus.SCHEDULED:
        title = Title("登记演练", "record a drill")
        return (_task(drill, "record", title, drill.leader, drill.record_by, drill.scheduled_at),)
    if drill.status is not DrillStatus.EVALUATED or drill.evaluation is None:
        return ()
    title, made_at = Title("完成演练改进项", "make an improvement that a drill showed"), drill.evaluation.at
    return tuple(
        _task(drill, f"improvements/{each.number}/completion", title, each.owner, end_of(each.due), made_at)
        for each in drill.improvements
        if each.done_at is None
    )


def _task(drill: Drill, step: str, title: Title, owner: str, due: datetime, made_at: datetime) -> Task:
    """A task whose command is the step at the drill's address."""
    about = f"/v1/drills/{drill.id}"
    return Task(
        id="-".join(step.split("/")[:2]),
        title=title,
        owner=Owner(person=owner),
        about=about,
        done_at=f"{about}/{step}",
        units=drill.units,
        made_at=made_at,
        due=due,
    )


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
            return ((Neglect.RECORD, drill.record_by),)
        case DrillStatus.HELD if drill.record:
            return ((Neglect.EVALUATION, drill.record.at + timedelta(days=drill.evaluate_within_days)),)
        case DrillStatus.EVALUATED:
            waiting = (each for each in drill.improvements if each.done_at is None)
            return tuple((Neglect.IMPROVEMENT, end_of(each.due)) for each in waiting)
    return ()


def end_of(day: date) -> datetime:
    """The first instant, aware UTC, at which that day in Shanghai is over."""
    return midnight(day + timedelta(days=1))
