"""A whole gateway process on the real broker and database: it starts, serves, remembers, and stops without loss."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiormq
import httpx
import orjson
import pymongo
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from attrs import define, field
from pamqp import commands as spec

from gateway import clients, limits
from gateway.issuers import private_key
from gateway.store import Store, StoreDown
from gateway.tokens import issue_access

pytestmark = [pytest.mark.anyio, pytest.mark.live]

SERVICE = "notifier"  # the broker lets only this user sign its beacons


@define
class Running:
    """A gateway process and its addresses."""

    process: asyncio.subprocess.Process
    http: httpx.AsyncClient
    inside: httpx.AsyncClient
    log: Path

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while not await condition():
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.02)

    async def ready(self) -> bool:
        try:
            return (await self.http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False


@define
class Slow:
    """A service that answers when it is told to."""

    path: str
    channel: AbstractChannel
    beacons: AbstractChannel
    arrived: asyncio.Event = field(factory=asyncio.Event)
    answer: asyncio.Event = field(factory=asyncio.Event)

    async def begin(self) -> None:
        queue = f"test-{uuid.uuid4().hex}"
        await self.channel.exchange_declare("nameko-rpc", exchange_type="topic", durable=True)
        await self.channel.exchange_declare("manifests", exchange_type="fanout", durable=True)
        await self.channel.queue_declare(queue, exclusive=True)
        await self.channel.queue_bind(queue, "nameko-rpc", f"{SERVICE}.slow_{self.path}")
        await self.channel.basic_consume(queue, self._take, no_ack=True)

    async def _take(self, message: DeliveredMessage) -> None:
        self.arrived.set()
        await self.answer.wait()
        given = message.header.properties
        properties = spec.Basic.Properties(correlation_id=given.correlation_id)
        reply = orjson.dumps({"result": {"ok": {"status": 200, "body": {"slow": True}}}, "error": None})
        await self.channel.basic_publish(reply, routing_key=str(given.reply_to), properties=properties)

    async def announce(self) -> None:
        operation = {"name": f"slow_{self.path}", "kind": "command", "method": "POST", "path": f"/v1/{self.path}"}
        whole = {"service": SERVICE, "version": "1", "instance": f"test-{self.path}", "hash": self.path * 4}
        manifest = whole | {"operations": [operation], "openapi": {}}
        body = orjson.dumps({**whole, "manifest": manifest})
        properties = spec.Basic.Properties(user_id=SERVICE)
        await self.beacons.basic_publish(body, exchange="manifests", properties=properties)

    async def leave(self) -> None:
        body = orjson.dumps({"service": SERVICE, "instance": f"test-{self.path}", "gone": True})
        properties = spec.Basic.Properties(user_id=SERVICE)
        await self.beacons.basic_publish(body, exchange="manifests", properties=properties)


@pytest.fixture
def forgotten(instance: dict[str, Any]) -> None:
    """The gateway's database without what an earlier test's gateway remembered of the service."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(instance["mongo"]["gateway"])
    client.get_default_database()["services"].delete_one({"_id": SERVICE})
    client.close()


@pytest.fixture
async def slow(forgotten: None, instance: dict[str, Any]) -> AsyncIterator[Slow]:
    async with (
        aiormq.connect(instance["amqp"]["deploy"]) as connection,
        aiormq.connect(instance["amqp"][SERVICE]) as own,
    ):
        service = Slow(f"s{uuid.uuid4().hex[:12]}", await connection.channel(), await own.channel())
        await service.begin()
        yield service
        await service.leave()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def started(instance: dict[str, Any], folder: Path) -> AsyncIterator[Running]:
    http_port, health_port = free_port(), free_port()
    environment = os.environ | {
        "DECALOG_AMQP_URL": instance["amqp"]["gateway"],
        "DECALOG_MONGO_URL": instance["mongo"]["gateway"],
        "DECALOG_KEYS": instance["keys"],
        "DECALOG_HTTP_PORT": str(http_port),
        "DECALOG_HEALTH_PORT": str(health_port),
        "DECALOG_DRAIN_NOTICE_SECONDS": "0.2",
    }
    log = folder / "gateway.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", env=environment, stdout=out, stderr=out
        )
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}") as http,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{health_port}") as inside,
    ):
        try:
            yield Running(process, http, inside, log)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def bearer(instance: dict[str, Any]) -> dict[str, str]:
    key = private_key(Path(instance["keys"]) / "access.private.json")
    return {"Authorization": f"Bearer {issue_access(key, sub='p1', kind='person', now=time.time())}"}


