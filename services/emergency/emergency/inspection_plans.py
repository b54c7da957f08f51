"""R7.6: how often hidden risks are looked for at a counter, by when, and what is looked at.

A unit may have a plan of its own. For a counter the nearest one holds: its own, else its city's, its province's, head
office's, else `DEFAULT_PLAN`. A period is named as people name it (`2026-11`, `2026-W48`, `2026-Q4`), so that the one
inspection of a counter in a period has one id, whoever opens it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from attrs import frozen

from chassis.workdays import business_instant, workday_on_or_before
from emergency.authority import Action, Actor, require
from emergency.hidden_risks import CATALOGUE
from emergency.levels import Level
from emergency.risk_refusals import CategoryTwice, DueDayUnfit

DUE_AT = time(18, 0)
"""D: the end of the day's work."""


class Every(StrEnum):
    """How often: each calendar week, month or quarter."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


#: The longest `due_day` that every period of the kind has.
LAST_DAY: Mapping[Every, int] = {Every.WEEK: 7, Every.MONTH: 28, Every.QUARTER: 90}


@frozen
class Period:
    """From its first day up to, and not including, `ends`."""

    label: str
    starts: date
    ends: date


@frozen(kw_only=True)
class InspectionPlan:
    """How a unit and those below it inspect. `due_day` counts from 1, the first day of the period.

    `set_at` is None for the default plan, which nobody has set.
    """

    id: str
    units: tuple[str, ...]
    every: Every
    due_day: int
    categories: tuple[str, ...]
    set_at: datetime | None = None
    set_by: str | None = None


#: D: monthly by the 25th, everything on the list; the 25th is the usual day of the monthly safety inspection.
DEFAULT_PLAN = InspectionPlan(id="default", units=(), every=Every.MONTH, due_day=25, categories=CATALOGUE.codes)


def set_plan(
    unit: str,
    units: tuple[str, ...],
    *,
    every: Every,
    due_day: int,
    categories: tuple[str, ...],
    actor: Actor,
    at: datetime,
) -> InspectionPlan:
    """R7.6: the plan of this unit and of those below it that have none of their own, for what is opened from now on."""
    require(actor, Action.PLAN_INSPECTION, Level.IV)
    if due_day > LAST_DAY[every]:
        raise DueDayUnfit(every=every, last=LAST_DAY[every], pointer="/body/due_day")
    for code in categories:
        if categories.count(code) > 1:
            raise CategoryTwice(category=code, pointer="/body/categories")

    return InspectionPlan(
        id=unit, units=units, every=every, due_day=due_day, categories=categories, set_at=at, set_by=actor.id
    )


def plan_in_force(units: Sequence[str], plans: Mapping[str, InspectionPlan]) -> InspectionPlan:
    """R7.6: the plan that holds for the unit that this chain ends in: the nearest, or the default."""
    return next((plans[unit] for unit in reversed(units) if unit in plans), DEFAULT_PLAN)


def period_of(every: Every, day: date) -> Period:
    """The period that the day lies in."""
    match every:
        case Every.WEEK:
            year, week, weekday = day.isocalendar()
            starts = day - timedelta(days=weekday - 1)
            return Period(f"{year}-W{week:02}", starts, starts + timedelta(days=7))
        case Every.MONTH:
            return Period(f"{day:%Y-%m}", _month(day.year, day.month), _month(day.year, day.month + 1))
        case Every.QUARTER:
            quarter = (day.month - 1) // 3
            starts, ends = _month(day.year, 3 * quarter + 1), _month(day.year, 3 * quarter + 4)
            return Period(f"{day.year}-Q{quarter + 1}", starts, ends)


def due_of(plan: InspectionPlan, period: Period) -> datetime:
    """R7.6: the evening of the plan's day, or of the last working day before it that lies in the period."""
    day = period.starts + timedelta(days=plan.due_day - 1)
    return business_instant(max(workday_on_or_before(day), period.starts), DUE_AT)


def _month(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
