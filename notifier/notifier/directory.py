"""The notifier's copy of the directory: the units above a unit, and what a person may do by the posts held."""

from collections.abc import Iterable
from datetime import date

from attrs import frozen

from chassis.copies import Copies
from chassis.identity import Grant
from notifier.authority import AUTHORITY

ROOT = "HQ"


@frozen
class UnitCopy:
    """A unit as security stated it; `units` are the ids from the root down to itself."""

    id: str
    units: tuple[str, ...]


@frozen
class AssignmentCopy:
    """An assignment as security stated it; `held_to` is the first day on which it is not held any more."""

    id: str
    person: str
    post: str
    unit: str
    held_from: date
    held_to: date | None

    def held_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.held_from <= day and (self.held_to is None or day < self.held_to)


@frozen
class StaffCopy:
    """A person's standing as security stated it."""

    standing: str

    @property
    def here(self) -> bool:
        """R9.8: whether the person may act: neither suspended nor gone."""
        return self.standing == "employed"


def filing(unit: str, copy: UnitCopy | None) -> tuple[str, ...]:
    """The units under which what belongs to this unit is filed; right below the root while no copy is here of it."""
    if copy is not None:
        return copy.units
    return (ROOT,) if unit == ROOT else (ROOT, unit)


def grants(assignments: Iterable[AssignmentCopy], *, on: date) -> tuple[Grant, ...]:
    """R9.5: what a person may do on that day: each post held, whatever its kind, gives its actions over its unit."""
    held = [each for each in assignments if each.held_on(on)]
    return tuple(Grant(action.value, each.unit) for each in held for action in AUTHORITY.get(each.post, ()))


@frozen
class Directory:
    """Reads the copies; calls are few here, so they are looked up in the database and not held in memory."""

    units: Copies[UnitCopy]
    assignments: Copies[AssignmentCopy]
    staff: Copies[StaffCopy]

    def of_person(self, person: str) -> list[AssignmentCopy]:
        """All assignments of a person; R9.8: none of whoever is suspended or has left."""
        return self.assignments.find({"state.person": person}) if self.here(person) else []

    def belongs(self, person: str, unit: str, *, on: date) -> bool:
        """Whether the person holds any post at this very unit on that day."""
        return any(each.unit == unit and each.held_on(on) for each in self.of_person(person))

    def here(self, person: str) -> bool:
        """R9.8: neither suspended nor gone. Whoever no standing is known of is here: the post is proof enough."""
        copy = self.staff.get(person)
        return copy is None or copy.here
