"""Days in Shanghai: arithmetic on dates and instants that are given; nothing here reads a clock."""

import calendar
from datetime import UTC, date, datetime, time

from chassis.clock import BUSINESS_ZONE, business_day


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def midnight(day: date) -> datetime:
    """The beginning of that day in Shanghai, as an aware UTC instant."""
    return datetime.combine(day, time(), BUSINESS_ZONE).astimezone(UTC)


__all__ = ["business_day", "midnight", "months_later"]
