"""A finding is put right by steps, and never judged by whoever owns or fixed it."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.rectifications import (
    DueMissing,
    DuePassed,
    Evidence,
    EvidenceMissing,
    OwnerMissing,
    OwnWork,
    Rectification,
    Severity,
    assign,
    close,
    fix,
    is_open,
    is_overdue,
    opened,
    reject,
    verify,
)

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = NINE + timedelta(days=7)
SHOWN = Evidence("已增设引导标识", ("0" * 64,))


def given_to(owner="owner", due=DUE, at=NINE):
    return assign(opened("等候区无引导标识", Severity.MEDIUM, at=NINE), owner=owner, due=due, by="head", at=at)


def fixed(by="worker"):
    return fix(given_to(), evidence=SHOWN, by=by, at=NINE)


def test_a_finding_is_assigned_fixed_verified_by_another_and_closed():
    closed = close(verify(fixed(), by="verifier", at=DUE), at=DUE)

    assert (closed.state, closed.owner, closed.due) == ("closed", "owner", DUE)
    assert (closed.fixed_by, closed.evidence, closed.verifier) == ("worker", SHOWN, "verifier")
    assert (closed.assigned_by, closed.assigned_at, closed.closed_at) == ("head", NINE, DUE)


@pytest.mark.parametrize(
    ("owner", "due", "refusal"),
    [
        (None, DUE, OwnerMissing),
        ("", DUE, OwnerMissing),
        ("owner", None, DueMissing),
        ("owner", NINE, DuePassed),
        ("owner", NINE - timedelta(seconds=1), DuePassed),
    ],
)
def test_it_is_not_assigned_without_an_owner_and_a_due_time_to_come(owner, due, refusal):
    with pytest.raises(refusal):
        given_to(owner, due)


def test_it_is_assigned_anew_and_keeps_its_due_time_where_none_is_named():
    again = assign(given_to(), owner="other", due=None, by="head", at=DUE + timedelta(days=1))

    assert (again.owner, again.due) == ("other", DUE)


@pytest.mark.parametrize("judge", ["owner", "worker"])
def test_neither_the_owner_nor_who_fixed_it_judges_the_fix(judge):
    with pytest.raises(OwnWork):
        verify(fixed(), by=judge, at=NINE)
    with pytest.raises(OwnWork):
        reject(fixed(), reason="未整改", by=judge)


def test_a_rejected_fix_goes_back_to_its_owner_with_the_same_due_time():
    back = reject(fixed(), reason="标识未上墙", by="verifier")

    assert (back.state, back.owner, back.due, back.rejections) == ("assigned", "owner", DUE, 1)
    assert (back.fixed_by, back.evidence, back.rejection) == (None, None, "标识未上墙")


@pytest.mark.parametrize("evidence", [Evidence(""), Evidence("  \n")])
def test_a_fix_without_evidence_is_refused_and_a_hash_alone_is_enough(evidence):
    with pytest.raises(EvidenceMissing):
        fix(given_to(), evidence=evidence, by="worker", at=NINE)

    assert fix(given_to(), evidence=evolve(evidence, hashes=("0" * 64,)), by="worker", at=NINE).state == "fixed"


@pytest.mark.parametrize(("late", "overdue"), [(-1, False), (0, True), (1, True)])
def test_it_is_overdue_from_its_due_time_on_until_it_is_verified(late, overdue):
    at = DUE + timedelta(seconds=late)

    assert is_overdue(given_to(), at=at) is overdue
    assert is_overdue(fixed(), at=at) is overdue
    assert not is_overdue(verify(fixed(), by="verifier", at=at), at=at)
    assert not is_overdue(opened("x", Severity.LOW, at=NINE), at=at)


def test_it_comes_back_from_its_document_as_it_was():
    for item in (opened("x", Severity.LOW, at=NINE), fixed(), reject(fixed(), reason="否", by="verifier")):
        assert converter().structure(converter().unstructure(item), Rectification) == item


PEOPLE = st.sampled_from(["ann", "bao", "chen", None])
STEPS = st.one_of(
    st.tuples(st.just("assign"), PEOPLE, st.sampled_from([None, -1, 0, 1, 50])),
    st.tuples(st.just("fix"), PEOPLE, st.booleans()),
    st.tuples(st.just("verify"), PEOPLE, st.none()),
    st.tuples(st.just("reject"), PEOPLE, st.none()),
    st.tuples(st.just("close"), st.none(), st.none()),
)


def taken(item, step, at):
    name, person, more = step
    match name:
        case "assign":
            due = None if more is None else at + timedelta(hours=more)
            return assign(item, owner=person, due=due, by="head", at=at)
        case "fix":
            return fix(item, evidence=SHOWN if more else Evidence(""), by=person or "worker", at=at)
        case "verify":
            return verify(item, by=person or "verifier", at=at)
        case "reject":
            return reject(item, reason="否", by=person or "verifier")
        case _:
            return close(item, at=at)


NEXT = {
    "open": {"assigned"},
    "assigned": {"assigned", "fixed"},
    "fixed": {"assigned", "verified"},
    "verified": {"closed"},
    "closed": set(),
}


@given(st.lists(STEPS, max_size=30))
def test_no_sequence_of_steps_reaches_a_state_that_is_forbidden(steps):
    item = opened("x", Severity.HIGH, at=NINE)

    for hours, step in enumerate(steps):
        before = item
        try:
            item = taken(item, step, NINE + timedelta(hours=hours))
        except Refusal:
            assert item is before
        else:
            assert item.state in NEXT[before.state]
        assert (item.state == "open") == (item.owner is None)
        assert item.state == "open" or item.due
        if not is_open(item):
            assert item.verifier not in (item.owner, item.fixed_by)
            assert item.evidence
