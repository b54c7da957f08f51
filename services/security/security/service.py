"""The directory's service: a table of contents."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pymongo import IndexModel

from chassis.entries import Announce, filed_under
from chassis.frame import Frame
from chassis.service import Answer, Call, Service
from chassis.store import OutOfReach, Restates
from security import contract
from security.account_wiring import account_desks
from security.holder_sheet import plan_holders, read_holders
from security.holders import Assign, Assignment, EndAssignment, assign, end_assignment
from security.standing import Standing, by_posts
from security.unit_sheet import plan_units, read_units
from security.units import OpenUnit, RenameUnit, Unit, open_unit, rename_unit

Held = defaultdict[str, dict[str, Assignment]]
"""Assignments by person and id."""


class Security(Service):
    """Rule 9 as far as the other services need it: who holds which post in which unit."""

    contract = contract.CONTRACT

    def __init__(self, frame: Frame, keys: Path | None = None) -> None:
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
        self.account_desk, self.session_desk = account_desks(frame, keys, self.units, self.standing)

    def standing(self, person: str, on: date) -> Standing:
        """R9.7: whether the person may sign in on that day, and where the person stands."""
        return by_posts((one.state for one in self.assignments.find({"person": person})), on=on)

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

    def open_account(self, call: Call) -> Answer:
        """R9.7: an account for a person in post."""
        return self.account_desk.open(call)

    def account(self, call: Call) -> Answer:
        """R9.7: one account."""
        return self.account_desk.one(call)

    def reset_account(self, call: Call) -> Answer:
        """R9.7: a new one-time password."""
        return self.account_desk.reset(call)

    def disable_account(self, call: Call) -> Answer:
        """R9.7: an account is closed for now."""
        return self.account_desk.disable(call)

    def enable_account(self, call: Call) -> Answer:
        """R9.7: an account is open again."""
        return self.account_desk.enable(call)

    def enrol_second_factor(self, call: Call) -> Answer:
        """R9.7: a second factor for the own account."""
        return self.account_desk.enrol(call)

    def confirm_second_factor(self, call: Call) -> Answer:
        """R9.7: its first code."""
        return self.account_desk.confirm(call)

    def change_password(self, call: Call) -> Answer:
        """R9.7: a password of the person's own."""
        return self.session_desk.change_password(call)

    def sign_in(self, call: Call) -> Answer:
        """R9.7: a session begins."""
        return self.session_desk.sign_in(call)

    def refresh_session(self, call: Call) -> Answer:
        """R9.7: a session goes on."""
        return self.session_desk.refresh(call)

    def sign_out(self, call: Call) -> Answer:
        """R9.7: a session ends."""
        return self.session_desk.sign_out(call)

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
