"""R7.5, R9.1: one piece of an import carried out: planned when it is worked off, each write with an id of its own.

A piece that is done again after a kill finds what the first time wrote: such rows count as done, because the store
remembers which command made them. A row outside of the asker's reach is a fault of that row.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from attrs import evolve, frozen

from chassis.reaction import reaction
from chassis.store import Command, Loaded, OutOfReach, Reach
from security.holder_sheet import HolderRow, holder_rows, plan_holders
from security.holders import EndAssignment, place
from security.imports import SheetImport
from security.sheet_desk import SheetDesk, chains, places
from security.sheets import Lines, RowFault
from security.unit_sheet import UnitRow, plan_units, unit_rows


@frozen
class PieceMandate:
    """The import in whose asker's name a piece is carried out, at this moment."""

    asked: SheetImport
    now: datetime

    @property
    def reach(self) -> Reach:
        """What the asker's grants reached."""
        return Reach(self.asked.within, self.asked.visible)

    def step(self, part: str) -> Command:
        """The command of one write; the same whenever the piece is done."""
        command = reaction("security", f"{self.asked.id}:{part}", actor=self.asked.by, cause=self.asked.id, at=self.now)
        return evolve(command, principal=self.asked.by, operation="start_import")


@frozen
class Carried:
    """What a piece came to: rows written, rows that were so already, the bad ones."""

    done: int
    unchanged: int
    faults: tuple[RowFault, ...]


@frozen
class PieceDesk:
    """Pieces as one service process carries them out."""

    sheets: SheetDesk

    def carry_out(self, mandate: PieceMandate, lines: Lines) -> Carried:
        """A piece of either kind."""
        return self.units(mandate, lines) if mandate.asked.kind == "units" else self.holders(mandate, lines)

    def units(self, mandate: PieceMandate, lines: Lines) -> Carried:
        """A piece of a sheet of units."""
        sheet = unit_rows(lines)
        found = self.sheets.units.find({"_id": {"$in": sorted(sheet.units)}})
        known = {one.id: one.state for one in found}
        plan = plan_units(sheet, existing=known)
        outside = _outside(chains(plan.commands, known), mandate)
        if outside:
            wrong = [row for row in sheet.rows if row.id in outside]
            kept = tuple(row for row in sheet.rows if row.id not in outside)
            plan = plan_units(evolve(sheet, rows=kept, faults=sheet.faults + _beyond(wrong, "id")), existing=known)
        if mandate.asked.dry_run:
            return Carried(0, plan.unchanged, plan.faults)

        before = _written({row.id for row in sheet.rows}, found, mandate)
        self.sheets.carry_out_units(mandate, plan.commands, known)
        return _carried(len(plan.commands), plan.unchanged, before, plan.faults)

    def holders(self, mandate: PieceMandate, lines: Lines) -> Carried:
        """A piece of a sheet of holders."""
        sheet = holder_rows(lines)
        units = {one.id: one.state for one in self.sheets.units.find({"_id": {"$in": sorted(sheet.units)}})}
        loaded = self.sheets.assignments.find({"person": {"$in": sorted(sheet.persons)}})
        found = {one.id: one.state for one in loaded}
        plan = plan_holders(sheet, units=units, existing=list(found.values()))
        names = _outside(places(plan.commands, units, found), mandate)
        outside = {found[one].unit if one in found else one for one in names}
        if outside:
            wrong = [row for row in sheet.rows if row.assign.unit in outside]
            kept = tuple(row for row in sheet.rows if row.assign.unit not in outside)
            less = evolve(sheet, rows=kept, faults=sheet.faults + _beyond(wrong, "unit"))
            plan = plan_holders(less, units=units, existing=list(found.values()))
        if mandate.asked.dry_run:
            return Carried(0, plan.unchanged, plan.faults)

        starts = {(place(row.assign), row.assign.held_from) for row in sheet.rows}
        ends = {one.assignment for one in plan.commands if isinstance(one, EndAssignment)}
        rows = {each.id for each in found.values() if (place(each), each.held_from) in starts} - ends
        before = _written(rows, loaded, mandate)
        self.sheets.carry_out_holders(mandate, plan.commands, units, found)
        return _carried(len(plan.commands), plan.unchanged, before, plan.faults)


def _outside(named: Iterable[tuple[str, tuple[str, ...]]], mandate: PieceMandate) -> set[str]:
    within = set(mandate.reach.within)
    return {name for name, units in named if not set(units) & within}


def _beyond(rows: Iterable[UnitRow | HolderRow], column: str) -> tuple[RowFault, ...]:
    """A fault for each row that the asker may not carry out."""
    return tuple(
        RowFault.of(
            OutOfReach(id=row.id if isinstance(row, UnitRow) else row.assign.unit), line=row.line, column=column
        )
        for row in rows
    )


def _written(ids: Collection[str], found: Iterable[Loaded], mandate: PieceMandate) -> int:
    """How many of these this very import has written before."""

    def mine(one: Loaded) -> bool:
        step = mandate.step(one.id).id
        return one.born.get("command") == step or any(mark.id == step for mark in one.marks)

    return sum(mine(one) for one in found if one.id in ids)


def _carried(commands: int, unchanged: int, before: int, faults: tuple[RowFault, ...]) -> Carried:
    again = min(before, unchanged)
    return Carried(commands + again, unchanged - again, faults)
