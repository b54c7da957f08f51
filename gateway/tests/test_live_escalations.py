"""The feed on a real stream and database: cut connections, copies, several processes, and a restart."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiormq
import httpx
import pytest
import uvicorn
from aiormq.abc import AbstractChannel
from attrs import define, field
from joserfc.jwk import OKPKey
from pamqp import commands as spec
from pymongo import AsyncMongoClient

from gateway import escalations, own
from gateway.broker import Broker
from gateway.callers import Callers
from gateway.discovery import Discovery
from gateway.edge import Counts, Edge
from gateway.escalations import Escalations
from gateway.escalations_scope import ACTION, FeedScope
from gateway.http_protocol import GuardedProtocol
from gateway.issuers import LocalIssuer
from gateway.server import Server
from gateway.store import Store
from gateway.tokens import Tokens, issue_access

pytestmark = [pytest.mark.anyio, pytest.mark.live]

TYPE = "decalog.deploy.incident_escalated.v1"
CUTS, EVENTS = 100, 1_500


@define
class Log:
    """An escalation stream of the test's own, to which it publishes."""

    name: str
    channel: AbstractChannel
    sent: list[str] = field(factory=list)

    async def publish(self, *units: str, id: str = "", type: str = TYPE) -> str:
        event_id = id or uuid.uuid4().hex
        attributes = {
            "specversion": "1.0",
            "id": event_id,
            "source": "/decalog/deploy",
            "type": type,
            "time": "2026-11-23T02:00:00.000Z",
            "units": ",".join(units or ("HQ",)),
        }
        properties = spec.Basic.Properties(
            content_type="application/json",
            delivery_mode=2,
            user_id="deploy",
            headers={f"cloudEvents:{name}": value for name, value in attributes.items()},
        )
        await self.channel.basic_publish(b'{"level":"I"}', routing_key=self.name, properties=properties)
        if event_id not in self.sent:
            self.sent.append(event_id)
        return event_id


@pytest.fixture
async def log(instance: dict[str, Any]) -> AsyncIterator[Log]:
    async with aiormq.connect(instance["amqp"]["deploy"]) as connection:
        channel = await connection.channel()
        name = f"escalations.log.{random.randrange(10**8, 10**9)}"
        await channel.queue_declare(name, durable=True, arguments={"x-queue-type": "stream"})
        yield Log(name, channel)
        await channel.queue_delete(name)
    async with AsyncMongoClient(instance["mongo"]["gateway"]) as client:
        history = client.get_default_database()
        await history["escalations"].delete_many({"epoch": int(name.rpartition(".")[2])})
        await history["escalation_streams"].delete_many({"_id": int(name.rpartition(".")[2])})


@define
class Process:
    """One gateway process's feed, served on a port."""

    feed: Escalations
    http: httpx.AsyncClient
    key: OKPKey

    def bearer(self, *units: str) -> dict[str, str]:
        grants = tuple({"action": ACTION, "unit": unit} for unit in units)
        token = issue_access(self.key, sub="HQ-1", kind="system", now=time.time(), grants=grants)
        return {"Authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def stream(self, *units: str, after: str = "") -> AsyncIterator[AsyncIterator[tuple[str, str, Any]]]:
        """Connect; gives (id, type, event) one by one."""
        headers = self.bearer(*units) | ({"Last-Event-ID": after} if after else {})
        async with self.http.stream("GET", escalations.STREAM_PATH, headers=headers) as answer:
            assert answer.status_code == 200
            yield _events(answer)

    async def listed(self, *units: str, **query: Any) -> list[Any]:
        """Every page of the list; what a test of the bell has left there concerns everybody and is left out."""
        items, address, parameters = [], escalations.PATH, query
        while address:
            answer = await self.http.get(address, params=parameters, headers=self.bearer(*units))
            items += answer.raise_for_status().json()["items"]
            address, parameters = answer.links.get("next", {}).get("url", ""), None
        return [item for item in items if item["event"]["source"] == "/decalog/deploy"]


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, Any]]:
    block: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif "data" in block:
            yield block["id"], block["event"], json.loads(block["data"])
            block = {}


