"""Working days of the statutory calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.workdays import add_workdays, is_provisional, is_workday

MONTHS_OF_2026 = (21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23)
MADE_UP = ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))


def days_of(year):
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def test_2026_has_248_working_days():
    worked = [day for day in days_of(2026) if is_workday(day)]

    assert len(worked) == 248
    assert tuple(sum(day.month == month for day in worked) for month in range(1, 13)) == MONTHS_OF_2026


@pytest.mark.parametrize(("month", "day"), MADE_UP)
def test_a_weekend_that_makes_up_for_a_holiday_is_worked(month, day):
    assert date(2026, month, day).weekday() >= 5
    assert is_workday(date(2026, month, day))


def test_no_other_weekend_of_2026_is_worked():
    weekends = [day for day in days_of(2026) if day.weekday() >= 5 and is_workday(day)]

    assert tuple((day.month, day.day) for day in weekends) == MADE_UP


@pytest.mark.parametrize(("day", "provisional"), [(date(2026, 12, 31), False), (date(2027, 1, 4), True)])
def test_a_year_that_is_not_announced_is_provisional(day, provisional):
    assert is_provisional(day) is provisional


def test_a_provisional_year_counts_weekdays():
    assert [is_workday(date(2027, 1, 1) + timedelta(days=number)) for number in range(3)] == [True, False, False]


def at(month, day, hour=9, minute=30):
    return datetime(2026, month, day, hour - 8, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at(11, 23), 0, at(11, 23)),
        (at(11, 23), 1, at(11, 24)),
        (at(11, 27), 1, at(11, 30)),
        (at(9, 30), 1, at(10, 8)),
        (at(2, 13), 1, at(2, 14)),
        (at(2, 14), 1, at(2, 24)),
    ],
)
def test_a_deadline_in_working_days_keeps_the_hour_and_skips_what_is_not_worked(start, days, end):
    assert add_workdays(start, days) == end


def test_the_day_is_that_of_shanghai():
    late_on_sunday_in_utc = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)

    assert add_workdays(late_on_sunday_in_utc, 1) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
