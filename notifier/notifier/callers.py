"""R9.5, R9.8: the part of the service that knows who calls: copies of the directory, and what follows from them."""

from datetime import datetime

from chassis.bus import Heard
from chassis.clock import business_day
from chassis.frame import Frame
from chassis.identity import Grant
from chassis.service import Service
from notifier import directory
from notifier.directory import AssignmentCopy, Directory, StaffCopy, UnitCopy


class Callers(Service):
    """Units, assignments and staff as security states them. None of the actions here is given for a time (R9.6)."""

    def open_callers(self, frame: Frame) -> None:
        """Take from the frame what this part stands on."""
        self.directory = Directory(
            frame.copies("unit_copies", UnitCopy),
            frame.copies("assignment_copies", AssignmentCopy, indexes=("person",)),
            frame.copies("staff_copies", StaffCopy),
        )

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:
        """R9.5: what a person may do now, by the posts held today."""
        return directory.grants(self.directory.of_person(person), on=business_day(at))

    def admits(self, person: str) -> bool:
        """R9.8: nobody acts who is suspended or has left."""
        return self.directory.here(person)

    def assignments(self, heard: Heard) -> None:
        """Keep an assignment's state."""
        self.directory.assignments.keep(heard.subject, heard.sequence, AssignmentCopy(**heard.data))

    def standings(self, heard: Heard) -> None:
        """R9.8: keep a person's standing."""
        self.directory.staff.keep(heard.subject, heard.sequence, StaffCopy(**heard.data))
