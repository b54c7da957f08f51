"""Reading an imported sheet (CSV, RFC 4180, UTF-8 with or without byte order mark, any line end).

In time order: the whole is measured; the header is read, whose columns may stand in any order and bear their
Chinese names; each further line is decoded and split for itself, so that a bad byte or quote spoils its own line
only (no cell holds a line end); each cell is checked by its column's check (`sheet_cells.py`). Every fault is named
by line and column, and a bad row never drops a good one. Blank lines are passed over. Refused as a whole: more
than 5,000 rows, more than 1 MiB, a wrong header. A workbook's rows come as such lines too (`workbooks.py`).
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Protocol, Self, TypeVar

from attrs import frozen

from chassis.errors import Conflict, Malformed, Refusal
from security.sheet_cells import SHOWN, CellEmpty, plain, unmarked

MAX_ROWS = 5_000
MAX_BYTES = 1_048_576

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LINE_END = re.compile(rb"\r\n|\n|\r")


class SheetTooLarge(Malformed):
    code = "security.sheet_too_large"
    zh = "文件 {bytes} 字节，超过上限 {limit} 字节，请分批导入"
    en = "the sheet has {bytes} bytes, more than {limit}: import it in pieces"


class SheetTooLong(Malformed):
    code = "security.sheet_too_long"
    zh = "文件 {rows} 行，超过上限 {limit} 行，请分批导入"
    en = "the sheet has {rows} rows, more than {limit}: import it in pieces"


class HeaderWrong(Malformed):
    code = "security.header_wrong"
    zh = "首行须为 UTF-8 编码的列名：必需 {required}，可选 {optional}；实为 {found}"
    en = "the first line, in UTF-8, names the columns: {required}, optionally {optional}; found {found}"


class LineUndecodable(Malformed):
    code = "security.line_undecodable"
    zh = "该行不是 UTF-8 文本，请将文件另存为“CSV UTF-8”"
    en = "the line is not UTF-8: save the sheet as CSV UTF-8"


class LineUnreadable(Malformed):
    code = "security.line_unreadable"
    zh = "该行不是合法的 CSV：引号不成对或位置不对"
    en = "the line is not CSV: a quote is missing or misplaced"


class LineOfWrongWidth(Malformed):
    code = "security.line_of_wrong_width"
    zh = "该行有 {found} 列，应为 {wanted} 列"
    en = "the line has {found} cells, and the header {wanted}"


class RowRepeated(Conflict):
    code = "security.row_repeated"
    zh = "与第 {first} 行重复，只导入一次"
    en = "the same as line {first}; taken once"


class RowsContradict(Conflict):
    code = "security.rows_contradict"
    zh = "第 {lines} 行相互矛盾，均未导入"
    en = "lines {lines} contradict each other; none is taken"


@frozen
class RowFault:
    """What is wrong in one place of a sheet: the line (the header is 1), the column (empty: the whole row),
    why."""

    line: int
    column: str
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, refusal: Refusal, *, line: int, column: str = "") -> Self:
        """The refusal, as a fault of that place."""
        words = refusal.zh.format(**refusal.facts), refusal.en.format(**refusal.facts)
        return cls(line, column, refusal.code, *words)


@frozen
class Cells:
    """One row: its line and its cells by column, stripped. A column not in the sheet is empty."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Row(Protocol):
    """A typed row, which knows its line and compares without it."""

    @property
    def line(self) -> int: ...


Checked = TypeVar("Checked")
R = TypeVar("R", bound=Row)
Numbered = tuple[int, bytes]
"""A line with its number."""


@frozen
class Lines:
    """Lines of a sheet as they came, each with its number, and the header's line."""

    header: bytes
    lines: tuple[Numbered, ...]


def lines_of(content: bytes) -> Lines:
    """The lines of a sheet that are not blank. Raises SheetTooLarge."""
    if len(content) > MAX_BYTES:
        raise SheetTooLarge(bytes=len(content), limit=MAX_BYTES)
    first, *rest = LINE_END.split(content.removeprefix(BYTE_ORDER_MARK))
    return Lines(first, tuple((number, line) for number, line in enumerate(rest, start=2) if line.strip(b" \t,")))


