"""Tasks gathered over the real broker: one service answers, another keeps silent until its deadline."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiormq
import orjson
import pytest
from aiormq.abc import AbstractConnection, DeliveredMessage
from pamqp import commands as spec

from gateway.broker import Broker

pytestmark = [pytest.mark.anyio, pytest.mark.live]


@asynccontextmanager
async def listing(connection: AbstractConnection, service: str, items: list[Any] | None) -> AsyncIterator[None]:
    """A tiny service that lists these tasks; None: it takes the question and never answers."""
    channel = await connection.channel()
    await channel.exchange_declare("nameko-rpc", exchange_type="topic", durable=True)
    await channel.queue_declare(service, exclusive=True, auto_delete=True)
    await channel.queue_bind(service, "nameko-rpc", f"{service}.*")

    async def answer(message: DeliveredMessage) -> None:
        given = message.header.properties
        properties = spec.Basic.Properties(correlation_id=given.correlation_id, content_type="application/json")
        result = {"ok": {"status": 200, "body": {"items": items, "more": False}}}
        reply = orjson.dumps({"result": result, "error": None})
        if items is not None:
            await channel.basic_publish(reply, routing_key=str(given.reply_to), properties=properties)

    await channel.basic_consume(service, answer, no_ack=True)
    yield


async def test_who_answers_in_time_is_listed_and_who_does_not_is_missing(
    house: Any,
    broker: Broker,
    urls: dict[str, str],
    beacon: Callable[..., bytes],
    manifest: Any,
    operation: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick, silent = (f"svc{uuid.uuid4().hex[:12]}" for _ in range(2))
    for _ in range(2):
        for service in (quick, silent):
            path = f"/v1/{service}/my-tasks"
            offer = operation("my_tasks", kind="query", method="GET", path=path, key="none", deadline_seconds=1)
            house.discovery.hear(beacon(manifest(offer, service=service)), service)
        house.clock.now += 16
    monkeypatch.setattr(type(house.services), "ask", lambda _, call: broker.ask(call))
    task = {"id": "a", "due": "2026-11-23T01:00:00Z"}

    async with (
        aiormq.connect(urls["deploy"]) as connection,
        listing(connection, quick, [task]),
        listing(connection, silent, None),
    ):
        answer = await house.http.get("/v1/my/tasks", headers=house.bearer())

    assert answer.status_code == 200
    assert answer.json() == {"items": [task], "more": False, "partial": True, "missing": [silent]}
