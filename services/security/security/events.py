"""The directory's events."""

from chassis.contract import Event, Words
from security.schemas import AssignmentOut, UnitOut

UNIT_STATED = Event(
    name="unit_stated",
    kind="state",
    carries=UnitOut(),
    says=Words("机构状态", "a unit's whole state"),
)
ASSIGNMENT_STATED = Event(
    name="assignment_stated",
    kind="state",
    carries=AssignmentOut(),
    says=Words("任职状态", "an assignment's whole state"),
)
