"""A sheet cut into pieces, such that the pieces one after the other come to what the whole sheet comes to.

Rows about one person, or one unit, stay together and in order, so that each contradiction is seen; units come by their
kind, so that parents stand in the same piece as their children or in an earlier one. Every line keeps its number.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from security import holder_sheet, unit_sheet
from security.imports import Kind
from security.sheets import Cells, Lines, Numbered, read_cells
from security.units import UNIT_KINDS

PIECE_ROWS = 200
"""D: a piece takes a second or two, far less than its lease."""

_COLUMNS: Mapping[Kind, tuple[Sequence[str], Sequence[str]]] = {
    "units": (unit_sheet.REQUIRED, unit_sheet.OPTIONAL),
    "holders": (holder_sheet.REQUIRED, holder_sheet.OPTIONAL),
}

CODES: Mapping[Kind, Sequence[str]] = {"units": unit_sheet.CODES, "holders": holder_sheet.CODES}
"""Columns whose leading zeros count."""


def cut(kind: Kind, sheet: Lines, *, size: int = PIECE_ROWS) -> list[Lines]:
    """The pieces in the order to carry them out. Raises HeaderWrong."""
    required, optional = _COLUMNS[kind]
    rows, _ = read_cells(sheet, required=required, optional=optional)
    about = {row.line: _subject(kind, row) for row in rows}
    groups: dict[str, list[Numbered]] = defaultdict(list)
    for number, line in sheet.lines:
        groups[about.get(number, "")].append((number, line))
    ranks: dict[str, int] = defaultdict(int)
    for row in rows:
        ranks[about[row.line]] = max(ranks[about[row.line]], _rank(kind, row))
    ordered = [groups[subject] for subject in sorted(groups, key=lambda one: ranks[one])]
    return [Lines(sheet.header, tuple(piece)) for piece in _filled(ordered, size)]


def _subject(kind: Kind, row: Cells) -> str:
    return row["id"] if kind == "units" else row["person"]


def _rank(kind: Kind, row: Cells) -> int:
    """How late a row comes; one of no known kind is a fault wherever it comes."""
    return UNIT_KINDS.index(row["kind"]) if kind == "units" and row["kind"] in UNIT_KINDS else 0


def _filled(groups: Sequence[list[Numbered]], size: int) -> Iterator[list[Numbered]]:
    """Pieces of whole groups; only a group that is longer than a piece is cut itself."""
    piece: list[Numbered] = []
    for group in groups:
        if piece and len(piece) + len(group) > size:
            yield piece
            piece = []
        piece = piece + group
        while len(piece) > size:
            yield piece[:size]
            piece = piece[size:]
    if piece:
        yield piece
