"""The example organisation is imported without fault, the same each time, and plainly invented."""

import re
from collections import Counter
from datetime import date

import pytest

from decalog.organisation import DEMO, FULL, Size, holders_sheet, organisation, units_sheet, write
from security.holder_sheet import plan_holders, read_holders
from security.sheets import MAX_ROWS
from security.unit_sheet import plan_units, read_units
from security.units import OpenUnit, Unit, open_unit

SINCE = date(2026, 1, 1)
SMALL = organisation(DEMO, seed=7, since=SINCE)


def imported(sheet: str) -> dict[str, Unit]:
    plan = plan_units(read_units(sheet.encode()), existing={})
    assert plan.faults == ()
    units: dict[str, Unit] = {}
    for command in plan.commands:
        assert isinstance(command, OpenUnit)
        units[command.unit] = open_unit(command, parent=units.get(command.parent or ""))
    return units


def test_the_demo_has_all_companies_and_two_whole_chains():
    units = imported(units_sheet(SMALL))

    assert Counter(unit.kind for unit in units.values()) == {
        "head_office": 1,
        "province": 36,
        "city": 2,
        "counter": 6,
    }
    assert units["4401003"].units == ("HQ", "44", "4401", "4401003")
    assert units["4403"].units == ("HQ", "4403")


def test_everybody_in_the_demo_can_hold_what_they_hold():
    plan = plan_holders(read_holders(holders_sheet(SMALL).encode()), units=imported(units_sheet(SMALL)), existing=())

    assert plan.faults == ()
    assert len(plan.commands) == len(SMALL.holders)


@pytest.mark.clause("R7.5")
def test_every_company_has_those_who_guide_and_a_deputy():
    held = {(line.unit, line.post, line.kind) for line in SMALL.holders}

    assert {
        ("HQ", "ho_business_management_head", "holder"),
        ("HQ", "ho_customer_service_head", "holder"),
    } <= held
    for unit in SMALL.units:
        if unit.kind == "province":
            assert {(unit.id, "company_leader", "holder"), (unit.id, "province_ops_head", "holder")} <= held
            assert (unit.id, "province_ops_head", "deputy") in held
        if unit.kind == "city":
            assert (unit.id, "company_leader", "holder") in held


def test_the_full_size_has_all_cities_and_counters_within_one_sheet_of_units():
    units = imported(units_sheet(organisation(FULL, seed=7, since=SINCE)))

    assert Counter(unit.kind for unit in units.values()) == {
        "head_office": 1,
        "province": 36,
        "city": 350,
        "counter": 3000,
    }
    assert len(units) <= MAX_ROWS


def test_the_same_seed_gives_the_same_and_another_gives_another():
    size = Size(cities=5, counters=12, under=("44", "4403"))
    first = organisation(size, seed=1, since=SINCE)

    assert organisation(size, seed=1, since=SINCE) == first
    assert organisation(size, seed=2, since=SINCE) != first


def test_no_city_takes_the_id_of_a_company():
    units = imported(units_sheet(organisation(Size(cities=9, counters=0, under=("44",)), seed=1, since=SINCE)))

    assert [unit.id for unit in units.values() if unit.parent == "44"] == [
        f"44{city:02}" for city in (1, 2, 4, 5, 6, 7, 8, 9, 10)
    ]


def test_invented_places_say_so_and_people_are_ids():
    for unit in SMALL.units:
        assert ("示例" in unit.name) == (unit.kind in ("city", "counter"))
    assert all(re.fullmatch(r"P[0-9]{9,11}", line.person) for line in SMALL.holders)


def test_a_person_is_at_one_unit_only():
    full = organisation(FULL, seed=3, since=SINCE)

    places = {(line.person, line.unit) for line in full.holders}

    assert len(places) == len({line.person for line in full.holders})


@pytest.mark.parametrize(("cities", "room"), [(98, True), (99, False)])
def test_more_cities_than_there_are_ids_are_refused(cities, room):
    size = Size(cities=cities, counters=0, under=("44",))
    if room:
        assert len(imported(units_sheet(organisation(size, seed=1, since=SINCE)))) == 37 + 98
        return

    with pytest.raises(ValueError, match="no room for 99"):
        organisation(size, seed=1, since=SINCE)


def test_the_two_sheets_are_written_as_they_are(tmp_path):
    units, holders = write(SMALL, tmp_path / "example")

    assert units.read_bytes() == units_sheet(SMALL).encode()
    assert holders.read_bytes() == holders_sheet(SMALL).encode()
