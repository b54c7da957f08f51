"""Acknowledgements: that what was told has been seen: told whom, by which channel, when; seen by whom, when.

In time order: somebody is told over a channel, in most cases with a time to answer; more may be told, or the same over
another channel; the first who says so has seen it, which ends the waiting. Where nobody has in time it is overdue, and
is passed on, once, to whom stands above. Who was told what way stays for good: nothing is taken back.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve, frozen

TASK = "task"
"""The channel that every service has: a task among the own tasks."""


@frozen
class Told:
    """One message: to a person, or to whoever holds a post (a task owner's key), over a channel."""

    whom: str
    channel: str
    at: datetime


@frozen(kw_only=True)
class Acknowledgement:
    """What is known of one thing told. `due` is when it must have been seen; None for at some time.

    `passed_to` is who was told that nobody has seen it, at `passed_at`; None where there was nobody above.
    """

    told: tuple[Told, ...]
    due: datetime | None = None
    seen_at: datetime | None = None
    seen_by: str | None = None
    passed_at: datetime | None = None
    passed_to: str | None = None

    @property
    def whom(self) -> tuple[str, ...]:
        """Everybody who was told, each once, in order."""
        return tuple(dict.fromkeys(one.whom for one in self.told))

    def overdue(self, at: datetime) -> bool:
        """Whether nobody has seen it and the time is over; at the very instant it is."""
        return self.seen_at is None and self.due is not None and self.due <= at


def tell(whom: Iterable[str], *, channels: Iterable[str], at: datetime, due: datetime | None = None) -> Acknowledgement:
    """These are told now, and one of them has to answer by `due`. There may be nobody to tell: it falls due all the
    same."""
    return Acknowledgement(told=_messages(whom, channels, at), due=due)


def tell_more(of: Acknowledgement, whom: Iterable[str], *, channels: Iterable[str], at: datetime) -> Acknowledgement:
    """These are told too. Who was told over a channel is not told again over it; nobody is once it has been seen."""
    known = {(one.whom, one.channel) for one in of.told}
    fresh = tuple(one for one in _messages(whom, channels, at) if (one.whom, one.channel) not in known)
    return evolve(of, told=(*of.told, *fresh)) if fresh and of.seen_at is None else of


def see(of: Acknowledgement, *, by: str, at: datetime) -> Acknowledgement:
    """Somebody has seen it; the first one counts. The very same where it had been seen."""
    return of if of.seen_at else evolve(of, seen_at=at, seen_by=by)


def see_as_told(of: Acknowledgement, *, person: str, at: datetime) -> Acknowledgement:
    """The same, by a person who was told; anybody else is not taken for it. Nobody saw it before it was told."""
    own = [one.at for one in of.told if one.whom == person]
    return see(of, by=person, at=max(at, min(own))) if own else of


def pass_on(
    of: Acknowledgement, *, to: str | None, whom: Iterable[str], channels: Iterable[str], at: datetime
) -> Acknowledgement:
    """It is overdue: `to` hears of the silence, once, by telling these. The very same where it is not, or was passed
    on."""
    if of.passed_at or not of.overdue(at):
        return of
    return evolve(tell_more(of, whom, channels=channels, at=at), passed_at=at, passed_to=to)


def _messages(whom: Iterable[str], channels: Iterable[str], at: datetime) -> tuple[Told, ...]:
    over = tuple(channels)
    return tuple(Told(one, channel, at) for one in dict.fromkeys(whom) for channel in over)
