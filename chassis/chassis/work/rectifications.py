"""Rectification 整改: a finding on its way to being put right, each step by a named person.

In time order: a finding is opened; it is assigned to an owner with a due time, and may be assigned anew; whoever puts
it right says so with evidence; somebody else, neither the owner nor the one who did it, verifies it, or rejects it and
it is the owner's again; a verified one is closed. Being overdue is no state: it is asked with the time. A service
keeps rectifications inside an aggregate of its own, decides who may do what, and keeps their history.
"""

from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Conflict, Forbidden, Malformed

LONGEST_NOTE = 1000
MOST_HASHES = 20


class NotInThatState(Conflict):
    """The rectification is not in a state that allows this."""

    code = "chassis.rectification_state"
    zh = "该整改项当前状态为 {state}，不能执行此操作；可执行的状态为 {needed}"
    en = "the rectification is {state}; this needs it to be {needed}"


class OwnerMissing(Malformed):
    """Nobody is named who is to put it right."""

    code = "chassis.rectification_owner_missing"
    zh = "必须指定整改责任人"
    en = "an owner must be named who puts it right"


class DueMissing(Malformed):
    """No time is named by which it is to be put right."""

    code = "chassis.rectification_due_missing"
    zh = "必须指定整改期限"
    en = "a due time must be named"


class DuePassed(Malformed):
    """The due time lies in the past."""

    code = "chassis.rectification_due_passed"
    zh = "整改期限 {due} 已过，请指定晚于现在的期限"
    en = "the due time {due} has passed; name one that is still to come"


class EvidenceMissing(Malformed):
    """A fix is stated without anything that shows it."""

    code = "chassis.rectification_evidence_missing"
    zh = "请说明整改情况或提供证明材料"
    en = "say what was done, or name what shows it"


class OwnWork(Forbidden):
    """Four eyes: who owns or made the fix does not judge it."""

    code = "chassis.rectification_own_work"
    zh = "整改责任人和整改人不能验收自己的整改，请由他人验收"
    en = "neither the owner nor who fixed it may judge the fix; somebody else must"


class RectificationState(StrEnum):
    """Open until assigned; assigned until fixed; fixed until verified, or rejected and assigned again; then closed."""

    OPEN = "open"
    ASSIGNED = "assigned"
    FIXED = "fixed"
    VERIFIED = "verified"
    CLOSED = "closed"


class Severity(StrEnum):
    """How grave a finding is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@frozen
class Evidence:
    """What shows a fix: a note, and the SHA-256 of documents or pictures that are kept elsewhere."""

    note: str
    hashes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Rectification:
    """One finding and how it stands. `rejections` counts the fixes that were not accepted."""

    finding: str
    severity: Severity
    opened_at: datetime
    state: RectificationState = RectificationState.OPEN
    owner: str | None = None
    due: datetime | None = None
    assigned_by: str | None = None
    assigned_at: datetime | None = None
    fixed_by: str | None = None
    fixed_at: datetime | None = None
    evidence: Evidence | None = None
    verifier: str | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    rejections: int = 0
    rejection: str | None = None


def opened(finding: str, severity: Severity, *, at: datetime, due: datetime | None = None) -> Rectification:
    """A finding that nobody has been given yet; it may carry its due time from the start."""
    return Rectification(finding=finding, severity=severity, opened_at=at, due=due)


def assign(item: Rectification, *, owner: str | None, due: datetime | None, by: str, at: datetime) -> Rectification:
    """Give it to an owner, or to another one. No due time named: the one that it carries stays."""
    _needs(item, RectificationState.OPEN, RectificationState.ASSIGNED)
    if not owner:
        raise OwnerMissing(pointer="/body/owner")
    if due is None and item.due is None:
        raise DueMissing(pointer="/body/due")
    if due is not None and due <= at:
        raise DuePassed(due=due.isoformat(timespec="seconds"), pointer="/body/due")

    return evolve(
        item,
        state=RectificationState.ASSIGNED,
        owner=owner,
        due=due or item.due,
        assigned_by=by,
        assigned_at=at,
    )


def fix(item: Rectification, *, evidence: Evidence, by: str, at: datetime) -> Rectification:
    """It was put right, as the evidence shows."""
    _needs(item, RectificationState.ASSIGNED)
    if not evidence.note.strip() and not evidence.hashes:
        raise EvidenceMissing(pointer="/body/note")

    return evolve(item, state=RectificationState.FIXED, fixed_by=by, fixed_at=at, evidence=evidence)


def verify(item: Rectification, *, by: str, at: datetime) -> Rectification:
    """Four eyes: somebody else has seen that it is put right."""
    _judged(item, by)

    return evolve(item, state=RectificationState.VERIFIED, verifier=by, verified_at=at)


def reject(item: Rectification, *, reason: str, by: str) -> Rectification:
    """Four eyes: somebody else has seen that it is not put right: it is the owner's again, and due as before."""
    _judged(item, by)

    return evolve(
        item,
        state=RectificationState.ASSIGNED,
        fixed_by=None,
        fixed_at=None,
        evidence=None,
        rejections=item.rejections + 1,
        rejection=reason,
    )


def close(item: Rectification, *, at: datetime) -> Rectification:
    """A verified one is struck off."""
    _needs(item, RectificationState.VERIFIED)

    return evolve(item, state=RectificationState.CLOSED, closed_at=at)


def is_open(item: Rectification) -> bool:
    """Whether it still has to be put right, or to be seen to be."""
    return item.state not in (RectificationState.VERIFIED, RectificationState.CLOSED)


def is_overdue(item: Rectification, *, at: datetime) -> bool:
    """Whether its due time has come and nobody has verified it yet: what waits for its verifier counts as well."""
    return is_open(item) and item.due is not None and item.due <= at


def _judged(item: Rectification, by: str) -> None:
    _needs(item, RectificationState.FIXED)
    if by in (item.owner, item.fixed_by):
        raise OwnWork


def _needs(item: Rectification, *states: RectificationState) -> None:
    if item.state not in states:
        raise NotInThatState(state=item.state, needed="/".join(states))
