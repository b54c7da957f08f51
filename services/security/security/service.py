"""The directory's service: a table of contents."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, IndexModel

from chassis.entries import Announce, filed_under
from chassis.frame import Frame
from chassis.identity import Grant
from chassis.service import Answer, Call, Service
from chassis.store import OutOfReach, Restates
from chassis.timers import Firing
from security import contract, elevation_desk, matrix_desk
from security.catalogue import catalogue, decalog_table
from security.elevation_desk import ElevationDesk
from security.elevation_operations import ELEVATION_STATED
from security.elevations import Elevation
from security.holder_sheet import plan_holders, read_holders
from security.holders import Assign, Assignment, EndAssignment, assign, end_assignment
from security.matrix_desk import MatrixDesk
from security.matrix_operations import MATRIX_STATED
from security.matrix_versions import Matrix
from security.standings import Standings
from security.unit_sheet import plan_units, read_units
from security.units import OpenUnit, RenameUnit, Unit, open_unit, rename_unit

Held = defaultdict[str, dict[str, Assignment]]
"""Assignments by person and id."""


class Security(Service):
    """Rule 9 as far as the other services need it: who holds which post in which unit."""

    contract = contract.CONTRACT

    def __init__(self, frame: Frame) -> None:
        by_units = IndexModel([("units", 1), ("_id", 1)])
        self.units = frame.aggregates(
            "units", Unit, stamps=_filed, indexes=(by_units,), restates=Restates(contract.UNIT_STATED.name, unit_stated)
        )
        by_person = IndexModel("person")
        self.assignments = frame.aggregates(
            "assignments",
            Assignment,
            stamps=lambda held: {**_filed(held), "person": held.person},
            indexes=(by_units, by_person),
            restates=Restates(contract.ASSIGNMENT_STATED.name, assignment_stated),
        )
        newest = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
        matrices = frame.aggregates(
            "matrices",
            Matrix,
            stamps=matrix_desk.stamps,
            indexes=(newest,),
            restates=Restates(MATRIX_STATED.name, matrix_desk.matrix_stated),
        )
        elevations = frame.aggregates(
            "elevations",
            Elevation,
            stamps=elevation_desk.stamps,
            indexes=(newest, by_person, IndexModel("claims", unique=True)),
            restates=Restates(ELEVATION_STATED.name, elevation_desk.elevation_stated),
        )
        self.standings = Standings(self.assignments, matrices, elevations)
        versions = frame.rows(matrix_desk.VERSIONS, "matrices")
        self.matrix_desk = MatrixDesk(matrices, versions, self.units, self.standings, frame.clock)
        self.elevation_desk = ElevationDesk(elevations, self.units, self.standings, frame.clock)

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:
        """R9.6: what a person may do now, by the posts held today."""
        return self.standings.grants_of(person, at)

    def import_units(self, call: Call) -> Answer:
        """Open and rename units as the sheet says; a repeated sheet changes nothing."""
        sheet = read_units(call.body["csv"].encode())
        known = self._units(sheet.units)
        plan = plan_units(sheet, existing=known)
        _check_reach(call, _chains(plan.commands, known))
        if not call.body["dry_run"]:
            for one in plan.commands:
                self._settle_unit(call, one, known)
        return _imported(call, plan)

    def import_holders(self, call: Call) -> Answer:
        """Begin and end assignments as the sheet says; a repeated sheet changes nothing."""
        sheet = read_holders(call.body["csv"].encode())
        units = self._units(sheet.units)
        found = self.assignments.find({"person": {"$in": sorted(sheet.persons)}})
        plan = plan_holders(sheet, units=units, existing=[one.state for one in found])
        _check_reach(call, _places(plan.commands, units, {one.id: one.state for one in found}))
        if not call.body["dry_run"]:
            held: Held = defaultdict(dict)
            for one in found:
                held[one.state.person][one.id] = one.state
            for command in plan.commands:
                self._settle_assignment(call, command, units, held)
        return _imported(call, plan)

    def unit(self, call: Call) -> Answer:
        """One unit's state."""
        return call.answer(self.units.load(call.path["unit"], call.reach))

    def permission_catalogue(self, call: Call) -> Answer:  # noqa: ARG002 it is the same for everybody
        """R9.5: the permissions, and what is kept apart."""
        return Answer(catalogue())

    def decalog_matrix(self, call: Call) -> Answer:  # noqa: ARG002 it is the same for everybody
        """R9.5: what each post does in Decalog itself."""
        return Answer(decalog_table())

    def matrix_list(self, call: Call) -> Answer:
        """R9.5: matrices within the caller's reach."""
        return self.matrix_desk.page(call)

    def matrix(self, call: Call) -> Answer:
        """R9.5: one matrix."""
        return self.matrix_desk.one(call)

    def matrix_versions(self, call: Call) -> Answer:
        """R9.5: the versions that came into force."""
        return self.matrix_desk.history(call)

    def matrix_export(self, call: Call) -> Answer:
        """R9.5: what IT is to set."""
        return self.matrix_desk.export(call)

    def draft_matrix(self, call: Call) -> Answer:
        """R9.5: the next version is drawn up."""
        return self.matrix_desk.draft(call)

    def submit_matrix(self, call: Call) -> Answer:
        """R9.5: it goes to IT."""
        return self.matrix_desk.submit(call)

    def report_setting(self, call: Call) -> Answer:
        """R9.5: IT has set it."""
        return self.matrix_desk.report_setting(call)

    def accept_matrix(self, call: Call) -> Answer:
        """R9.5: it is in force."""
        return self.matrix_desk.accept(call)

    def return_matrix(self, call: Call) -> Answer:
        """R9.5: it goes back."""
        return self.matrix_desk.send_back(call)

    def recertify_matrix(self, call: Call) -> Answer:
        """R9.5: it is still right."""
        return self.matrix_desk.recertify(call)

    def request_elevation(self, call: Call) -> Answer:
        """R9.6: a permission for a time, or for one transaction, is asked for."""
        return self.elevation_desk.request(call)

    def elevation_list(self, call: Call) -> Answer:
        """R9.6: elevations within the caller's reach."""
        return self.elevation_desk.page(call)

    def elevation(self, call: Call) -> Answer:
        """R9.6: one elevation."""
        return self.elevation_desk.one(call)

    def approve_elevation(self, call: Call) -> Answer:
        """R9.6: the head says yes."""
        return self.elevation_desk.approve(call)

    def refuse_elevation(self, call: Call) -> Answer:
        """R9.6: the head says no."""
        return self.elevation_desk.refuse(call)

    def withdraw_elevation(self, call: Call) -> Answer:
        """R9.6: it is no longer asked for."""
        return self.elevation_desk.withdraw(call)

    def use_elevation(self, call: Call) -> Answer:
        """R9.6: the one transaction is done."""
        return self.elevation_desk.use(call)

    def revoke_elevation(self, call: Call) -> Answer:
        """R9.6: it is ended early."""
        return self.elevation_desk.revoke(call)

    def fire(self, firing: Firing) -> None:
        """R9.5, R9.6: a recertification is due, or an elevation has come to its end."""
        desk = self.matrix_desk if firing.collection == self.matrix_desk.matrices.name else self.elevation_desk
        desk.fire(firing)

    def _units(self, ids: Iterable[str]) -> dict[str, Unit]:
        return {found.id: found.state for found in self.units.find({"_id": {"$in": sorted(ids)}})}

    def _settle_unit(self, call: Call, one: OpenUnit | RenameUnit, known: dict[str, Unit]) -> None:
        step = call.step(one.unit)
        if isinstance(one, RenameUnit):
            saved = self.units.change(
                one.unit,
                step,
                lambda unit: _unit(rename_unit(unit, name=one.name)),
                reach=call.reach,
            )
        else:
            opened = open_unit(one, parent=known.get(one.parent or ""))
            saved = self.units.create(opened.id, step, lambda: _unit(opened))
        known[saved.id] = saved.state

    def _settle_assignment(self, call: Call, one: Assign | EndAssignment, units: dict[str, Unit], held: Held) -> None:
        if isinstance(one, EndAssignment):
            saved = self.assignments.change(
                one.assignment,
                call.step(one.assignment),
                lambda held: _assignment(end_assignment(held, on=one.on)),
                reach=call.reach,
            )
        else:
            begun = assign(one, unit=units[one.unit], already=held[one.person].values())
            step = call.step(begun.id)
            saved = self.assignments.create(begun.id, step, lambda: _assignment(begun))
        held[saved.state.person][saved.id] = saved.state


