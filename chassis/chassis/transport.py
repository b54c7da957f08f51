"""The only module that knows nameko, eventlet and AMQP on the service's side.

One process has one connection (`Link`): its reader takes deliveries, confirms and heartbeats; workers write replies,
acknowledgements and events to it. Writes are gathered and sent once per turn of the event loop. Requests come in
nameko's wire form on `rpc-<service>` and events on the service's own queues; nothing is declared here, and a queue that
is missing means not ready. Each message starts a nameko worker at once, because the pool is larger than all prefetch
windows together.

Stopping, in time order: consumers are cancelled and what still arrives goes back; the workers finish and acknowledge;
then the relay's last entries are sent; then the socket is dropped (a polite close can hang without a quorum).
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
from amqp import Connection, Message, spec
from amqp.exceptions import AMQPError
from nameko.containers import ServiceContainer
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension

from chassis import crash, telemetry
from chassis.bus import ATTEMPT, DELAYS, KEY, QUEUE, REASON, Received, Verdict
from chassis.clock import monotonic
from chassis.relay import Outgoing
from chassis.service import Calls

RPC_PREFETCH = 64
EVENT_PREFETCH = 16
HEARTBEAT_SECONDS = 20
CONNECT_SECONDS = 5
CONFIRM_SECONDS = 5.0
RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
UNSENT_LIMIT_BYTES = 16 * 1024 * 1024
LOST = (AMQPError, OSError, socket.timeout)

Hears = Callable[[Received], Verdict | None]
"""Decides the fate of one message; None leaves it unacknowledged because the process is stopping."""


class _Gathered:
    """Gathers the frames of one turn of the event loop into one send."""

    def __init__(self, transport: Any) -> None:
        self._send = transport.sock.sendall
        self._close = transport.close
        self._frames: list[bytes] = []
        self._size = 0
        self._sending = False

    def __call__(self, frame: Any) -> None:
        self._frames.append(bytes(frame))
        self._size += len(frame)
        if self._size > UNSENT_LIMIT_BYTES:
            raise OSError("the broker does not take what is sent")
        if not self._sending:
            self._sending = True
            eventlet.spawn_n(self._flush)

    def _flush(self) -> None:
        try:
            while self._frames:
                frames, self._frames, self._size = b"".join(self._frames), [], 0
                self._send(frames)
        except OSError:
            self._close()
        finally:
            self._sending = False


class Link(SharedExtension):  # type: ignore[misc]
    """The process's one connection to the broker."""

    def __init__(self) -> None:
        super().__init__()
        self._consumes: dict[str, tuple[int, Callable[[Any], None]]] = {}
        self._connection: Any = None
        self._replies: Any = None
        self._events: Any = None
        self._unconfirmed: dict[int, _Confirm] = {}
        self._tag = 0
        self._draining = False
        self._ended = False
        self.blocked = False
        self.deliveries = 0
        self.ready = threading.Event()

    def consume(self, queue: str, prefetch: int, take: Callable[[Any], None]) -> None:
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

    def reply(self, request: Any, payload: Mapping[str, Any]) -> None:
        """Answer a request through the default exchange, unconfirmed, and acknowledge it, if the connection lives."""
        if request.channel.connection is None:
            return
        properties = request.properties
        message = Message(
            orjson.dumps(payload),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=properties.get("correlation_id", ""),
            delivery_mode=1,
        )
        crash.point("before-reply")
        _send(request.channel, message, "", properties.get("reply_to", ""))
        request.channel.basic_ack(request.delivery_tag)

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish persistently and wait at most 5 s for the confirms; False for each message not confirmed."""
        confirms = [self._publish_one(message) for message in messages]
        ends = monotonic() + CONFIRM_SECONDS
        for confirm in confirms:
            confirm.known.wait(max(0.0, ends - monotonic()))
        if not all(confirm.known.is_set() for confirm in confirms):
            telemetry.logger().warning("link.confirm_timeout", blocked=self.blocked)
        return [confirm.arrived for confirm in confirms]

    def _publish_one(self, outgoing: Outgoing) -> "_Confirm":
        confirm = _Confirm()
        if not self.ready.is_set() or self._events is None:
            confirm.known.set()
            return confirm
        self._tag += 1
        self._unconfirmed[self._tag] = confirm
        try:
            _send(self._events, _message(outgoing, self._user), outgoing.exchange, outgoing.key)
        except LOST:
            confirm.known.set()
        return confirm

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
        self._connection.transport._write = _Gathered(self._connection.transport)
        self._events = self._connection.channel()
        self._events.events["basic_ack"].add(partial(self._confirmed, True))
        self._events.events["basic_nack"].add(partial(self._confirmed, False))
        self._events.confirm_select()
        self._tag, self.blocked = 0, False
        if not self._draining:
            for queue, (prefetch, take) in self._consumes.items():
                channel = self._connection.channel()
                channel.basic_qos(0, prefetch, False)
                channel.basic_consume(queue, callback=partial(self._deliver, take))
        self.ready.set()

    def _read(self) -> None:
        beat = monotonic()
        while not self._ended:
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=1)
            if monotonic() - beat > 1:
                beat = monotonic()
                self._connection.heartbeat_tick(rate=2)

    def _deliver(self, take: Callable[[Any], None], message: Any) -> None:
        if self._draining:
            message.channel.basic_reject(message.delivery_tag, requeue=True)
        else:
            self.deliveries += 1
            take(message)

    def _confirmed(self, arrived: bool, delivery_tag: int, multiple: bool) -> None:
        tags = [tag for tag in self._unconfirmed if tag <= delivery_tag] if multiple else [delivery_tag]
        for tag in tags:
            if confirm := self._unconfirmed.pop(tag, None):
                confirm.arrived = arrived
                confirm.known.set()

    def _drop(self) -> None:
        self.ready.clear()
        connection, self._connection, self._events = self._connection, None, None
        unconfirmed, self._unconfirmed = self._unconfirmed, {}
        for confirm in unconfirmed.values():
            confirm.known.set()
        if connection is not None:
            connection.collect()


class _Confirm:
    __slots__ = ("arrived", "known")

    def __init__(self) -> None:
        self.known = threading.Event()
        self.arrived = False


class Requests(SharedExtension):  # type: ignore[misc]
    """Takes requests off `rpc-<service>` and starts the entrypoint of the operation that each names."""

    link = Link()

    def __init__(self) -> None:
        super().__init__()
        self._entrypoints: dict[str, OperationEntrypoint] = {}

    def setup(self) -> None:
        """Consume the service's request queue."""
        self.link.consume(f"rpc-{self.container.service_name}", RPC_PREFETCH, self.take)

    def register(self, entrypoint: "OperationEntrypoint") -> None:
        """Requests for this entrypoint's operation start it."""
        self._entrypoints[entrypoint.method_name] = entrypoint

    def take(self, message: Any) -> None:
        """Start a worker for one request, or answer at once what cannot be run."""
        operation = message.delivery_info["routing_key"].partition(".")[2]
        entrypoint = self._entrypoints.get(operation)
        if message.properties.get("user_id") != "gateway":
            telemetry.logger().error("request.not_from_gateway", sender=message.properties.get("user_id"))
            self.link.reply(message, {"result": None, "error": _error("CallerUnproven", "not sent by the gateway")})
        elif entrypoint is None:
            self.link.reply(message, {"result": {"absent": operation}, "error": None})
        else:
            entrypoint.take(message)