async def test_a_request_at_work_is_finished_when_the_gateway_is_told_to_stop(
    instance: dict[str, Any], slow: Slow, tmp_path: Path
) -> None:
    async with started(instance, tmp_path) as gateway:
        await _served(gateway, slow, instance)
        pending = asyncio.create_task(gateway.http.post(f"/v1/{slow.path}", headers=bearer(instance)))
        await asyncio.wait_for(slow.arrived.wait(), 10)

        gateway.process.send_signal(signal.SIGTERM)
        await gateway.until(lambda: _status(gateway.inside, "/readyz", 503))
        slow.answer.set()

        assert (await pending).json() == {"slow": True}
        assert await asyncio.wait_for(gateway.process.wait(), 25) == 0
    assert '"event":"stopped"' in gateway.log.read_text()


async def test_a_restarted_gateway_remembers_the_routes(instance: dict[str, Any], slow: Slow, tmp_path: Path) -> None:
    slow.answer.set()
    async with started(instance, tmp_path) as gateway:
        await _served(gateway, slow, instance)
        await gateway.until(lambda: _remembered(instance, slow.path))

    async with started(instance, tmp_path) as gateway:
        await gateway.until(gateway.ready)
        answer = await gateway.http.post(f"/v1/{slow.path}", headers=bearer(instance))

    assert answer.json() == {"slow": True}


async def test_the_health_port_tells_of_the_inside(instance: dict[str, Any], tmp_path: Path) -> None:
    async with started(instance, tmp_path) as gateway:
        await gateway.until(lambda: _status(gateway.inside, "/livez", 200))
        idle = (await gateway.inside.get("/idle")).json()
        metrics = (await gateway.inside.get("/metrics")).text

    assert (idle["in_flight"], idle["unsent"]) == (0, 0)
    assert "http_server_request_duration_seconds" in metrics


async def test_no_log_line_holds_a_token_or_a_query(instance: dict[str, Any], tmp_path: Path) -> None:
    async with started(instance, tmp_path) as gateway:
        await gateway.until(lambda: _status(gateway.http, "/livez", 200))
        headers = bearer(instance)
        await gateway.http.get("/v1/persons/13800000000?name=canary", headers=headers)
        await gateway.http.post("/v1/token", data={"grant_type": "client_credentials", "client_secret": "canary"})

    lines = [json.loads(line) for line in gateway.log.read_text().splitlines()]
    assert {"request", "started", "stopped"} <= {line["event"] for line in lines}
    assert all("trace_id" in line for line in lines if line["event"] == "request")
    text = gateway.log.read_text()
    assert not any(secret in text for secret in ("canary", "13800000000", headers["Authorization"][7:]))


async def test_a_client_lives_from_making_to_disabling(instance: dict[str, Any]) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(instance["mongo"]["gateway"])
    store, name = Store(instance["mongo"]["gateway"]), f"client-{uuid.uuid4().hex}"
    database = client.get_default_database()

    async def good(*secrets: str) -> list[bool]:
        document = await store.client(name)
        return [clients.accepts(document, secret) for secret in secrets]

    try:
        first = clients.add(database, name, [{"action": "a", "unit": "u"}])
        with pytest.raises(clients.ClientExists):
            clients.add(database, name, [])
        with pytest.raises(clients.ClientIdMalformed):
            clients.add(database, "ccms|44", [])
        second = clients.rotate(database, name)
        assert await good(first, second, "") == [True, True, False]
        third = clients.rotate(database, name)
        assert await good(first, second, third) == [False, True, True]
        clients.drop_old_secrets(database, name)
        assert await good(second, third) == [False, True]
        clients.disable(database, name)
        assert await good(third) == [False]
        clients.enable(database, name)
        clients.set_grants(database, name, [])
        assert await good(third) == [True]
        with pytest.raises(clients.ClientUnknown):
            clients.disable(database, "nobody")
    finally:
        database["clients"].delete_one({"_id": name})
        client.close()
        await store.close()


async def test_a_database_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_SECONDS", 0.1)
    store = Store(f"mongodb://127.0.0.1:{free_port()}/gateway")

    with pytest.raises(StoreDown):
        await store.load()
    with pytest.raises(StoreDown):
        await store.client("x")
    with pytest.raises(StoreDown):
        await store.save({"_id": "x"})
    await store.close()


async def _served(gateway: Running, slow: Slow, instance: dict[str, Any]) -> None:
    """Announce until the gateway has the route."""

    async def known() -> bool:
        await slow.announce()
        paths = (await gateway.http.get("/openapi.json")).json()["paths"]
        return f"/v1/{slow.path}" in paths and "x-standing" not in paths[f"/v1/{slow.path}"]["post"]

    await gateway.until(lambda: _status(gateway.http, "/livez", 200))
    await gateway.until(known)


async def _status(http: httpx.AsyncClient, path: str, status: int) -> bool:
    try:
        return (await http.get(path)).status_code == status
    except httpx.TransportError:
        return False


async def _remembered(instance: dict[str, Any], path: str) -> bool:
    store = Store(instance["mongo"]["gateway"])
    try:
        return any(path in str(document) for document in await store.load())
    finally:
        await store.close()
