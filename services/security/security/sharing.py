"""R9.7: an operator code is never shared. One that is in use at two counters at once is suspected of it.

A session is in use while its newest access token may still be: for that long nobody can be at two counters. What is
suspected is told once a pair of counters and day. The counter's head then asks both counters who sat there, looks at
what was done under the code in that time, has the password reset, and reports (red line of R9.7).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import combinations

from attrs import frozen

from chassis.errors import Malformed
from security.sessions import Session

IN_USE = timedelta(minutes=10)
"""The life of an access token (architecture, 7)."""


class CounterUnknown(Malformed):
    code = "security.counter_unknown"
    zh = "柜面 {counter} 不存在；请核对柜面编号，或不填"
    en = "there is no counter {counter}: check its id, or leave it out"


@frozen
class SuspectedSharing:
    """A code in use at two counters, in the order of their ids, on a business day."""

    counters: tuple[str, str]
    day: date


def suspected(sessions: Iterable[Session], *, at: datetime, day: date) -> tuple[SuspectedSharing, ...]:
    """R9.7: every pair of different counters at which sessions are in use at this moment."""
    counters = {each.counter for each in sessions if each.counter is not None and at - each.seen_at < IN_USE}
    return tuple(SuspectedSharing((one, other), day) for one, other in combinations(sorted(counters), 2))
