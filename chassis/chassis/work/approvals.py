"""Approval: yes or no by people who are neither the maker nor concerned.

In time order: somebody asks, which names the maker, the persons concerned and the steps; each step is approved by one
person who holds one of its posts, and never twice by the same; the last step approves the whole. Any step may say no,
with a reason. Until then the maker may withdraw, and it expires by itself. What has ended stays as it is.

An approval is a value that an aggregate keeps; who holds which post at that moment is told by the caller.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Conflict, Forbidden, Malformed

MOST_CHARACTERS = 500
"""Of a reason."""


class OwnWork(Forbidden):
    """Nobody approves what they made."""

    code = "chassis.own_work"
    zh = "经办人 {person} 不得审批自己提交的事项，请由他人审批"
    en = "{person} made this and cannot decide it; somebody else has to"


class SelfConcerned(Forbidden):
    """Nobody approves what concerns them."""

    code = "chassis.self_concerned"
    zh = "事项涉及 {person} 本人，须回避，请由他人审批"
    en = "this concerns {person}, who cannot decide it; somebody else has to"


class StepTaken(Forbidden):
    """Each step needs another person."""

    code = "chassis.step_taken"
    zh = "{person} 已审批过前一环节，后续环节须由不同人员审批"
    en = "{person} has approved an earlier step; the next one is another person's"


class PostLacking(Forbidden):
    """The step is that of a post which this person does not hold."""

    code = "chassis.post_lacking"
    zh = "该审批环节须由以下岗位之一办理：{posts}"
    en = "this step is decided by one of the posts {posts}"


class NotPending(Conflict):
    """It has been decided, withdrawn, or has expired."""

    code = "chassis.not_pending"
    zh = "该审批事项已结束，当前状态为 {state}"
    en = "this approval has ended: it is {state}"


class MakerOnly(Forbidden):
    """Only who asked takes back what was asked."""

    code = "chassis.maker_only"
    zh = "只有申请人本人可以撤回"
    en = "only who asked may withdraw it"


class ReasonMissing(Malformed):
    """A no needs its reason."""

    code = "chassis.reason_missing"
    zh = "必须说明理由，至多 {limit} 字"
    en = "a reason must be given, of {limit} characters at most"


class ApprovalState(StrEnum):
    """PENDING is the only one that is left again."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@frozen
class Step:
    """One step: whoever holds one of these posts may decide it."""

    name: str
    posts: tuple[str, ...]


@frozen
class Verdict:
    """What one person said at one step. `reason` is given with every no."""

    step: str
    person: str
    granted: bool
    at: datetime
    reason: str | None = None


@frozen(kw_only=True)
class Approval:
    """One request for approval; `verdicts` are in the order of the steps, a no is the last."""

    maker: str
    concerned: tuple[str, ...]
    steps: tuple[Step, ...]
    asked_at: datetime
    expires_at: datetime | None = None
    verdicts: tuple[Verdict, ...] = ()
    state: ApprovalState = ApprovalState.PENDING
    ended_at: datetime | None = None

    @property
    def step(self) -> Step:
        """The step that is to be decided next; of an approved one the last."""
        return self.steps[min(sum(one.granted for one in self.verdicts), len(self.steps) - 1)]

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who has said yes so far."""
        return tuple(one.person for one in self.verdicts if one.granted)


def ask(
    *,
    maker: str,
    steps: tuple[Step, ...],
    at: datetime,
    concerned: Collection[str] = (),
    expires_at: datetime | None = None,
) -> Approval:
    """A new approval. One without a step would approve itself: ValueError."""
    if not steps:
        raise ValueError("an approval has at least one step")

    return Approval(
        maker=maker, concerned=tuple(sorted(set(concerned))), steps=steps, asked_at=at, expires_at=expires_at
    )


def approve(approval: Approval, *, person: str, posts: Collection[str], at: datetime) -> Approval:
    """The next step approved by this person with these posts; after the last the whole is approved.

    Refused: no longer pending, the maker, somebody concerned, somebody who approved before, a lacking post.
    """
    _refuse_ended(approval, at)
    _refuse_person(approval, person, posts)

    verdicts = (*approval.verdicts, Verdict(approval.step.name, person, True, at))
    if len(verdicts) < len(approval.steps):
        return evolve(approval, verdicts=verdicts)
    return evolve(approval, verdicts=verdicts, state=ApprovalState.APPROVED, ended_at=at)


def reject(approval: Approval, *, person: str, posts: Collection[str], reason: str, at: datetime) -> Approval:
    """The whole rejected at its present step, by somebody who could have approved it, with a reason."""
    _refuse_ended(approval, at)
    _refuse_person(approval, person, posts)

    verdict = Verdict(approval.step.name, person, False, at, reason_given(reason))
    return evolve(approval, verdicts=(*approval.verdicts, verdict), state=ApprovalState.REJECTED, ended_at=at)


def withdraw(approval: Approval, *, person: str, at: datetime) -> Approval:
    """Taken back by its maker before it was decided."""
    _refuse_ended(approval, at)
    if person != approval.maker:
        raise MakerOnly

    return evolve(approval, state=ApprovalState.WITHDRAWN, ended_at=at)


def expire(approval: Approval, *, at: datetime) -> Approval:
    """Ended because nobody decided it in time; the same one where it has ended, or its time has not come."""
    if approval.state is not ApprovalState.PENDING or not _expired(approval, at):
        return approval
    return evolve(approval, state=ApprovalState.EXPIRED, ended_at=approval.expires_at)


def reason_given(reason: str) -> str:
    """The reason without blanks around it; ReasonMissing for an empty or overlong one."""
    said = reason.strip()
    if not 0 < len(said) <= MOST_CHARACTERS:
        raise ReasonMissing(limit=MOST_CHARACTERS)

    return said


def _expired(approval: Approval, at: datetime) -> bool:
    return approval.expires_at is not None and at >= approval.expires_at


def _refuse_ended(approval: Approval, at: datetime) -> None:
    if approval.state is not ApprovalState.PENDING:
        raise NotPending(state=approval.state)
    if _expired(approval, at):
        raise NotPending(state=ApprovalState.EXPIRED)


def _refuse_person(approval: Approval, person: str, posts: Collection[str]) -> None:
    if person == approval.maker:
        raise OwnWork(person=person)
    if person in approval.concerned:
        raise SelfConcerned(person=person)
    if person in approval.approvers:
        raise StepTaken(person=person)
    if not set(posts) & set(approval.step.posts):
        raise PostLacking(posts=", ".join(approval.step.posts))
