"""R9.1, R9.8: the staff over the store: what the service's methods, timers and reactions do with it.

Whoever is given a post is on the staff: the first assignment of somebody unknown makes the record (`assigned`). Whoever
leaves holds nothing any more: their assignments are ended one by one (`departed`), and so is one that is begun in the
same moment elsewhere. So is the second of two posts kept apart that two calls give one person at the same moment.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

from attrs import evolve, frozen

from chassis.bus import Heard
from chassis.clock import Clock, business_day, day_begins
from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import EVERYWHERE, Aggregates, Command, NotFound, OutOfReach, TakenByAnother
from chassis.timers import Firing
from chassis.work.tasks import Owner
from security import staff
from security.announcements import assignment_stated
from security.heads import HEADS, head_of
from security.holders import Assignment, end_assignment, joins
from security.staff import StaffMember, Standing
from security.staff_operations import STAFF_STATED
from security.units import Unit, UnitUnknown

DEPARTURE = "departure"

AT_ONCE = timedelta(minutes=1)
"""Longer than the longest call: what was begun further apart was decided by who saw the other."""

Heads = Callable[[Unit, str, date], Owner]
"""By unit, the person concerned, and day: who decides."""

Saving = tuple[StaffMember, list[Announcement]]


def unit_of(units: Aggregates[Unit], call: Call) -> Unit:
    """The unit that the body names, over which the caller must have the grant."""
    try:
        unit: Unit = units.load(call.body["unit"]).state
    except NotFound:
        raise UnitUnknown(unit=call.body["unit"], pointer="/body/unit") from None
    if not set(unit.units) & set(call.within):
        raise OutOfReach(id=unit.id)
    return unit


@frozen
class StaffDesk:
    """The staff as one service process works on it."""

    members: Aggregates[StaffMember]
    units: Aggregates[Unit]
    assignments: Aggregates[Assignment]
    clock: Clock

    def join(self, call: Call) -> Answer:
        """Somebody is on the staff from now on."""
        person, unit = call.body["person"], unit_of(self.units, call)
        saved = self.members.create(
            person, call.command(), lambda: _saving(None, staff.join(person, unit=unit, at=call.now))
        )
        return call.answer(saved, location=f"/v1/staff/{person}")

    def move(self, call: Call) -> Answer:
        """Somebody belongs elsewhere."""
        unit = unit_of(self.units, call)
        return self._changed(call, lambda member: staff.move(member, unit=unit))

    def suspend(self, call: Call) -> Answer:
        """R9.8: somebody may do nothing for now."""
        return self._changed(call, lambda member: staff.suspend(member, ground=call.body["ground"], at=call.now))

    def reinstate(self, call: Call) -> Answer:
        """A suspension is over."""
        return self._changed(call, lambda member: staff.reinstate(member, at=call.now))

    def leave(self, call: Call) -> Answer:
        """R9.8: somebody leaves."""
        on = call.body["at"] or call.now
        return self._changed(call, lambda member: staff.leave(member, on=on, at=call.now))

    def stay(self, call: Call) -> Answer:
        """A departure is called off."""
        return self._changed(call, staff.stay)

    def come_back(self, call: Call) -> Answer:
        """Somebody who had left joins again, wherever that was; others are changed within the caller's reach alone."""
        unit = unit_of(self.units, call)
        known = self.members.load(call.path["person"])
        reach = EVERYWHERE if known.state.standing is Standing.LEFT else call.reach
        command = call.command()
        saved = self.members.change(
            known.id,
            command,
            lambda member: _saving(member, staff.come_back(member, unit=unit, at=call.now)),
            reach=reach,
        )
        return call.answer(saved)

    def one(self, call: Call) -> Answer:
        """One person on the staff."""
        return call.answer(self.members.load(call.path["person"], call.reach))

    def page(self, call: Call) -> Answer:
        """The staff within the caller's reach."""
        standing = call.query["standing"]
        return call.page(self.members, {} if standing is None else {"standing": standing.value})

    def fire(self, firing: Firing) -> None:
        """R9.8: a departure that was ahead is due."""
        step = self._command(firing.command, firing.id)
        self.members.change(firing.aggregate, step, lambda member: _saving(member, staff.fall_due(member, at=step.now)))

    def departed(self, heard: Heard) -> None:
        """R9.8: whoever has left holds no post any more, from the day of leaving on. What was given to them after they
        had come back stays theirs, however late the departure is told, or told again."""
        person, since = heard.data["person"], heard.data["since"]
        if heard.data["standing"] is not Standing.LEFT:
            return
        back = self.members.load(person).state.back_after(since)
        for held in self.assignments.find({"person": person}):
            if back is None or held.born["at"] < back:
                self._end(held.state, since, heard.id)

    def assigned(self, heard: Heard) -> None:
        """R9.1, R9.5: whoever is given a post is on the staff; whoever has left is given none, and nobody two that are
        kept apart."""
        person = heard.data["person"]
        self._part(person, heard)
        try:
            member: StaffMember = self.members.load(person).state
        except NotFound:
            self._join_silently(person, heard)
            return
        if member.standing is Standing.LEFT:
            with suppress(NotFound):
                self._end(self.assignments.load(heard.subject).state, member.since, heard.id)

    def standing_of(self, person: str) -> Standing:
        """The standing of a person now; whoever is not on record is nobody's to refuse."""
        with suppress(NotFound):
            member: StaffMember = self.members.load(person).state
            return member.standing
        return Standing.EMPLOYED

    def head_of(self, unit: Unit, person: str, on: date) -> Owner:
        """Whose task it is to decide at the unit over what concerns the person: whoever is away is no head."""
        at_heads = {"unit": {"$in": list(unit.units)}, "post": {"$in": list(HEADS)}}
        held = [one.state for one in self.assignments.find(at_heads)]
        wanted = {"_id": {"$in": sorted({one.person for one in held})}, "standing": {"$ne": Standing.EMPLOYED.value}}
        away = {one.id for one in self.members.find(wanted)}
        return head_of(unit, person, [one for one in held if one.person not in away], on=on)

    def _part(self, person: str, heard: Heard) -> None:
        """R9.5: of two posts kept apart that were begun at one moment, so that neither call saw the other, the one that
        was begun later, or has the later id, was never held."""
        found = sorted(self.assignments.find({"person": person}), key=lambda one: (one.born["at"], one.id))
        for earlier, later in combinations(found, 2):
            at_once = later.born["at"] - earlier.born["at"] <= AT_ONCE
            if at_once and joins(earlier.state, later.state):
                step = self._command(f"{heard.id}:apart:{later.id}", heard.id)
                self.assignments.change(later.id, step, lambda now: _ended(now, now.held_from))

    def _join_silently(self, person: str, heard: Heard) -> None:
        unit = self.units.load(heard.data["unit"]).state
        step = self._command(f"{heard.id}:{person}", heard.id)
        since = min(step.now, day_begins(heard.data["held_from"]))
        with suppress(TakenByAnother):
            self.members.create(person, step, lambda: _saving(None, _found(person, unit, since)))

    def _end(self, held: Assignment, since: datetime, cause: str) -> None:
        on = max(business_day(since), held.held_from)
        if held.held_to is not None and held.held_to <= on:
            return
        step = self._command(f"{cause}:{held.id}", cause)
        self.assignments.change(held.id, step, lambda now: _ended(now, on))

    def _changed(self, call: Call, decide: Callable[[StaffMember], StaffMember]) -> Answer:
        saved = self.members.change(
            call.path["person"], call.command(), lambda member: _saving(member, decide(member)), reach=call.reach
        )
        return call.answer(saved)

    def _command(self, id: str, cause: str) -> Command:
        return reaction("security", id, actor="security", cause=cause, at=self.clock.now())


