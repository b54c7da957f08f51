"""Parameters: four eyes, never laxer than what binds, and nothing that was in force changes afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from chassis.store import Loaded
from chassis.work import approvals, parameter_shelf, parameters
from chassis.work.parameter_shelf import ParameterShelf
from chassis.work.parameters import Basis, Definition, InForce, Meaning, Measure, ParameterValue, Stricter

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOT, PROVINCE, COUNTER = ("HQ",), ("HQ", "44"), ("HQ", "44", "4401003")
LIMIT = Definition(
    key="limit_hours",
    says=Meaning("时限", "the limit"),
    measure=Measure.HOURS,
    default=24,
    basis=Basis.OWN_DEFAULT,
    based_on=Meaning("默认", "our default"),
    stricter=Stricter.LOWER,
    lowest=1,
    highest=72,
)
TEXT = evolve(LIMIT, basis=Basis.COMPANY_TEXT)


def proposed(value, units=PROVINCE, definition=LIMIT, *, others=(), wanted=None, at=NINE, name="one", maker="maker"):
    return parameters.propose(
        definition,
        value,
        id=name,
        units=units,
        reason="从严管理",
        wanted_from=wanted,
        maker=maker,
        posts=("head",),
        others=others,
        at=at,
    )


def approved(one, definition=LIMIT, *, others=(), at=NINE, person="head"):
    return parameters.approve(one, definition, person=person, posts=("head",), others=others, at=at)


def made(value, units=PROVINCE, definition=LIMIT, **more):
    return approved(proposed(value, units, definition, **more), definition, others=more.get("others", ()))


def test_the_default_holds_until_another_value_is_approved():
    waiting = proposed(12)

    assert parameters.in_force(LIMIT, [waiting], COUNTER, NINE + HOUR) == InForce(24)
    assert parameters.in_force(LIMIT, [approved(waiting)], COUNTER, NINE) == InForce(12, "44", NINE, "one")
    assert parameters.in_force(LIMIT, [approved(waiting)], ROOT, NINE) == InForce(24)


@pytest.mark.parametrize(("late", "value"), [(-1, 24), (0, 12), (1, 12)])
def test_a_value_holds_from_its_very_instant(late, value):
    one = made(12, wanted=NINE + HOUR)
    at = NINE + HOUR + timedelta(milliseconds=late)

    assert parameters.in_force(LIMIT, [one], COUNTER, at).value == value


def test_a_value_that_is_approved_late_holds_from_then_and_not_from_when_it_was_wanted():
    one = approved(proposed(12, wanted=NINE + HOUR), at=NINE + 2 * HOUR)

    assert one.effective_from == NINE + 2 * HOUR


def test_nobody_approves_or_rejects_their_own():
    with pytest.raises(approvals.OwnWork):
        approved(proposed(12), person="maker")
    with pytest.raises(approvals.OwnWork):
        parameters.reject(proposed(12), person="maker", posts=("head",), reason="no", at=NINE)


def test_what_was_rejected_or_withdrawn_is_never_in_force():
    no = parameters.reject(proposed(12), person="head", posts=("head",), reason="不必", at=NINE)
    back = parameters.withdraw(proposed(12), person="maker", at=NINE)

    assert parameters.in_force(LIMIT, [no, back], COUNTER, NINE + HOUR) == InForce(24)
    with pytest.raises(approvals.NotPending):
        approved(no)


@pytest.mark.parametrize(("value", "refused"), [(0, True), (1, False), (72, False), (73, True)])
def test_a_value_lies_within_its_bounds(value, refused):
    if not refused:
        assert proposed(value).value == value
        return
    with pytest.raises(parameters.ParameterOutOfBounds):
        proposed(value)


@pytest.mark.parametrize(("value", "refused"), [(23, False), (24, False), (25, True)])
def test_the_companys_text_is_made_laxer_by_nobody_not_even_at_the_root(value, refused):
    if not refused:
        assert made(value, ROOT, TEXT).value == value
        return
    with pytest.raises(parameters.ParameterLaxer):
        proposed(value, ROOT, TEXT)


def test_our_default_may_be_changed_either_way_but_what_a_unit_has_set_binds_those_below():
    above = made(36, PROVINCE)

    assert made(36, COUNTER, others=[above]).value == 36
    with pytest.raises(parameters.ParameterLaxer):
        proposed(37, COUNTER, others=[above])


def test_a_number_that_may_be_loosened_below_is_the_nearest_units():
    free = evolve(LIMIT, loosens_below=True)
    values = [made(12, PROVINCE, free), made(48, COUNTER, free, others=[made(12, PROVINCE, free)], name="two")]

    assert parameters.in_force(free, values, COUNTER, NINE).value == 48


def test_a_value_that_the_one_above_has_overtaken_does_not_count():
    below = made(20, COUNTER, name="below")
    above = made(6, PROVINCE, name="above", wanted=NINE + HOUR)

    assert parameters.in_force(LIMIT, [below, above], COUNTER, NINE) == InForce(20, "4401003", NINE, "below")
    assert parameters.in_force(LIMIT, [below, above], COUNTER, NINE + HOUR).value == 6


def test_a_proposal_that_has_become_laxer_while_it_waited_is_not_approved():
    waiting, above = proposed(20, COUNTER), made(6, PROVINCE, name="above")

    with pytest.raises(parameters.ParameterLaxer):
        approved(waiting, others=[above])


def test_where_higher_is_stricter_a_lower_value_is_the_laxer():
    length = evolve(TEXT, stricter=Stricter.HIGHER)

    assert made(30, definition=length).value == 30
    with pytest.raises(parameters.ParameterLaxer):
        proposed(23, definition=length)


@pytest.mark.parametrize(("late", "refused"), [(0, False), (1, True)])
def test_a_value_is_proposed_at_most_a_year_ahead(late, refused):
    wanted = NINE + parameters.MOST_AHEAD + timedelta(milliseconds=late)
    if not refused:
        assert proposed(12, wanted=wanted).wanted_from == wanted
        return
    with pytest.raises(parameters.ParameterTooFar):
        proposed(12, wanted=wanted)


def test_the_next_change_is_told_before_it_comes():
    now, later = made(12), made(6, name="two", wanted=NINE + HOUR)

    assert parameters.next_change(LIMIT, [now, later], COUNTER, NINE) == InForce(6, "44", NINE + HOUR, "two")
    assert parameters.next_change(LIMIT, [now, later], COUNTER, NINE + HOUR) is None


def test_a_definition_that_would_loosen_the_companys_text_cannot_be():
    with pytest.raises(ValueError, match="never made laxer"):
        evolve(TEXT, loosens_below=True)
    with pytest.raises(ValueError, match="outside the bounds"):
        evolve(LIMIT, default=73)


def test_a_value_means_its_duration_and_a_number_of_times_means_none():
    assert LIMIT.span(6) == 6 * HOUR
    with pytest.raises(ValueError, match="no duration"):
        evolve(LIMIT, measure=Measure.TIMES).span(6)
    with pytest.raises(ValueError, match="no duration"):
        evolve(LIMIT, measure=Measure.WORKDAYS).span(6)


def test_a_value_comes_back_from_its_document_as_it_was():
    one = made(12)

    assert converter().structure(converter().unstructure(one), ParameterValue) == one


STEPS = st.tuples(
    st.sampled_from(("propose", "approve", "reject", "withdraw")),
    st.sampled_from(("maker", "head", "other")),
    st.sampled_from((ROOT, PROVINCE, COUNTER)),
    st.integers(0, 80),
    st.none() | st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 3),
)


@given(direction=st.sampled_from(Stricter), steps=st.lists(STEPS, max_size=30))
def test_no_sequence_approves_ones_own_loosens_the_companys_text_or_changes_what_was_in_force(direction, steps):
    text = evolve(TEXT, stricter=direction)
    values, at, seen = [], NINE, {}
    for command, person, units, value, ahead, pick, hours in steps:
        at += hours * HOUR
        seen[at] = [parameters.in_force(text, values, chain, at - HOUR / 2) for chain in (ROOT, PROVINCE, COUNTER)]
        wanted = None if ahead is None else at + ahead * HOUR
        try:
            _take(values, text, command, person, units, value, wanted, pick, at)
        except Refusal:
            continue

    assert all(one.approval.maker not in one.approval.approvers for one in values)
    for instant in [*seen, at + 10 * HOUR]:
        held = [parameters.in_force(text, values, chain, instant) for chain in (ROOT, PROVINCE, COUNTER)]
        assert held == [parameters.in_force(text, values[::-1], chain, instant) for chain in (ROOT, PROVINCE, COUNTER)]
        strictest = 24
        for one in held:
            assert not text.laxer(one.value, strictest)
            strictest = one.value
    for instant, held in seen.items():
        before = instant - HOUR / 2
        assert held == [parameters.in_force(text, values, chain, before) for chain in (ROOT, PROVINCE, COUNTER)]


def _take(values, text, command, person, units, value, wanted, pick, at):
    if command == "propose":
        name = str(len(values))
        values.append(proposed(value, units, text, others=values, wanted=wanted, at=at, name=name, maker=person))
    elif values:
        place = pick % len(values)
        one = values[place]
        match command:
            case "approve":
                values[place] = approved(one, text, others=values, at=at, person=person)
            case "reject":
                values[place] = parameters.reject(one, person=person, posts=("head",), reason="no", at=at)
            case "withdraw":
                values[place] = parameters.withdraw(one, person=person, at=at)


class Kept:
    """What is in the database, and how often it was read."""

    def __init__(self, *values):
        self.values, self.reads = list(values), 0

    def find(self, query):
        assert query == {"status": "approved"}
        self.reads += 1
        return [Loaded(one.id, 1, one, (), (), {}, {}, None) for one in self.values]


def test_the_shelf_answers_from_memory_until_it_is_told_or_its_second_is_over(monkeypatch):
    kept, now = Kept(), [0.0]
    monkeypatch.setattr(parameter_shelf, "monotonic", lambda: now[0])
    shelf = ParameterShelf(kept)

    def held():
        return shelf.value(LIMIT, COUNTER, NINE)

    assert (held(), held(), kept.reads) == (24, 24, 1)
    kept.values.append(made(12))
    assert (held(), kept.reads) == (24, 1)
    shelf.forget()
    assert (held(), kept.reads) == (12, 2)
    kept.values.append(made(6, COUNTER, name="two"))
    now[0] = parameter_shelf.KEPT_SECONDS - 0.001
    assert held() == 12
    now[0] = parameter_shelf.KEPT_SECONDS
    assert (held(), kept.reads) == (6, 3)


def test_what_is_on_the_shelf_is_another_key_s_or_another_unit_s_business():
    shelf = ParameterShelf(Kept(made(12)))

    assert shelf.value(evolve(LIMIT, key="other"), COUNTER, NINE) == 24
    assert shelf.value(LIMIT, ("HQ", "33"), NINE) == 24
    assert shelf.value(LIMIT, COUNTER, NINE - HOUR) == 24
