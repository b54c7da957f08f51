"""R7.5, R9.1: units and holders imported from sheets: the plan of a sheet carried out, many writes at once.

Every command of a plan changes an aggregate of its own under an id of its own, so that a retry finishes what an earlier
one began. Parents are opened before their children, level by level; of what concerns persons all ends come first, each
person's in order, and then all beginnings. What is begun or opened together goes into the database by one write.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any, Protocol

from attrs import frozen

from chassis.service import Answer, Call
from chassis.store import Aggregates, Birth, Command, OutOfReach, Reach
from chassis.together import together
from security.announcements import assignment_stated, unit_stated
from security.holder_sheet import plan_holders, read_holders
from security.holders import Assign, Assignment, EndAssignment, assign, end_assignment
from security.unit_sheet import plan_units, read_units
from security.units import UNIT_KINDS, OpenUnit, RenameUnit, Unit, open_unit, rename_unit

UnitCommand = OpenUnit | RenameUnit
HolderCommand = Assign | EndAssignment
Held = dict[str, Assignment]
"""Assignments of one person by id."""


class Mandate(Protocol):
    """In whose name a sheet is carried out: a call, or an import that was asked for before."""

    @property
    def reach(self) -> Reach | None: ...

    def step(self, part: str, /) -> Command: ...


@frozen
class SheetDesk:
    """Sheets as one service process carries them out."""

    units: Aggregates[Unit]
    assignments: Aggregates[Assignment]

    def import_units(self, call: Call) -> Answer:
        """Open and rename units as the sheet says; a repeated sheet changes nothing."""
        sheet = read_units(call.body["csv"].encode())
        known = self._known(sheet.units)
        plan = plan_units(sheet, existing=known)
        _check_reach(call, chains(plan.commands, known))
        if not call.body["dry_run"]:
            self.carry_out_units(call, plan.commands, known)
        return _imported(call, plan)

    def import_holders(self, call: Call) -> Answer:
        """Begin and end assignments as the sheet says; a repeated sheet changes nothing."""
        sheet = read_holders(call.body["csv"].encode())
        units = self._known(sheet.units)
        found = {one.id: one.state for one in self.assignments.find({"person": {"$in": sorted(sheet.persons)}})}
        plan = plan_holders(sheet, units=units, existing=list(found.values()))
        _check_reach(call, places(plan.commands, units, found))
        if not call.body["dry_run"]:
            self.carry_out_holders(call, plan.commands, units, found)
        return _imported(call, plan)

    def carry_out_units(self, call: Mandate, commands: Iterable[UnitCommand], known: dict[str, Unit]) -> None:
        """Open and rename, from the root down."""
        for level in _levels(commands, known):
            saved = self.units.create_all(
                [self._opened(call, one, known) for one in level if isinstance(one, OpenUnit)]
            )
            known.update((one.id, one.state) for one in saved)
            renames = [one for one in level if isinstance(one, RenameUnit)]
            together(partial(self._rename, call, known), renames)

    def carry_out_holders(
        self, call: Mandate, commands: Iterable[HolderCommand], units: dict[str, Unit], found: Held
    ) -> None:
        """Begin and end; `found` is what the persons hold."""
        held: dict[str, Held] = defaultdict(dict)
        for each in found.values():
            held[each.person][each.id] = each
        ends: dict[str, list[EndAssignment]] = defaultdict(list)
        begins: list[Assign] = []
        for command in commands:
            if isinstance(command, EndAssignment):
                ends[found[command.assignment].person].append(command)
            else:
                begins.append(command)
        together(lambda person: self._end_all(call, ends[person], held[person]), list(ends))
        self.assignments.create_all([self._begun(call, one, units[one.unit], held[one.person]) for one in begins])

    def _known(self, ids: Iterable[str]) -> dict[str, Unit]:
        return {found.id: found.state for found in self.units.find({"_id": {"$in": sorted(ids)}})}

    def _opened(self, call: Mandate, one: OpenUnit, known: dict[str, Unit]) -> Birth:
        opened = open_unit(one, parent=known.get(one.parent or ""))
        return Birth(opened.id, call.step(opened.id), lambda: _unit(opened))

    def _rename(self, call: Mandate, known: dict[str, Unit], one: RenameUnit) -> None:
        saved = self.units.change(
            one.unit,
            call.step(one.unit),
            lambda unit: _unit(rename_unit(unit, name=one.name)),
            reach=call.reach,
        )
        known[saved.id] = saved.state

    def _begun(self, call: Mandate, one: Assign, unit: Unit, held: Held) -> Birth:
        """The beginning of an assignment, beside what the person holds and what was begun before it."""
        begun = assign(one, unit=unit, already=held.values())
        held[begun.id] = begun
        return Birth(begun.id, call.step(begun.id), lambda: _assignment(begun))

    def _end_all(self, call: Mandate, commands: Iterable[EndAssignment], held: Held) -> None:
        for one in commands:
            saved = self.assignments.change(
                one.assignment, call.step(one.assignment), partial(_ended, on=one.on), reach=call.reach
            )
            held[saved.id] = saved.state


def _levels(commands: Iterable[UnitCommand], known: dict[str, Unit]) -> list[list[UnitCommand]]:
    """The commands by kind of unit, from the root down."""
    levels: dict[str, list[UnitCommand]] = {kind: [] for kind in UNIT_KINDS}
    for one in commands:
        levels[one.kind if isinstance(one, OpenUnit) else known[one.unit].kind].append(one)
    return list(levels.values())


def _unit(unit: Unit) -> Any:
    return unit, [unit_stated(unit)]


def _assignment(held: Assignment) -> Any:
    return held, [assignment_stated(held)]


def _ended(now: Assignment, *, on: date) -> Any:
    return _assignment(end_assignment(now, on=on))


def chains(commands: Iterable[UnitCommand], known: dict[str, Unit]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each unit to open or rename, with the ids from the root down to it; parents come first."""
    chains = {unit.id: unit.units for unit in known.values()}
    for one in commands:
        if isinstance(one, OpenUnit):
            chains[one.unit] = (*chains.get(one.parent or "", ()), one.unit)
        yield one.unit, chains[one.unit]


def places(
    commands: Iterable[HolderCommand], units: dict[str, Unit], begun: dict[str, Assignment]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each unit at which somebody begins, and each assignment that ends, with the ids from the root down to it."""
    for one in commands:
        if isinstance(one, EndAssignment):
            yield one.assignment, begun[one.assignment].units
        else:
            yield one.unit, units[one.unit].units


def _check_reach(call: Call, places: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    """Refuse the whole sheet (OutOfReach), before anything is written, where one row lies outside of the reach."""
    for name, units in places:
        if not set(units) & set(call.within):
            raise OutOfReach(id=name)


def _imported(call: Call, plan: Any) -> Answer:
    body = {
        "done": 0 if call.body["dry_run"] else len(plan.commands),
        "unchanged": plan.unchanged,
        "dry_run": call.body["dry_run"],
        "faults": plan.faults,
    }
    return Answer(body)
