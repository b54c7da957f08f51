"""The process's one connection to the broker.

Its reader takes deliveries, confirms and heartbeats; workers write replies, acknowledgements and events to it. Writes
are gathered and sent once per turn of the event loop. Nothing is declared here, and a queue that is missing means not
ready. The socket is dropped at the end: a polite close can hang without a quorum.
"""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import eventlet
import orjson
from amqp import Connection
from amqp.exceptions import AMQPError, UnexpectedFrame
from nameko.extensions import SharedExtension

from chassis import crash, frames, telemetry
from chassis.clock import monotonic
from chassis.confirms import Batch, Confirms
from chassis.frames import Delivery
from chassis.relay import Outgoing
from chassis.sending import Sending

HEARTBEAT_SECONDS = 20
CONNECT_SECONDS = 5
RECEIVE_BYTES = 65_536
CONFIRM_SECONDS = 5.0
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
_PREFIX = "cloudEvents:"
LOST = (AMQPError, OSError, socket.timeout)


class Link(SharedExtension):  # type: ignore[misc]
    """The process's one connection to the broker."""

    def __init__(self) -> None:
        super().__init__()
        self._consumes: dict[str, tuple[int, Callable[[Delivery], None]]] = {}
        self._connection: Any = None
        self._replies: Any = None
        self._events: Any = None
        self._confirms = Confirms()
        self._draining = False
        self._ended = False
        self.blocked = False
        self.deliveries = 0
        self.ready = threading.Event()

    def consume(self, queue: str, prefetch: int, take: Callable[[Delivery], None]) -> None:
        """Consume `queue` from the next connection on; `take` gets each raw message and must not block."""
        self._consumes[queue] = (prefetch, take)

    def start(self) -> None:
        """Connect in the background and stay connected."""
        self.container.spawn_managed_thread(self._run, identifier="link")

    def stop(self) -> None:
        """Drop the connection."""
        self._ended = True
        self._drop()

    kill = stop

    def cancel(self) -> None:
        """Take no more messages; what was delivered and not begun goes back to its queue."""
        if not self._draining:
            self._draining = True
            for channel in (self._connection.channels if self._connection else {}).values():
                for tag in list(getattr(channel, "callbacks", ())):
                    channel.basic_cancel(tag, nowait=True)

    @property
    def draining(self) -> bool:
        """Whether `cancel` was called."""
        return self._draining

    def reply(self, request: Delivery, payload: Mapping[str, Any]) -> None:
        """Answer a request through the default exchange, unconfirmed, and acknowledge it, if the connection lives."""
        if request.channel.connection is None:
            return
        properties = frames.answer_properties(request.properties.get("correlation_id", ""))
        crash.point("before-reply")
        self._send(request.channel, "", request.properties.get("reply_to", ""), properties, orjson.dumps(payload))
        self.acknowledge(request)

    def acknowledge(self, message: Delivery) -> None:
        """The message is done with."""
        self._write(frames.acknowledged(message.channel.channel_id, message.delivery_tag))

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish persistently and wait at most 5 s for the confirms; False for each message not confirmed."""
        batch = Batch(len(messages))
        for place, message in enumerate(messages):
            self._publish_one(message, batch, place)
        if not batch.known.wait(CONFIRM_SECONDS):
            telemetry.logger().warning("link.confirm_timeout", blocked=self.blocked)
        return list(batch.arrived)

    def _publish_one(self, outgoing: Outgoing, batch: Batch, place: int) -> None:
        if not self.ready.is_set() or self._events is None:
            batch.tell(place, arrived=False)
            return
        body = outgoing.body if isinstance(outgoing.body, bytes) else outgoing.body.encode()
        try:
            self._send(self._events, outgoing.exchange, outgoing.key, _properties(outgoing, self._user), body)
        except LOST:
            batch.tell(place, arrived=False)
        else:
            self._confirms.expect(batch, place)

    def _send(self, channel: Any, exchange: str, key: str, properties: bytes, body: bytes) -> None:
        """Publish without draining: the reader is the only one that reads, and it sees `connection.blocked`."""
        size = self._connection.frame_max
        self._write(frames.published(channel.channel_id, exchange, key, properties, body, size))
        self._connection.bytes_sent += 1

    def _run(self) -> None:
        failures = 0
        while not self._ended:
            try:
                self._connect()
                failures = 0
                self._read()
            except LOST as error:
                if not self._ended:
                    telemetry.logger().warning("link.lost", error=f"{type(error).__name__}: {error}"[:200])
            finally:
                self._drop()
            if not self._ended:
                eventlet.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])
                failures += 1

    def _connect(self) -> None:
        url = urlsplit(self.container.config["AMQP_URI"])
        self._user = unquote(url.username or "")
        self._connection = Connection(
            host=f"{url.hostname}:{url.port or 5672}",
            userid=self._user,
            password=unquote(url.password or ""),
            virtual_host=unquote(url.path[1:]) or "/",
            heartbeat=HEARTBEAT_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            on_blocked=partial(setattr, self, "blocked"),
            on_unblocked=lambda: setattr(self, "blocked", False),
            client_properties={"connection_name": self.container.config["instance"]},
        )
        self._connection.connect()
        self._write = self._connection.transport._write = self._sending()
        self._confirms = Confirms()
        inbound = frames.Inbound(self._delivered, self._confirms.confirmed, self._connection.on_inbound_frame)
        self._connection.on_inbound_frame = inbound.take
        self._events = self._connection.channel()
        self._events.confirm_select()
        self.blocked = False
        if not self._draining:
            for queue, (prefetch, take) in self._consumes.items():
                channel = self._connection.channel()
                channel.basic_qos(0, prefetch, False)
                channel.basic_consume(queue, callback=take)
        self.ready.set()

    def _sending(self) -> Sending:
        transport = self._connection.transport
        return Sending(transport.sock.sendall, transport.close, eventlet.spawn_n)

    def _read(self) -> None:
        """Take what arrives, as many frames at once as there are; what is not whole waits for its rest."""
        connection, beat = self._connection, monotonic()
        sock, unread = connection.transport.sock, bytearray(connection.transport._read_buffer)
        sock.settimeout(1)
        while not self._ended:
            for frame in frames.taken(unread):
                connection.on_inbound_frame(frame)
            if monotonic() - beat > 1:
                beat = monotonic()
                connection.heartbeat_tick(rate=2)
            with suppress(TimeoutError):
                arrived = sock.recv(RECEIVE_BYTES)
                if not arrived:
                    raise ConnectionResetError("the broker closed the connection")
                unread += arrived
                connection.bytes_recv += 1  # as py-amqp counts, to see by it whether the broker is alive

    def _delivered(self, number: int, message: Delivery) -> None:
        if self._connection is None:
            return
        message.channel = self._connection.channels.get(number)
        if message.channel is None:
            raise UnexpectedFrame(f"a message on channel {number}, which is not open")
        take = message.channel.callbacks.get(message.consumer)
        if self._draining or take is None:
            message.channel.basic_reject(message.delivery_tag, requeue=True)
        else:
            self.deliveries += 1
            take(message)
            eventlet.sleep(0)  # its worker goes first: one request's write, not twenty requests' decisions at a stretch

    def _drop(self) -> None:
        self.ready.clear()
        connection, self._connection, self._events = self._connection, None, None
        self._confirms.lost()
        if connection is not None:
            connection.collect()


def _properties(outgoing: Outgoing, user: str) -> bytes:
    headers, prefix = outgoing.attributes, "" if outgoing.raw_headers else _PREFIX
    id_, type_ = (str(headers.get(f"{'' if prefix else _PREFIX}{name}", ""))[:255] for name in ("id", "type"))
    return frames.event_properties(headers, message_id=id_, type_=type_, user_id=user, prefix=prefix)
