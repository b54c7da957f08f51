"""Imports in the background, without any I/O: their states, and how sheets are cut."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from security.imports import (
    MOST_TRIES,
    ImportEnded,
    Outcome,
    SheetImport,
    State,
    advance,
    begun,
    cancel,
    stumble,
)
from security.sheet_pieces import cut
from security.sheets import HeaderWrong, lines_of

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ASKED = SheetImport(
    id="i",
    kind="holders",
    by="directory",
    within=("HQ",),
    visible=("HQ",),
    dry_run=False,
    sheet="",
    rows=30,
    pieces=3,
    requested_at=NOW,
    due=NOW,
)
TEN = Outcome(done=8, unchanged=1, faults=1)
HEADER = "person,post,unit,kind,from,to"


def test_pieces_are_counted_in_order_and_the_last_one_ends_it():
    one = advance(ASKED, TEN, piece=0, at=NOW)
    three = advance(advance(one, TEN, piece=1, at=NOW), TEN, piece=2, at=NOW)

    assert (one.state, one.next, one.due) == (State.RUNNING, 1, NOW)
    assert (three.state, three.done, three.unchanged, three.faults, three.due) == (State.DONE, 24, 3, 3, None)


def test_a_sheet_without_rows_is_done_at_once():
    assert begun(evolve(ASKED, pieces=0)).state is State.DONE
    assert begun(ASKED) is ASKED


def test_a_piece_that_was_counted_is_not_counted_again():
    one = advance(ASKED, TEN, piece=0, at=NOW)

    assert advance(one, TEN, piece=0, at=NOW) is one
    assert stumble(one, piece=0, at=NOW) is one


def test_a_piece_that_ran_while_the_import_was_cancelled_is_counted_and_is_the_last():
    cancelled = cancel(ASKED, at=NOW)
    after = advance(cancelled, TEN, piece=0, at=NOW)

    assert (after.state, after.done, after.due) == (State.CANCELLED, 8, None)
    assert cancel(after, at=NOW) is after


def test_what_has_ended_is_not_cancelled():
    with pytest.raises(ImportEnded):
        cancel(evolve(ASKED, state=State.DONE, ended_at=NOW, due=None), at=NOW)


def test_a_piece_is_tried_later_and_later_and_then_the_import_has_failed():
    now, waits = ASKED, []
    for _ in range(MOST_TRIES - 1):
        now = stumble(now, piece=0, at=NOW)
        waits.append(now.due - NOW)
    assert waits == [timedelta(seconds=10 * times) for times in range(1, MOST_TRIES)]

    assert stumble(now, piece=0, at=NOW).state is State.FAILED


STEPS = st.lists(st.tuples(st.sampled_from(["advance", "stumble", "cancel"]), st.integers(0, 4)))


@given(STEPS)
def test_no_sequence_of_steps_counts_a_piece_twice_or_moves_what_has_ended(steps):
    now = ASKED
    for name, piece in steps:
        before = now
        try:
            if name == "advance":
                now = advance(now, TEN, piece=piece, at=NOW)
            else:
                now = stumble(now, piece=piece, at=NOW) if name == "stumble" else cancel(now, at=NOW)
        except ImportEnded:
            pass
        assert now.done == 8 * now.next <= 24
        assert (now.due is None) == (now.ended_at is not None)
        assert before.ended_at is None or now.state is before.state


def test_rows_about_one_person_stay_together_and_every_line_keeps_its_number():
    rows = [f"P{number % 3:09},teller,4401003,holder,2026-01-0{number + 1}," for number in range(6)]
    pieces = cut("holders", lines_of("\n".join([HEADER, "", *rows]).encode()), size=2)

    assert [[number for number, _ in piece.lines] for piece in pieces] == [[3, 6], [4, 7], [5, 8]]


def test_parents_come_before_their_children_wherever_they_stand():
    sheet = "id,kind,name,parent\n4401003,counter,柜面,4401\n4401,city,广州,44\nx,town,某,44\nHQ,head_office,总公司,\n"

    pieces = cut("units", lines_of(sheet.encode()), size=1)

    assert [[number for number, _ in piece.lines] for piece in pieces] == [[4], [5], [3], [2]]


def test_a_wrong_header_is_refused_before_anything_is_kept():
    with pytest.raises(HeaderWrong):
        cut("units", lines_of(HEADER.encode()))


@given(st.lists(st.text(alphabet='P12,"x\r', max_size=8), max_size=40), st.integers(1, 7))
def test_every_line_is_in_one_piece_and_no_piece_is_longer(lines, size):
    sheet = lines_of("\n".join([HEADER, *lines]).encode())

    pieces = cut("holders", sheet, size=size)

    assert sorted(line for piece in pieces for line in piece.lines) == sorted(sheet.lines)
    assert all(0 < len(piece.lines) <= size for piece in pieces)
