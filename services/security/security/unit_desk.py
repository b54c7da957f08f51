"""R9.1: units opened, moved and closed one by one, over the store.

A unit that moves takes along what is below it: its own new state is heard by this service again (`replant`), which
puts its children, the people and the posts at it under the same ancestors, one write each; a child that was moved so
is heard in its turn. So a move of a whole province is a chain of small steps that any replica goes on with.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from attrs import evolve, frozen
from pymongo import IndexModel

from chassis.bus import Heard
from chassis.clock import Clock
from chassis.entries import Announcement
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, Loaded, NotFound, OutOfReach, Reach
from security import staff
from security.announcements import assignment_stated, unit_stated
from security.holders import Assignment
from security.merger_desk import pair
from security.staff import StaffMember
from security.staff_desk import staff_stated
from security.units import OpenUnit, Unit, close_unit, move_unit, open_unit, rename_unit, under

MERGERS = IndexModel("merger", unique=True, partialFilterExpression={"merger": {"$type": "string"}})

Saving = tuple[Unit, list[Announcement]]


@frozen
class UnitDesk:
    """The units as one service process works on them."""

    units: Aggregates[Unit]
    assignments: Aggregates[Assignment]
    members: Aggregates[StaffMember]
    clock: Clock

    def chain_of(self, unit: str, reach: Reach | None) -> tuple[str, ...]:
        """The ids of a unit within reach and of all above it, the root first."""
        found: Unit = self.units.load(unit, reach).state
        return found.units

    def open(self, call: Call) -> Answer:
        """A unit is opened."""
        said = dict(call.body)
        command = OpenUnit(unit=said.pop("id"), **said)
        parent = self._parent(command.parent, call)
        saved = self.units.create(
            command.unit, call.command(), lambda: _saving(None, open_unit(command, parent=parent))
        )
        return call.answer(saved, location=f"/v1/units/{saved.id}")

    def rename(self, call: Call) -> Answer:
        """A unit has another name."""
        return self._changed(call, lambda unit: rename_unit(unit, name=call.body["name"]))

    def move(self, call: Call) -> Answer:
        """A unit is put under another one; the caller needs the grant over both."""
        parent = self._parent(call.body["parent"], call)
        return self._changed(call, lambda unit: move_unit(unit, parent=call.body["parent"], to=parent))

    def close(self, call: Call) -> Answer:
        """A unit is closed: nothing below it is open by then, and nobody holds a post at it."""
        unit, on = call.path["unit"], call.body["on"]
        below = [*self.units.find({"parent": unit}), *self.units.find({"merged_into": unit})]
        children = {one.id for one in below if not _closed_by(one.state.open_to, on) or _merging(one.state)}
        held = [one.id for one in self.assignments.find({"unit": unit}) if not _closed_by(one.state.held_to, on)]
        return self._changed(call, lambda state: close_unit(state, on=on, open_children=children, held_by=held))

    def one(self, call: Call) -> Answer:
        """One unit."""
        return call.answer(self.units.load(call.path["unit"], call.reach))

    def page(self, call: Call) -> Answer:
        """Units within the caller's reach."""
        asked = {name: call.query[name] for name in ("parent", "kind") if call.query[name] is not None}
        return call.page(self.units, asked)

    def replant(self, heard: Heard) -> Loaded:
        """What is at and below a unit has the ancestors that the unit has now, whatever the event said of then."""
        loaded = self.units.load(heard.data["id"])
        unit: Unit = loaded.state
        place, chain = unit.id, unit.units
        for child in self.units.find({"parent": place}):
            if under(child.state, chain) is not child.state:
                self.units.change(child.id, self._step(heard, child.id), lambda one: _saving(one, under(one, chain)))
        for member in self.members.find({"unit": place}):
            if member.state.units != chain:
                self.members.change(member.id, self._step(heard, member.id), lambda one: _member(one, chain))
        for held in self.assignments.find({"unit": place}):
            if held.state.units != chain:
                self.assignments.change(held.id, self._step(heard, held.id), lambda one: _assignment(one, chain))
        return loaded

    def _changed(self, call: Call, decide: Callable[[Unit], Unit]) -> Answer:
        saved = self.units.change(
            call.path["unit"], call.command(), lambda unit: _saving(unit, decide(unit)), reach=call.reach
        )
        return call.answer(saved)

    def _parent(self, parent: str | None, call: Call) -> Unit | None:
        """The parent that the body names, over which the caller must have the grant; None where there is none."""
        if parent is None:
            return None
        try:
            unit: Unit = self.units.load(parent).state
        except NotFound:
            return None
        if not set(unit.units) & set(call.within):
            raise OutOfReach(id=parent)
        return unit

    def _step(self, heard: Heard, part: str) -> Command:
        return reaction("security", f"{heard.id}:{part}", actor="security", cause=heard.id, at=self.clock.now())


def stamps(unit: Unit) -> dict[str, Any]:
    """What lists and scopes query."""
    at = datetime.combine(unit.open_from, time(), UTC) if unit.open_from else datetime(1970, 1, 1, tzinfo=UTC)
    merger = {"merged_into": unit.merged_into, "merger": pair(unit)}
    return {"units": list(unit.units), "at": at, "parent": unit.parent, "kind": unit.kind, **merger}


def _merging(unit: Unit) -> bool:
    return unit.merged_into is not None and not unit.merged


def _closed_by(end: Any, on: Any) -> bool:
    return end is not None and bool(end <= on)


def _saving(before: Unit | None, after: Unit) -> Saving:
    return after, [] if after is before else [unit_stated(after)]


def _member(member: StaffMember, chain: tuple[str, ...]) -> Any:
    after = staff.under(member, chain)
    return after, [] if after is member else [staff_stated(after)]


def _assignment(held: Assignment, chain: tuple[str, ...]) -> Any:
    if held.units == chain:
        return held, []
    after = evolve(held, units=chain)
    return after, [assignment_stated(after)]
