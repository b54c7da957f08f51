"""Units and holders come in from sheets: every bad row is named, a repeated sheet changes nothing."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decalog.organisation import FULL, holders_sheet, organisation, units_sheet
from security.sheets import MAX_BYTES, MAX_ROWS
from services.security.tests.component.bureau import (
    HEAD_OFFICE,
    HOLDERS,
    PROVINCE,
    READER,
    SOMEBODY,
    UNITS,
    holders,
    units,
)

pytestmark = pytest.mark.live


def stored(bureau):
    """How many documents and versions there are."""
    return [
        [(each["_id"], each["version"]) for each in bureau.database[name].find({}, {"version": 1}).sort("_id", 1)]
        for name in ("units", "assignments")
    ]


def test_units_are_opened_parents_first_and_each_is_stated_with_its_chain(bureau):
    rows = UNITS.splitlines(keepends=True)
    upside_down = "".join([rows[0], *reversed(rows[1:])])

    assert units(bureau, upside_down) == {"done": 5, "unchanged": 0, "dry_run": False, "faults": []}

    chains = {each["id"]: each["units"] for each in bureau.events("unit_stated")}
    assert chains["4401003"] == ["HQ", "44", "4401", "4401003"]
    (message,) = (each for each in bureau.messages("unit_stated") if each.attributes["subject"] == "4401003")
    assert (message.key, message.attributes["sequence"]) == ("unit_stated.44.4401.4401003", 1)


@pytest.mark.clause("R7.5")
def test_holders_are_assigned_and_each_assignment_is_stated(bureau):
    units(bureau)

    assert holders(bureau)["done"] == 3

    stated = {each["person"]: each for each in bureau.events("assignment_stated")}
    assert stated["P440100001"]["units"] == ["HQ", "44", "4401"]
    assert (stated["P440100002"]["kind"], stated["P440100002"]["order"]) == ("deputy", 1)
    assert (stated["P440100301"]["held_from"], stated["P440100301"]["held_to"]) == ("2026-01-01", "2026-12-31")


def test_a_dry_run_says_what_would_be_done_and_does_nothing(bureau):
    assert units(bureau, dry_run=True) == {"done": 0, "unchanged": 0, "dry_run": True, "faults": []}
    assert stored(bureau) == [[], []]
    assert bureau.exchange.arrived == []


def test_a_dry_run_names_the_same_faults_as_the_import(bureau):
    sheet = UNITS + "4402,city,深圳,99\n4403,town,某镇,44\n"

    dry = units(bureau, sheet, dry_run=True)["faults"]

    assert dry == units(bureau, sheet)["faults"]
    assert [each["line"] for each in dry] == [7, 8]


def test_a_repeated_sheet_changes_nothing(bureau):
    units(bureau)
    holders(bureau)
    before = stored(bureau)

    assert (units(bureau)["unchanged"], units(bureau)["done"]) == (5, 0)
    assert (holders(bureau)["unchanged"], holders(bureau)["done"]) == (3, 0)
    assert stored(bureau) == before


def test_a_retry_with_the_same_key_finishes_what_an_earlier_one_began(bureau):
    units(bureau, "".join(UNITS.splitlines(keepends=True)[:3]), key="sheet")

    assert units(bureau, key="sheet")["done"] == 3
    assert len(bureau.events("unit_stated")) == 5


def test_each_bad_row_is_named_by_line_and_column_and_drops_no_good_one(bureau):
    sheet = UNITS + "bad id,city,某市,44\n4402,city,,44\n4404,city,深圳,77\n4401003,counter,天河二,4401\n"

    answer = units(bureau, sheet)

    assert [(each["line"], each["column"], each["code"]) for each in answer["faults"]] == [
        (6, "", "security.rows_contradict"),
        (7, "id", "security.unit_id_malformed"),
        (8, "name", "security.cell_empty"),
        (9, "parent", "security.parent_unknown"),
        (10, "", "security.rows_contradict"),
    ]
    assert all(each["zh"] and each["en"] for each in answer["faults"])
    assert answer["done"] == 4


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("张三,teller,4401003,holder,2026-01-01,", "person", "security.person_id_malformed"),
        ("P440100400,king,4401003,holder,2026-01-01,", "post", "security.post_unknown"),
        ("P440100400,teller,4401,holder,2026-01-01,", "post", "security.post_not_at_kind"),
        ("P440100400,teller,9999,holder,2026-01-01,", "unit", "security.unit_unknown"),
        ("P440100400,teller,4401003,owner,2026-01-01,", "kind", "security.holder_kind_unknown"),
        ("P440100400,teller,4401003,holder,2026-02-30,", "from", "security.day_malformed"),
        ("P440100400,teller,4401003,holder,0000-01-01,", "from", "security.day_malformed"),
        ("P440100400,teller,4401003,holder,2026-01-02,2026-01-02", "to", "security.days_out_of_order"),
        ("P440100400,teller,4401003,holder", "", "security.line_of_wrong_width"),
        ('P440100400,"teller,4401003,holder,2026-01-01,', "", "security.line_unreadable"),
        ("P440100301,teller,4401003,holder,2026-06-01,", "from", "security.already_held"),
        ("P440100301,teller,4401003,acting,2026-01-01,", "kind", "security.assignment_differs"),
    ],
)
def test_a_holder_that_cannot_be_is_named_with_its_reason(bureau, row, column, code):
    units(bureau)
    holders(bureau)

    answer = holders(bureau, f"person,post,unit,kind,from,to\n{row}\n")

    assert [(each["line"], each["column"], each["code"]) for each in answer["faults"]] == [(2, column, code)]
    assert (answer["done"], answer["unchanged"]) == (0, 0)


@pytest.mark.clause("R7.5")
def test_an_assignment_is_ended_by_the_same_row_with_its_end_and_stated_with_a_higher_sequence(bureau):
    units(bureau)
    holders(bureau)

    ended = HOLDERS.replace("4401,holder,2026-01-01,\n", "4401,holder,2026-01-01,2026-11-23\n")
    assert (holders(bureau, ended)["done"], holders(bureau, ended)["unchanged"]) == (1, 3)

    last = bureau.messages("assignment_stated")[-1]
    assert last.attributes["sequence"] == 2
    assert bureau.events("assignment_stated")[-1]["held_to"] == "2026-11-23"
    assert holders(bureau)["faults"][0]["code"] == "security.assignment_differs"


def test_a_unit_is_renamed_and_stated_with_a_higher_sequence(bureau):
    units(bureau)

    assert units(bureau, UNITS.replace("天河柜面", "天河一柜面"))["done"] == 1

    assert bureau.events("unit_stated")[-1]["name"] == "天河一柜面"
    assert bureau.messages("unit_stated")[-1].attributes["sequence"] == 2


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_sheet_that_leaves_the_callers_reach_is_refused_before_anything_is_written(bureau, dry_run):
    units(bureau)
    before = stored(bureau)
    mixed = "id,kind,name,parent\n4402,city,韶关市分公司,44\n3301,city,杭州市分公司,33\n"
    renamed = "id,kind,name,parent\n4402,city,韶关市分公司,44\n33,province,浙江,HQ\n"

    for sheet in (mixed, renamed):
        refusal = bureau.refused("import_units", PROVINCE, body={"csv": sheet, "dry_run": dry_run})
        assert (refusal["kind"], refusal["code"]) == ("forbidden", "chassis.not_permitted")
    assert stored(bureau) == before


@pytest.mark.parametrize("dry_run", [False, True])
def test_holders_outside_of_the_callers_reach_are_refused_before_anything_is_written(bureau, dry_run):
    units(bureau)
    holders(bureau, "person,post,unit,kind,from,to\nP330000001,province_ops_head,33,holder,2026-01-01,\n")
    before = stored(bureau)
    begin = "P440100301,teller,4401003,holder,2026-01-01,\nP330000002,province_ops_head,33,holder,2026-01-01,\n"
    end = "P330000001,province_ops_head,33,holder,2026-01-01,2026-11-23\n"

    for rows in (begin, end):
        body = {"csv": f"person,post,unit,kind,from,to\n{rows}", "dry_run": dry_run}
        assert bureau.refused("import_holders", PROVINCE, body=body)["code"] == "chassis.not_permitted"
    assert stored(bureau) == before


def test_within_its_reach_a_province_imports_by_itself(bureau):
    units(bureau)

    assert units(bureau, "id,kind,name,parent\n4402,city,韶关市分公司,44\n", PROVINCE)["done"] == 1
    assert holders(bureau, by=PROVINCE)["done"] == 3


@pytest.mark.parametrize("by", [READER, SOMEBODY])
@pytest.mark.parametrize("operation", ["import_units", "import_holders"])
def test_nobody_imports_without_the_grant(bureau, by, operation):
    assert bureau.refused(operation, by, body={"csv": UNITS})["code"] == "chassis.not_granted"


def test_a_unit_is_read_within_the_callers_reach_alone(bureau):
    units(bureau)

    assert bureau.done("unit", READER, path={"unit": "4401003"})["body"] == {
        "id": "4401003",
        "kind": "counter",
        "name": "天河柜面",
        "parent": "4401",
        "units": ["HQ", "44", "4401", "4401003"],
        "region": None,
        "open_from": None,
        "open_to": None,
        "merged_into": None,
    }
    assert bureau.refused("unit", READER, path={"unit": "33"})["code"] == "chassis.not_found"
    assert bureau.refused("unit", SOMEBODY, path={"unit": "44"})["code"] == "chassis.not_granted"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/csv"),
        ({"csv": ""}, "/body/csv"),
        ({"csv": 5}, "/body/csv"),
        ({"csv": "id\ud800"}, "/body/csv"),
        ({"csv": "x" * (MAX_BYTES + 1)}, "/body/csv"),
        ({"csv": UNITS, "dry_run": "yes"}, "/body/dry_run"),
        ({"csv": UNITS, "sheet": 1}, "/body/sheet"),
        (None, "/body"),
    ],
)
@pytest.mark.parametrize("operation", ["import_units", "import_holders"])
def test_a_faulty_field_is_named_by_pointer(bureau, operation, body, pointer):
    refusal = bureau.refused(operation, HEAD_OFFICE, body=body)

    assert pointer in {each["pointer"] for each in refusal["fields"]}


@pytest.mark.parametrize("cell", ["\x00", "\x1b[2J", "x" * 200_000, '"', "=1+1", "\u202e", "字" * 61, "'", "unknown"])
def test_a_strange_cell_is_a_faulty_row_or_a_plain_text(bureau, cell):
    units(bureau)

    answer = units(bureau, f"id,kind,name,parent\n4402,city,{cell},44\n{cell},city,某市,44\n")

    assert answer["done"] + len(answer["faults"]) == 2


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(text=st.text(min_size=1) | st.text(alphabet=',"\r\n\t 4HQ\x00é字', min_size=1))
def test_no_text_makes_an_import_fail_otherwise_than_by_a_refusal(bureau, text):
    for operation, header in (("import_units", UNITS), ("import_holders", HOLDERS)):
        for csv in (text, header.splitlines()[0] + "\n" + text):
            answer = bureau.answer(operation, HEAD_OFFICE, body={"csv": csv, "dry_run": True})
            assert set(answer) <= {"ok", "refusal"}


def test_a_sheet_of_the_full_organisation_and_five_thousand_holders_are_imported_at_once(bureau):
    whole = organisation(FULL, seed=7, since=date(2026, 1, 1))
    rows = holders_sheet(whole).splitlines(keepends=True)

    opened = bureau.done("import_units", HEAD_OFFICE, body={"csv": units_sheet(whole)})["body"]
    begun = bureau.done("import_holders", HEAD_OFFICE, body={"csv": "".join(rows[: 1 + MAX_ROWS])})["body"]
    again = bureau.done("import_holders", HEAD_OFFICE, body={"csv": "".join(rows[: 1 + MAX_ROWS])})["body"]

    assert (opened["done"], opened["faults"]) == (3_387, [])
    assert (begun["done"], begun["faults"]) == (MAX_ROWS, [])
    assert (again["done"], again["unchanged"]) == (0, MAX_ROWS)
