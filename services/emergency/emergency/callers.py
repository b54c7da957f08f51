"""R9.5, R9.6, R9.8: the part of the service that knows who calls: copies of the directory, and what follows from them.

One method a hearing; a person's grants, posts and tasks are as the copies say at that moment.
"""

from collections.abc import Callable
from datetime import datetime

from chassis.bus import Heard
from chassis.clock import business_day
from chassis.frame import Frame
from chassis.identity import Grant
from chassis.service import Answer, Call
from chassis.work.my_tasks import answer_my_tasks
from chassis.work.parameter_desk import People, parameter_desk
from chassis.work.parametric import Parametric
from emergency import directory, parameters
from emergency.authority import Actor
from emergency.directory import AssignmentCopy, Directory, ElevationCopy, StaffCopy, UnitCopy


class Callers(Parametric):
    """Units, assignments, staff and elevations as security states them, and who somebody is by them."""

    def open_callers(self, frame: Frame) -> None:
        """Take from the frame what this part stands on."""
        self.board = frame.tasks()
        self.directory = Directory(
            frame.mirror("unit_copies", UnitCopy, by=("kind",)),
            frame.mirror("assignment_copies", AssignmentCopy, by=("person", "unit")),
            frame.mirror("staff_copies", StaffCopy),
            frame.mirror("elevation_copies", ElevationCopy, by=("person",)),
        )
        people = People(
            units_of=self.directory.chain_of,
            posts_of=lambda call, units: self._actor(call, units).posts,
            deciders=parameters.deciders,
        )
        self.numbers = parameter_desk(frame, "emergency", parameters.DEFINITIONS, people)

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:
        """What a person may do now, by the posts held today and by elevations in force at this instant."""
        today = business_day(at)
        by_posts = directory.grants(self.directory.of_person(person), on=today)
        return (*by_posts, *directory.elevated_grants(self.directory.elevations_of(person, on=today), at=at))

    def admits(self, person: str) -> bool:
        """R9.8: nobody acts who is suspended or has left."""
        return self.directory.here(person)

    def my_tasks(self, call: Call) -> Answer:
        """R7.9, R7.11: what the caller has to do, by name or by a post held today."""
        held = self.directory.of_person(call.caller.subject)
        return answer_my_tasks(self.board, call, directory.seats(held, on=business_day(call.now)))

    def units(self, heard: Heard) -> None:
        """Keep a unit's state."""
        self.directory.units.copies.keep(heard.subject, heard.sequence, unit_copy(heard))

    def assignments(self, heard: Heard) -> None:
        """Keep an assignment's state."""
        self.directory.assignments.copies.keep(heard.subject, heard.sequence, AssignmentCopy(**heard.data))

    def standings(self, heard: Heard) -> None:
        """R9.8: keep a person's standing."""
        self.directory.staff.copies.keep(heard.subject, heard.sequence, StaffCopy(**heard.data))

    def elevations(self, heard: Heard) -> None:
        """R9.6: keep the state of an elevation that gives one of our actions; of others nothing is needed here."""
        copy = ElevationCopy(**heard.data)
        if copy.concerns_us:
            self.directory.elevations.copies.keep(heard.subject, heard.sequence, copy)

    def _actor_of(self, call: Call) -> Callable[[tuple[str, ...]], Actor]:
        return lambda units: self._actor(call, units)

    def _actor(self, call: Call, units: tuple[str, ...] | None, held: list[AssignmentCopy] | None = None) -> Actor:
        if call.caller.kind == "system":
            return Actor(call.caller.subject, system=True)
        known = self.directory.of_person(call.caller.subject) if held is None else held
        today = business_day(call.now)
        who = directory.actor(call.caller.subject, known, units=units, on=today)
        given = self.directory.elevations_of(who.id, on=today)
        return directory.elevated(who, given, units=units or (), at=call.now)


def unit_copy(heard: Heard) -> UnitCopy:
    """The unit that an event states."""
    return UnitCopy(**{**heard.data, "units": tuple(heard.data["units"])})
