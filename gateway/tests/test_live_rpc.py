"""The broker's real behaviour: answers, nacks, returns, silence and broken connections, told apart."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiormq
import orjson
import pytest
from aiormq.abc import AbstractConnection, DeliveredMessage
from attrs import define, field
from pamqp import commands as spec

from gateway.broker import Broker
from gateway.rpc import AnswerLost, TimedOut, Unsent
from gateway.wire import Absent, Broken, Call, Done, Refused

pytestmark = [pytest.mark.anyio, pytest.mark.live]

Answers = Callable[[dict[str, Any]], Any]


@define
class Responder:
    """A tiny service on the real broker. `deaf` ones have a queue and no consumer."""

    service: str
    connection: AbstractConnection
    seen: list[DeliveredMessage] = field(factory=list)

    async def begin(self, answers: Answers, **arguments: Any) -> None:
        channel = await self.connection.channel()
        await channel.exchange_declare("nameko-rpc", exchange_type="topic", durable=True)
        await channel.exchange_declare("manifests", exchange_type="fanout", durable=True)
        await channel.queue_declare(self.service, exclusive=True, auto_delete=True, arguments=arguments)
        await channel.queue_bind(self.service, "nameko-rpc", f"{self.service}.*")

        async def answer(message: DeliveredMessage) -> None:
            self.seen.append(message)
            reply = answers(json.loads(message.body)["kwargs"])
            if reply is None:
                return
            given = message.header.properties
            properties = spec.Basic.Properties(correlation_id=given.correlation_id, content_type="application/json")
            await channel.basic_publish(orjson.dumps(reply), routing_key=str(given.reply_to), properties=properties)

        if "x-max-length" not in arguments:
            await channel.basic_consume(self.service, answer, no_ack=True)


@pytest.fixture
async def responder(urls: dict[str, str]) -> AsyncIterator[Responder]:
    async with aiormq.connect(urls["deploy"]) as connection:
        yield Responder(f"svc{uuid.uuid4().hex[:12]}", connection)


@asynccontextmanager
async def connected(url: str, heard: Callable[[bytes, str | None], None] = lambda *_: None) -> AsyncIterator[Broker]:
    broker = Broker(url, heard)
    running = asyncio.create_task(broker.run())
    try:
        await until(lambda: broker.up)
        yield broker
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await broker.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def call(service: str, seconds: float = 5.0, **kwargs: Any) -> Call:
    request_id = uuid.uuid4().hex
    return Call(service, "work", kwargs, "assertion", request_id, "00-x", time.time() + seconds, seconds)


def ok(body: Any) -> dict[str, Any]:
    return {"result": {"ok": {"status": 200, "body": body, "version": 3}}, "error": None}


async def test_an_answer_comes_back(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda kwargs: ok(kwargs["n"]))

    async with connected(urls["gateway"]) as broker:
        answer = await broker.ask(call(responder.service, n=7))

    assert answer == Done(200, 7, 3, None, False, None)


async def test_the_request_is_in_namekos_wire_format(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda _: ok(None))
    asked = call(responder.service, 5.0, path={})

    async with connected(urls["gateway"]) as broker:
        await broker.ask(asked)

    message = responder.seen[0]
    properties = message.header.properties
    assert json.loads(message.body) == {"args": [], "kwargs": {"path": {}}}
    assert message.routing_key == f"{responder.service}.work"
    assert (properties.user_id, properties.delivery_mode, properties.content_type) == ("gateway", 1, "application/json")
    assert properties.correlation_id == asked.request_id
    assert 0 < int(str(properties.expiration)) <= 5000
    assert properties.headers == {
        "nameko.auth_token": "assertion",
        "nameko.call_id_stack": [asked.request_id],
        "traceparent": "00-x",
        "decalog.deadline": int(asked.deadline * 1000),
    }


async def test_many_answers_find_their_callers(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda kwargs: ok(kwargs["n"]))

    async with connected(urls["gateway"]) as broker:
        answers = await asyncio.gather(*(broker.ask(call(responder.service, n=n)) for n in range(500)))

    assert [answer.body for answer in answers if isinstance(answer, Done)] == list(range(500))


async def test_a_body_larger_than_a_frame_arrives_whole(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda kwargs: ok(kwargs["text"]))
    text = "长" * 300_000

    async with connected(urls["gateway"]) as broker:
        answer = await broker.ask(call(responder.service, text=text))

    assert isinstance(answer, Done)
    assert answer.body == text


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"result": {"absent": "work"}, "error": None}, Absent),
        ({"result": None, "error": {"exc_type": "KeyError", "value": "x"}}, Broken),
        ({"result": {"refusal": {"kind": "missing", "code": "a.b", "zh": "无", "en": "no"}}, "error": None}, Refused),
    ],
)
async def test_other_answers_are_told_apart(
    urls: dict[str, str], responder: Responder, reply: dict[str, Any], kind: type
) -> None:
    await responder.begin(lambda _: reply)

    async with connected(urls["gateway"]) as broker:
        assert isinstance(await broker.ask(call(responder.service)), kind)


async def test_no_queue_is_known_at_once(urls: dict[str, str], responder: Responder) -> None:
    async with connected(urls["gateway"]) as broker:
        with pytest.raises(Unsent):
            await broker.ask(call("nobody", 30.0))


async def test_a_full_queue_is_known_at_once(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda _: None, **{"x-max-length": 1, "x-overflow": "reject-publish"})

    async with connected(urls["gateway"]) as broker:
        first = asyncio.create_task(broker.ask(call(responder.service, 30.0)))
        await until(lambda: broker.in_flight == 1)
        with pytest.raises(Unsent):
            await asyncio.gather(*(broker.ask(call(responder.service, 30.0)) for _ in range(3)))
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_silence_ends_at_the_deadline_and_the_request_with_it(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda _: None)

    async with connected(urls["gateway"]) as broker:
        with pytest.raises(TimedOut):
            await broker.ask(call(responder.service, 0.2))

        assert broker.in_flight == 0


async def test_a_broken_connection_fails_what_was_pending_and_comes_back(
    urls: dict[str, str], responder: Responder
) -> None:
    await responder.begin(lambda kwargs: ok(1) if kwargs else None)

    async with proxied(urls["gateway"]) as (url, cut), connected(url) as broker:
        pending = asyncio.create_task(broker.ask(call(responder.service, 30.0)))
        await until(lambda: len(responder.seen) == 1)
        await cut()
        with pytest.raises(AnswerLost):
            await pending
        await until(lambda: broker.up)

        assert isinstance(await broker.ask(call(responder.service, n=1)), Done)


async def test_while_there_is_no_connection_every_call_fails_at_once(urls: dict[str, str]) -> None:
    broker = Broker(urls["gateway"], lambda *_: None)

    with pytest.raises(Unsent):
        await broker.ask(call("anybody", 30.0))


async def test_a_beacon_is_heard_with_its_senders_name(urls: dict[str, str], responder: Responder) -> None:
    await responder.begin(lambda _: None)
    heard: list[tuple[bytes, str | None]] = []

    async with connected(urls["gateway"], lambda *beacon: heard.append(beacon)):
        channel = await responder.connection.channel()
        properties = spec.Basic.Properties(user_id="deploy")
        await channel.basic_publish(b"{}", exchange="manifests", properties=properties)
        await until(lambda: bool(heard))

    assert heard == [(b"{}", "deploy")]


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[None]]]]:
    """A TCP proxy before the broker, and the function that cuts its connections."""
    target = aiormq.connection.URL(url)
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(target.host, target.port)
        writers.extend((writer, outer))
        await asyncio.gather(pump(reader, outer), pump(inner, writer))

    async def cut() -> None:
        for writer in writers:
            writer.transport.abort()
        writers.clear()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield str(target.with_port(server.sockets[0].getsockname()[1])), cut
    finally:
        await cut()
        server.close()
