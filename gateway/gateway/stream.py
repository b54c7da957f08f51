"""The one reader of the escalation stream in a gateway process, and the projection that follows it.

In time order: the history says how far it has come and which events it knows; the reader attaches to the stream right
after that place and takes in message by message, leaving out copies of what it knows (a relay may send an entry
twice); the projection writes what is new into the history. A lost connection is made again and resumes after the last
offset taken in. While the history can't be written, taking in goes on until the buffer is full.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from aiormq.abc import DeliveredMessage
from aiormq.exceptions import AMQPError
from attrs import frozen
from pamqp.exceptions import AMQPError as WireError

from chassis.clock import machine_now
from gateway import escalation_event, limits, metrics
from gateway.escalation_event import Event, Unreadable
from gateway.history import History
from gateway.logs import log
from gateway.store import StoreDown
from gateway.stream_buffer import Buffer
from gateway.tail import Tail


@frozen
class Stream:
    """A stream's queue by name, such as `escalations.log.1`; its epoch is the last word of it."""

    name: str

    @property
    def epoch(self) -> int:
        return int(self.name.rpartition(".")[2])


class Known:
    """The newest events by key, each with the offset of its first copy; oldest first."""

    def __init__(self, offsets: dict[str, int], *, most: int = limits.EVENTS_KNOWN) -> None:
        self._offsets = offsets
        self._most = most

    def is_first(self, event: Event) -> bool:
        """Whether this is the event's first copy. The history may have it: another gateway may have been faster."""
        first = self._offsets.setdefault(event.key, event.offset) == event.offset
        while len(self._offsets) > self._most:
            del self._offsets[next(iter(self._offsets))]
        return first


class Reader:
    """Reads the stream into the buffer. `run` and `project` are its two tasks; `floor` is the history's."""

    def __init__(self, url: str, stream: Stream, buffer: Buffer, history: History) -> None:
        self._tail = Tail(url, stream.name, name="gateway-escalations")
        self._first = True
        self._stream = stream
        self._buffer = buffer
        self._history = history
        self._known = Known({})
        self.floor = -1

    async def run(self) -> None:
        """Read until cancelled; connect again whenever the connection is lost."""
        await persistently(self._begin)
        failures = 0
        while True:
            head = self._buffer.head
            try:
                await self._read()
            except (AMQPError, WireError, OSError, TimeoutError, RuntimeError, StoreDown) as fault:
                log.warning("escalation_stream_lost", fault=type(fault).__name__)
            failures = 0 if self._buffer.head > head else failures + 1
            await asyncio.sleep(limits.BACKOFF_SECONDS[min(failures, len(limits.BACKOFF_SECONDS) - 1)])

    async def project(self) -> None:
        """Write what is new into the history until cancelled, and forget there what is too old."""
        pruned = datetime.min.replace(tzinfo=UTC)
        while True:
            if self._buffer.projected == self._buffer.head:
                await self._buffer.grown.wait()
                await asyncio.sleep(limits.PROJECT_AFTER_SECONDS)
                continue
            await persistently(self._project)
            now = machine_now()
            if now - pruned > limits.PRUNE_EVERY:
                await persistently(partial(self._prune, now - limits.HISTORY_KEPT))
                pruned = now

    async def _begin(self) -> None:
        await self._history.declare_indexes()
        reached = await self._history.reached()
        self._known = Known(await self._history.known(limits.EVENTS_KNOWN))
        self.floor = reached.floor
        self._buffer.begin(reached.offset)
        log.info("escalations_known", offset=reached.offset, epoch=self._stream.epoch)

    async def _project(self) -> None:
        events = self._buffer.after(self._buffer.projected, most=limits.PROJECTED_AT_ONCE)
        until = events[-1].offset if len(events) == limits.PROJECTED_AT_ONCE else self._buffer.head
        await self._history.keep_anchors([event for event in events if event.anchored])
        await self._history.project([event for event in events if not event.quiet], until=until)
        self._buffer.project(until)

    async def _prune(self, before: datetime) -> None:
        await self._history.prune(before)
        self.floor = max(self.floor, (await self._history.reached()).floor)

    async def _read(self) -> None:
        self._first = True
        await self._tail.read(self._arrived, after=self._buffer.head)

    async def _arrived(self, offset: int, message: DeliveredMessage) -> None:
        while self._buffer.full():
            await self._buffer.kept.wait()
        if self._first:
            await self._look_for_gap(offset)
            self._first = False
        self._take(offset, message)

    async def _look_for_gap(self, offset: int) -> None:
        """The stream may have been cut off before the place where we wanted to go on."""
        if offset > self._buffer.head + 1:
            await self._history.raise_floor(offset - 1)
            self.floor = max(self.floor, offset - 1)
            log.error("escalation_stream_gap", wanted=self._buffer.head + 1, first=offset)

    def _take(self, offset: int, message: DeliveredMessage) -> None:
        if offset <= self._buffer.head:
            return
        self._buffer.take(offset, self._first_copy(offset, message))
        metrics.ESCALATION_OFFSET.set(offset)

    def _first_copy(self, offset: int, message: DeliveredMessage) -> Event | None:
        properties = message.header.properties
        key = message.routing_key or ""
        try:
            event = escalation_event.read(offset, key, properties.user_id, properties.headers or {}, message.body)
        except Unreadable as fault:
            metrics.ESCALATIONS.labels("unreadable").inc()
            log.error("escalation_unreadable", offset=offset, why=str(fault))
            return None
        kind = "heartbeat" if event.heartbeat else "event" if self._known.is_first(event) else "copy"
        metrics.ESCALATIONS.labels(kind).inc()
        return None if kind == "copy" else event


async def persistently(act: Callable[[], Awaitable[None]]) -> None:
    """Do it as often as it takes: the database may be away."""
    while True:
        try:
            await act()
        except StoreDown as fault:
            log.warning("escalation_history_away", fault=str(fault))
            await asyncio.sleep(limits.STORE_RETRY_SECONDS)
        else:
            return
