"""Approval: whoever made a thing, or is concerned by it, never approves it; each step is another person's."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work import approvals as work
from chassis.work.approvals import Approval, ApprovalState, Step, approve, ask, expire, reject, withdraw

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHECK, SIGN = Step("check", ("checker",)), Step("sign", ("head", "deputy"))
EVERY_POST = ("checker", "head", "deputy")


def asked(*steps: Step, **more) -> Approval:
    return ask(**{"maker": "maker", "concerned": ("concerned",), "steps": steps or (CHECK,), "at": NINE, **more})


def test_one_step_approved_by_its_post_approves_the_whole():
    approved = approve(asked(), person="other", posts=("checker",), at=NINE + HOUR)

    assert (approved.state, approved.approvers, approved.ended_at) == (ApprovalState.APPROVED, ("other",), NINE + HOUR)


def test_each_step_is_another_persons_and_the_last_approves():
    first = approve(asked(CHECK, SIGN), person="one", posts=EVERY_POST, at=NINE)

    with pytest.raises(work.StepTaken):
        approve(first, person="one", posts=EVERY_POST, at=NINE)
    assert (first.state, first.step) == (ApprovalState.PENDING, SIGN)
    assert approve(first, person="two", posts=("deputy",), at=NINE).state is ApprovalState.APPROVED


@pytest.mark.parametrize(
    ("person", "posts", "refusal"),
    [
        ("maker", EVERY_POST, work.OwnWork),
        ("concerned", EVERY_POST, work.SelfConcerned),
        ("other", (), work.PostLacking),
        ("other", ("head",), work.PostLacking),
    ],
)
def test_who_may_not_approve_may_not_reject_either(person, posts, refusal):
    with pytest.raises(refusal):
        approve(asked(), person=person, posts=posts, at=NINE)
    with pytest.raises(refusal):
        reject(asked(), person=person, posts=posts, reason="no", at=NINE)


def test_a_no_has_its_reason_and_ends_the_whole():
    rejected = reject(asked(CHECK, SIGN), person="other", posts=("checker",), reason=" not needed ", at=NINE)

    assert rejected.state is ApprovalState.REJECTED
    assert rejected.verdicts[-1].reason == "not needed"
    assert rejected.approvers == ()


@pytest.mark.parametrize("reason", ["", "  ", "x" * (work.MOST_CHARACTERS + 1)])
def test_a_no_without_a_fitting_reason_is_refused(reason):
    with pytest.raises(work.ReasonMissing):
        reject(asked(), person="other", posts=("checker",), reason=reason, at=NINE)


def test_only_the_maker_withdraws():
    assert withdraw(asked(), person="maker", at=NINE).state is ApprovalState.WITHDRAWN
    with pytest.raises(work.MakerOnly):
        withdraw(asked(), person="other", at=NINE)


@pytest.mark.parametrize(("late", "ended"), [(-1, False), (0, True), (1, True)])
def test_an_approval_expires_at_its_very_instant_whether_or_not_anybody_looks(late, ended):
    waiting, at = asked(expires_at=NINE + HOUR), NINE + HOUR + timedelta(milliseconds=late)

    assert (expire(waiting, at=at).state is ApprovalState.EXPIRED) is ended
    assert (expire(waiting, at=at) is waiting) is not ended
    if ended:
        with pytest.raises(work.NotPending):
            approve(waiting, person="other", posts=("checker",), at=at)


def test_an_approval_without_a_step_would_approve_itself_and_cannot_be():
    with pytest.raises(ValueError, match="at least one step"):
        ask(maker="maker", steps=(), at=NINE)


def test_an_approval_comes_back_from_its_document_as_it_was():
    said = approve(asked(CHECK, SIGN, expires_at=NINE + HOUR), person="one", posts=EVERY_POST, at=NINE)

    assert converter().structure(converter().unstructure(said), Approval) == said


PEOPLE = ("maker", "concerned", "one", "two", "three")
POSTS = st.lists(st.sampled_from(EVERY_POST), max_size=3)
COMMANDS = st.tuples(
    st.sampled_from(("approve", "reject", "withdraw", "expire")),
    st.sampled_from(PEOPLE),
    POSTS,
    st.integers(0, 4),
)


@given(
    steps=st.lists(st.sampled_from((CHECK, SIGN)), min_size=1, max_size=3),
    concerned=st.sets(st.sampled_from(PEOPLE), max_size=2),
    commands=st.lists(COMMANDS, max_size=25),
)
def test_no_sequence_lets_a_person_approve_their_own_what_concerns_them_or_two_steps(steps, concerned, commands):
    approval, at = asked(*steps, concerned=concerned, expires_at=NINE + 40 * HOUR), NINE
    for command, person, posts, hours in commands:
        before, at = approval, at + hours * HOUR
        try:
            approval = done(approval, command, person, posts, at)
        except Refusal:
            continue
        assert before.state is ApprovalState.PENDING or approval is before

    assert "maker" not in approval.approvers
    assert not concerned & set(approval.approvers)
    assert len(set(approval.approvers)) == len(approval.approvers)
    assert (approval.state is ApprovalState.APPROVED) == (len(approval.approvers) == len(steps))
    assert all(one.at < approval.expires_at for one in approval.verdicts)


def done(approval: Approval, command: str, person: str, posts: list[str], at: datetime) -> Approval:
    match command:
        case "approve":
            return approve(approval, person=person, posts=posts, at=at)
        case "reject":
            return reject(approval, person=person, posts=posts, reason="no", at=at)
        case "withdraw":
            return withdraw(approval, person=person, at=at)
    return expire(approval, at=at)
