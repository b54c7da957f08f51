"""Working days of the statutory calendar, behind one wrapper.

The calendar of a year is announced in the autumn before. A year that the calendar library does not know yet is
provisional: weekends only, and `is_provisional` says so, so that a deadline computed from it can be marked.
"""

from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar

from chassis.clock import BUSINESS_ZONE


def is_workday(day: date) -> bool:
    """Whether offices work on `day`, make-up working days included."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def is_provisional(day: date) -> bool:
    """Whether the statutory calendar of that year is not known yet."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return True
    return False


def workday_on_or_before(day: date) -> date:
    """The last working day that is not after `day`."""
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


def business_instant(day: date, wall: time) -> datetime:
    """The instant of this wall-clock time in Asia/Shanghai on that day, in UTC."""
    return datetime.combine(day, wall, BUSINESS_ZONE).astimezone(UTC)


def add_workdays(at: datetime, days: int) -> datetime:
    """The same wall-clock time in Asia/Shanghai, `days` working days later; the starting day is not counted."""
    local = at.astimezone(BUSINESS_ZONE)
    day = local.date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_workday(day)
    moved = datetime.combine(day, time(local.hour, local.minute, local.second, local.microsecond), BUSINESS_ZONE)
    return moved.astimezone(at.tzinfo)
