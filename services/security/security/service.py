"""Rule 9's service: a table of contents."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import business_day
from chassis.entries import Announce
from chassis.frame import Frame
from chassis.identity import Grant
from chassis.service import Answer, Call, Service
from chassis.store import OutOfReach, Restates
from chassis.timers import Firing
from chassis.work.my_tasks import answer_my_tasks
from security import activity_desk, authority, contract, holder_desk, staff_desk, unit_desk
from security.activity import ActivityCheck
from security.activity_desk import ActivityDesk
from security.announcements import assignment_stated, unit_stated
from security.events import ASSIGNMENT_STATED, UNIT_STATED
from security.holder_desk import HolderDesk
from security.holder_sheet import plan_holders, read_holders
from security.holders import Assign, Assignment, EndAssignment, assign, end_assignment
from security.staff import StaffMember, Standing
from security.staff_desk import StaffDesk, staff_stated
from security.staff_operations import STAFF_STATED
from security.unit_desk import UnitDesk
from security.unit_sheet import plan_units, read_units
from security.units import OpenUnit, RenameUnit, Unit, open_unit, rename_unit

Held = defaultdict[str, dict[str, Assignment]]
"""Assignments by person and id."""


class Security(Service):
    """Rule 9: the directory of units, staff and posts, and who answers for an act that should not have happened."""

    contract = contract.CONTRACT

    def __init__(self, frame: Frame) -> None:
        newest = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
        self.units = frame.aggregates(
            "units",
            Unit,
            stamps=unit_desk.stamps,
            indexes=(newest, IndexModel("parent")),
            restates=Restates(UNIT_STATED.name, unit_stated),
        )
        self.assignments = frame.aggregates(
            "assignments",
            Assignment,
            stamps=holder_desk.stamps,
            indexes=(newest, IndexModel("person"), IndexModel([("unit", 1), ("post", 1)])),
            restates=Restates(ASSIGNMENT_STATED.name, assignment_stated),
        )
        members = frame.aggregates(
            "staff",
            StaffMember,
            stamps=staff_desk.stamps,
            indexes=(newest, IndexModel("unit")),
            restates=Restates(STAFF_STATED.name, staff_stated),
        )
        self.places = UnitDesk(self.units, self.assignments, members, frame.clock)
        self.staff = StaffDesk(members, self.units, self.assignments, frame.clock)
        self.holders = HolderDesk(self.assignments, self.units, self.staff)
        checks = frame.aggregates(
            "activity_checks", ActivityCheck, stamps=activity_desk.stamps, indexes=(newest, IndexModel("check_person"))
        )
        self.board = frame.tasks()
        self.activities = ActivityDesk(checks, members, self.units, self.assignments, frame.clock)

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:
        """What a person may do now, by the posts held today."""
        return authority.grants(self._held_by(person), on=business_day(at))

    def admits(self, person: str) -> bool:
        """R9.8: nobody acts who is suspended or has left."""
        return self.staff.standing_of(person) is Standing.EMPLOYED

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

    def open_unit(self, call: Call) -> Answer:
        """R9.1: a unit is opened."""
        return self.places.open(call)

    def rename_unit(self, call: Call) -> Answer:
        """R9.1: a unit has another name."""
        return self.places.rename(call)

    def move_unit(self, call: Call) -> Answer:
        """R9.1: a unit is put under another one."""
        return self.places.move(call)

    def close_unit(self, call: Call) -> Answer:
        """R9.1: a unit is closed."""
        return self.places.close(call)

    def unit(self, call: Call) -> Answer:
        """One unit."""
        return self.places.one(call)

    def unit_list(self, call: Call) -> Answer:
        """Units within the caller's reach."""
        return self.places.page(call)

    def assign(self, call: Call) -> Answer:
        """R9.1: somebody holds a post."""
        return self.holders.assign(call)

    def end_assignment(self, call: Call) -> Answer:
        """R9.1: somebody holds a post no more."""
        return self.holders.end(call)

    def assignment(self, call: Call) -> Answer:
        """One assignment."""
        return self.holders.one(call)

    def assignment_list(self, call: Call) -> Answer:
        """Assignments within the caller's reach."""
        return self.holders.page(call)

    def join_staff(self, call: Call) -> Answer:
        """R9.1: somebody joins."""
        return self.staff.join(call)

    def move_staff(self, call: Call) -> Answer:
        """R9.1: somebody belongs to another unit."""
        return self.staff.move(call)

    def suspend_staff(self, call: Call) -> Answer:
        """R9.8: somebody is suspended."""
        return self.staff.suspend(call)

    def reinstate_staff(self, call: Call) -> Answer:
        """R9.8: somebody is taken back."""
        return self.staff.reinstate(call)

    def leave_staff(self, call: Call) -> Answer:
        """R9.8: somebody leaves."""
        return self.staff.leave(call)

    def keep_staff(self, call: Call) -> Answer:
        """R9.8: a departure is called off."""
        return self.staff.stay(call)

    def return_to_staff(self, call: Call) -> Answer:
        """R9.1: somebody joins again."""
        return self.staff.come_back(call)

    def staff_member(self, call: Call) -> Answer:
        """One person on the staff."""
        return self.staff.one(call)

    def staff_list(self, call: Call) -> Answer:
        """The staff within the caller's reach."""
        return self.staff.page(call)

    def report_activities(self, call: Call) -> Answer:
        """R4.6: acts in a business system, among which leavers are looked for."""
        return self.activities.report(call)

    def refused_call(self, call: Call) -> Answer:
        """R9.8: somebody who is refused has called."""
        return self.activities.refused_call(call)

    def record_activity_result(self, call: Call) -> Answer:
        """R4.6: the head's result."""
        return self.activities.record_result(call)

    def receive_activity_result(self, call: Call) -> Answer:
        """R4.6: the province has the result."""
        return self.activities.receive(call)

    def activity_check(self, call: Call) -> Answer:
        """One activity check."""
        return self.activities.one(call)

    def activity_check_list(self, call: Call) -> Answer:
        """Activity checks within the caller's reach."""
        return self.activities.page(call)

    def my_reach(self, call: Call) -> Answer:
        """Over which units the caller may do an action that security knows of."""
        wanted = call.query["action"]
        return Answer({"units": sorted({one.unit for one in call.caller.grants if one.action == wanted})})

    def my_tasks(self, call: Call) -> Answer:
        """R4.6: what the caller has to do, by a post held today."""
        held = self._held_by(call.caller.subject)
        return answer_my_tasks(self.board, call, authority.seats(held, on=business_day(call.now)))

    def replant(self, heard: Heard) -> None:
        """R9.1: what is at and below a unit has the ancestors that the unit has now."""
        self.places.replant(heard)

    def departed(self, heard: Heard) -> None:
        """R9.8: whoever has left holds no post any more."""
        self.staff.departed(heard)

    def assigned(self, heard: Heard) -> None:
        """R9.1: whoever is given a post is on the staff."""
        self.staff.assigned(heard)

    def fire(self, firing: Firing) -> None:
        """R4.6, R9.8: a departure, or a check's result, is due."""
        (self.staff if firing.collection == "staff" else self.activities).fire(firing)

    def _held_by(self, person: str) -> list[Assignment]:
        return [one.state for one in self.assignments.find({"person": person})]

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