def stamps(member: StaffMember) -> dict[str, Any]:
    """What lists and scopes query."""
    return {"units": list(member.units), "at": member.since, "standing": member.standing.value, "unit": member.unit}


def staff_stated(member: StaffMember) -> Announce:
    """The event that carries a person's standing."""
    return Announce(STAFF_STATED.name, STAFF_STATED.data(member), filed_under(member.units))


def _found(person: str, unit: Unit, at: datetime) -> StaffMember:
    """Somebody who holds a post and was not on record: on the staff since the post began, as far as anybody knows.

    A unit that closes or merges is no reason to leave them out of it.
    """
    return staff.join(person, unit=evolve(unit, open_to=None, merged_into=None), at=at)


def _ended(held: Assignment, on: date) -> tuple[Assignment, list[Announcement]]:
    if held.held_to is not None and held.held_to <= on:
        return held, []
    ended = end_assignment(held, on=on)
    return ended, [assignment_stated(ended)]


def _saving(before: StaffMember | None, after: StaffMember) -> Saving:
    if after is before:
        return after, []
    announcements: list[Announcement] = [staff_stated(after)]
    due = after.leaves_at
    if due != (before and before.leaves_at):
        announcements.append(CancelTimer(DEPARTURE) if due is None else SetTimer(DEPARTURE, due))
    return after, announcements
