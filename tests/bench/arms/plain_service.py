"""The service of the plain asyncio build: `python -m tests.bench.arms.plain_service`."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aio_pika
import uvloop
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage
from attrs import frozen
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from tests.bench.arms.yardstick import trail_of
from tests.bench.payload import EVENT, incident, kept, stated

REQUESTS = "bench-plain.requests"
PREFETCH = 200
TRAIL = trail_of("plain")


@frozen
class Incidents:
    """The two operations."""

    records: AsyncCollection[dict[str, Any]]
    events: AbstractExchange
    replies: AbstractChannel

    async def work(self, message: AbstractIncomingMessage) -> None:
        """Do what is asked, reply, acknowledge."""
        operations: dict[str, Callable[[bytes], Awaitable[bytes]]] = {"report": self.report, "incident": self.incident}
        async with message.process():
            answer = aio_pika.Message(
                await operations[message.type or ""](message.body), correlation_id=message.correlation_id
            )
            await self.replies.default_exchange.publish(answer, routing_key=message.reply_to or "")

    async def report(self, body: bytes) -> bytes:
        """Write the record, then publish the event and wait for its confirm."""
        now = datetime.now(UTC)
        reported = incident(json.loads(body), str(uuid4()), now)
        await self.records.insert_one(kept(reported, now))
        event = aio_pika.Message(encoded(stated(reported)), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self.events.publish(event, routing_key=EVENT)
        return encoded(reported)

    async def incident(self, body: bytes) -> bytes:
        """Read the record."""
        found = await self.records.find_one({"_id": body.decode()}, {"incident": 1})
        return encoded(found and found["incident"])


def encoded(value: Any) -> bytes:
    """JSON, with instants as ISO 8601."""
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat).encode()


async def serve() -> None:
    """Work until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(os.environ["BENCH_MONGO_URL"])
    connection = await aio_pika.connect(os.environ["BENCH_AMQP_URL"])
    async with connection:
        replies = await connection.channel(publisher_confirms=False)
        confirmed = await connection.channel(publisher_confirms=True)
        events = await confirmed.get_exchange(TRAIL.exchange)
        incidents = Incidents(client[TRAIL.database][TRAIL.collection], events, replies)
        work = await connection.channel(publisher_confirms=False)
        await work.set_qos(PREFETCH)
        requests = await work.declare_queue(REQUESTS, durable=True)
        await requests.consume(incidents.work)
        await stopping.wait()
    await client.close()


if __name__ == "__main__":
    uvloop.run(serve())
