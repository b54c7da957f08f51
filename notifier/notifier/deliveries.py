"""One escalation on its way to one subscription: tried, tried again ever later, delivered or given up.

A delivery's id is `<subscription>:<event>`, so it is kept once. `rounds` counts how often it was begun: by the event,
and by each redelivery that was asked for; a result that belongs to an earlier round or try changes nothing.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

LADDER = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""How long after a try that failed the next one begins (Standard Webhooks' example; D): ten tries in three days."""

JITTER = 0.1
"""A step is longer by up to this part of itself (D), so that what failed together is not tried together."""

WAITS_AT_MOST = timedelta(hours=1)
"""How far a receiver's Retry-After may put off a try beyond its step (D): a grave event must not wait for long."""

ATTEMPTS_KEPT = 30
"""The newest attempts that a delivery remembers (D): three whole rounds."""


class Outcome(StrEnum):
    """What came of a try. Nothing of an address is in it."""

    DELIVERED = "delivered"
    GONE = "gone"
    """410: the receiver wants nothing more, ever."""

    REFUSED = "refused"
    """Any other answer than 2xx; a redirection is one."""

    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"
    """The name stands for an address that webhooks may not reach."""

    UNREADABLE = "unreadable"
    """No key of ours opens URL or secret."""

    DISABLED = "disabled"
    """The subscription was disabled before the try; nothing was sent."""

    @property
    def final(self) -> bool:
        """Whether no other try follows."""
        return self in (Outcome.DELIVERED, Outcome.GONE, Outcome.DISABLED)


@frozen
class Result:
    """A try's outcome, the HTTP status if there was one, and what Retry-After asks for."""

    outcome: Outcome
    status: int | None = None
    retry_after: timedelta = timedelta(0)


@frozen
class Attempt:
    """A try that has ended."""

    number: int
    at: datetime
    outcome: str
    status: int | None = None


@frozen(kw_only=True)
class Delivery:
    """One delivery. `body` is the event as it is posted, `due` when the next try begins: never, once it has ended."""

    id: str
    subscription: str
    event: str
    type: str
    level: str
    body: str
    made_at: datetime
    due: datetime | None
    rounds: int = 1
    tries: int = 0
    failing_since: datetime | None = None
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def state(self) -> str:
        """`waiting`, `delivered` or `given_up`."""
        if self.due is not None:
            return "waiting"
        return "delivered" if self.delivered_at else "given_up"

    def awaits(self, rounds: int, number: int) -> bool:
        """Whether this try of this round is the one to be made now."""
        return self.due is not None and (rounds, number) == (self.rounds, self.tries + 1)


def settle(delivery: Delivery, result: Result, *, rounds: int, number: int, at: datetime, jitter: float) -> Delivery:
    """A try has ended: delivered, to be tried again, or given up. `jitter` lies in [0, 1)."""
    if not delivery.awaits(rounds, number):
        return delivery

    attempt = Attempt(number, at, result.outcome.value, result.status)
    tried = evolve(delivery, tries=number, attempts=(*delivery.attempts, attempt)[-ATTEMPTS_KEPT:])
    if result.outcome is Outcome.DELIVERED:
        return evolve(tried, due=None, delivered_at=at, failing_since=None)
    if result.outcome.final or is_last(number):
        return evolve(tried, due=None, given_up_at=at, failing_since=delivery.failing_since or at)
    due = at + wait_after(number, result.retry_after, jitter=jitter)
    return evolve(tried, due=due, failing_since=delivery.failing_since or at)


def redeliver(delivery: Delivery, *, at: datetime) -> Delivery:
    """Begin anew, unless it is on its way: that it was delivered or given up before is forgotten, its attempts not."""
    if delivery.due is not None:
        return delivery
    return evolve(
        delivery,
        due=at,
        rounds=delivery.rounds + 1,
        tries=0,
        failing_since=None,
        delivered_at=None,
        given_up_at=None,
    )


def is_last(number: int) -> bool:
    """Whether no try follows this one."""
    return number > len(LADDER)


def wait_after(number: int, asked: timedelta, *, jitter: float) -> timedelta:
    """How long after try `number` the next one begins: its step, or what the receiver asks for within bounds."""
    step = LADDER[number - 1] * (1 + JITTER * jitter)
    return max(step, min(asked, WAITS_AT_MOST))