@asynccontextmanager
async def process(instance: dict[str, Any], log: Log, key: OKPKey, quotas: Any) -> AsyncIterator[Process]:
    store = Store(instance["mongo"]["gateway"])
    tokens = Tokens({"decalog": LocalIssuer({"keys": [key.as_dict(private=False)]})}, key)
    callers, counts = Callers(tokens, quotas, concurrency=64), Counts()
    scope = FeedScope(Discovery(tokens, None), Broker(instance["amqp"]["gateway"], lambda *_: None))
    feed = escalations.assemble(instance["amqp"]["gateway"], store, callers, scope, counts, stream=log.name)
    app = Edge(own.router(feed.routes()), counts)
    server = Server(
        uvicorn.Config(app, port=0, http=GuardedProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
    )
    tasks = [asyncio.create_task(one) for one in (server.serve(), *feed.upkeep())]
    try:
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            one = Process(feed, http, key)
            await until(lambda: feed.reader._buffer.ready)
            yield one
            feed.close()
    finally:
        server.should_exit = True
        await tasks[0]
        for task in tasks[1:]:
            task.cancel()
        await asyncio.gather(*tasks[1:], return_exceptions=True)
        await store.close()


async def until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def projected(one: Process, log: Log) -> None:
    """Wait until the process has written all that was published into the history."""
    buffer = one.feed.reader._buffer
    await until(lambda: buffer.head + 1 >= len(log.sent) and buffer.projected == buffer.head)


async def test_a_hundred_cut_connections_leave_no_gap_and_no_repeat(instance, log, key, quotas):
    got: list[str] = []
    dice = random.Random(7)

    async def load() -> None:
        while len(log.sent) < EVENTS:
            event_id = await log.publish("HQ", "P1")
            if dice.random() < 0.1:
                await log.publish("HQ", "P1", id=event_id)

    async with process(instance, log, key, quotas) as one, process(instance, log, key, quotas) as other:
        async with one.stream("HQ") as events:
            place, kind, _ = await anext(events)
        loading = asyncio.create_task(load())
        cuts = 0
        while len(got) < EVENTS:
            async with (one, other)[cuts % 2].stream("HQ", after=place) as events:
                for _ in range(min(dice.randrange(1, 25), EVENTS - len(got))):
                    place, _, event = await anext(events)
                    got.append(event["id"])
            cuts += 1
        await loading

    assert kind == "begin"
    assert cuts >= CUTS
    assert got == log.sent


async def test_a_client_that_comes_back_after_a_restart_gets_what_it_missed_from_the_history(
    instance, log, key, quotas
):
    async with process(instance, log, key, quotas) as before:
        async with before.stream("HQ") as events:
            place, _, _ = await anext(events)
        missed = [await log.publish("HQ"), await log.publish("HQ", "P1")]
        await projected(before, log)

    async with process(instance, log, key, quotas) as after, after.stream("HQ", after=place) as events:
        missed.append(await log.publish("HQ"))
        got = [(await anext(events))[2]["id"] for _ in missed]

    assert got == missed


async def test_a_copy_that_comes_after_a_restart_is_not_told_again(instance, log, key, quotas):
    async with process(instance, log, key, quotas) as before:
        first = await log.publish()
        await projected(before, log)

    async with process(instance, log, key, quotas) as after, after.stream("HQ") as events:
        await anext(events)
        await log.publish(id=first)
        fresh = await log.publish()
        _, _, told = await anext(events)

    assert told["id"] == fresh


async def test_the_list_shows_each_event_once_newest_first_within_the_callers_units(instance, log, key, quotas):
    mine, unit = [], f"P{uuid.uuid4().hex[:8]}"
    async with process(instance, log, key, quotas) as one, process(instance, log, key, quotas) as other:
        for number in range(7):
            mine.append(await log.publish("HQ", unit))
            await log.publish("HQ", "P2")
            if number == 3:
                await log.publish("HQ", unit, id=mine[0])
        await projected(one, log)
        await projected(other, log)
        paged = await one.listed(unit, limit=3)
        level = await other.listed(unit, level="escalations")
        none = await one.listed(unit, level="IV")
        since = await one.listed(unit, since="2026-11-23T10:00:00+08:00")
        later = await one.listed(unit, since="2026-11-23T10:00:01+08:00")

    assert [item["event"]["id"] for item in paged] == mine[::-1]
    assert len(level) == len(since) == len(mine)
    assert none == later == []


async def test_heartbeats_are_not_kept(instance, log, key, quotas):
    unit = f"P{uuid.uuid4().hex[:8]}"
    async with process(instance, log, key, quotas) as one:
        await log.publish("HQ", unit, type="decalog.deploy.heartbeat.v1")
        escalation = await log.publish("HQ", unit)
        await projected(one, log)
        listed = await one.listed(unit)

    assert [item["event"]["id"] for item in listed] == [escalation]


async def test_an_anchor_is_kept_as_it_came_first_and_is_in_no_list(instance, log, key, quotas):
    anchor, unit = uuid.uuid4().hex, f"P{uuid.uuid4().hex[:8]}"
    async with process(instance, log, key, quotas) as one:
        for _ in range(2):
            await log.publish("HQ", unit, id=anchor, type="decalog.deploy.journal_anchored.v1")
        await log.publish("HQ", unit, type="decalog.other.journal_anchored.v1")
        await projected(one, log)
        listed = await one.listed(unit)

    async with AsyncMongoClient(instance["mongo"]["gateway"]) as client:
        kept = await client.get_default_database()["journal_anchors"].find({}).to_list()
    assert listed == []
    assert [one["_id"] for one in kept if one["_id"].endswith(anchor)] == [f"/decalog/deploy#{anchor}"]
    assert {one["service"] for one in kept} == {"deploy"}


async def test_a_malformed_message_stops_nothing(instance, log, key, quotas):
    async with process(instance, log, key, quotas) as one, one.stream("HQ") as events:
        await anext(events)
        await log.channel.basic_publish(b"{", routing_key=log.name)
        good = await log.publish()
        _, _, told = await anext(events)

    assert told["id"] == good


async def test_what_the_stream_lost_before_it_was_read_expires_the_places_in_it(instance, log, key, quotas):
    async with process(instance, log, key, quotas) as one:
        await one.feed.reader._look_for_gap(500)
        epoch = log.name.rpartition(".")[2]
        async with one.stream("HQ", after=f"{epoch}-100") as events:
            _, kind, about = await anext(events)

    assert kind == "reset"
    assert about["reason"] == "expired"
