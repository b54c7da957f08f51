"""R9.1: units and assignments as the rows of a sheet that an import takes again, and the file made of them.

Rows are CSV lines. A cell that a spreadsheet would take for a formula gets an apostrophe before it (`safe`), which an
import takes away (`sheets.py`); in a workbook every cell is text, so that none is needed there. What an import cannot
say is left out: units that are closed or are to close, who is lent, and assignments that were ended on their first day.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO, StringIO

import xlsxwriter

from security import holder_sheet, unit_sheet
from security.exports import Form
from security.holders import HOLDER_KINDS, Assignment
from security.imports import Kind
from security.sheet_cells import plain, safe
from security.sheets import BYTE_ORDER_MARK
from security.units import Unit

COLUMNS: dict[Kind, tuple[str, ...]] = {
    "units": (*unit_sheet.REQUIRED, *unit_sheet.OPTIONAL),
    "holders": (*holder_sheet.REQUIRED, *holder_sheet.OPTIONAL),
}


def rows_of(records: Iterable[Unit | Assignment]) -> list[tuple[str, ...]]:
    """The cells of those that a sheet can tell of, in the order of `COLUMNS`."""
    return [_unit(one) if isinstance(one, Unit) else _holder(one) for one in records if _told(one)]


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as lines of CSV (UTF-8, RFC 4180), safe to open in a spreadsheet."""
    out = StringIO(newline="")
    csv.writer(out).writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def file_of(kind: Kind, form: Form, pieces: Iterable[bytes], *, at: datetime) -> bytes:
    """The whole file: the header and the collected lines; the same from the same, whoever makes it. CSV has a byte
    order mark, by which Excel knows UTF-8."""
    header = COLUMNS[kind]
    if form == "csv":
        return b"".join((BYTE_ORDER_MARK, csv_lines([header]), *pieces))
    lines = (row for piece in pieces for row in csv.reader(StringIO(piece.decode(), newline=""), strict=True))
    return _workbook(header, ([plain(cell) for cell in row] for row in lines), at)


def _workbook(header: Sequence[str], rows: Iterable[Sequence[str]], at: datetime) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True}) as book:
        book.set_properties({"created": at.replace(tzinfo=None)})
        sheet, text = book.add_worksheet(), book.add_format({"num_format": "@"})
        sheet.set_column(0, len(header) - 1, 16, text)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate((header, *rows)):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, text)
    return out.getvalue()


def _told(one: Unit | Assignment) -> bool:
    if isinstance(one, Unit):
        return one.open_to is None
    return one.kind in HOLDER_KINDS and one.held_to != one.held_from


def _unit(one: Unit) -> tuple[str, ...]:
    since = one.open_from.isoformat() if one.open_from else ""
    return (one.id, one.kind, one.name, one.parent or "", one.region or "", since)


def _holder(one: Assignment) -> tuple[str, ...]:
    to = one.held_to.isoformat() if one.held_to else ""
    order = str(one.order) if one.order is not None else ""
    return (one.person, one.post, one.unit, one.kind, one.held_from.isoformat(), to, order)
