"""R9.7, R9.17: what looks like misuse of a code or of access to personal data is checked by a head.

In time order: somebody has read as many contact data in clear as a day allows and wanted more, or one operator code was
in use at two counters at once; either opens a check, once for each person, place and business day, which is a task of
the head there; the head asks who it was and why, and records what was found. Misuse is told upward, and is a finding
that the head puts right (the access is taken away, the password reset, the person instructed): said with what shows it,
and verified by somebody else, who strikes it off or gives it back. A system that reads has no head of its own: head
office checks.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Conflict
from chassis.work import rectifications
from chassis.work.rectifications import Evidence, Rectification, RectificationState, Severity
from chassis.work.tasks import Owner, Task, Title, make
from security.activity import CheckedAlready, OwnActivity
from security.units import Unit

WITHIN = timedelta(days=3)
"""D: nothing is known to be wrong yet, so there is time to ask; the company's text has no such check."""

PUT_RIGHT_WITHIN = timedelta(days=7)
"""D: the way in is shut at once; the rest takes a conversation, and somebody else who looks."""

CHECKING = Title("核查疑似违规使用账户或个人信息并登记结果", "look into suspected misuse, and record what was found")
PUTTING_RIGHT = Title("整改已核实的违规使用", "put right the misuse that was found")
VERIFYING = Title("验收违规使用的整改", "verify that misuse was put right")
LONGEST_WORDS = 1_000


class NothingToPutRight(Conflict):
    """Misuse was not found, or nobody has looked yet."""

    code = "security.nothing_to_put_right"
    zh = "核查 {check} 未认定违规，没有整改事项"
    en = "check {check} has found no misuse, so there is nothing to put right"


class Ground(StrEnum):
    """Why it is looked into: 明文查看达到上限, 操作员代码疑似共用."""

    DISCLOSURE_LIMIT = "disclosure_limit"
    CODE_SHARED = "code_shared"


class Verdict(StrEnum):
    """What the head found: 属正常工作, 违规, 无法查清."""

    IN_ORDER = "in_order"
    MISUSE = "misuse"
    UNCLEAR = "unclear"


@frozen(kw_only=True)
class MisuseCheck:
    """One check; `subject` is the person, or the system, that it is about; `units` are those of `unit`, root first."""

    id: str
    ground: Ground
    subject: str
    unit: str
    units: tuple[str, ...]
    day: date
    found_at: datetime
    head: Owner
    verdict: Verdict | None = None
    words: str | None = None
    checked_at: datetime | None = None
    checked_by: str | None = None
    verifier: Owner | None = None
    """Who verifies what the head puts right: a head who is not the one that has checked."""
    rectification: Rectification | None = None

    @property
    def open(self) -> bool:
        """Whether anything is still to be done: looked into, put right, or verified."""
        item = self.rectification
        return self.checked_at is None or (item is not None and rectifications.is_open(item))

    @property
    def due(self) -> datetime:
        """When the result is to be there."""
        return self.found_at + WITHIN


def open_check(
    id: str, *, ground: Ground, subject: str, unit: Unit, day: date, head: Owner, at: datetime
) -> MisuseCheck:
    """The head is to look into it."""
    return MisuseCheck(
        id=id, ground=ground, subject=subject, unit=unit.id, units=unit.units, day=day, found_at=at, head=head
    )


def record_result(
    check: MisuseCheck, *, verdict: Verdict, words: str, by: str, verifier: Owner, at: datetime
) -> MisuseCheck:
    """What was found. Nobody checks what they did themselves; a result is recorded once. Misuse is the checker's to put
    right, and `verifier`'s to look at then."""
    if check.checked_at:
        raise CheckedAlready(check=check.id, at=check.checked_at.isoformat(timespec="seconds"))
    _refuse_own(check, by)

    found = evolve(check, verdict=verdict, words=words, checked_at=at, checked_by=by)
    if verdict is not Verdict.MISUSE:
        return found
    item = rectifications.opened(words, Severity.HIGH, at=at, due=at + PUT_RIGHT_WITHIN)
    given = rectifications.assign(item, owner=by, due=None, by=by, at=at)
    return evolve(found, rectification=given, verifier=verifier)


def put_right(check: MisuseCheck, *, evidence: Evidence, by: str, at: datetime) -> MisuseCheck:
    """It was put right, as the evidence shows; never by the person concerned."""
    _refuse_own(check, by)
    return evolve(check, rectification=rectifications.fix(_item(check), evidence=evidence, by=by, at=at))


def verify(check: MisuseCheck, *, by: str, at: datetime) -> MisuseCheck:
    """Other eyes have seen that it is put right: struck off."""
    _refuse_own(check, by)
    seen = rectifications.verify(_item(check), by=by, at=at)
    return evolve(check, rectification=rectifications.close(seen, at=at))


def reject(check: MisuseCheck, *, reason: str, by: str) -> MisuseCheck:
    """Other eyes have seen that it is not put right: it is the head's again, due as before."""
    _refuse_own(check, by)
    return evolve(check, rectification=rectifications.reject(_item(check), reason=reason, by=by))


def moved(check: MisuseCheck, units: tuple[str, ...], head: Owner) -> MisuseCheck:
    """R9.1: an open check follows its unit, to the head there; the same one where it is there, or nothing is left.
    What was found stays with who is to put it right; the head there verifies it."""
    if check.units == units or not check.open:
        return check
    if check.checked_at:
        return evolve(check, units=units, verifier=head)
    return evolve(check, units=units, head=head)


def tasks(check: MisuseCheck) -> tuple[Task, ...]:
    """What there is to do now."""
    item = check.rectification
    if check.checked_at is None:
        return (_task(check, "check", CHECKING, check.head, "result", made_at=check.found_at, due=check.due),)
    if item is None or not rectifications.is_open(item):
        return ()
    assert item.due is not None, "it was assigned with a due time"
    if item.state is RectificationState.FIXED and item.fixed_at is not None and check.verifier is not None:
        return (_task(check, "verify", VERIFYING, check.verifier, "verification", made_at=item.fixed_at, due=item.due),)
    owner = Owner(person=item.owner)
    return (_task(check, "put-right", PUTTING_RIGHT, owner, "fix", made_at=check.checked_at, due=item.due),)


def _task(
    check: MisuseCheck, id: str, title: Title, owner: Owner, step: str, *, made_at: datetime, due: datetime
) -> Task:
    address = f"/v1/misuse-checks/{check.id}"
    task = Task(
        id=id,
        title=title,
        owner=owner,
        about=address,
        done_at=f"{address}/{step}",
        units=check.units,
        made_at=made_at,
        due=due,
        mandatory=True,
    )
    return make(task)


def _refuse_own(check: MisuseCheck, by: str) -> None:
    if by == check.subject:
        raise OwnActivity(check=check.id)


def _item(check: MisuseCheck) -> Rectification:
    if check.rectification is None:
        raise NothingToPutRight(check=check.id)
    return check.rectification
