"""GET /v1/escalations/stream: escalations as server-sent events (WHATWG HTML, 9.2).

In time order: token, grant, a free place; the answer's head; where the client comes from (`Last-Event-ID`, or
`last_event_id` in the query): nowhere gives an event `begin` with the present place, a place that is not known any
more an event `reset`, any other one nothing. Then what has come since and what comes, each as `id: <epoch>-<offset>`,
`event: <type>`, `data:` the CloudEvent in structured JSON; a comment after 15 s of silence. The stream ends with the
token, with the client, or at once when the caller is refused or the process is told to stop; the client connects again
with its last id.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Protocol

import orjson
from starlette.types import Receive, Scope, Send

from gateway import incoming, limits, metrics, target
from gateway.body import Disconnected
from gateway.callers import Callers
from gateway.edge import Counts
from gateway.escalation_event import Event
from gateway.escalations_join import Following, Place, Reset, resume
from gateway.escalations_scope import NOT_READY, STREAMS_FULL, TOO_MANY_STREAMS, FeedScope, later
from gateway.history import Past
from gateway.incoming import Incoming
from gateway.logs import log
from gateway.problems import Problem
from gateway.store import StoreDown
from gateway.stream_buffer import Buffer
from gateway.target import Query

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
RETRY = b"retry: %d\n\n" % (limits.STREAM_RETRY_SECONDS * 1000)
COMMENT = b": \n\n"


class Floor(Protocol):
    """Says up to which offset the past may be incomplete."""

    @property
    def floor(self) -> int: ...


class Streams:
    """The open streams of this process."""

    def __init__(
        self,
        callers: Callers,
        scope: FeedScope,
        buffer: Buffer,
        past: Past,
        floor: Floor,
        counts: Counts,
        *,
        epoch: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._callers = callers
        self._scope = scope
        self._buffer = buffer
        self._past = past
        self._floor = floor
        self._counts = counts
        self._epoch = epoch
        self._clock = clock
        self._open: dict[str, int] = {}
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End all streams now, and take no new ones."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream. Raises a Problem before it begins."""
        request = incoming.of(scope)
        bearer = await self._callers.identify(request)
        request.caller = bearer.principal.id
        with self._callers.admitted(bearer, "default", request):
            units = await self._scope.units(bearer, request)
            query = target.query(request.query_string)
            if not self._buffer.ready or self._closing.is_set():
                raise later(NOT_READY)
        with self._place(request.caller):
            await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS]})
            if request.method != "HEAD":
                ends = bearer.principal.expires - self._clock()
                with self._callers.doors.watching(bearer.principal) as refused:
                    await self._until_end(self._feed(request, query, units, send), receive, refused, seconds=ends)
            await send({"type": "http.response.body", "body": b""})

    async def _until_end(
        self, feeding: Coroutine[None, None, None], receive: Receive, refused: asyncio.Event, *, seconds: float
    ) -> None:
        """Feed until time is over, the client gone, the caller refused or the process stopped. Raises Disconnected."""
        feed = asyncio.create_task(feeding)
        ends = (_gone(receive), self._closing.wait(), refused.wait())
        others = tuple(asyncio.create_task(end) for end in ends)
        try:
            await asyncio.wait({feed, *others}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feed, *others):
                task.cancel()
            await asyncio.wait({feed, *others})
        if not feed.cancelled() and (fault := feed.exception()) is not None:
            log.warning("escalation_stream_dropped", fault=type(fault).__name__)
            if not isinstance(fault, StoreDown):
                raise fault

    async def _feed(self, request: Incoming, query: Query, units: frozenset[str], send: Send) -> None:
        """Tell everything from the client's place on, for ever."""
        await _send(send, RETRY)
        following = Following(
            self._buffer,
            self._past,
            units,
            at=await self._begin(request, query, send),
            heartbeats=query.get("heartbeats") == "true",
        )
        while True:
            if not following.behind:
                await self._silence(following, send)
            events = await following.more()
            if events:
                await _send(send, b"".join([self._block(event) for event in events]))

    async def _begin(self, request: Incoming, query: Query, send: Send) -> int:
        """The offset after which the client is to be told; says so where it is not the client's own."""
        header = request.headers.get(b"last-event-id", b"").decode("latin-1")
        given = header or str(query.get("last_event_id") or "")
        at = resume(given, epoch=self._epoch, floor=self._floor.floor) if given else None
        if isinstance(at, int):
            if await self._comes_to(at):
                return at
            at = Reset("unknown")
        head = self._buffer.head
        about = {"reason": at.reason, "past": "/v1/escalations"} if at else {}
        data = orjson.dumps({"from": str(Place(self._epoch, head)), **about})
        await _send(send, _block(Place(self._epoch, head), "reset" if at else "begin", data))
        return head

    async def _comes_to(self, offset: int) -> bool:
        """Whether the stream is there already or will be in a moment: another gateway may have told it first."""
        try:
            async with asyncio.timeout(limits.STREAM_AHEAD_SECONDS):
                while self._buffer.head < offset:
                    await self._buffer.grown.wait()
        except TimeoutError:
            return False
        return True

    async def _silence(self, following: Following, send: Send) -> None:
        """Wait for more, with a comment now and then, so that the connection is known to be alive."""
        while not following.behind:
            try:
                async with asyncio.timeout(limits.STREAM_COMMENT_SECONDS):
                    await self._buffer.grown.wait()
            except TimeoutError:
                await _send(send, COMMENT)

    def _block(self, event: Event) -> bytes:
        return _block(Place(self._epoch, event.offset), event.type, event.body)

    @contextmanager
    def _place(self, caller: str) -> Iterator[None]:
        """One stream of the caller's and of this process's. It is not work: a process with open ones may be idle."""
        if sum(self._open.values()) >= limits.STREAMS:
            raise later(STREAMS_FULL)
        if self._open.get(caller, 0) >= limits.STREAMS_OF_ONE:
            raise Problem(TOO_MANY_STREAMS, {"most": limits.STREAMS_OF_ONE})
        self._open[caller] = self._open.get(caller, 0) + 1
        self._counts.in_flight -= 1
        metrics.STREAMS.inc()
        try:
            yield
        finally:
            metrics.STREAMS.dec()
            self._counts.in_flight += 1
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


def _block(place: Place, type_: str, data: bytes) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(place).encode(), type_.encode(), data)


async def _send(send: Send, part: bytes) -> None:
    """Send a part. Raises Disconnected for a client that does not take it in time."""
    try:
        async with asyncio.timeout(limits.STREAM_SEND_SECONDS):
            await send({"type": "http.response.body", "body": part, "more_body": True})
    except TimeoutError:
        raise Disconnected from None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
