"""R9.7, R9.17: what looks like misuse of a code or of access to personal data is checked by a head.

In time order: somebody has read as many contact data in clear as a day allows and wanted more, or one operator code was
in use at two counters at once; either opens a check, once for each person, place and business day, which is a task of
the head there; the head asks who it was and why, and records what was found. Misuse is told upward. A system that reads
has no head of its own: head office checks.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.work.tasks import Owner, Task, Title, make
from security.activity import CheckedAlready, OwnActivity
from security.units import Unit

WITHIN = timedelta(days=3)
"""D: nothing is known to be wrong yet, so there is time to ask; the company's text has no such check."""

CHECKING = Title("核查疑似违规使用账户或个人信息并登记结果", "look into suspected misuse, and record what was found")
LONGEST_WORDS = 1_000


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


def record_result(check: MisuseCheck, *, verdict: Verdict, words: str, by: str, at: datetime) -> MisuseCheck:
    """What was found. Nobody checks what they did themselves; a result is recorded once."""
    if check.checked_at:
        raise CheckedAlready(check=check.id, at=check.checked_at.isoformat(timespec="seconds"))
    if by == check.subject:
        raise OwnActivity(check=check.id)

    return evolve(check, verdict=verdict, words=words, checked_at=at, checked_by=by)


def moved(check: MisuseCheck, units: tuple[str, ...], head: Owner) -> MisuseCheck:
    """R9.1: an open check follows its unit, to the head there; the same one where it is there, or has a result."""
    return check if check.units == units or check.checked_at else evolve(check, units=units, head=head)


def tasks(check: MisuseCheck) -> tuple[Task, ...]:
    """What there is to do now."""
    if check.checked_at:
        return ()
    address = f"/v1/misuse-checks/{check.id}"
    task = Task(
        id="check",
        title=CHECKING,
        owner=check.head,
        about=address,
        done_at=f"{address}/result",
        units=check.units,
        made_at=check.found_at,
        due=check.due,
        mandatory=True,
    )
    return (make(task),)
