"""Follows one of the broker's streams from an offset on, over one connection: who calls connects again when it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection, ArgumentsType, DeliveredMessage
from yarl import URL

from gateway import limits
from gateway.deliveries import DirectChannel, never
from gateway.logs import log

OFFSET = "x-stream-offset"

Take = Callable[[int, DeliveredMessage], Awaitable[None]]
"""Takes in one message with its offset; the next one waits for it."""


class Tail:
    """One stream, by its queue's name. `name` is what the broker shows of the connection."""

    def __init__(self, url: str, queue: str, *, name: str) -> None:
        self._url = URL(url).update_query(heartbeat=limits.BROKER_HEARTBEAT_SECONDS, name=name)
        self._queue = queue

    async def read(self, take: Take, *, after: int) -> None:
        """Hand over what comes after this offset until the connection ends, well or ill."""
        connection = aiormq.Connection(self._url)
        arrived: asyncio.Queue[DeliveredMessage | None] = asyncio.Queue()
        try:
            async with asyncio.timeout(limits.BROKER_CONNECT_SECONDS):
                await connection.connect()
                channel = await self._attach(connection, arrived, after)
            for closing in (connection.closing, channel.closing):
                closing.add_done_callback(lambda _: arrived.put_nowait(None))
            await _take_all(channel, arrived, take)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.BROKER_CLOSE_SECONDS):
                    await connection.close()

    async def _attach(
        self, connection: AbstractConnection, arrived: "asyncio.Queue[DeliveredMessage | None]", after: int
    ) -> AbstractChannel:
        channel = connection.channels[1] = DirectChannel(connection, 1, arrived=arrived.put_nowait)
        await channel.open()
        channel.on_consumer_cancel_callbacks.add(lambda *_: arrived.put_nowait(None))
        await channel.basic_qos(prefetch_count=limits.STREAM_PREFETCH)
        offset: ArgumentsType = {OFFSET: after + 1}
        await channel.basic_consume(self._queue, never, arguments=offset)
        log.info("stream_read", queue=self._queue, after=after)
        return channel


async def _take_all(channel: AbstractChannel, arrived: "asyncio.Queue[DeliveredMessage | None]", take: Take) -> None:
    """Take in what arrives until the connection ends (None).

    An acknowledgement of a stream says only how much more may be sent: one for many is enough.
    """
    unacknowledged = 0
    while (message := await arrived.get()) is not None:
        offset = int((message.header.properties.headers or {})[OFFSET])  # type: ignore[arg-type]
        await take(offset, message)
        unacknowledged += 1
        if unacknowledged >= limits.STREAM_PREFETCH // 4:
            await channel.basic_ack(message.delivery_tag or 0, multiple=True, wait=False)
            unacknowledged = 0
