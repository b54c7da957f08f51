"""A subscriber: `python -m tests.bench.subscriber`, told by one line of JSON: `url` and `queue`.

It says `"ready"`, notes when each record's first event arrives (CLOCK_MONOTONIC), and once its input is closed and
nothing more comes, gives one line: `arrivals` by record id and `bytes` (of the last body).
"""

import asyncio
import json
import sys
import time
from typing import Any

import aio_pika
import uvloop
from aio_pika.abc import AbstractIncomingMessage

from tests.bench.load import say

PREFETCH, QUIET_SECONDS = 200, 1.0
SUBJECT = "cloudEvents:subject"


class Arrivals:
    """First arrivals by record."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.bytes = 0
        self.last = 0.0

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Note the time, then acknowledge."""
        self.last = time.monotonic()
        self.first.setdefault(str(message.headers.get(SUBJECT, message.message_id)), self.last)
        self.bytes = len(message.body)
        await message.ack()


async def main() -> None:
    """Consume until told to stop."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    spec: dict[str, Any] = json.loads(await reader.readline())
    arrivals = Arrivals()
    async with await aio_pika.connect(spec["url"]) as connection:
        channel = await connection.channel()
        await channel.set_qos(PREFETCH)
        queue = await channel.get_queue(spec["queue"])
        await queue.consume(arrivals.take)
        say("ready")
        await reader.read()
        arrivals.last = time.monotonic()
        while (left := arrivals.last + QUIET_SECONDS - time.monotonic()) > 0:
            await asyncio.sleep(left)
    say({"arrivals": arrivals.first, "bytes": arrivals.bytes})


if __name__ == "__main__":
    uvloop.run(main())
