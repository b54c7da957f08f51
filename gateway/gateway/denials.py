"""R9.8: who is refused, although their tokens are good: people who were suspended or have left.

In time order: the gateway remembers in its database whom it refuses and how far it has read; it follows the stream of
people's standings from there on, so that it learns within moments, and after a pause of its own, of everything that it
missed, without asking anybody; a person who is refused is refused from that instant, and their open streams end; one
who is taken back needs a token that was issued afterwards. What was learned is written down a moment later: while the
database is away it is known all the same, and read from the stream again after a restart.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import AMQPError
from attrs import frozen
from pamqp.exceptions import AMQPError as WireError

from gateway import escalation_event, limits, metrics
from gateway.escalation_event import Unreadable
from gateway.logs import log
from gateway.principal import Principal
from gateway.store import Document, Store
from gateway.stream import persistently
from gateway.tail import Tail

ADMITTED = "employed"


@frozen
class Denial:
    """What is known of a person: the sequence that said so, whether they are refused, and since when (epoch s)."""

    sequence: int
    denied: bool
    since: float


class Denials:
    """Whom this process refuses. `read` and `remember` are its two tasks."""

    def __init__(
        self,
        url: str,
        stream: str,
        store: Store | None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tail = Tail(url, stream, name="gateway-denials")
        self._stream = stream
        self._store = store
        self._clock = clock
        self._known: dict[str, Denial] = {}
        self._unsaved: set[str] = set()
        self._offset = self._saved_offset = -1
        self._learned = asyncio.Event()
        self._watched: dict[str, set[asyncio.Event]] = {}

    def refuses(self, principal: Principal) -> bool:
        """Whether this caller's token counts no more."""
        denial = self._known.get(principal.sub) if principal.kind == "person" else None
        return denial is not None and (denial.denied or principal.issued < denial.since)

    @contextmanager
    def watching(self, principal: Principal) -> Iterator[asyncio.Event]:
        """An event that is set as soon as this caller is refused: for what lasts longer than a request."""
        ended = asyncio.Event()
        watchers = self._watched.setdefault(principal.sub, set()) if principal.kind == "person" else {ended}
        watchers.add(ended)
        if self.refuses(principal):
            ended.set()
        try:
            yield ended
        finally:
            watchers.discard(ended)
            if not watchers:
                self._watched.pop(principal.sub, None)

    def hear(self, person: str, sequence: int, *, admitted: bool) -> None:
        """Somebody's standing was told. Whoever was never refused is not worth remembering."""
        before = self._known.get(person)
        if before is not None and before.sequence >= sequence:
            return
        if before is None and admitted:
            return
        was_denied = before is not None and before.denied
        kept = before is not None and was_denied is not admitted
        since = before.since if before is not None and kept else float(int(self._clock()))  # tokens know whole seconds
        self._known[person] = Denial(sequence, not admitted, since)
        self._unsaved.add(person)
        metrics.DENIED.set(sum(one.denied for one in self._known.values()))
        log.info("person_admitted" if admitted else "person_denied", sequence=sequence)
        if not admitted:
            for ended in self._watched.get(person, ()):
                ended.set()

    async def load(self) -> None:
        """Read what was remembered. Raises StoreDown."""
        if self._store is None:
            return
        found = await self._store.denials(self._stream)
        for one in found.people:
            if (known := self._known.get(one["_id"])) is None or known.sequence < one["sequence"]:
                self._known[one["_id"]] = Denial(one["sequence"], one["denied"], one["since"])
        self._offset = self._saved_offset = max(self._offset, found.offset)
        metrics.DENIED.set(sum(one.denied for one in self._known.values()))

    async def read(self) -> None:
        """Follow the stream until cancelled; connect again whenever the connection is lost."""
        await persistently(self.load)
        failures = 0
        while True:
            offset = self._offset
            try:
                await self._tail.read(self._take, after=self._offset)
            except (AMQPError, WireError, OSError, TimeoutError, RuntimeError) as fault:
                log.warning("staff_stream_lost", fault=type(fault).__name__)
            failures = 0 if self._offset > offset else failures + 1
            await asyncio.sleep(limits.BACKOFF_SECONDS[min(failures, len(limits.BACKOFF_SECONDS) - 1)])

    async def remember(self) -> None:
        """Write down what was learned, until cancelled."""
        while True:
            await self._learned.wait()
            await asyncio.sleep(limits.PROJECT_AFTER_SECONDS)
            self._learned.clear()
            await persistently(self.save)

    async def save(self) -> None:
        """Write down the people first and the place in the stream after them. Raises StoreDown."""
        if self._store is None:
            return
        offset, people = self._offset, sorted(self._unsaved)
        await self._store.keep_denials(self._stream, [_document(one, self._known[one]) for one in people], offset)
        self._unsaved -= set(people)
        self._saved_offset = offset

    async def _take(self, offset: int, message: DeliveredMessage) -> None:
        if offset <= self._offset:
            return
        properties = message.header.properties
        headers = properties.headers or {}
        try:
            escalation_event.read(offset, message.routing_key or "", properties.user_id, headers, message.body)
            data = orjson.loads(message.body)
            person, standing = data["person"], data["standing"]
            sequence = headers[f"{escalation_event.SIGNED}sequence"]
            if not (isinstance(person, str) and isinstance(standing, str) and isinstance(sequence, int)):
                raise Unreadable("fields of another shape")
            self.hear(person, sequence, admitted=standing == ADMITTED)
        except (Unreadable, ValueError, KeyError, TypeError) as fault:
            log.error("standing_unreadable", offset=offset, why=type(fault).__name__)
        self._offset = offset
        self._learned.set()


def _document(person: str, denial: Denial) -> Document:
    return {"_id": person, "sequence": denial.sequence, "denied": denial.denied, "since": denial.since}
