"""Exports, without any I/O: their states, and files that an import takes again and changes nothing."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from security.export_sheet import COLUMNS, csv_lines, file_of, rows_of
from security.exports import (
    KEPT,
    ExportEnded,
    ExportExpired,
    ExportNotReady,
    File,
    PartUnknown,
    Piece,
    SheetExport,
    State,
    cancel,
    check_part,
    collect,
    finish,
    stumble,
)
from security.holder_sheet import CODES, holder_rows, plan_holders
from security.holders import Assignment
from security.imports import MOST_TRIES
from security.sheet_cells import plain, safe
from security.sheets import lines_of
from security.unit_sheet import plan_units, unit_rows
from security.units import Unit
from security.workbooks import workbook_lines

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ASKED = SheetExport(
    id="e",
    kind="units",
    form="csv",
    by="directory",
    reason="核对",
    within=("HQ",),
    expected=3,
    requested_at=NOW,
    due=NOW,
)
FILE = File(parts=2, bytes=300_000, sha256="0" * 64)
COLLECTED = collect(ASKED, Piece(3, None), number=0, at=NOW)
READY = finish(COLLECTED, FILE, at=NOW)


def test_pieces_are_counted_in_order_and_the_file_makes_it_ready():
    one = collect(ASKED, Piece(2, "4401"), number=0, at=NOW)
    two = collect(one, Piece(1, None), number=1, at=NOW)
    ready = finish(two, FILE, at=NOW)

    assert (one.state, one.rows, one.after, one.collected) == (State.RUNNING, 2, "4401", False)
    assert (two.rows, two.after, two.collected, two.due) == (3, "4401", True, NOW)
    assert (ready.state, ready.due, ready.parts, ready.expires_at) == (State.READY, None, 2, NOW + KEPT)


def test_what_was_counted_is_not_counted_again():
    one = collect(ASKED, Piece(2, "4401"), number=0, at=NOW)

    assert collect(one, Piece(2, "4401"), number=0, at=NOW) is one
    assert stumble(one, number=0, collected=False, at=NOW) is one
    assert finish(one, FILE, at=NOW) is one
    assert finish(READY, FILE, at=NOW) is READY
    assert collect(READY, Piece(2, None), number=1, at=NOW) is READY


def test_it_fails_after_its_last_try_and_is_cancelled_until_it_has_ended():
    now = ASKED
    for _ in range(MOST_TRIES):
        now = stumble(now, number=0, collected=False, at=NOW)
    assert (now.state, now.due) == (State.FAILED, None)

    stopped = cancel(ASKED, at=NOW)
    assert (stopped.state, stopped.due) == (State.CANCELLED, None)
    assert cancel(stopped, at=NOW) is stopped
    assert collect(stopped, Piece(2, None), number=0, at=NOW) is stopped
    for ended in (now, READY):
        with pytest.raises(ExportEnded):
            cancel(ended, at=NOW)


def test_a_part_is_had_from_when_it_is_ready_until_it_expires():
    check_part(READY, 1, at=NOW + KEPT - timedelta(seconds=1))

    with pytest.raises(ExportExpired):
        check_part(READY, 1, at=NOW + KEPT)
    with pytest.raises(PartUnknown):
        check_part(READY, 2, at=NOW)
    for without in (ASKED, COLLECTED, cancel(ASKED, at=NOW)):
        with pytest.raises(ExportNotReady):
            check_part(without, 0, at=NOW)


STEPS = st.one_of(
    st.tuples(st.just("collect"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("finish")),
    st.tuples(st.just("stumble"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("cancel")),
)


def stepped(now, step):
    match step:
        case ("collect", number, last):
            return collect(now, Piece(1, None if last else "x"), number=number, at=NOW)
        case ("finish",):
            return finish(now, FILE, at=NOW)
        case ("stumble", number, collected):
            return stumble(now, number=number, collected=collected, at=NOW)
        case _:
            return cancel(now, at=NOW)


@given(st.lists(STEPS, max_size=20))
def test_no_sequence_of_steps_leaves_an_end_or_makes_a_file_of_some_of_the_rows(steps):
    now = ASKED
    for step in steps:
        try:
            after = stepped(now, step)
        except ExportEnded:
            continue
        assert now.ended_at is None or after is now
        assert after.pieces in (now.pieces, now.pieces + 1)
        assert (after.due is None) == (after.ended_at is not None)
        assert after.state is not State.READY or (after.collected and after.rows == after.pieces)
        now = after


NAMES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20),
    st.sampled_from(["=1+1", "'=1", "''@x", "-2", "+86", "@here", "＝A1", "'", "'a", '"', 'a,"b"', "=cmd|' /C'!A0"]),
)
DAYS = st.dates(date(2000, 1, 1), date(2030, 1, 1))


@st.composite
def organisations(draw):
    """Head office, a province and some cities with any names, some of them closed."""
    root = Unit(
        id="HQ",
        kind="head_office",
        name=draw(NAMES),
        parent=None,
        units=("HQ",),
        region=None,
        open_from=None,
        open_to=None,
    )
    ids = draw(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True), unique_by=str.lower, max_size=6))
    province = evolve(root, id="P", kind="province", parent="HQ", units=("HQ", "P"), name=draw(NAMES))
    cities = [
        evolve(
            root,
            id=f"-{one}",
            kind="city",
            parent="P",
            units=("HQ", "P", f"-{one}"),
            name=draw(NAMES),
            region=draw(st.none() | st.just("440100")),
            open_from=draw(st.none() | DAYS),
            open_to=draw(st.none() | st.just(date(2031, 1, 1))),
        )
        for one in ids
    ]
    return [root, province, *cities]


@st.composite
def assignments(draw):
    """Who holds what, some of it ended, some on its first day."""
    made = {}
    for _ in range(draw(st.integers(0, 8))):
        since = draw(DAYS)
        kind = draw(st.sampled_from(["holder", "deputy", "acting", "lent"]))
        person, to = f"P{draw(st.integers(1000, 1003))}", draw(st.none() | st.integers(0, 400))
        one = Assignment(
            id=f"-1:teller:{person}:{since}",
            person=person,
            post="teller",
            unit="-1",
            units=("HQ", "P", "-1"),
            kind=kind,
            order=draw(st.integers(1, 9)) if kind == "deputy" else None,
            held_from=since,
            held_to=None if to is None else since + timedelta(days=to),
        )
        made[one.id] = one
    return list(made.values())


def read_again(kind, form, records):
    made = file_of(kind, form, [csv_lines(rows_of(records[:2])), csv_lines(rows_of(records[2:]))], at=NOW)
    return lines_of(made) if form == "csv" else workbook_lines(made, worksheet=None, codes=CODES)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@settings(deadline=None, max_examples=40)
@given(units=organisations())
def test_units_that_are_exported_and_imported_again_change_nothing(form, units):
    plan = plan_units(unit_rows(read_again("units", form, units)), existing={one.id: one for one in units})

    assert (plan.commands, plan.faults) == ((), ())
    assert plan.unchanged == sum(one.open_to is None for one in units)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@settings(deadline=None, max_examples=40)
@given(held=assignments())
def test_assignments_that_are_exported_and_imported_again_change_nothing(form, held):
    plan = plan_holders(holder_rows(read_again("holders", form, held)), units={}, existing=held)

    assert (plan.commands, plan.faults) == ((), ())
    assert plan.unchanged == sum(one.held_from != one.held_to and one.kind != "lent" for one in held)


@given(st.text())
def test_what_was_made_safe_is_plain_again(cell):
    assert plain(safe(cell)) == cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'=", "''+"])
def test_no_cell_of_a_csv_starts_like_a_formula(start):
    ((cell,),) = csv.reader(StringIO(csv_lines([(f"{start}1",)]).decode(), newline=""))

    assert cell == f"'{start}1"


def test_every_cell_of_a_workbook_is_text_and_formulas_are_shown_as_they_are_written():
    unit = Unit(
        id="HQ", kind="head_office", name="=1+1", parent=None, units=("HQ",), region=None, open_from=None, open_to=None
    )
    made = file_of("units", "xlsx", [csv_lines(rows_of([unit]))], at=NOW)

    cells = list(load_workbook(BytesIO(made)).active.iter_rows())[1]
    assert {cell.data_type for cell in cells} == {"s"}
    assert cells[2].value == "=1+1"


def test_a_csv_has_the_mark_by_which_excel_knows_utf_8_and_the_columns_of_an_import():
    made = file_of("holders", "csv", [], at=NOW)

    assert made == b"\xef\xbb\xbf" + ",".join(COLUMNS["holders"]).encode() + b"\r\n"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_made_twice_is_the_same(form):
    assert file_of("units", form, [b"a,b\r\n"], at=NOW) == file_of("units", form, [b"a,b\r\n"], at=NOW)
