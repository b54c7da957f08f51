"""The newest part of the escalation stream, in memory, between the reader and the open streams.

In time order: the reader takes in each message by its offset; whoever follows is woken and reads on from the place
where it stands; the history takes over what is new (`projected`); and only what the history has may be evicted. So
whatever is not in the buffer any more is in the history, and a follower that falls behind loses nothing. While the
database is away the buffer fills up, and then the reader waits: nothing is dropped.
"""

import asyncio
from bisect import bisect_right

from gateway import limits
from gateway.escalation_event import Event


class Signal:
    """Wakes everybody who waits for it at that moment."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def send(self) -> None:
        """Wake them."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self) -> None:
        """Wait for the next `send`."""
        await self._event.wait()


class Buffer:
    """Events in order of their offsets. `begin` says from where; until then it is not `ready`."""

    def __init__(self, *, events: int = limits.BUFFER_EVENTS, size: int = limits.BUFFER_BYTES) -> None:
        self.ready = False
        self.grown, self.kept = Signal(), Signal()
        self.head = self.projected = -1
        self.start = 0
        self._most, self._most_bytes = events, size
        self._events: list[Event] = []
        self._bytes = 0

    def begin(self, after: int) -> None:
        """The history has everything up to this offset; the first to be taken in is the next one."""
        self.head = self.projected = after
        self.start = after + 1
        self.ready = True

    def take(self, offset: int, event: Event | None) -> None:
        """The stream has come to this offset. No event: there was none, or a copy of an earlier one."""
        self.head = offset
        if event is not None:
            self._events.append(event)
            self._bytes += len(event.body)
        self._evict()
        self.grown.send()

    def full(self) -> bool:
        """Whether nothing more should be taken in: what fills it is not in the history yet."""
        return len(self._events) >= self._most or self._bytes >= self._most_bytes

    def covers(self, offset: int) -> bool:
        """Whether everything after this offset is here."""
        return offset + 1 >= self.start

    def after(self, offset: int, *, most: int) -> list[Event]:
        """The next events after this offset, at most so many."""
        first = bisect_right(self._events, offset, key=_offset)
        return self._events[first : first + most]

    def project(self, offset: int) -> None:
        """The history has everything up to this offset."""
        self.projected = max(self.projected, offset)
        self._evict()
        self.kept.send()

    def _evict(self) -> None:
        """Make room where it is needed: a tenth at once, of what the history has."""
        while self.full() and self._events and self._events[0].offset <= self.projected:
            count = min(max(1, self._most // 10), bisect_right(self._events, self.projected, key=_offset))
            evicted, self._events = self._events[:count], self._events[count:]
            self._bytes -= sum(len(event.body) for event in evicted)
            self.start = evicted[-1].offset + 1


def _offset(event: Event) -> int:
    return event.offset
