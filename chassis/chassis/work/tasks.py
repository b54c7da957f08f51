"""A task: something that a person, or whoever holds a post at a unit, has to do by some time.

A task belongs to the aggregate that needs it done, which decides over it: the functions here take a task and return
the new one. What a person has to do is listed from a copy (`board.py`): the aggregate announces all its open tasks
whenever they change (`chassis.entries.SetTasks`). Titles hold no personal data. Units, posts and persons are words
that mean nothing here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Conflict, Malformed


class TaskEnded(Conflict):
    """It was done or cancelled before."""

    code = "chassis.task_ended"
    zh = "任务 {task} 已结束（{state}），不能再更改"
    en = "task {task} has ended ({state}) and is not changed any more"


class TaskOwnerless(Malformed):
    """A task without an owner gets lost: it takes a person, or a post at a unit."""

    code = "chassis.task_ownerless"
    zh = "任务须有责任人：一名人员，或某机构的一个岗位，二者居其一"
    en = "a task needs its owner: either a person, or a post at a unit"


class DueInPast(Malformed):
    """The time by which it is to be done has passed already."""

    code = "chassis.due_in_past"
    zh = "期限 {due} 已过，请改为以后的时间"
    en = "{due} has passed already: give a later time"


class ReasonMissing(Malformed):
    """What is cancelled is cancelled for a reason."""

    code = "chassis.reason_missing"
    zh = "请说明取消任务 {task} 的原因"
    en = "say why task {task} is cancelled"


class StandInWrong(Malformed):
    """Only a person's task is passed on, to another one, for a time that begins before it ends."""

    code = "chassis.stand_in_wrong"
    zh = "代办须由本人委托另一人，且起止时间有先后"
    en = "a person's task is passed to another person, for a time that begins before it ends"


class TaskState(StrEnum):
    """Open until it is done, or cancelled for a reason."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@frozen
class Title:
    """What is to be done, in both languages."""

    zh: str
    en: str


@frozen(kw_only=True)
class Owner:
    """Whose task it is: a person, or a post at a unit and so whoever holds it on the day."""

    person: str | None = None
    post: str | None = None
    unit: str | None = None

    @property
    def key(self) -> str:
        """One word for it, by which tasks are found."""
        return person_key(self.person) if self.person else post_key(self.post or "", self.unit or "")


def owners_by_depth(posts: Sequence[str], units: Sequence[str]) -> tuple[Owner, ...]:
    """The first post at the root, the next one at the unit below it, and so on: the nearest to the last unit first."""
    return tuple(Owner(post=post, unit=unit) for post, unit in zip(posts, units, strict=False))[::-1]


@frozen
class StandIn:
    """Who does it instead of the person who owns it, from `since` to `until`, the end not included."""

    person: str
    since: datetime
    until: datetime


@frozen(kw_only=True)
class Task:
    """One task, called `id` within its aggregate. Instants are aware UTC; `due` None: at some time.

    `about` is the address at which the aggregate is read, `done_at` the one of the command that completes the task;
    `units` runs from the root down to the unit that the work is for. `reason` is why it was cancelled.
    """

    id: str
    title: Title
    owner: Owner
    about: str
    done_at: str
    units: tuple[str, ...]
    made_at: datetime
    due: datetime | None = None
    mandatory: bool = False
    drill: bool = False
    stand_in: StandIn | None = None
    state: TaskState = TaskState.OPEN
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str | None = None

    @property
    def open(self) -> bool:
        """Whether it still has to be done."""
        return self.state is TaskState.OPEN


def person_key(person: str) -> str:
    """The word for a person as an owner."""
    return f"person:{person}"


def post_key(post: str, unit: str) -> str:
    """The word for a post at a unit as an owner."""
    return f"post:{unit}:{post}"


def make(task: Task) -> Task:
    """A task that begins. Refused: without an owner or with two, and due before it is made."""
    _check_owner(task.owner)
    if task.due is not None and task.due < task.made_at:
        raise DueInPast(due=f"{task.due:%Y-%m-%d %H:%M}Z")

    return task


def complete(task: Task, *, by: str, at: datetime) -> Task:
    """It is done. Refused for one that has ended."""
    _refuse_ended(task)

    return evolve(task, state=TaskState.DONE, ended_at=at, ended_by=by)


def cancel(task: Task, *, reason: str, by: str, at: datetime) -> Task:
    """It need not be done any more. Refused without a reason, and for one that has ended."""
    _refuse_ended(task)
    if not reason.strip():
        raise ReasonMissing(task=task.id)

    return evolve(task, state=TaskState.CANCELLED, ended_at=at, ended_by=by, reason=reason)


def reassign(task: Task, owner: Owner) -> Task:
    """It is somebody else's from now on, and nobody stands in any more."""
    _refuse_ended(task)
    _check_owner(owner)

    return evolve(task, owner=owner, stand_in=None)


def delegate(task: Task, stand_in: StandIn) -> Task:
    """Another person stands in for the one who owns it, for a time."""
    _refuse_ended(task)
    if task.owner.person in (None, stand_in.person) or stand_in.until <= stand_in.since:
        raise StandInWrong

    return evolve(task, stand_in=stand_in)


def overdue(tasks: Iterable[Task], *, at: datetime) -> tuple[Task, ...]:
    """Those that should have been done by now."""
    return tuple(task for task in tasks if task.open and task.due is not None and task.due <= at)


def _refuse_ended(task: Task) -> None:
    if not task.open:
        raise TaskEnded(task=task.id, state=task.state.value)


def _check_owner(owner: Owner) -> None:
    by_post = bool(owner.post) and bool(owner.unit)
    half = bool(owner.post) != bool(owner.unit)
    if half or by_post == bool(owner.person):
        raise TaskOwnerless
