"""R9.5: the post–permission matrix of a province, version by version.

In time order: the Business Management Centre draws a version up and submits it; IT sets it in the business processing
system and says what it has set; somebody of the Centre who neither drew it up nor set it compares, explains each
difference, and accepts. It is in force from then on, in the place of the one before. Until it is accepted either side
may return it, and its submitter withdraw it, for more work. A version in force is recertified every half-year; where
that is missed, it is said once and stays marked.

No version with rights that are kept apart is submitted or accepted (`separations.py`).
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from chassis.work import approvals
from chassis.work.approvals import Approval, Step, reason_given
from security.authority import CENTRE_POSTS, IT_POSTS, Action, Actor, require
from security.matrix_refusals import (
    DifferencesUnexplained,
    DigestDiffers,
    NoDraft,
    NoSuchDifference,
    NotInForce,
    WrongStage,
)
from security.matrix_rows import Row, by_post, checked, digest
from security.matrix_versions import Draft, Explanation, Matrix, Returned, Stage, Version
from security.separations import refuse_table

STEPS = (Step("set", IT_POSTS), Step("accept", CENTRE_POSTS))


def draw_up(matrix: Matrix, rows: Iterable[Row], *, actor: Actor, at: datetime) -> Matrix:
    """R9.5: the next version, begun or changed as a whole. Whoever has worked on it never accepts it.

    Refused: no authority, a version that is submitted or set, rows that can't be, rights that are kept apart.
    """
    require(actor, Action.DRAFT_MATRIX)
    draft = matrix.draft
    if draft is not None:
        _refuse_stage(matrix.unit, draft, Stage.DRAFTING)
    wanted = checked(rows, pointer="/body/rows")
    refuse_table(by_post(wanted))

    begun = draft or Draft(version=_next(matrix), rows=(), drafters=(), changed_at=at)
    drafters = tuple(sorted({*begun.drafters, actor.id}))
    return evolve(matrix, draft=evolve(begun, rows=wanted, drafters=drafters, changed_at=at))


def submit(matrix: Matrix, *, actor: Actor, at: datetime) -> Matrix:
    """R9.5: the version goes to IT as it is."""
    require(actor, Action.DRAFT_MATRIX)
    draft = _drafted(matrix, Stage.DRAFTING)

    asked = approvals.ask(maker=actor.id, concerned=draft.drafters, steps=STEPS, at=at)
    return evolve(matrix, draft=evolve(draft, stage=Stage.SUBMITTED, approval=asked, returned=None))


def report_setting(matrix: Matrix, rows: Iterable[Row], *, of: str, actor: Actor, at: datetime) -> Matrix:
    """R9.5: what IT has set, row by row; said again after a correction, until it is accepted.

    `of` is the digest of the export that was set. Refused: no authority, not submitted, another digest, rows that
    can't be, and whoever drew the version up or submitted it.
    """
    require(actor, Action.SET_MATRIX)
    draft = _drafted(matrix, Stage.SUBMITTED, Stage.SET)
    if of != digest(draft.rows):
        raise DigestDiffers(pointer="/body/digest")
    reported = checked(rows, pointer="/body/rows")

    asked = evolve(_asked(draft), verdicts=())
    approval = approvals.approve(asked, person=actor.id, posts=actor.posts, at=at)
    setters = tuple(sorted({*draft.setters, actor.id}))
    was_set = evolve(draft, stage=Stage.SET, approval=approval, reported=reported, reported_at=at, setters=setters)
    return evolve(matrix, draft=was_set)


def accept(matrix: Matrix, explanations: Iterable[Explanation], *, actor: Actor, at: datetime) -> Matrix:
    """R9.5: the version as set is in force, by a third person, with each difference explained.

    Refused: no authority, not set, who drew it up or has set it, differences left open, and whatever was set that
    brings together what is kept apart, explained or not.
    """
    require(actor, Action.ACCEPT_MATRIX)
    draft = _drafted(matrix, Stage.SET)
    explained = _explained(draft, explanations)
    refuse_table(by_post(draft.reported))

    asked = evolve(_asked(draft), concerned=tuple(sorted({*draft.drafters, *draft.setters})))
    setter = asked.approvers[-1]
    approvals.approve(asked, person=actor.id, posts=actor.posts, at=at)
    version = Version(
        version=draft.version,
        rows=draft.reported,
        digest=digest(draft.reported),
        drafters=draft.drafters,
        submitted_by=asked.maker,
        set_by=setter,
        accepted_by=actor.id,
        in_force_from=at,
        explained=explained,
        recertified_at=at,
        recertified_by=actor.id,
    )
    return evolve(matrix, draft=None, in_force=version, unrecertified_since=None)


def send_back(matrix: Matrix, *, reason: str, actor: Actor, at: datetime) -> Matrix:
    """R9.5: back to drafting: by IT before it is set, by the Centre after, by whoever submitted it at any time."""
    require(actor, Action.RETURN_MATRIX)
    draft = _drafted(matrix, Stage.SUBMITTED, Stage.SET)
    words = reason_given(reason)
    if actor.id == _asked(draft).maker:
        approvals.withdraw(_asked(draft), person=actor.id, at=at)
    else:
        approvals.reject(_asked(draft), person=actor.id, posts=actor.posts, reason=words, at=at)

    back = Draft(
        version=draft.version,
        rows=draft.rows,
        drafters=draft.drafters,
        changed_at=at,
        returned=Returned(actor.id, at, draft.stage, words),
    )
    return evolve(matrix, draft=back)


def recertify(matrix: Matrix, *, actor: Actor, at: datetime) -> Matrix:
    """R9.5: the version in force is still right; the half-year counts anew."""
    require(actor, Action.RECERTIFY_MATRIX)
    if matrix.in_force is None:
        raise NotInForce(unit=matrix.unit)

    again = evolve(matrix.in_force, recertified_at=at, recertified_by=actor.id)
    return evolve(matrix, in_force=again, unrecertified_since=None)


def fall_due(matrix: Matrix, *, at: datetime) -> Matrix:
    """R9.5: mark the matrix whose recertification has not come; the same one where it has, or is marked already."""
    version = matrix.in_force
    if version is None or matrix.unrecertified_since or at < version.recertify_by:
        return matrix
    return evolve(matrix, unrecertified_since=version.recertify_by)


def for_setting(matrix: Matrix) -> Draft:
    """R9.5: the version that IT is to set, or has set and not been accepted yet."""
    return _drafted(matrix, Stage.SUBMITTED, Stage.SET)


def _next(matrix: Matrix) -> int:
    return matrix.in_force.version + 1 if matrix.in_force else 1


def _drafted(matrix: Matrix, *stages: Stage) -> Draft:
    if matrix.draft is None:
        raise NoDraft(unit=matrix.unit)
    _refuse_stage(matrix.unit, matrix.draft, *stages)
    return matrix.draft


def _refuse_stage(unit: str, draft: Draft, *stages: Stage) -> None:
    if draft.stage not in stages:
        raise WrongStage(unit=unit, stage=draft.stage, needed="/".join(stages))


def _asked(draft: Draft) -> Approval:
    assert draft.approval is not None, "a submitted version has its approval"
    return draft.approval


def _explained(draft: Draft, explanations: Iterable[Explanation]) -> tuple[Explanation, ...]:
    """The explanations, one for each difference; refused where one is missing or explains nothing."""
    open_ones = {(each.post, each.permission): each for each in draft.differences}
    given = []
    for place, each in enumerate(explanations):
        if open_ones.pop((each.post, each.permission), None) is None:
            raise NoSuchDifference(post=each.post, permission=each.permission, pointer=f"/body/explanations/{place}")
        given.append(evolve(each, words=reason_given(each.words)))
    if open_ones:
        post, permission = min(open_ones)
        raise DifferencesUnexplained(count=len(open_ones), post=post, permission=permission)
    return tuple(given)
