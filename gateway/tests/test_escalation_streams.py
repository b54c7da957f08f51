"""GET /v1/escalations/stream as a client meets it, over a buffer that a test fills."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from attrs import define, field
from joserfc.jwk import OKPKey
from starlette.routing import Route

from gateway import limits, own
from gateway.callers import Callers
from gateway.denials import Denials
from gateway.discovery import Discovery
from gateway.edge import Counts, Edge
from gateway.escalation_event import Event
from gateway.escalations_scope import ACTION, FeedScope
from gateway.issuers import LocalIssuer
from gateway.language import Words
from gateway.rpc import TimedOut, Unsent
from gateway.sse import Streams
from gateway.store import StoreDown
from gateway.stream_buffer import Buffer
from gateway.tokens import Tokens, issue_access
from gateway.wire import Call, Done, Refused

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 23, tzinfo=UTC)
TYPE = "decalog.emergency.incident_escalated.v1"
PATH = "/v1/escalations/stream"


@define
class Past:
    """The history: what a test puts into it, or away."""

    floor: int = -1
    events: list[Event] = field(factory=list)
    away: bool = False

    async def after(self, offset: int, *, until: int, units: frozenset[str], most: int) -> list[Event]:
        if self.away:
            raise StoreDown("away")
        return [one for one in self.events if offset < one.offset <= until and one.seen_by(units)][:most]


@define
class Directory:
    """The service that knows what a person may see: it answers what a test says."""

    answer: Any = None
    calls: list[Call] = field(factory=list)

    async def ask(self, call: Call) -> Any:
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@define
class Client:
    """One connection. `leave` is what the client does; `parts` is what it has got."""

    task: "asyncio.Task[None]"
    leave: asyncio.Event
    start: dict[str, Any] = field(factory=dict)
    parts: list[bytes] = field(factory=list)
    ended: bool = False

    @property
    def text(self) -> str:
        return b"".join(self.parts).decode()

    @property
    def ids(self) -> list[str]:
        return [line[4:] for line in self.text.splitlines() if line.startswith("id: ")]

    @property
    def events(self) -> list[str]:
        return [line[7:] for line in self.text.splitlines() if line.startswith("event: ")]


@define
class Feed:
    """The endpoint under test and what stands around it."""

    app: Any
    streams: Streams
    buffer: Buffer
    past: Past
    counts: Counts
    clock: Any
    key: OKPKey
    directory: Directory
    denials: Denials

    def take(self, *units: str, key: str = "") -> None:
        offset = self.buffer.head + 1
        self.buffer.take(offset, Event(offset, key or f"e{offset}", TYPE, "I", units or ("HQ",), AT, b'{"a":1}'))

    def token(self, *units: str, kind: Any = "system", sub: str = "HQ-1", seconds: int = 600) -> str:
        grants = tuple({"action": ACTION, "unit": unit} for unit in units)
        return issue_access(self.key, sub=sub, kind=kind, now=self.clock(), grants=grants, seconds=seconds)

    @asynccontextmanager
    async def connected(
        self, *units: str, query: str = "", token: str = "", deaf: bool = False, **headers: str
    ) -> AsyncIterator[Client]:
        given = {"authorization": f"Bearer {token or self.token(*(units or ('HQ',)))}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "method": "GET",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
        }
        leave = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await leave.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                client.start = message
            else:
                client.parts.append(message["body"])
                client.ended = not message.get("more_body", False)
                await (asyncio.Future[None]() if deaf else asyncio.sleep(0))

        client = Client(asyncio.create_task(asyncio.sleep(0)), leave)
        client.task = asyncio.create_task(self.app(scope, receive, send))
        try:
            yield client
        finally:
            leave.set()
            await client.task


async def until(true: Any) -> None:
    """Let the others run until it is true."""
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0)


@pytest.fixture
async def feed(key: OKPKey, quotas: Any, operation: Any, manifest: Any, beacon: Any) -> Feed:
    tokens = Tokens({"decalog": LocalIssuer({"keys": [key.as_dict(private=False)]})}, key)
    denials = Denials("amqp://nowhere/", "staff.log.1", None)
    callers = Callers(tokens, quotas, concurrency=64, doors=denials)
    directory, tables = Directory(), Discovery(tokens, None)
    reach = operation("my_reach", kind="query", method="GET", path="/v1/my-reach", key="none", status=200)
    tables.hear(beacon(manifest(reach, service="security")), "security")
    scope = FeedScope(tables, directory)
    buffer, past, counts = Buffer(events=10), Past(), Counts()
    buffer.begin(9)
    streams = Streams(callers, scope, buffer, past, past, counts, epoch=1)
    app = Edge(own.router([Route(PATH, streams, methods=["GET"])]), counts)
    return Feed(app, streams, buffer, past, counts, time.time, key, directory, denials)


async def test_a_new_client_is_told_where_it_begins_and_then_what_comes(feed):
    async with feed.connected() as client:
        await until(lambda: client.ids)
        feed.take()
        await until(lambda: len(client.ids) == 2)

    headers = dict(client.start["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-accel-buffering"] == b"no"
    assert client.text.startswith("retry: 3000\n\n")
    assert client.ids == ["1-9", "1-10"]
    assert client.events == ["begin", TYPE]
    assert 'data: {"a":1}\n\n' in client.text


async def test_a_client_that_comes_back_goes_on_after_its_last_event(feed):
    for _ in range(3):
        feed.take()

    async with feed.connected(last_event_id="1-10") as client:
        await until(lambda: len(client.ids) == 2)

    assert client.ids == ["1-11", "1-12"]


async def test_the_place_may_stand_in_the_query(feed):
    feed.take()

    async with feed.connected(query="last_event_id=1-9") as client:
        await until(lambda: client.ids)

    assert client.ids == ["1-10"]


async def test_what_is_older_than_the_buffer_comes_from_the_history(feed):
    feed.past.events = [Event(4, "e4", TYPE, "I", ("HQ",), AT, b"{}"), Event(7, "e7", TYPE, "I", ("P2",), AT, b"{}")]
    feed.take("HQ", "P1")

    async with feed.connected("P1", "HQ", last_event_id="1-2") as client:
        await until(lambda: len(client.ids) == 2)

    assert client.ids == ["1-4", "1-10"]


@pytest.mark.parametrize(("place", "reason"), [("nonsense", "unknown"), ("2-5", "foreign_epoch"), ("1-3", "expired")])
async def test_a_place_that_is_not_known_resets_the_client_to_now(feed, place, reason):
    feed.past.floor = 5
    feed.take()

    async with feed.connected(last_event_id=place) as client:
        await until(lambda: client.ids)
        feed.take()
        await until(lambda: len(client.ids) == 2)

    assert client.events == ["reset", TYPE]
    assert client.ids == ["1-10", "1-11"]
    assert f'"reason":"{reason}"' in client.text


async def test_a_place_ahead_of_this_process_is_waited_for(feed):
    async with feed.connected(last_event_id="1-10") as client:
        await until(lambda: client.parts)
        feed.take()
        feed.take()
        await until(lambda: client.ids)

    assert client.events == [TYPE]
    assert client.ids == ["1-11"]


async def test_a_place_that_never_was_resets(feed, monkeypatch):
    monkeypatch.setattr(limits, "STREAM_AHEAD_SECONDS", 0.0)

    async with feed.connected(last_event_id="1-99999") as client:
        await until(lambda: client.ids)

    assert client.events == ["reset"]


async def test_each_event_is_told_only_to_those_whose_units_it_concerns(feed):
    async with feed.connected("P1") as one, feed.connected("HQ") as all_of_it:
        await until(lambda: one.ids and all_of_it.ids)
        feed.take("HQ", "P1", "C1")
        feed.take("HQ", "P2")
        feed.take("HQ", "P1")
        await until(lambda: len(one.ids) == 3 and len(all_of_it.ids) == 4)

    assert one.ids == ["1-9", "1-10", "1-12"]
    assert all_of_it.ids == ["1-9", "1-10", "1-11", "1-12"]


async def test_silence_is_filled_with_comments(feed, monkeypatch):
    monkeypatch.setattr(limits, "STREAM_COMMENT_SECONDS", 0.001)

    async with feed.connected() as client:
        await until(lambda: b": \n\n" in client.parts)


async def problem(feed: Feed, **connect: Any) -> dict[str, Any]:
    async with feed.connected(**connect) as client:
        await until(lambda: client.ended)
    return {"status": client.start["status"], **orjson.loads(client.text)}


def reach(*units: str) -> Done:
    return Done(200, {"units": list(units)}, None, None, False, None)


async def test_a_person_is_told_of_the_units_that_the_directory_names(feed):
    feed.directory.answer = reach("44")

    async with feed.connected(token=feed.token(kind="person", sub="P440000001")) as client:
        await until(lambda: client.ids)
        feed.take("HQ", "33")
        feed.take("HQ", "44")
        await until(lambda: len(client.ids) == 2)

    assert client.ids == ["1-9", "1-11"]
    (call,) = feed.directory.calls
    assert (call.operation, call.kwargs["query"]) == ("my_reach", {"action": ACTION})


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (reach(), 403, "gateway.not_granted"),
        (Refused("forbidden", "chassis.not_admitted", Words("停职", "suspended"), ()), 403, "gateway.not_granted"),
        (Unsent(), 503, "gateway.reach_unknown"),
        (TimedOut(), 503, "gateway.reach_unknown"),
        (Done(200, {"units": None}, None, None, False, None), 503, "gateway.reach_unknown"),
    ],
)
async def test_a_person_whose_units_are_none_or_not_known_is_refused(feed, answer, status, code):
    feed.directory.answer = answer

    refused = await problem(feed, token=feed.token(kind="person", sub="P440000001"))

    assert (refused["status"], refused["code"]) == (status, code)


@pytest.mark.clause("R9.8")
async def test_the_stream_of_somebody_who_leaves_ends_at_once_and_none_begins(feed):
    feed.directory.answer = reach("44")
    token = feed.token(kind="person", sub="P440000001")

    async with feed.connected(token=token) as client:
        await until(lambda: client.ids)
        feed.denials.hear("P440000009", 1, admitted=False)
        feed.denials.hear("P440000001", 2, admitted=False)
        await until(lambda: client.ended)

    assert (await problem(feed, token=token))["code"] == "gateway.person_refused"


async def test_a_system_without_the_grant_is_refused(feed):
    token = issue_access(
        feed.key, sub="S", kind="system", now=feed.clock(), grants=({"action": "incident.read", "unit": "HQ"},)
    )

    assert (await problem(feed, token=token))["code"] == "gateway.not_granted"


async def test_more_units_than_a_query_may_name_are_refused(feed):
    token = feed.token(*(f"U{number}" for number in range(limits.UNITS_AT_MOST + 1)))

    assert (await problem(feed, token=token))["code"] == "gateway.too_many_units"


async def test_before_the_history_is_known_the_stream_is_not_ready(feed):
    feed.buffer.ready = False

    assert (await problem(feed))["status"] == 503


async def test_a_caller_has_a_bounded_number_of_streams(feed, monkeypatch):
    monkeypatch.setattr(limits, "STREAMS_OF_ONE", 1)

    async with feed.connected() as first:
        await until(lambda: first.ids)
        assert (await problem(feed))["status"] == 429
        async with feed.connected(token=feed.token("HQ", sub="another")) as other:
            await until(lambda: other.ids)
    async with feed.connected() as again:
        await until(lambda: again.ids)


async def test_a_process_has_a_bounded_number_of_streams(feed, monkeypatch):
    monkeypatch.setattr(limits, "STREAMS", 0)

    assert (await problem(feed))["code"] == "gateway.streams_full"


async def test_the_stream_ends_with_the_token(feed):
    async with feed.connected(token=feed.token("HQ", seconds=1)) as client:
        await until(lambda: client.ended)

    assert client.ids == ["1-9"]


async def test_all_streams_end_when_the_process_is_told_to_stop(feed):
    async with feed.connected() as one, feed.connected() as other:
        await until(lambda: one.ids and other.ids)
        feed.streams.close()
        await until(lambda: one.ended and other.ended)

    assert (await problem(feed))["status"] == 503


async def test_open_streams_are_no_work_in_flight(feed):
    async with feed.connected() as client:
        await until(lambda: client.ids)
        assert feed.counts.in_flight == 0

    assert feed.counts.in_flight == 0


async def test_while_the_history_is_away_a_client_that_needs_it_is_sent_to_try_again(feed):
    feed.past.away = True
    feed.take()

    async with feed.connected(last_event_id="1-2") as client:
        await until(lambda: client.ended)
    async with feed.connected(last_event_id="1-9") as near:
        await until(lambda: near.ids)

    assert client.ids == []
    assert near.ids == ["1-10"]


async def test_a_client_that_takes_nothing_is_dropped_and_its_place_is_free(feed, monkeypatch):
    monkeypatch.setattr(limits, "STREAM_SEND_SECONDS", 0.0)
    monkeypatch.setattr(limits, "STREAMS_OF_ONE", 1)

    async with feed.connected(deaf=True) as client:
        await until(client.task.done)
        monkeypatch.setattr(limits, "STREAM_SEND_SECONDS", 5.0)
        async with feed.connected() as next_one:
            await until(lambda: next_one.ids)

    assert not client.ended
