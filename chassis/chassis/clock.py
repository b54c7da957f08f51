"""Time. The only module that reads the machine's clock.

Business time (`Clock.now`) is what rules, deadlines and timers use: aware UTC, whole milliseconds, because that is
what the database keeps. In simulation it stands still until it is stepped. Machine time (`machine_now`) is for
leases, retries and tokens, which must go on while business time stands still.
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives business time."""

    def now(self) -> datetime:
        """The present business instant: aware UTC, whole milliseconds."""
        ...


def machine_now() -> datetime:
    """The machine's instant: aware UTC, whole milliseconds."""
    return _whole_milliseconds(datetime.now(UTC))


def monotonic() -> float:
    """Seconds that never go back, for measuring spans within one process."""
    return time.monotonic()


class MachineClock:
    """Business time is machine time: everywhere but in simulation."""

    def now(self) -> datetime:
        """The machine's instant."""
        return machine_now()


class SteppedClock:
    """Business time that stands still until `step` moves it: simulation and tests."""

    def __init__(self, start: datetime, epoch: int = 0) -> None:
        self._now = _whole_milliseconds(start)
        self.epoch = epoch

    def now(self) -> datetime:
        """The instant last stepped to."""
        return self._now

    def step(self, to: datetime, epoch: int | None = None) -> None:
        """Move to `to`; never back (ValueError)."""
        if to < self._now:
            raise ValueError(f"business time cannot go back from {self._now} to {to}")
        self._now = _whole_milliseconds(to)
        self.epoch = self.epoch + 1 if epoch is None else epoch


def business_day(at: datetime) -> date:
    """The calendar day in Asia/Shanghai that `at` falls on."""
    return at.astimezone(BUSINESS_ZONE).date()


def day_begins(day: date) -> datetime:
    """The instant at which that calendar day begins in Asia/Shanghai; days before 1970 count as its first."""
    begins = datetime.combine(max(day, date(1970, 1, 1)), datetime.min.time(), BUSINESS_ZONE)
    return begins.astimezone(UTC)


def day_ends(at: datetime) -> datetime:
    """The first instant of the next calendar day in Asia/Shanghai, aware UTC."""
    return day_begins(business_day(at) + timedelta(days=1))


def instant(epoch_milliseconds: int) -> datetime:
    """The aware UTC instant of a count of milliseconds since 1970."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=epoch_milliseconds)


def _whole_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
