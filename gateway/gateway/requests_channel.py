"""The AMQP channel that carries requests out and answers in, many at a time.

A request is queued by `send`, which costs no await. One task takes what has gathered since its last turn, leaves
out what nobody waits for any more, gives each message its delivery tag and writes all of them at once; it then
waits until the socket has room, so that a broker that stops reading (memory alarm) is felt here and not as
growing memory. What comes back is told to one of three callbacks: a reply, a return (no such queue), a nack (the
queue is full). Acks only tidy up. aiormq's own `basic_publish` would cost three tasks and two futures a request.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from aiormq import Channel
from aiormq.abc import AbstractConnection, ChannelFrame, ConfirmationFrameType
from attrs import frozen
from pamqp import commands as spec

from chassis import frames
from gateway import limits
from gateway.deliveries import content, never
from gateway.wire import EXCHANGE, REPLY_TO


@frozen(eq=False)
class Message:
    """A request as it goes on the wire. `wanted` says whether anybody still waits for its answer."""

    correlation_id: str
    payload: bytes
    wanted: Callable[[], bool]


class RequestsChannel(Channel):
    """A confirm-mode channel for requests with direct reply-to. Callbacks take the correlation id."""

    def __init__(
        self,
        connection: AbstractConnection,
        number: int,
        *,
        replied: Callable[[str, bytes], None],
        unsent: Callable[[str], None],
    ) -> None:
        super().__init__(connection, number, on_return_raises=False)
        self._replied = replied
        self._unsent = unsent
        self._waiting: deque[Message] = deque()
        self._waiting_bytes = 0
        self._unconfirmed: dict[int, str] = {}  # delivery tag -> correlation id, in the order of the tags
        self._tag = 0
        self._wake = asyncio.Event()

    async def begin(self) -> None:
        """Open the channel, consume its replies and start writing."""
        await self.open(timeout=limits.BROKER_CONNECT_SECONDS)
        await self.basic_consume(REPLY_TO, never, no_ack=True, timeout=limits.BROKER_CONNECT_SECONDS)
        self.create_task(self._write())

    def send(
        self,
        routing_key: str,
        body: bytes,
        properties: bytes,
        correlation_id: str,
        wanted: Callable[[], bool],
    ) -> bool:
        """Queue a message; False if too much waits already."""
        if self._waiting_bytes > limits.UNSENT_BYTES or self.is_closed:
            return False
        most = self.max_content_size + frames.FRAME_OVERHEAD
        payload = frames.published(self.number, EXCHANGE, routing_key, properties, body, most, mandatory=True)
        self._waiting.append(Message(correlation_id, payload, wanted))
        self._waiting_bytes += len(payload)
        self._wake.set()
        return True

    def unwritten(self) -> frozenset[str]:
        """The correlation ids of what was queued and never written: certainly not done."""
        return frozenset(message.correlation_id for message in self._waiting)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            payload = b"".join([self._counted(message) for message in self._waiting if message.wanted()])
            self._waiting.clear()
            self._waiting_bytes = 0
            if payload:
                drained = self.create_future()
                await self.write_queue.put(ChannelFrame(payload, False, drained))
                await drained

    def _counted(self, message: Message) -> bytes:
        self._tag += 1
        self._unconfirmed[self._tag] = message.correlation_id
        return message.payload

    async def _on_deliver_frame(self, frame: spec.Basic.Deliver) -> None:  # noqa: ARG002 - one consumer only
        header, body = await content(self)
        self._replied(str(header.properties.correlation_id), body)

    async def _on_return_frame(self, frame: spec.Basic.Return) -> None:  # noqa: ARG002 - any reason is the same
        header, _ = await content(self)
        self._unsent(str(header.properties.correlation_id))

    async def _on_confirm_frame(self, frame: ConfirmationFrameType) -> None:
        tag = frame.delivery_tag or 0
        tags = [tag]
        if getattr(frame, "multiple", False):
            tags = [one for one in self._unconfirmed if one <= tag]
        for one in tags:
            correlation_id = self._unconfirmed.pop(one, None)
            if correlation_id is not None and isinstance(frame, spec.Basic.Nack):
                self._unsent(correlation_id)
