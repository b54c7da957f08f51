"""The organisation: who stands under whom, and what a unit may be called."""

import json
from datetime import date

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import converter
from chassis.errors import Refusal
from security import units
from security.units import (
    PARENT_KIND,
    UNIT_KINDS,
    OpenUnit,
    Unit,
    close_unit,
    open_unit,
    rename_unit,
    unit_id,
)

DAY = date(2026, 11, 23)


def opened(unit: str, kind: units.UnitKind, parent: Unit | None, **more: object) -> Unit:
    command = OpenUnit(unit, kind, f"示例{unit}", parent.id if parent else None)
    return open_unit(evolve(command, **more), parent=parent)


HQ = opened("HQ", "head_office", None)
PROVINCE = opened("44", "province", HQ, region="440000")
CITY = opened("4401", "city", PROVINCE)
COUNTER = opened("4401003", "counter", CITY)
CHAIN = {unit.kind: unit for unit in (HQ, PROVINCE, CITY, COUNTER)}


def test_a_unit_knows_its_ancestors_from_the_root_down_to_itself():
    assert COUNTER.units == ("HQ", "44", "4401", "4401003")
    assert HQ.units == ("HQ",)


@pytest.mark.parametrize("kind", UNIT_KINDS[1:])
@pytest.mark.parametrize("above", UNIT_KINDS)
def test_a_unit_belongs_under_the_level_above_and_under_no_other(kind, above):
    if above == PARENT_KIND[kind]:
        assert opened("x1", kind, CHAIN[above]).parent == CHAIN[above].id
        return

    with pytest.raises(units.ParentOfWrongKind):
        opened("x1", kind, CHAIN[above])


@pytest.mark.parametrize("kind", UNIT_KINDS[1:])
def test_only_head_office_has_no_parent(kind):
    with pytest.raises(units.ParentOfWrongKind):
        opened("x1", kind, None)


@pytest.mark.parametrize(("unit", "kind"), [("HO", "head_office"), ("HQ", "province")])
def test_there_is_one_root_and_its_id_is_nobody_elses(unit, kind):
    with pytest.raises(units.RootMisplaced):
        opened(unit, kind, None if kind == "head_office" else HQ)


def test_a_parent_that_does_not_exist_is_named():
    with pytest.raises(units.ParentUnknown) as refused:
        open_unit(OpenUnit("9901", "city", "示例", "99"), parent=None)

    assert refused.value.facts == {"unit": "9901", "parent": "99"}


@pytest.mark.parametrize("text", ["4401003", "HQ", "a-b_c", "x" * 32])
def test_an_id_that_can_be_a_routing_word_is_taken(text):
    assert unit_id(text) == text


@pytest.mark.parametrize("text", ["", "44.01", "44 01", "44*", "4#", "广东", "x" * 33, "unknown", "Unknown", "44\n"])
def test_an_id_that_cannot_be_a_routing_word_is_refused(text):
    with pytest.raises(units.UnitIdMalformed):
        unit_id(text)


@pytest.mark.parametrize("name", ["示", "示" * 60, "  示例  "])
def test_a_name_has_one_to_sixty_characters_without_blanks_around_it(name):
    assert rename_unit(CITY, name=name).name == name.strip()


@pytest.mark.parametrize("name", ["", "   ", "示" * 61, "示\n例", "示\x00"])
def test_a_name_that_cannot_be_shown_is_refused(name):
    with pytest.raises(units.UnitNameMalformed):
        rename_unit(CITY, name=name)


@pytest.mark.parametrize("region", ["44000", "4400000", "040000", "44000x", "４４００００"])
def test_a_region_code_has_the_six_digits_of_the_standard(region):
    with pytest.raises(units.RegionCodeMalformed):
        opened("45", "province", HQ, region=region)


@pytest.mark.parametrize(("day", "early"), [(DAY, False), (date(2026, 11, 22), True), (None, True)])
def test_a_unit_does_not_open_before_its_parent(day, early):
    parent = evolve(CITY, open_from=DAY)
    if not early:
        assert opened("4401009", "counter", parent, open_from=day).open_from == day
        return

    with pytest.raises(units.ParentNotOpen):
        opened("4401009", "counter", parent, open_from=day)


def test_nothing_opens_under_a_unit_that_is_closing():
    closing = close_unit(CITY, on=DAY, open_children=(), held_by=())

    with pytest.raises(units.ParentNotOpen):
        opened("4401009", "counter", closing)


def test_a_unit_closes_when_nothing_under_it_and_nobody_at_it_is_left():
    assert close_unit(COUNTER, on=DAY, open_children=(), held_by=()).open_to == DAY


def test_a_unit_with_units_under_it_does_not_close():
    with pytest.raises(units.ChildrenOpen, match="4401001"):
        close_unit(CITY, on=DAY, open_children={"4401003", "4401001"}, held_by=())


def test_a_unit_whose_posts_are_held_does_not_close():
    with pytest.raises(units.PostsHeld):
        close_unit(COUNTER, on=DAY, open_children=(), held_by={"4401003:teller:P440100017:2026-01-01"})


@pytest.mark.parametrize(("on", "late"), [(date(2026, 11, 24), True), (DAY, False)])
def test_a_unit_closes_after_the_day_it_opened(on, late):
    counter = evolve(COUNTER, open_from=DAY)
    if late:
        assert close_unit(counter, on=on, open_children=(), held_by=()).open_to == on
        return

    with pytest.raises(units.DaysOutOfOrder):
        close_unit(counter, on=on, open_children=(), held_by=())


@pytest.mark.parametrize(
    "again",
    [
        lambda unit: close_unit(unit, on=DAY, open_children=(), held_by=()),
        lambda unit: rename_unit(unit, name="别名"),
    ],
)
def test_a_unit_that_is_closing_changes_no_more(again):
    with pytest.raises(units.UnitClosed):
        again(close_unit(COUNTER, on=DAY, open_children=(), held_by=()))


def test_renaming_changes_the_name_alone():
    assert rename_unit(CITY, name="示例二市分公司") == evolve(CITY, name="示例二市分公司")


def test_the_whole_unit_is_its_public_state_and_comes_back_from_a_document():
    unit = evolve(PROVINCE, open_from=DAY, merged_into="33")

    document = json.loads(json.dumps(converter().unstructure(unit)))

    assert set(document) == set(asdict(unit))
    assert converter().structure(document, Unit) == unit


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["HQ", "44", "4401", "4401003", "a", "b"]),
            st.sampled_from(UNIT_KINDS),
            st.sampled_from([None, "HQ", "44", "4401", "4401003", "a", "b"]),
        ),
        max_size=30,
    )
)
def test_no_sequence_of_openings_makes_a_circle_or_a_fifth_level(openings):
    known: dict[str, Unit] = {}
    for unit, kind, parent in openings:
        try:
            made = open_unit(OpenUnit(unit, kind, "示例", parent), parent=known.get(parent))
        except Refusal:
            continue
        known.setdefault(unit, made)

    for unit in known.values():
        assert len(unit.units) == len(set(unit.units)) == UNIT_KINDS.index(unit.kind) + 1
        assert unit.units[-1] == unit.id
        assert unit.units[0] == "HQ"
