"""Importing units: `id,kind,name,parent` and optionally `region` and `from`.

In time order: `read_units` checks every cell; the caller loads the units that the sheet mentions;
`plan_units` answers with the commands that make the organisation what the sheet says, parents first in
whatever order the rows stand, and with every fault. A sheet imported again gives no command. An import opens
and renames; it never closes a unit, and never moves one.
"""

from collections.abc import Callable, Mapping
from datetime import date

from attrs import field, frozen

from chassis.errors import Conflict, Refusal
from security.divisions import company_codes
from security.sheets import (
    Cells,
    Lines,
    RowFault,
    check_rows,
    distinct,
    filled,
    lines_of,
    optional,
    read_cells,
    sorted_out,
)
from security.spans import day
from security.units import (
    UNIT_KINDS,
    OpenUnit,
    ParentNotOpen,
    ParentOfWrongKind,
    ParentUnknown,
    RenameUnit,
    RootMisplaced,
    Unit,
    UnitClosed,
    UnitKind,
    UnitMerged,
    open_unit,
    refuse_closed,
    region_code,
    rename_unit,
    unit_id,
    unit_kind,
    unit_name,
)

REQUIRED = ("id", "kind", "name", "parent")
OPTIONAL = ("region", "from")
CODES = ("id", "parent")
"""Columns whose leading zeros count."""

CHECKS: Mapping[str, Callable[[str], object]] = {
    "id": filled(unit_id),
    "kind": filled(unit_kind),
    "name": filled(unit_name),
    "parent": optional(unit_id),
    "region": optional(region_code),
    "from": optional(day),
}


class UnitDiffers(Conflict):
    code = "security.unit_differs"
    zh = "机构 {unit} 已存在，其 {column} 不同；导入不变更机构的类型、上级、区划或开设日"
    en = "unit {unit} exists with another {column}; an import changes no kind, parent, region or opening day"


COLUMNS: Mapping[type[Refusal], str] = {
    RootMisplaced: "id",
    ParentUnknown: "parent",
    ParentOfWrongKind: "parent",
    ParentNotOpen: "parent",
    UnitClosed: "id",
    UnitMerged: "id",
}


@frozen
class UnitRow:
    """One row whose cells are each right."""

    line: int = field(eq=False)
    id: str
    kind: UnitKind
    name: str
    parent: str | None
    region: str | None
    open_from: date | None


@frozen
class UnitSheet:
    """A sheet of units as read."""

    rows: tuple[UnitRow, ...]
    faults: tuple[RowFault, ...]

    @property
    def units(self) -> frozenset[str]:
        """The ids of all units that the rows name, parents included: what `plan_units` wants to know of."""
        return frozenset(unit for row in self.rows for unit in (row.id, row.parent) if unit is not None)


@frozen
class UnitPlan:
    """What an import of units comes to: commands in the order to carry them out, faults by line, rows that
    are so already."""

    commands: tuple[OpenUnit | RenameUnit, ...]
    faults: tuple[RowFault, ...]
    unchanged: int


def read_units(content: bytes) -> UnitSheet:
    """The rows of a sheet of units. Raises SheetTooLarge, SheetTooLong or HeaderWrong."""
    lines = lines_of(content)
    check_rows(lines)
    return unit_rows(lines)


def unit_rows(sheet: Lines) -> UnitSheet:
    """The rows among these lines of a sheet of units. Raises HeaderWrong."""
    rows, faults = read_cells(sheet, required=REQUIRED, optional=OPTIONAL)
    good, wrong = sorted_out(rows, CHECKS)
    return UnitSheet(tuple(_unit_row(row) for row in good), faults + wrong)


def plan_units(sheet: UnitSheet, *, existing: Mapping[str, Unit]) -> UnitPlan:
    """What the sheet asks for beyond `existing`, the units by id as far as the sheet mentions them."""
    rows, faults = distinct(sheet.rows, lambda row: row.id)
    known, commands, wrong = dict(existing), [], [*sheet.faults, *faults]
    unchanged = 0
    for row in sorted(rows, key=lambda row: (UNIT_KINDS.index(row.kind), row.id)):
        try:
            known[row.id], command = _settled(row, known)
        except Refusal as refusal:
            wrong.append(RowFault.of(refusal, line=row.line, column=_column(refusal)))
            continue
        unchanged += command is None
        commands += [command] if command else []
    return UnitPlan(tuple(commands), tuple(sorted(wrong, key=lambda fault: fault.line)), unchanged)


def _unit_row(row: Cells) -> UnitRow:
    return UnitRow(
        line=row.line,
        id=unit_id(row["id"]),
        kind=unit_kind(row["kind"]),
        name=unit_name(row["name"]),
        parent=optional(unit_id)(row["parent"]),
        region=optional(region_code)(row["region"]),
        open_from=optional(day)(row["from"]),
    )


def _settled(row: UnitRow, known: Mapping[str, Unit]) -> tuple[Unit, OpenUnit | RenameUnit | None]:
    """The unit as the row wants it, and the command that brings it there."""
    unit = known.get(row.id)
    if unit is None:
        opening = _opening(row)
        return open_unit(opening, parent=known.get(row.parent) if row.parent else None), opening
    if column := _difference(row, unit):
        raise UnitDiffers(unit=unit.id, column=column)
    refuse_closed(unit)
    if row.name != unit.name:
        return rename_unit(unit, name=row.name), RenameUnit(unit.id, row.name)

    return unit, None


def _opening(row: UnitRow) -> OpenUnit:
    """A provincial company without a region in the sheet gets the code of its division."""
    own = company_codes().get(row.id) if row.kind == "province" else None
    return OpenUnit(row.id, row.kind, row.name, row.parent, row.region or own, row.open_from)


def _column(refusal: Refusal) -> str:
    if isinstance(refusal, UnitDiffers):
        return str(refusal.facts["column"])

    return COLUMNS[type(refusal)]


def _difference(row: UnitRow, unit: Unit) -> str:
    """The first thing in which they differ and which an import never changes; empty cells claim nothing."""
    if row.kind != unit.kind:
        return "kind"
    if row.parent != unit.parent:
        return "parent"
    if row.region not in (None, unit.region):
        return "region"
    return "from" if row.open_from not in (None, unit.open_from) else ""
