"""R4.6, R9.8: acts in a business system by somebody who had left the company or the post, and the check that follows.

In time order: an act is judged by the standing and the posts at the time of the act (`cause_of`); what should not have
happened opens a check for the counter head, one for each person, counter and business day, to which further acts of
that day are added; the head checks at once and records the result, which goes to the provincial Business Management
Centre, where it is received. A check that is late is told upward, step by step.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Conflict, Forbidden, Malformed
from chassis.work.acknowledgements import TASK, Acknowledgement, Told, see, tell
from chassis.work.tasks import Owner, Task, Title, make
from security.heads import HEADS
from security.holders import Assignment
from security.spans import covers
from security.staff import StaffMember, Standing
from security.units import Unit

CHECK_WITHIN_HOURS = 24
"""D: the result is with the province within a day; a parameter. City and province are told at once when it is not."""

HEAD_OFFICE_AFTER_HOURS = 24
"""D: how long after that head office is told of a check not made; a parameter."""

CHECKING = Title("检查离司离岗人员的操作并登记结果", "check acts of somebody who had left, and record the result")
RECEIVING = Title("接收离司离岗操作的检查结果", "receive the result of a check of a leaver's acts")
LIMITS = (CHECK_WITHIN_HOURS, HEAD_OFFICE_AFTER_HOURS)
ADDRESSEES = ("province", "head_office")
MOST_ACTS = 100
LONGEST_WORDS = 1_000


class Cause(StrEnum):
    """Why an act should not have happened: 离司, 停职, 离岗, 查无此人."""

    LEFT = "left"
    SUSPENDED = "suspended"
    OFF_POST = "off_post"
    UNKNOWN = "unknown_person"


class Finding(StrEnum):
    """What the head found: 账号被他人使用, 权限未及时回收, 数据有误, 经批准的操作, 其他."""

    CODE_USED_BY_ANOTHER = "code_used_by_another"
    RIGHTS_NOT_WITHDRAWN = "rights_not_withdrawn"
    RECORDS_WRONG = "records_wrong"
    AUTHORISED = "authorised"
    OTHER = "other"


class State(StrEnum):
    """How far a check has come."""

    OPEN = "open"
    CHECKED = "checked"
    RECEIVED = "received"


class ActInFuture(Malformed):
    code = "security.act_in_future"
    zh = "操作时间 {at} 晚于当前时间"
    en = "the act at {at} lies in the future"


class OwnActivity(Forbidden):
    code = "security.own_activity"
    zh = "检查 {check} 涉及本人的操作，不得由本人检查或接收"
    en = "check {check} concerns the caller's own acts; somebody else checks and receives it"


class CheckedAlready(Conflict):
    code = "security.checked_already"
    zh = "检查 {check} 的结果已于 {at} 登记"
    en = "the result of check {check} was recorded at {at}"


class NotChecked(Conflict):
    code = "security.not_checked"
    zh = "检查 {check} 尚未登记结果"
    en = "check {check} has no result yet"


class CheckedByReceiver(Forbidden):
    code = "security.checked_by_receiver"
    zh = "检查 {check} 的结果由 {person} 登记，须由他人接收"
    en = "{person} recorded the result of check {check}; somebody else receives it"


@frozen
class Act:
    """One act in a business system, by the system's own reference; no customer and no policy is in it."""

    person: str
    unit: str
    at: datetime
    system: str
    reference: str


@frozen(kw_only=True)
class ActivityCheck:
    """The check of one person's acts at one unit on one business day; `units` are the unit's ids from the root down.

    `acts` are the first `MOST_ACTS`, `more` the number of others. `steps` counts what was told of its lateness.
    `head` is whose task the check is, `receipt` what the province was told of its result. `limits` are the two
    parameters, in hours, as they were when it was opened.
    """

    id: str
    person: str
    unit: str
    units: tuple[str, ...]
    day: date
    cause: Cause
    acts: tuple[Act, ...]
    more: int = 0
    found_at: datetime
    head: Owner
    limits: tuple[int, int] = LIMITS
    steps: int = 0
    finding: Finding | None = None
    words: str | None = None
    checked_at: datetime | None = None
    checked_by: str | None = None
    receipt: Acknowledgement | None = None

    @property
    def received_at(self) -> datetime | None:
        """When the province had seen the result."""
        return self.receipt.seen_at if self.receipt else None

    @property
    def received_by(self) -> str | None:
        """Who had seen it there."""
        return self.receipt.seen_by if self.receipt else None

    @property
    def told(self) -> tuple[Told, ...]:
        """R4.6: to whom the result was told, how and when."""
        return self.receipt.told if self.receipt else ()

    @property
    def province(self) -> Owner:
        """Whose it is to receive the result."""
        level = min(len(self.units), 2) - 1
        return Owner(post=HEADS[level], unit=self.units[level])

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.received_at:
            return State.RECEIVED
        return State.CHECKED if self.checked_at else State.OPEN

    @property
    def due(self) -> datetime:
        """When the result must be there."""
        return self.found_at + timedelta(hours=self.limits[0])

    @property
    def next_step(self) -> datetime | None:
        """When it is told upward that no result is there; None where there is one, or everybody was told."""
        if self.state is not State.OPEN or self.steps == len(ADDRESSEES):
            return None
        return self.due + timedelta(hours=self.limits[1] if self.steps else 0)


