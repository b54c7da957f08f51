"""A cursor that was not given out here is refused, whatever it holds."""

import base64
import json

import pytest

from chassis import cursor
from chassis.cursor import CursorUnknown


def forged(parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "parts",
    [
        ["0001-01-01T00:00:00+14:00", "x"],
        ["9999-12-31T23:59:59-14:00", "x"],
        ["2026-11-23T00:00:00+00:00", "\ud800"],
        ["yesterday", "x"],
        [1, 2, 3],
        {"at": 1},
        None,
    ],
)
def test_a_forged_cursor_of_a_list_is_refused(parts):
    with pytest.raises(CursorUnknown):
        cursor._place(forged(parts))


@pytest.mark.parametrize("text", ["!", "AAAA", "", forged(["x"]), forged([-1])])
def test_a_forged_cursor_of_rows_is_refused(text):
    with pytest.raises(CursorUnknown):
        cursor.row_place(text)


def test_a_cursor_given_out_is_understood():
    assert cursor.row_place(cursor.row_cursor(7)) == 7
    assert cursor.row_place(None) == 0
