"""R7.5, R9.1: who holds which post where is data; a person answers for each thing."""

import json
from datetime import date, timedelta

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from security import holders
from security.holders import Assign, Assignment, assign, end_assignment, person_id, succession
from security.posts import PostUnknown, post_named, posts
from security.units import UNIT_KINDS, Unit, UnitClosed

DAY = date(2026, 11, 23)
COUNTER = Unit("4401003", "counter", "示例柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None)
TELLER = Assign("P440100017", "teller", "4401003", "holder", DAY)
HELD = assign(TELLER, unit=COUNTER, already=())


def days(number: int) -> date:
    return DAY + timedelta(days=number)


def test_an_assignment_says_by_its_id_what_it_is():
    assert HELD.id == "4401003:teller:P440100017:2026-11-23"
    assert HELD.units == ("HQ", "44", "4401", "4401003")


@pytest.mark.parametrize("post", posts())
@pytest.mark.parametrize("kind", UNIT_KINDS)
def test_a_post_is_held_at_its_kinds_of_unit_and_at_no_other(post, kind):
    unit = evolve(COUNTER, kind=kind)
    if kind in post_named(post).kinds:
        assert assign(evolve(TELLER, post=post), unit=unit, already=()).post == post
        return

    with pytest.raises(holders.PostNotAtKind):
        assign(evolve(TELLER, post=post), unit=unit, already=())


def test_a_post_that_is_not_in_the_catalogue_is_refused():
    with pytest.raises(PostUnknown):
        assign(evolve(TELLER, post="cashier"), unit=COUNTER, already=())


@pytest.mark.parametrize("text", ["P440100017", "P0001", "SYSP1234567890123456"])
def test_a_person_is_an_invented_id(text):
    assert person_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "zhang.san",
        "ZHANG",
        "P123",
        "13800000000",
        "11010119900101123X",
        "110101199001011234",
        "P" * 5,
        "",
    ],
)
def test_a_name_a_phone_number_and_an_identity_number_are_no_person_ids_and_not_repeated(text):
    with pytest.raises(holders.PersonIdMalformed) as refused:
        person_id(text)

    assert not text or text not in json.dumps(refused.value.wire(), ensure_ascii=False)


@pytest.mark.parametrize(("to", "in_order"), [(1, True), (0, False), (-1, False)])
def test_an_assignment_ends_after_it_begins(to, in_order):
    command = evolve(TELLER, held_to=days(to))
    if in_order:
        assert assign(command, unit=COUNTER, already=()).held_to == days(to)
        return

    with pytest.raises(holders.DaysOutOfOrder):
        assign(command, unit=COUNTER, already=())


@pytest.mark.parametrize(("since", "open_then"), [(0, True), (1, False)])
def test_nobody_holds_a_post_before_the_unit_opens(since, open_then):
    unit = evolve(COUNTER, open_from=days(since))
    if open_then:
        assert assign(TELLER, unit=unit, already=()).held_from == DAY
        return

    with pytest.raises(holders.UnitNotYetOpen):
        assign(TELLER, unit=unit, already=())


@pytest.mark.parametrize(("to", "open_then"), [(10, True), (11, False), (None, False)])
def test_nobody_holds_a_post_after_the_unit_has_closed(to, open_then):
    command = evolve(TELLER, held_to=None if to is None else days(to))
    unit = evolve(COUNTER, open_to=days(10))
    if open_then:
        assert assign(command, unit=unit, already=()).held_to == days(10)
        return

    with pytest.raises(UnitClosed):
        assign(command, unit=unit, already=())


@pytest.mark.parametrize(
    ("since", "to", "free"),
    [(-5, 0, True), (-5, 1, False), (-5, None, False), (9, 12, False), (10, 12, True), (10, None, True)],
)
def test_a_person_holds_a_post_at_a_unit_once_at_a_time(since, to, free):
    held = evolve(HELD, held_to=days(10))
    command = evolve(TELLER, held_from=days(since), held_to=None if to is None else days(to))
    if free:
        assert assign(command, unit=COUNTER, already=[held]).held_from == days(since)
        return

    with pytest.raises(holders.AlreadyHeld):
        assign(command, unit=COUNTER, already=[held])


