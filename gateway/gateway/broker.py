"""The gateway's connection to RabbitMQ: requests and their answers on one channel, beacons on another.

It is kept up by `run`: connect, serve until anything of it closes, fail what was pending, wait a little longer
each time, connect again. While it is down every call fails at once.
"""

import asyncio
import uuid
from collections.abc import Callable

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection, ArgumentsType, DeliveredMessage
from aiormq.exceptions import AMQPError
from pamqp.exceptions import AMQPError as WireError
from yarl import URL

from chassis import frames
from gateway import limits
from gateway.logs import log
from gateway.requests_channel import RequestsChannel
from gateway.rpc import AnswerLost, TimedOut, Unsent
from gateway.wire import REPLY_TO, Answer, Call, answer, request_body, request_headers

MANIFESTS_EXCHANGE = "manifests"

Heard = Callable[[bytes, str | None], None]


class Broker:
    """Asks services over RabbitMQ, and hears their beacons.

    `heard` takes a beacon's body and its sender's user; `listening` is called whenever beacons begin to be heard.
    """

    def __init__(self, url: str, heard: Heard, *, listening: Callable[[], None] = lambda: None) -> None:
        self._url = URL(url).update_query(heartbeat=limits.BROKER_HEARTBEAT_SECONDS, name="gateway")
        self._user = self._url.user or "guest"
        self._heard = heard
        self._listening = listening
        self._pending: dict[str, asyncio.Future[bytes]] = {}
        self._channel: RequestsChannel | None = None
        self._connection: AbstractConnection | None = None

    @property
    def up(self) -> bool:
        return self._channel is not None

    @property
    def in_flight(self) -> int:
        return len(self._pending)

    async def ask(self, call: Call) -> Answer:
        """See `rpc.Rpc.ask`."""
        if self._channel is None or len(self._pending) >= limits.IN_FLIGHT:
            raise Unsent
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[bytes] = loop.create_future()
        self._pending[call.request_id] = waiting
        timer = loop.call_later(call.seconds, _fail, waiting, TimedOut)
        try:
            self._send(self._channel, call, waiting)
            return answer(await waiting)
        finally:
            timer.cancel()
            del self._pending[call.request_id]

    def _send(self, channel: RequestsChannel, call: Call, waiting: asyncio.Future[bytes]) -> None:
        properties = frames.request_properties(
            request_headers(call),
            correlation_id=call.request_id,
            reply_to=REPLY_TO,
            expires_ms=max(1, int(call.seconds * 1000)),
            user_id=self._user,
        )
        key, body = f"{call.service}.{call.operation}", request_body(call.kwargs)
        if not channel.send(key, body, properties, call.request_id, lambda: not waiting.done()):
            raise Unsent

    async def run(self) -> None:
        """Keep the connection up until cancelled."""
        failures = 0
        while True:
            try:
                await self._serve()
                failures = 0
            except (AMQPError, WireError, OSError, TimeoutError, RuntimeError) as fault:
                log.warning("broker_unreachable", fault=type(fault).__name__)
            pause = limits.BACKOFF_SECONDS[min(failures, len(limits.BACKOFF_SECONDS) - 1)]
            failures += 1
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """Leave the broker, politely if it answers in time."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await _close(connection)

    async def _serve(self) -> None:
        connection = aiormq.Connection(self._url)
        try:
            async with asyncio.timeout(limits.BROKER_CONNECT_SECONDS):
                await connection.connect()
                channel = await self._open(connection)
                beacons = await self._listen(connection)
            self._connection, self._channel = connection, channel
            self._listening()
            log.info("broker_connected")
            closings = {connection.closing, channel.closing, beacons.closing}
            await asyncio.wait(closings, return_when=asyncio.FIRST_COMPLETED)
            log.warning("broker_connection_lost", pending=len(self._pending))
        finally:
            self._fail_pending()
            await _close(connection)

    async def _open(self, connection: AbstractConnection) -> RequestsChannel:
        channel = RequestsChannel(connection, 1, replied=self._replied, unsent=self._unsent)
        connection.channels[1] = channel
        await channel.begin()
        return channel

    async def _listen(self, connection: AbstractConnection) -> AbstractChannel:
        channel = await connection.channel(publisher_confirms=False)
        queue = f"gateway.manifests.{uuid.uuid4().hex}"
        most: ArgumentsType = {"x-max-length": limits.BEACONS_QUEUED, "x-overflow": "drop-head"}
        await channel.queue_declare(queue, exclusive=True, auto_delete=True, arguments=most)
        await channel.queue_bind(queue, MANIFESTS_EXCHANGE)
        await channel.basic_consume(queue, self._hear, no_ack=True)
        return channel

    async def _hear(self, message: DeliveredMessage) -> None:
        self._heard(message.body, message.header.properties.user_id)

    def _replied(self, correlation_id: str, body: bytes) -> None:
        waiting = self._pending.get(correlation_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(body)

    def _unsent(self, correlation_id: str) -> None:
        waiting = self._pending.get(correlation_id)
        if waiting is not None:
            _fail(waiting, Unsent)

    def _fail_pending(self) -> None:
        channel, self._channel = self._channel, None
        unwritten = channel.unwritten() if channel is not None else frozenset()
        for correlation_id, waiting in list(self._pending.items()):
            _fail(waiting, Unsent if correlation_id in unwritten else AnswerLost)


def _fail(waiting: asyncio.Future[bytes], fault: type[Exception]) -> None:
    if not waiting.done():
        waiting.set_exception(fault())


async def _close(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(limits.BROKER_CLOSE_SECONDS):
            await connection.close()
    except TimeoutError:
        log.warning("broker_close_timed_out")