class OperationEntrypoint(Entrypoint):  # type: ignore[misc]
    """One operation as a nameko entrypoint."""

    requests = Requests()

    def setup(self) -> None:
        """Register for requests."""
        self.requests.register(self)

    def stop(self) -> None:
        """Take no more requests."""
        self.requests.link.cancel()

    def take(self, message: Any) -> None:
        """Run the operation in a worker; the reply and the acknowledgement follow its result."""
        try:
            kwargs = orjson.loads(message.body)["kwargs"]
            if not isinstance(kwargs, dict):
                raise TypeError("kwargs")
        except (ValueError, TypeError, KeyError):
            self.requests.link.reply(message, {"result": None, "error": _error("MalformedRequest", "no kwargs")})
            return
        try:
            self.container.spawn_worker(
                self,
                (),
                {"request": kwargs},
                context_data=message.headers or {},
                handle_result=partial(self._reply, message),
            )
        except ContainerBeingKilled:
            message.channel.basic_reject(message.delivery_tag, requeue=True)

    def _reply(self, message: Any, _: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        error = None if exc_info is None else _error(exc_info[0].__name__, "defect")
        self.requests.link.reply(message, {"result": result, "error": error})
        return result, exc_info


class QueueEntrypoint(Entrypoint):  # type: ignore[misc]
    """One event queue as a nameko entrypoint."""

    link = Link()

    def __init__(self, queue: str) -> None:
        super().__init__()
        self.queue = queue

    def setup(self) -> None:
        """Consume the queue."""
        self.link.consume(self.queue, EVENT_PREFETCH, self._take)

    def stop(self) -> None:
        """Take no more events."""
        self.link.cancel()

    def _take(self, message: Any) -> None:
        try:
            self.container.spawn_worker(self, (message,), {}, handle_result=partial(self._settle, message))
        except ContainerBeingKilled:
            message.channel.basic_reject(message.delivery_tag, requeue=True)

    def _settle(self, message: Any, _: Any, verdict: Verdict | None, exc_info: Any) -> tuple[Any, Any]:
        if verdict is not None and message.channel.connection is not None and self._moved(message, verdict):
            message.channel.basic_ack(message.delivery_tag)
        return verdict, exc_info

    def _moved(self, message: Any, verdict: Verdict) -> bool:
        if verdict.does == "done":
            return True
        service = self.container.service_name
        retry = verdict.does == "retry"
        headers = dict(message.headers or {})
        headers |= {
            ATTEMPT: int(headers.get(ATTEMPT, 0)) + 1,
            KEY: headers.get(KEY, message.delivery_info["routing_key"]),
            QUEUE: self.queue,
            REASON: verdict.reason,
        }
        exchange, key = (f"{service}.retry.{verdict.delay}", self.queue) if retry else ("", f"{service}.dead-letters")
        moved = Outgoing(exchange, key, message.body, headers, raw_headers=True)
        if self.link.publish([moved]) == [True]:
            return True
        message.channel.basic_reject(message.delivery_tag, requeue=True)
        return False


class Context(DependencyProvider):  # type: ignore[misc]
    """Gives a worker the headers of the message that started it."""

    def get_dependency(self, worker_ctx: Any) -> Any:
        """The headers."""
        return worker_ctx.data


def received(queue: str, message: Any) -> Received:
    """A raw event as the inbox wants it."""
    body = message.body if isinstance(message.body, bytes) else message.body.encode()
    key = message.delivery_info["routing_key"]
    return Received(queue, message.properties.get("user_id", ""), key, message.headers or {}, body)


def container(
    name: str,
    instance: str,
    amqp_url: str,
    operations: Sequence[str],
    calls: Calls,
    hears: Mapping[str, Hears],
    manifest: Mapping[str, Any],
) -> Any:
    """A nameko container that hosts the service: one entrypoint an operation, one a queue heard, and `manifest`."""
    namespace: dict[str, Any] = {"name": name, "headers": Context()}
    namespace["manifest"] = OperationEntrypoint.decorator(_fixed({"ok": {"status": 200, "body": manifest}}))
    for operation in operations:
        namespace[operation] = OperationEntrypoint.decorator(_operation(calls, operation))
    for queue, hear in hears.items():
        method = "on_" + queue.replace(".", "_").replace("-", "_")
        namespace[method] = QueueEntrypoint.decorator(queue=queue)(_consumer(hear, queue))
    hosted = type(name, (), namespace)
    workers = RPC_PREFETCH + EVENT_PREFETCH * len(hears)
    return ServiceContainer(hosted, {"AMQP_URI": amqp_url, "max_workers": workers, "instance": instance})


def link_of(container: Any) -> Link:
    """The container's one connection."""
    return next(extension for extension in container.subextensions if isinstance(extension, Link))


def spawn(container: Any, name: str, body: Callable[[], None]) -> None:
    """Run a background thread whose uncaught error ends the process (the supervisor starts it anew)."""
    container.spawn_managed_thread(body, identifier=name)


def _operation(calls: Calls, name: str) -> Callable[..., Any]:
    def operation(self: Any, request: Mapping[str, Any]) -> dict[str, Any]:
        return calls.answer(name, self.headers, request)

    return operation


def _fixed(answer: Mapping[str, Any]) -> Callable[..., Any]:
    def operation(self: Any, request: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 nameko calls it as a method
        return answer

    return operation


def _consumer(hear: Hears, queue: str) -> Callable[..., Any]:
    def consume(self: Any, message: Any) -> Verdict | None:  # noqa: ARG001 nameko calls it as a method
        return hear(received(queue, message))

    return consume


def _error(kind: str, value: str) -> dict[str, Any]:
    return {"exc_type": kind, "exc_path": kind, "exc_args": [], "value": value}


def _message(outgoing: Outgoing, user: str) -> Message:
    headers = outgoing.attributes
    if not outgoing.raw_headers:
        headers = {f"cloudEvents:{name}": value for name, value in headers.items()}
    body = outgoing.body if isinstance(outgoing.body, bytes) else outgoing.body.encode()
    return Message(
        body,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        user_id=user,
        message_id=str(headers.get("cloudEvents:id", ""))[:255],
        type=str(headers.get("cloudEvents:type", ""))[:255],
        application_headers=dict(headers),
    )


def _send(channel: Any, message: Message, exchange: str, key: str) -> None:
    """Publish without draining: the reader is the only one that reads, and it sees `connection.blocked`."""
    channel.send_method(spec.Basic.Publish, "Bssbb", (0, exchange, key, False, False), message)


__all__ = ["DELAYS", "Link", "container", "link_of", "received", "spawn"]
