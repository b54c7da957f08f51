"""R9.1: an assignment wrongly entered is corrected by the red line, and never into what could not have been made."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.work.corrections import Correction, NothingCorrected, as_text, entered_first
from security import holders
from security.holder_corrections import correct_assignment
from security.holders import Assign, Assignment, assign, end_assignment
from security.lending import LONGEST, LendingTooLong
from security.separations import PostsSeparated
from security.spans import DaysOutOfOrder
from services.security.tests.test_holders import COUNTER, DAY, HELD, TELLER, days

pytestmark = pytest.mark.clause("R9.1")

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
DEPUTY = assign(evolve(TELLER, kind="deputy", order=2), unit=COUNTER, already=())


def corrected(held=HELD, already=(), at=NINE, **said):
    already = (*already, held)
    return correct_assignment(held, said, unit=COUNTER, already=already, reason="误记", by="P1", at=at)


def test_an_end_that_was_entered_wrongly_is_struck_through_and_the_right_one_holds():
    ended = end_assignment(HELD, on=days(3))

    right = corrected(ended, held_to=days(30))

    assert right == evolve(
        ended,
        held_to=days(30),
        corrections=(
            Correction(field="held_to", before=f"{days(3)}", after=f"{days(30)}", reason="误记", by="P1", at=NINE),
        ),
    )
    assert right.held_on(days(29))
    assert corrected(right, held_to=None).held_on(days(3_000))


def test_whoever_is_no_deputy_after_all_has_no_order_and_a_deputy_is_the_first_where_nothing_is_said():
    assert [(one.field, one.before, one.after) for one in corrected(DEPUTY, kind="holder").corrections] == [
        ("kind", "deputy", "holder"),
        ("order", "2", None),
    ]
    assert corrected(HELD, kind="deputy").order == 1
    with pytest.raises(holders.OrderOnlyForDeputies):
        corrected(HELD, order=1)


def test_it_is_never_corrected_into_what_could_not_have_been_made():
    ended, again = end_assignment(HELD, on=days(3)), assign(evolve(TELLER, held_from=days(5)), unit=COUNTER, already=())

    assert corrected(ended, [again], held_to=days(5)).held_to == days(5)
    with pytest.raises(holders.AlreadyHeld):
        corrected(ended, [again], held_to=days(6))
    with pytest.raises(DaysOutOfOrder):
        corrected(ended, held_to=DAY)
    with pytest.raises(NothingCorrected):
        corrected(ended, held_to=days(3))


@pytest.mark.clause("R9.5")
def test_no_correction_brings_together_what_is_kept_apart():
    seals = assign(Assign("P440100017", "seal_keeper", "4401003", "holder", DAY), unit=COUNTER, already=())
    ended = end_assignment(seals, on=days(3))
    documents = Assign("P440100017", "document_keeper", "4401003", "holder", days(3))
    papers = assign(documents, unit=COUNTER, already=[ended])

    with pytest.raises(PostsSeparated):
        corrected(ended, [papers], held_to=days(4))


def test_nobody_is_lent_for_longer_by_a_correction():
    lent = evolve(HELD, kind="lent", held_to=days(30))

    assert corrected(lent, held_to=days(LONGEST.days)).held_to == days(LONGEST.days)
    for too_long in (None, days(LONGEST.days + 1)):
        with pytest.raises(LendingTooLong):
            corrected(lent, held_to=too_long)


STEPS = st.one_of(
    st.tuples(st.just("end"), st.integers(0, 20)),
    st.tuples(st.just("held_to"), st.none() | st.integers(0, 20)),
    st.tuples(st.just("kind"), st.sampled_from(holders.HOLDER_KINDS)),
)


@given(st.lists(STEPS, max_size=15))
def test_no_sequence_loses_what_was_entered_or_leads_elsewhere_than_the_last_correction(steps):
    held = HELD
    for place, (step, value) in enumerate(steps):
        before, at = held, NINE + timedelta(minutes=place)
        try:
            if step == "end":
                held = end_assignment(held, on=days(value))
                assert held.corrections == before.corrections
                continue
            said = {"held_to": None if value is None else days(value)} if step == "held_to" else {"kind": value}
            held = corrected(held, at=at, **said)
        except Refusal:
            continue
        assert held.corrections[: len(before.corrections)] == before.corrections
        for one in held.corrections[len(before.corrections) :]:
            assert one.before == as_text(getattr(before, one.field))
            assert one.after == as_text(getattr(held, one.field))

    kinds = [one for one in held.corrections if one.field == "kind"]
    assert all(later.before == earlier.after for earlier, later in pairwise(kinds))
    assert entered_first(held.corrections, "kind", held.kind) == HELD.kind
    assert (held.kind == "deputy") == (held.order is not None)
    assert converter().structure(converter().unstructure(held), Assignment) == held
