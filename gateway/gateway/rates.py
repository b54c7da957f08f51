"""How often and how much at once: a token bucket per caller and quota, and a count of what is in flight.

The buckets are this process's own: with several gateways a caller may reach a multiple. They guard the house
against a caller that runs wild; they are no accounting.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, frozen

from gateway import limits
from gateway.limits import Quota
from gateway.problems import RATE_EXCEEDED, TOO_MANY_AT_ONCE, Header, Problem


@define
class _Bucket:
    tokens: float
    at: float


@frozen
class Taken:
    """What is left of a quota. `full_seconds`: until all of it is back; `wait_seconds`: until one request may go."""

    quota: Quota
    allowed: bool
    remaining: int
    full_seconds: int
    wait_seconds: int

    @property
    def headers(self) -> tuple[Header, ...]:
        """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11)."""
        name = self.quota.name
        policy = f'"{name}";q={self.quota.burst};w={self.quota.window_seconds}'
        left = f'"{name}";r={self.remaining};t={self.full_seconds}'
        return (b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())


class Buckets:
    """The token buckets of all callers, bounded in number: the longest unused are forgotten first."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, caller: str, quota: Quota, *, now: float) -> Taken:
        """Take one request from `caller`'s quota. `now` is monotonic seconds."""
        bucket = self._bucket(caller, quota, now)
        allowed = bucket.tokens >= 1
        if allowed:
            bucket.tokens -= 1
        full = math.ceil((quota.burst - bucket.tokens) / quota.per_second)
        wait = math.ceil(max(0.0, 1 - bucket.tokens) / quota.per_second)
        return Taken(quota, allowed, int(bucket.tokens), full, wait)

    def empty(self, caller: str, quota: Quota, *, now: float) -> bool:
        """Whether nothing is left, without taking anything."""
        return (caller, quota.name) in self._buckets and self._bucket(caller, quota, now).tokens < 1

    def _bucket(self, caller: str, quota: Quota, now: float) -> _Bucket:
        bucket = self._buckets.get((caller, quota.name))
        if bucket is None:
            self._make_room()
            bucket = self._buckets[caller, quota.name] = _Bucket(quota.burst, now)
        bucket.tokens = min(quota.burst, bucket.tokens + (now - bucket.at) * quota.per_second)
        bucket.at = now
        return bucket

    def _make_room(self) -> None:
        if len(self._buckets) < limits.BUCKETS_KEPT:
            return
        oldest = sorted(self._buckets, key=lambda key: self._buckets[key].at)
        for key in oldest[: limits.BUCKETS_KEPT // 10]:
            del self._buckets[key]


def refuse_rate(taken: Taken) -> Problem:
    """The 429 for a quota that is used up."""
    wait = max(1, taken.wait_seconds)
    facts: dict[str, object] = {"quota": taken.quota.name, "seconds": wait}
    return Problem(RATE_EXCEEDED, facts, headers=((b"retry-after", b"%d" % wait),))


class InFlight:
    """What each caller has at work at this moment."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[str, int] = {}

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """Count one request of `caller` while the block runs. Raises a Problem (429) at the limit."""
        count = self._counts.get(caller, 0)
        if count >= self._most:
            retry = (b"retry-after", str(limits.RETRY_BUSY_SECONDS).encode())
            raise Problem(TOO_MANY_AT_ONCE, {"most": self._most}, headers=(retry,))
        self._counts[caller] = count + 1
        try:
            yield
        finally:
            self._leave(caller)

    def _leave(self, caller: str) -> None:
        if self._counts[caller] == 1:
            del self._counts[caller]
        else:
            self._counts[caller] -= 1
