"""R9.1: a sheet that comes as a workbook (XLSX), read into the lines that a CSV would have.

In time order: what is no workbook is named (encrypted, the old XLS, damaged); every part is unpacked against the limits
below, whatever the file says of its sizes; the worksheet is found; each row becomes a line under the number that Excel
shows. A cell's text is what a person reads there: a date is `2026-01-01`, a number its digits, one shown with leading
zeros has them. What no text stands for (a formula, an error, a time of day, a plain number in a column of codes, whose
leading zeros would be lost) is marked and becomes that cell's fault, like any other wrong cell.
"""

import base64
import csv
import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import CellCoordinatesException, IllegalCharacterError, InvalidFileException

from security.sheet_cells import MARK, SHOWN, safe
from security.sheets import Lines, Numbered
from security.workbook_refusals import (
    SheetEmpty,
    WorkbookEncrypted,
    WorkbookNotBase64,
    WorkbookOld,
    WorkbookOverLimit,
    WorkbookUnreadable,
    WorksheetMissing,
)

MAX_WORKBOOK_BYTES = 750_000
"""D: as it is sent; in Base64 it fits into a request."""

MAX_ROWS = 10_000
MAX_COLUMNS = 50
LAST_ROW = 1_048_576
"""Excel's own. What stands right of the column after the last that is read is no part of the sheet."""

MAX_PARTS = 200
MAX_UNPACKED_BYTES = 16_777_216
MAX_TEXT_BYTES = 4_194_304
"""D: of all rows together; one long text of the file may stand in every cell."""

MAX_TAGS = 800_000
"""D: ten thousand rows of all columns have about 400,000; reading more would take too long."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 65_536
_ZEROS = re.compile(r"0{1,30}")

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    CellCoordinatesException,
    IllegalCharacterError,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)
"""What the libraries raise at a file that is not what it should be; ValueError: XML with entities of its own too."""


def workbook_lines(content: bytes, *, worksheet: str | None, codes: Collection[str]) -> Lines:
    """The rows of the named worksheet, or else of the first one. `codes` are the columns in which no plain number
    stands. Raises the refusals of `workbook_refusals`."""
    _check_kind(content)
    try:
        _check_parts(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(content, worksheet, codes)
    except _DAMAGED as error:
        raise WorkbookUnreadable(reason=type(error).__name__) from None


def unpacked(text: str) -> bytes:
    """The file that this Base64 text stands for. Raises WorkbookNotBase64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise WorkbookNotBase64(pointer="/body/xlsx") from None


def _check_kind(content: bytes) -> None:
    if len(content) > MAX_WORKBOOK_BYTES:
        raise WorkbookOverLimit.of("bytes", len(content), MAX_WORKBOOK_BYTES)
    if content.startswith(_OLE):
        raise WorkbookEncrypted() if _ENCRYPTED in content else WorkbookOld()
    if not content.startswith(b"PK"):
        raise WorkbookUnreadable(reason="not XLSX")


def _check_parts(content: bytes) -> None:
    """Unpack every part once, and keep nothing."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS:
            raise WorkbookOverLimit.of("parts", len(parts), MAX_PARTS)
        unpacked = tags = 0
        for part in parts:
            if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise WorkbookUnreadable(reason="compression")
            for chunk in _chunks(archive, part):
                unpacked, tags = unpacked + len(chunk), tags + chunk.count(b"<")
                if unpacked > MAX_UNPACKED_BYTES:
                    raise WorkbookOverLimit.of("unpacked", unpacked, MAX_UNPACKED_BYTES)
                if tags > MAX_TAGS:
                    raise WorkbookOverLimit.of("tags", tags, MAX_TAGS)


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _read(content: bytes, worksheet: str | None, codes: Collection[str]) -> Lines:
    with closing(load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)) as book:
        names = [one.title for one in book.worksheets]
        if not names or (worksheet is not None and worksheet not in names):
            raise WorksheetMissing(wanted=worksheet or "", found=", ".join(names)[:200])
        sheet = book[names[0] if worksheet is None else worksheet]
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(max_row=LAST_ROW, max_col=MAX_COLUMNS + 1), start=1)
        return _lines(rows, codes)


def _lines(rows: Iterator[tuple[int, Sequence[Any]]], codes: Collection[str]) -> Lines:
    columns = _header(next(rows, (1, ()))[1])
    coded = {place for place, name in enumerate(columns) if SHOWN.get(name.strip(), name.strip().lower()) in codes}
    lines: list[Numbered] = []
    size = 0
    for number, cells in _filled(rows):
        texts = _trimmed([_text(cell, coded=place in coded) for place, cell in enumerate(cells)])
        if not texts:
            continue
        line = _line([*texts, *[""] * (len(columns) - len(texts))])
        size += len(line)
        if number > MAX_ROWS + 1:
            raise WorkbookOverLimit.of("rows", number - 1, MAX_ROWS)
        if size > MAX_TEXT_BYTES:
            raise WorkbookOverLimit.of("text", size, MAX_TEXT_BYTES)
        lines.append((number, line))
    return Lines(_line(columns), tuple(lines))


def _header(cells: Sequence[Any]) -> list[str]:
    columns = _trimmed([cell.value if isinstance(cell.value, str) else "" for cell in cells])
    if not columns:
        raise SheetEmpty()
    if len(columns) > MAX_COLUMNS:
        raise WorkbookOverLimit.of("columns", len(columns), MAX_COLUMNS)
    return columns


def _filled(rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows with a value. A gap of a million rows comes as the same empty row a million times."""
    blank: Sequence[Any] = ()
    for number, cells in rows:
        if cells is blank:
            continue
        if all(cell.value is None for cell in cells):
            blank = cells
        else:
            yield number, cells


def _text(cell: Any, *, coded: bool) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return f"{MARK}formula"
    if cell.data_type == "e":
        return f"{MARK}error"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, str(cell.number_format), coded=coded)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else f"{MARK}moment"


def _number(value: float, shown_as: str, *, coded: bool) -> str:
    """Its digits; with the leading zeros that its format shows, where that is nothing but zeros."""
    zeros = _ZEROS.fullmatch(shown_as)
    whole = isinstance(value, int) or value.is_integer()
    if coded and not (whole and zeros and len(shown_as) > 1):
        return f"{MARK}number"
    return str(int(value)).zfill(len(shown_as) if zeros else 1) if whole else str(value)


def _trimmed(texts: Sequence[str]) -> list[str]:
    """Without the empty cells at the end."""
    last = max((place for place, text in enumerate(texts, start=1) if text.strip()), default=0)
    return list(texts[:last])


def _line(texts: Sequence[str]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="").writerow([safe(text) for text in texts])
    return out.getvalue().encode("utf-8", errors="replace")