@pytest.mark.clause("R7.5")
@pytest.mark.parametrize("other", [{"person": "P440100018"}, {"post": "seal_keeper"}])
def test_a_post_may_have_several_holders_and_a_person_several_posts(other):
    assert assign(evolve(TELLER, **other), unit=COUNTER, already=[HELD]).id != HELD.id


def test_a_deputy_without_an_order_is_the_first():
    assert assign(evolve(TELLER, kind="deputy"), unit=COUNTER, already=()).order == 1


@pytest.mark.parametrize("kind", ["holder", "acting"])
def test_only_deputies_have_an_order(kind):
    with pytest.raises(holders.OrderOnlyForDeputies):
        assign(evolve(TELLER, kind=kind, order=1), unit=COUNTER, already=())


@pytest.mark.parametrize(("order", "good"), [(0, False), (1, True), (9, True), (10, False)])
def test_deputies_are_ordered_from_one_to_nine(order, good):
    command = evolve(TELLER, kind="deputy", order=order)
    if good:
        assert assign(command, unit=COUNTER, already=()).order == order
        return

    with pytest.raises(holders.OrderMalformed):
        assign(command, unit=COUNTER, already=())


def test_an_assignment_that_ends_today_is_not_held_today():
    ended = end_assignment(HELD, on=days(3))

    assert [ended.held_on(days(day)) for day in (-1, 0, 2, 3)] == [False, True, True, False]


def test_an_end_that_was_planned_may_come_earlier_and_not_later():
    planned = evolve(HELD, held_to=days(10))

    assert end_assignment(planned, on=days(9)).held_to == days(9)
    with pytest.raises(holders.AlreadyEnded):
        end_assignment(planned, on=days(10))


def test_an_assignment_does_not_end_before_it_begins():
    with pytest.raises(holders.DaysOutOfOrder):
        end_assignment(HELD, on=days(-1))


def test_an_assignment_ended_on_its_first_day_was_never_held_and_can_be_made_anew():
    mistake = end_assignment(HELD, on=DAY)

    again = assign(evolve(TELLER, kind="acting"), unit=COUNTER, already=[mistake])

    assert not mistake.held_on(DAY)
    assert again.id == "4401003:teller:P440100017:2026-11-23:2"


@pytest.mark.clause("R7.5")
def test_holders_come_first_then_who_acts_then_deputies_in_their_order():
    line = [
        evolve(HELD, id="d2", kind="deputy", order=2),
        evolve(HELD, id="d1", kind="deputy", order=1),
        evolve(HELD, id="a", kind="acting"),
        evolve(HELD, id="h2"),
        evolve(HELD, id="h1"),
        evolve(HELD, id="gone", held_to=days(1)),
    ]

    assert [each.id for each in succession(line, on=days(1))] == ["h1", "h2", "a", "d1", "d2"]


def test_the_whole_assignment_is_its_public_state_and_comes_back_from_a_document():
    assignment = evolve(HELD, held_to=days(10))

    document = json.loads(json.dumps(converter().unstructure(assignment)))

    assert set(document) == set(asdict(assignment)) - {"corrections"}  # there are none
    assert converter().structure(document, Assignment) == assignment


steps = st.one_of(
    st.tuples(st.just("assign"), st.integers(0, 20), st.none() | st.integers(0, 20)),
    st.tuples(st.just("end"), st.integers(0, 20), st.integers(0, 9)),
)


@given(st.lists(steps, max_size=25))
def test_no_sequence_lets_a_person_hold_a_post_twice_on_one_day(sequence):
    known: dict[str, Assignment] = {}
    for step, number, other in sequence:
        try:
            if step == "assign":
                to = None if other is None else days(other)
                made = assign(evolve(TELLER, held_from=days(number), held_to=to), unit=COUNTER, already=known.values())
                assert made.id not in known
            elif known:
                made = end_assignment(list(known.values())[other % len(known)], on=days(number))
            else:
                continue
        except Refusal:
            continue
        known[made.id] = made

    for day in range(-1, 22):
        assert sum(each.held_on(days(day)) for each in known.values()) <= 1
