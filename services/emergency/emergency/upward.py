"""R7.6: what stays undone is told upward, one level of the organisation after the other, each once.

Our default (D): the unit's own head at the due time, the level above (a counter's city) a working day later, the one
above that (the province) after three.
"""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from chassis.workdays import add_workdays


@frozen
class Step:
    """The unit so many levels above the one concerned (0: itself) is told so many working days after the due time."""

    levels_up: int
    workdays: int


STEPS = (Step(0, 0), Step(1, 1), Step(2, 3))


@frozen
class Told:
    """One unit that is to be told now of what was due at `due`; `step` counts from 1."""

    step: int
    unit: str
    due: datetime


def next_step(due: datetime, told: int, units: Sequence[str]) -> datetime | None:
    """When the next unit is told, where `told` steps were made; None when nobody is left to tell."""
    if told >= len(STEPS) or STEPS[told].levels_up >= len(units):
        return None
    return _at(due, STEPS[told])


def steps_due(due: datetime, told: int, units: Sequence[str], *, at: datetime) -> tuple[Told, ...]:
    """R7.6: the units to be told by `at`, lowest first; after an outage several at once."""
    found: list[Told] = []
    while (when := next_step(due, told + len(found), units)) and when <= at:
        number = told + len(found)
        found.append(Told(number + 1, units[-1 - STEPS[number].levels_up], due))
    return tuple(found)


def _at(due: datetime, step: Step) -> datetime:
    return add_workdays(due, step.workdays) if step.workdays else due
