"""The load: `python -m tests.bench.load`, told by one line of JSON on standard input (`LoadSpec`).

So many clients, each with its own kept connection and one request at a time; where a rate is given they share its
slots, else each sends again as soon as it is answered. It says `"measuring"` when the warm-up is over and
`"measured"` after `seconds`, waits for what is still unanswered, and then gives one line: `began`, `ended`
(CLOCK_MONOTONIC, the same for all processes), `statuses`, `faults`, `bytes` (of the first answer's body), and
`answers`, each [record id or null, sent, answered].
"""

import asyncio
import collections
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import httptools
import orjson
import uvloop
from attrs import frozen

from tests.bench.requests import EXPECTED, Requests

ANSWER_SECONDS = 30.0
FAULTS_KEPT = 5


@frozen(kw_only=True)
class LoadSpec:
    """What to send, where, how long. `rate` is requests a second of all clients together."""

    host: str
    port: int
    path: str
    kind: str
    clients: int
    warm_up: float
    seconds: float
    run: str
    tokens: list[str]
    units: list[str]
    ids: list[str]
    accounts: Sequence[Sequence[str]] = ()
    rate: float | None = None


class Load:
    """The run: hands out requests and takes answers."""

    def __init__(self, spec: LoadSpec) -> None:
        self._spec = spec
        requests = Requests(spec.host, spec.path, spec.run, spec.tokens, spec.units, spec.ids, spec.accounts)
        self._make = requests.of(spec.kind)
        self._numbers = iter(range(sys.maxsize))
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()
        self._open = 0
        self._starts = 0.0
        self._stopped = False
        self.answers: list[tuple[bytes, float, float]] = []
        self.statuses: collections.Counter[int] = collections.Counter()
        self.faults: list[str] = []

    async def run(self) -> dict[str, Any]:
        """Connect, warm up, measure, wait for the last answers."""
        spec = self._spec
        made = [self._loop.create_connection(lambda: Client(self), spec.host, spec.port) for _ in range(spec.clients)]
        clients = [client for _, client in await asyncio.gather(*made)]
        self._starts = time.monotonic()
        for client in clients:
            self.next(client)
        began = await self._until(spec.warm_up, "measuring")
        ended = await self._until(spec.warm_up + spec.seconds, "measured")
        self._stopped = True
        await self._finished()
        return self._told(began, ended)

    async def _finished(self) -> None:
        """Until nothing is unanswered, for at most 30 s."""
        if not self._open:
            return
        try:
            await asyncio.wait_for(self._idle.wait(), ANSWER_SECONDS)
        except TimeoutError:
            self.faults.append(f"{self._open} requests were not answered")

    async def _until(self, seconds: float, word: str) -> float:
        await asyncio.sleep(self._starts + seconds - time.monotonic())
        say(word)
        return time.monotonic()

    def next(self, client: "Client") -> None:
        """Let the client send its next request: now, or at its next slot."""
        if self._stopped:
            return
        if self._spec.rate is None:
            self._send(client)
            return
        number = next(self._numbers)
        wait = self._starts + number / self._spec.rate - time.monotonic()
        self._loop.call_later(max(0.0, wait), self._send, client, number)

    def _send(self, client: "Client", number: int | None = None) -> None:
        if not self._stopped:
            self._open += 1
            client.send(self._make(next(self._numbers) if number is None else number))

    def take(self, status: int, body: bytes, sent: float) -> None:
        """One answer."""
        self.answers.append((body, sent, time.monotonic()))
        self.statuses[status] += 1
        if status != EXPECTED[self._spec.kind] and len(self.faults) < FAULTS_KEPT:
            self.faults.append(f"{status}: {body.decode(errors='replace')[:300]}")
        self._answered()

    def lose(self, fault: str) -> None:
        """A connection that ended with a request unanswered."""
        self.faults.append(fault)
        self._answered()

    def _answered(self) -> None:
        self._open -= 1
        if self._stopped and not self._open:
            self._idle.set()

    def _told(self, began: float, ended: float) -> dict[str, Any]:
        return {
            "began": began,
            "ended": ended,
            "statuses": dict(self.statuses),
            "faults": self.faults,
            "bytes": len(self.answers[0][0]) if self.answers else 0,
            "answers": [(record_id(body), sent, answered) for body, sent, answered in self.answers],
        }


class Client(asyncio.Protocol):
    """One connection, one request at a time. httptools calls the `on_` methods."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._sent: float | None = None
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sent is not None:
            self._load.lose(f"a connection was lost: {exc!r}")

    def send(self, request: bytes) -> None:
        """Send one request."""
        self._sent = time.monotonic()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        assert self._sent is not None
        body, sent = b"".join(self._body), self._sent
        self._body.clear()
        self._sent = None
        self._load.take(self._parser.get_status_code(), body, sent)
        self._parser = httptools.HttpResponseParser(self)
        self._load.next(self)


def record_id(body: bytes) -> str | None:
    """The id of the record that an answer shows."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return answer.get("id") if isinstance(answer, dict) else None


def say(word: Any) -> None:
    """One line of JSON to the parent."""
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Read the spec, run, tell."""
    say(await Load(LoadSpec(**json.loads(sys.stdin.readline()))).run())


if __name__ == "__main__":
    uvloop.run(main())
