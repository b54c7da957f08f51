"""Spans of days: the first day and the first day after it; None on either side means without end."""

import re
from datetime import date

from chassis.errors import Malformed

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DayMalformed(Malformed):
    code = "security.day_malformed"
    zh = "日期 {day} 不是“年-月-日”格式（例如 2026-11-23）"
    en = "{day} is not a day written as year-month-day (such as 2026-11-23)"


class DaysOutOfOrder(Malformed):
    code = "security.days_out_of_order"
    zh = "终止日 {to} 必须晚于起始日 {since}"
    en = "the end {to} must come after the start {since}"


def day(text: str) -> date:
    """The day written as `2026-11-23`, or DayMalformed."""
    try:
        if ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # the shape is right and there is no such day
        pass
    raise DayMalformed(day=text[:40])


def covers(since: date | None, to: date | None, on: date) -> bool:
    """Whether the span holds that day."""
    return (since is None or since <= on) and (to is None or on < to)


def overlap(since: date, to: date | None, other_since: date, other_to: date | None) -> bool:
    """Whether two spans have a day in common; an empty one has none with any."""
    last = min(end for end in (to, other_to, date.max) if end is not None)
    return max(since, other_since) < last