def _filed(state: Unit | Assignment) -> dict[str, Any]:
    return {"units": list(state.units)}


def unit_stated(unit: Unit) -> Announce:
    """The event that carries a unit's whole state."""
    event = contract.UNIT_STATED
    return Announce(event.name, event.data(unit), filed_under(unit.units))


def assignment_stated(held: Assignment) -> Announce:
    """The event that carries an assignment's whole state."""
    event = contract.ASSIGNMENT_STATED
    return Announce(event.name, event.data(held), filed_under(held.units))


def _unit(unit: Unit) -> tuple[Unit, list[Announce]]:
    return unit, [unit_stated(unit)]


def _assignment(held: Assignment) -> tuple[Assignment, list[Announce]]:
    return held, [assignment_stated(held)]


def _chains(commands: Iterable[OpenUnit | RenameUnit], known: dict[str, Unit]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each unit to open or rename, with the ids from the root down to it; parents come first."""
    chains = {unit.id: unit.units for unit in known.values()}
    for one in commands:
        if isinstance(one, OpenUnit):
            chains[one.unit] = (*chains.get(one.parent or "", ()), one.unit)
        yield one.unit, chains[one.unit]


def _places(
    commands: Iterable[Assign | EndAssignment], units: dict[str, Unit], begun: dict[str, Assignment]
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
