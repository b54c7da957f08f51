"""Where a stream of escalations begins, and how it goes on from the history into the buffer without gap or repeat.

A follower is nothing but a place in the stream. While the buffer covers what comes next, it reads there; else it reads
the history up to where this process has projected, which is complete so far, and by then the buffer begins no later
than one after that. Its place only ever grows, so nothing is told twice; it never passes what it has not looked at,
so nothing is left out. A slow follower reads more of the history and holds up nobody.
"""

import re

from attrs import frozen

from gateway import limits
from gateway.escalation_event import Event
from gateway.history import Past
from gateway.stream_buffer import Buffer

_ID = re.compile(r"([0-9]{1,9})-(-1|[0-9]{1,18})\Z")  # -1: before the first event


@frozen
class Place:
    """Where in which stream somebody stands: the last event it was told. Its text is what SSE calls the event's id."""

    epoch: int
    offset: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.offset}"


@frozen
class Reset:
    """The place that was asked for is not known here any more; why, in one word."""

    reason: str


def place_of(text: str) -> Place | None:
    """The place that this text names, if it is one."""
    match = _ID.match(text)
    return Place(int(match[1]), int(match[2])) if match else None


def resume(last_event_id: str, *, epoch: int, floor: int) -> int | Reset:
    """The offset after which a client goes on, or why it can't. Offsets that lie ahead are for the caller to judge."""
    place = place_of(last_event_id)
    if place is None:
        return Reset("unknown")
    if place.epoch != epoch:
        return Reset("foreign_epoch")
    return Reset("expired") if place.offset < floor else place.offset


class Following:
    """One caller's way through the events of its units, from the one after `at` on."""

    def __init__(self, buffer: Buffer, past: Past, units: frozenset[str], *, at: int, heartbeats: bool = False) -> None:
        self._buffer = buffer
        self._past = past
        self._units = units
        self._heartbeats = heartbeats
        self.at = at

    @property
    def behind(self) -> bool:
        """Whether there is something that it has not looked at."""
        return self.at < self._buffer.head

    async def more(self) -> list[Event]:
        """The next events for this caller, in order; none may come although more lies behind them. StoreDown."""
        if self._buffer.covers(self.at):
            events, until = self._buffer.after(self.at, most=limits.STREAM_PAGE), self._buffer.head
        else:
            until = self._buffer.projected
            events = await self._past.after(self.at, until=until, units=self._units, most=limits.STREAM_PAGE)
        self.at = events[-1].offset if len(events) == limits.STREAM_PAGE else max(self.at, until)
        return [event for event in events if self._tells(event)]

    def _tells(self, event: Event) -> bool:
        return event.seen_by(self._units) and (self._heartbeats or not event.quiet)
