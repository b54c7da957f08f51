"""Corrections: reason, who, before and after; nothing is lost, and the chain ends in what stands."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work import corrections
from chassis.work.approvals import ReasonMissing
from chassis.work.corrections import (
    MOST_CORRECTIONS,
    Correction,
    CorrectionsTooMany,
    NothingCorrected,
    as_text,
    correct,
    entered_first,
)

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
STANDS = {"summary": "三人", "occurred_at": NINE, "held_to": None, "order": 1, "held_from": date(2026, 1, 1)}


def corrected(made=(), stands=STANDS, *, reason="误记", by="head", at=NINE, **said):
    return correct(made, stands, said, reason=reason, by=by, at=at)


def test_a_correction_says_what_stood_there_what_stands_there_why_by_whom_and_when():
    (one,) = corrected(occurred_at=NINE - timedelta(hours=1))

    assert one == Correction(
        field="occurred_at",
        before="2026-11-23T01:00:00+00:00",
        after="2026-11-23T00:00:00+00:00",
        reason="误记",
        by="head",
        at=NINE,
    )


def test_several_entries_are_corrected_at_once_and_one_that_stands_so_already_is_none():
    made = corrected(summary="五人", held_to=date(2026, 12, 1), order=1)

    assert [(one.field, one.before, one.after) for one in made] == [
        ("summary", "三人", "五人"),
        ("held_to", None, "2026-12-01"),
    ]


def test_what_changes_nothing_has_no_reason_or_is_one_too_many_is_refused():
    with pytest.raises(NothingCorrected):
        corrected(summary="三人")
    with pytest.raises(NothingCorrected):
        corrected()
    with pytest.raises(ReasonMissing):
        corrected(summary="五人", reason=" ")
    full = corrected(summary="五人") * (MOST_CORRECTIONS - 1)
    assert len(corrected(full, summary="五人")) == MOST_CORRECTIONS
    with pytest.raises(CorrectionsTooMany):
        corrected(full, summary="五人", order=2)


VALUES = {
    "summary": some.sampled_from(["三人", "五人", "十人"]),
    "occurred_at": some.sampled_from([None, NINE, NINE + timedelta(minutes=1)]),
    "held_to": some.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1)]),
}
SAID = some.fixed_dictionaries({}, optional=VALUES)


@given(some.fixed_dictionaries(VALUES), some.lists(SAID, max_size=12))
def test_the_chain_of_each_entry_leads_from_what_was_entered_first_to_what_stands(first, commands):
    made, stands = (), dict(first)
    for place, said in enumerate(commands):
        before = made
        try:
            made = correct(made, stands, said, reason=f"第{place}次", by="head", at=NINE + timedelta(minutes=place))
        except Refusal:
            continue
        stands |= said
        assert made[: len(before)] == before

    for field, value in stands.items():
        own = [one for one in made if one.field == field]
        assert entered_first(made, field, value) == as_text(first[field])
        assert all(later.before == earlier.after for earlier, later in pairwise(own))
        assert all(one.before != one.after for one in own)
        assert not own or own[-1].after == as_text(value)
    for one in made:
        assert converter().structure(converter().unstructure(one), corrections.Correction) == one
