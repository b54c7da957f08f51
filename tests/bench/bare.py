"""The bare arm: `python -m tests.bench.bare`, told by one line of JSON (`BareSpec`).

So many publishers share the slots of a rate; each sends a persistent message and waits for its confirm. One line at
the end: `began`, `ended`, and `answers`, each [message id, sent, confirmed], as the load gives them.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import aio_pika
import uvloop
from aio_pika.abc import AbstractExchange
from attrs import frozen

from tests.bench.load import say

Sent = tuple[str, float, float]


@frozen(kw_only=True)
class BareSpec:
    """Where to publish, how much, how long."""

    url: str
    exchange: str
    size: int
    clients: int
    rate: float
    warm_up: float
    seconds: float


async def publish(spec: BareSpec) -> list[Sent]:
    """Publish for the whole time; what was confirmed."""
    async with await aio_pika.connect(spec.url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        exchange = await channel.get_exchange(spec.exchange)
        starts, numbers, sent = time.monotonic(), iter(range(sys.maxsize)), list[Sent]()
        await asyncio.gather(*(_publisher(spec, exchange, starts, numbers, sent) for _ in range(spec.clients)))
    return sent


async def _publisher(
    spec: BareSpec, exchange: AbstractExchange, starts: float, numbers: Iterator[int], sent: list[Sent]
) -> None:
    body = b"x" * spec.size
    while (slot := next(numbers) / spec.rate) < spec.warm_up + spec.seconds:
        await asyncio.sleep(max(0.0, starts + slot - time.monotonic()))
        message_id = str(uuid4())
        message = aio_pika.Message(body, message_id=message_id, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        began = time.monotonic()
        await exchange.publish(message, routing_key="bare")
        sent.append((message_id, began, time.monotonic()))


async def main() -> None:
    """Read the spec, publish, tell."""
    spec = BareSpec(**json.loads(sys.stdin.readline()))
    began = time.monotonic() + spec.warm_up
    answers: list[Any] = await publish(spec)
    say({"began": began, "ended": began + spec.seconds, "answers": answers, "statuses": {}, "faults": []})


if __name__ == "__main__":
    uvloop.run(main())
