"""The directory's states, as the store announces them."""

from chassis.entries import Announce, filed_under
from security.events import ASSIGNMENT_STATED, UNIT_STATED
from security.holders import Assignment
from security.units import Unit


def unit_stated(unit: Unit) -> Announce:
    """The event that carries a unit's whole state."""
    return Announce(UNIT_STATED.name, UNIT_STATED.data(unit), filed_under(unit.units))


def assignment_stated(held: Assignment) -> Announce:
    """The event that carries an assignment's whole state."""
    return Announce(ASSIGNMENT_STATED.name, ASSIGNMENT_STATED.data(held), filed_under(held.units))
