"""R9.1: mergers over the store: decided, taking effect on their day, and what follows from that.

What follows is a reaction to the merged unit's own new state, one write each and each by an id of its own: its units
and people first, then what `unit_desk.py` does for every unit that has other ancestors than before. So a replica that
dies in the middle leaves the rest to the next delivery. A post that is begun at the unit in the same moment elsewhere
is carried over when it is heard of.
"""

from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from attrs import frozen
from pymongo.errors import DuplicateKeyError

from chassis.bus import Heard
from chassis.clock import Clock, business_day, day_begins
from chassis.entries import Announcement, SetTimer
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, NotFound, OutOfReach, TakenByAnother
from chassis.timers import Firing
from security import mergers, staff
from security.announcements import assignment_stated, unit_stated
from security.holders import Assignment, end_assignment
from security.mergers import SurvivorNotOpen
from security.staff import StaffMember
from security.staff_desk import staff_stated
from security.units import Unit

MERGER = "merger"


@frozen
class MergerDesk:
    """The mergers as one service process works on them."""

    units: Aggregates[Unit]
    assignments: Aggregates[Assignment]
    members: Aggregates[StaffMember]
    clock: Clock

    def merge(self, call: Call) -> Answer:
        """A merger is decided, and takes effect where its day is today; the caller needs the grant over both units."""
        into, today = call.body["into"], business_day(call.now)
        on, survivor = call.body["on"] or today, self._survivor(into, call)

        def merged(unit: Unit) -> Any:
            decided = mergers.merge(unit, into=into, survivor=survivor, on=on, today=today)
            assert survivor is not None  # else it was refused
            after = mergers.take_effect(decided, survivor=survivor, today=today)
            waits: list[Announcement] = [] if after.merged else [SetTimer(MERGER, day_begins(on))]
            return after, [unit_stated(after), *waits]

        try:
            return call.answer(self.units.change(call.path["unit"], call.command(), merged, reach=call.reach))
        except DuplicateKeyError:  # the other one was merged into this one at the same moment
            raise SurvivorNotOpen(into=into, on=on) from None

    def fire(self, firing: Firing) -> None:
        """The day of a merger has come."""
        step = reaction("security", firing.command, actor="timer", cause=firing.id, at=self.clock.now())

        def effected(unit: Unit) -> Any:
            if unit.merged_into is None:
                return unit, ()
            survivor: Unit = self.units.load(unit.merged_into).state
            after = mergers.take_effect(unit, survivor=survivor, today=business_day(step.now))
            return after, () if after is unit else [unit_stated(after)]

        self.units.change(firing.aggregate, step, effected)

    def follow(self, heard: Heard) -> None:
        """What was at and below a unit that has merged is the survivor's."""
        unit: Unit = self.units.load(heard.data["id"]).state
        if not unit.merged:
            return
        survivor, today = self.survivor_of(unit), business_day(self.clock.now())
        rehome = partial(mergers.rehomed, merged=unit, survivor=survivor, today=today)
        for child in self.units.find({"parent": unit.id}):
            self.units.change(child.id, self._step(heard, child.id), lambda one: _unit(one, rehome(one)))
        for member in self.members.find({"unit": unit.id}):
            self.members.change(member.id, self._step(heard, member.id), lambda one: _member(one, survivor))
        for held in self.assignments.find({"unit": unit.id}):
            self._carry(held.state, unit, survivor, heard)

    def assigned(self, heard: Heard) -> None:
        """A post that was begun at a unit which has merged meanwhile is held at the survivor."""
        with suppress(NotFound):
            unit: Unit = self.units.load(heard.data["unit"]).state
            if unit.merged:
                survivor, person = self.survivor_of(unit), heard.data["person"]
                self._carry(self.assignments.load(heard.subject).state, unit, survivor, heard)
                self.members.change(person, self._step(heard, person), lambda one: self._home(one, unit, survivor))

    def survivor_of(self, unit: Unit) -> Unit:
        """The unit that goes on for a merged one: the last of those that merged one into the other."""
        while unit.merged and unit.merged_into is not None:
            unit = self.units.load(unit.merged_into).state
        return unit

    def answering(self, unit: Unit, on: date) -> Unit:
        """Who answers on that day for what is called by this unit: itself, or from its merger on its survivor."""
        return self.survivor_of(unit) if unit.merged and unit.open_to is not None and unit.open_to <= on else unit

    def _carry(self, held: Assignment, unit: Unit, survivor: Unit, heard: Heard) -> None:
        """Begin it there before it ends here: a crash in between leaves nobody without the post."""
        on = unit.open_to
        if on is None or (held.held_to is not None and held.held_to <= max(on, held.held_from)):
            return
        known = [one.state for one in self.assignments.find({"person": held.person})]
        begun = mergers.carried(held, on=on, survivor=survivor, there=known)
        if begun is not None:
            with suppress(TakenByAnother):
                self.assignments.create(
                    begun.id, self._step(heard, begun.id), lambda: (begun, [assignment_stated(begun)])
                )
        self.assignments.change(held.id, self._step(heard, held.id), lambda one: _ended(one, on))

    def _home(self, member: StaffMember, unit: Unit, survivor: Unit) -> tuple[StaffMember, list[Announcement]]:
        return _member(member, survivor) if member.unit == unit.id else (member, [])

    def _survivor(self, into: str, call: Call) -> Unit | None:
        try:
            unit: Unit = self.units.load(into).state
        except NotFound:
            return None
        if not set(unit.units) & set(call.within):
            raise OutOfReach(id=into)
        return unit

    def _step(self, heard: Heard, part: str) -> Command:
        command = f"{heard.id}:{MERGER}:{part}"
        return reaction("security", command, actor="security", cause=heard.id, at=self.clock.now())


def pair(unit: Unit) -> str | None:
    """What is unique of a merger: of two units only one merges into the other."""
    return None if unit.merged_into is None else "+".join(sorted((unit.id, unit.merged_into)))


def _unit(before: Unit, after: Unit) -> tuple[Unit, list[Announcement]]:
    return after, [] if after is before else [unit_stated(after)]


def _member(before: StaffMember, survivor: Unit) -> tuple[StaffMember, list[Announcement]]:
    after = staff.follow(before, survivor)
    return after, [] if after is before else [staff_stated(after)]


def _ended(held: Assignment, on: date) -> tuple[Assignment, list[Announcement]]:
    last = max(on, held.held_from)
    if held.held_to is not None and held.held_to <= last:
        return held, []
    ended = end_assignment(held, on=last)
    return ended, [assignment_stated(ended)]