def check_rows(sheet: Lines) -> None:
    """Raises SheetTooLong."""
    if len(sheet.lines) > MAX_ROWS:
        raise SheetTooLong(rows=len(sheet.lines), limit=MAX_ROWS)


def read_cells(
    sheet: Lines, *, required: Sequence[str], optional: Sequence[str]
) -> tuple[tuple[Cells, ...], tuple[RowFault, ...]]:
    """The readable rows and the faults of the others. Raises HeaderWrong."""
    columns = _header(sheet.header, required, optional)
    rows, faults = [], []
    for number, line in sheet.lines:
        try:
            rows.append(Cells(number, _row(line, columns)))
        except Malformed as refusal:
            faults.append(RowFault.of(refusal, line=number))
    return tuple(rows), tuple(faults)


def sorted_out(
    rows: Iterable[Cells], checks: Mapping[str, Callable[[str], object]]
) -> tuple[tuple[Cells, ...], tuple[RowFault, ...]]:
    """The rows in which every column's check passes, and each faulty cell of the others."""
    good: list[Cells] = []
    faults: list[RowFault] = []
    for row in rows:
        wrong = _cell_faults(row, checks)
        faults += wrong
        good += [] if wrong else [row]
    return tuple(good), tuple(faults)


def filled(check: Callable[[str], Checked]) -> Callable[[str], Checked]:
    """The check of a cell that must not be empty."""

    def checked(text: str) -> Checked:
        if not text:
            raise CellEmpty()

        return check(text)

    return checked


def optional(check: Callable[[str], Checked]) -> Callable[[str], Checked | None]:
    """The check of a cell that may be empty, which is then None."""
    return lambda text: check(text) if text else None


def distinct(rows: Iterable[R], key: Callable[[R], Hashable]) -> tuple[tuple[R, ...], tuple[RowFault, ...]]:
    """The rows of which each key has one, and the faults of the others: a repeated row counts once, whichever
    line it stands in; rows that differ under one key are all refused."""
    groups: dict[Hashable, list[R]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)

    kept: list[R] = []
    faults: list[RowFault] = []
    for first, *others in groups.values():
        if any(other != first for other in others):
            faults += contradiction([first, *others])
            continue
        kept.append(first)
        faults += [RowFault.of(RowRepeated(first=first.line), line=other.line) for other in others]
    return tuple(kept), tuple(faults)


def contradiction(rows: Iterable[Row]) -> list[RowFault]:
    """The faults of rows that cannot all be true: each names the lines of all."""
    lines = sorted(row.line for row in rows)
    return [RowFault.of(RowsContradict(lines=_few(lines)), line=line) for line in lines]


def _cell_faults(row: Cells, checks: Mapping[str, Callable[[str], object]]) -> list[RowFault]:
    faults = []
    for column, check in checks.items():
        try:
            unmarked(row[column])
            check(row[column])
        except Refusal as refusal:
            faults.append(RowFault.of(refusal, line=row.line, column=column))
    return faults


def _few(lines: Sequence[int]) -> str:
    more = "…" if len(lines) > 10 else ""
    return ", ".join(map(str, lines[:10])) + more


def _header(line: bytes, required: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    try:
        columns = tuple(SHOWN.get(cell, cell.lower()) for cell in _cells(line))
    except Malformed:
        columns = ()
    if len(set(columns)) < len(columns) or not set(required) <= set(columns) <= {*required, *optional}:
        raise HeaderWrong(
            required=",".join(required),
            optional=",".join(optional),
            found=line[:120].decode("utf-8", errors="replace"),
        )

    return columns


def _row(line: bytes, columns: Sequence[str]) -> dict[str, str]:
    cells = _cells(line)
    if len(cells) != len(columns):
        raise LineOfWrongWidth(found=len(cells), wanted=len(columns))

    return dict(zip(columns, cells, strict=True))


def _cells(line: bytes) -> list[str]:
    try:
        (cells,) = csv.reader([line.decode("utf-8")], strict=True)
    except UnicodeDecodeError:
        raise LineUndecodable() from None
    except (csv.Error, ValueError):  # ValueError: an empty line has no record at all
        raise LineUnreadable() from None

    return [plain(cell.strip()) for cell in cells]