def cause_of(
    act: Act, *, unit: Unit, day: date, member: StaffMember | None, held: Iterable[Assignment]
) -> Cause | None:
    """R4.6: why this act should not have happened; None for one that is in order.

    It is judged as of the act's own time. A post that ended on that day counts for the whole of it, because days are
    what is known of posts: the teller who changes counters at noon has worked at both.
    """
    held = list(held)
    if member is None and not held:
        return Cause.UNKNOWN
    standing = member and member.standing_at(act.at)
    if standing is Standing.LEFT:
        return Cause.LEFT
    if standing is Standing.SUSPENDED:
        return Cause.SUSPENDED
    return None if any(one.unit in unit.units and _held_during(one, day) for one in held) else Cause.OFF_POST


def open_check(
    id: str,
    acts: tuple[Act, ...],
    *,
    unit: Unit,
    day: date,
    cause: Cause,
    head: Owner,
    at: datetime,
    limits: tuple[int, int] = LIMITS,
) -> ActivityCheck:
    """R4.6: the head is to check these acts, of one person at one unit on one day, at once."""
    return ActivityCheck(
        id=id,
        person=acts[0].person,
        unit=unit.id,
        units=unit.units,
        day=day,
        cause=cause,
        acts=acts[:MOST_ACTS],
        more=len(acts[MOST_ACTS:]),
        found_at=at,
        head=head,
        limits=limits,
    )


def add_acts(check: ActivityCheck, acts: Iterable[Act]) -> ActivityCheck:
    """The check with the acts that it does not hold yet; the same one where it holds them all."""
    fresh = tuple(act for act in acts if not holds(check, act))
    if not fresh:
        return check
    room = MOST_ACTS - len(check.acts)
    return evolve(check, acts=(*check.acts, *fresh[:room]), more=check.more + len(fresh[room:]))


def holds(check: ActivityCheck, act: Act) -> bool:
    """Whether this act is in the check, by its system and reference."""
    return any((one.system, one.reference) == (act.system, act.reference) for one in check.acts)


def record_result(check: ActivityCheck, *, finding: Finding, words: str, by: str, at: datetime) -> ActivityCheck:
    """R4.6: the head's result. Nobody checks their own acts."""
    if check.checked_at:
        raise CheckedAlready(check=check.id, at=check.checked_at.isoformat(timespec="seconds"))
    if by == check.person:
        raise OwnActivity(check=check.id)

    told = tell((check.province.key,), channels=(TASK,), at=at)
    return evolve(check, finding=finding, words=words, checked_at=at, checked_by=by, receipt=told)


def receive(check: ActivityCheck, *, by: str, at: datetime) -> ActivityCheck:
    """R4.6: the provincial Business Management Centre has the result; received twice changes nothing."""
    if check.received_at:
        return check
    if check.receipt is None:
        raise NotChecked(check=check.id)
    if by == check.person:
        raise OwnActivity(check=check.id)
    if by == check.checked_by:
        raise CheckedByReceiver(check=check.id, person=by)

    return evolve(check, receipt=see(check.receipt, by=by, at=at))


def tasks(check: ActivityCheck) -> tuple[Task, ...]:
    """R4.6: what there is to do now: to check, then to receive the result."""
    if check.state is State.RECEIVED:
        return ()
    address = f"/v1/activity-checks/{check.id}"
    checking = check.checked_at is None
    task = Task(
        id="check" if checking else "receive",
        title=CHECKING if checking else RECEIVING,
        owner=check.head if checking else check.province,
        about=address,
        done_at=f"{address}/result" if checking else f"{address}/receipt",
        units=check.units,
        made_at=check.checked_at or check.found_at,
        due=check.due if checking else None,
        mandatory=True,
    )
    return (make(task),)


def moved(check: ActivityCheck, units: tuple[str, ...], head: Owner) -> ActivityCheck:
    """R4.6, R9.1: what has not been received yet follows its unit, to the head there; the same one where it is already,
    or where it has been received: that stays where it was."""
    if check.units == units or check.state is State.RECEIVED:
        return check

    return evolve(check, units=units, head=head)


def tell_lateness(check: ActivityCheck, *, at: datetime) -> tuple[ActivityCheck, tuple[str, ...]]:
    """R4.6: the check after what is due by now was told, and to which levels; what an outage delayed is told at once.

    The same check and nobody where nothing is due.
    """
    told: list[str] = []
    while (due := check.next_step) is not None and due <= at:
        told.append(ADDRESSEES[check.steps])
        check = evolve(check, steps=check.steps + 1)
    return check, tuple(told)


def _held_during(held: Assignment, day: date) -> bool:
    to = held.held_to and held.held_to + timedelta(days=1)
    return held.held_to != held.held_from and covers(held.held_from, to, day)
