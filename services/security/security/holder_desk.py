"""R7.5, R9.1: assignments made and ended one by one, over the store; sheets of them are `service.py`'s."""

from datetime import UTC, datetime, time
from typing import Any

from attrs import frozen

from chassis.clock import business_day
from chassis.service import Answer, Call
from chassis.store import Aggregates
from security.announcements import assignment_stated
from security.holder_corrections import correct_assignment
from security.holders import Assign, Assignment, assign, end_assignment, place, refuse_own
from security.lending import lend
from security.staff import NotEmployed, StaffMember, Standing
from security.staff_desk import StaffDesk, unit_of
from security.units import Unit


@frozen
class HolderDesk:
    """The assignments as one service process works on them."""

    assignments: Aggregates[Assignment]
    units: Aggregates[Unit]
    staff: StaffDesk

    def assign(self, call: Call) -> Answer:
        """Somebody holds a post from a day on."""
        unit = unit_of(self.units, call)
        command = Assign(**{**call.body, "held_from": call.body["held_from"] or business_day(call.now)})
        refuse_own(command.person, call.caller.subject)
        if self.staff.standing_of(command.person) is Standing.LEFT:
            raise NotEmployed(person=command.person, standing=Standing.LEFT, pointer="/body/person")
        known = [one.state for one in self.assignments.find({"person": command.person})]
        begun = assign(command, unit=unit, already=[one for one in known if not _made_by(command, one)])
        saved = self.assignments.create(begun.id, call.command(), lambda: (begun, [assignment_stated(begun)]))
        return call.answer(saved, location=f"/v1/assignments/{saved.id}")

    def lend(self, call: Call) -> Answer:
        """R9.1: somebody is lent; the caller needs the grant over where they belong and where they go."""
        member: StaffMember = self.staff.members.load(call.path["person"], call.reach).state
        refuse_own(member.id, call.caller.subject)
        unit, said = unit_of(self.units, call), call.body
        since = said["held_from"] or business_day(call.now)
        command = Assign(member.id, said["post"], unit.id, "lent", since, said["held_to"])
        known = [one.state for one in self.assignments.find({"person": member.id})]
        begun = lend(command, member=member, unit=unit, already=[one for one in known if not _made_by(command, one)])
        saved = self.assignments.create(begun.id, call.command(), lambda: (begun, [assignment_stated(begun)]))
        return call.answer(saved, location=f"/v1/assignments/{saved.id}")

    def end(self, call: Call) -> Answer:
        """Somebody holds a post no more."""
        on = call.body["on"] or business_day(call.now)

        def ended(held: Assignment) -> Any:
            after = end_assignment(held, on=on)
            return after, [assignment_stated(after)]

        saved = self.assignments.change(call.path["assignment"], call.command(), ended, reach=call.reach)
        return call.answer(saved)

    def correct(self, call: Call) -> Answer:
        """R9.1: what was entered wrongly is corrected, by the red line."""
        said, who = dict(call.body), call.caller.subject
        reason = said.pop("reason")

        def corrected(held: Assignment) -> Any:
            refuse_own(held.person, who)
            unit = self.units.load(held.unit).state
            known = [one.state for one in self.assignments.find({"person": held.person})]
            after = correct_assignment(held, said, unit=unit, already=known, reason=reason, by=who, at=call.now)
            return after, [assignment_stated(after)]

        saved = self.assignments.change(call.path["assignment"], call.command(), corrected, reach=call.reach)
        return call.answer(saved)

    def one(self, call: Call) -> Answer:
        """One assignment."""
        return call.answer(self.assignments.load(call.path["assignment"], call.reach))

    def page(self, call: Call) -> Answer:
        """Assignments within the caller's reach."""
        asked = {name: call.query[name] for name in ("person", "post", "unit") if call.query[name] is not None}
        return call.page(self.assignments, asked)


def stamps(held: Assignment) -> dict[str, Any]:
    """What lists and scopes query."""
    return {
        "units": list(held.units),
        "at": datetime.combine(held.held_from, time(), UTC),
        "person": held.person,
        "post": held.post,
        "unit": held.unit,
    }


def _made_by(command: Assign, held: Assignment) -> bool:
    """Whether this is what the command makes, or a retry of it made: the store answers with it, or that it exists."""
    same = place(held) == place(command) and held.held_from == command.held_from
    return same and held.held_to != held.held_from
