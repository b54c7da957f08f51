"""Where a service meets nameko: requests and events start workers. With `link.py`, all that knows it.

Requests come in nameko's wire form on `rpc-<service>` and events on the service's own queues. Each message starts a
nameko worker at once, because the pool is larger than all prefetch windows together.

Stopping, in time order: consumers are cancelled and what still arrives goes back; the workers finish and acknowledge;
then the relay's last entries are sent; then the socket is dropped (a polite close can hang without a quorum).
"""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import orjson
from eventlet import tpool
from nameko.containers import ServiceContainer
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension

from chassis import telemetry
from chassis.bus import ATTEMPT, KEY, QUEUE, REASON, Received, Verdict
from chassis.frames import Delivery
from chassis.link import Link
from chassis.refused_calls import NOT_GATEWAY
from chassis.relay import Outgoing
from chassis.service import GATEWAY, Calls, Notes

RPC_PREFETCH = 64
EVENT_PREFETCH = 16
COPY_PREFETCH = 64
"""Of a queue that is only copied from, because many states at once are kept by one write."""

Result = TypeVar("Result")

Hears = Callable[[Received], Verdict | None]
"""Decides the fate of one message; None leaves it unacknowledged because the process is stopping."""


class Requests(SharedExtension):  # type: ignore[misc]
    """Takes requests off `rpc-<service>` and starts the entrypoint of the operation that each names.

    What was not sent by the gateway's user, whom the broker checked, is refused and noted.
    """

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

    def take(self, message: Delivery) -> None:
        """Start a worker for one request, or answer at once what cannot be run."""
        operation = message.key.partition(".")[2]
        entrypoint = self._entrypoints.get(operation)
        if message.properties.get("user_id") != GATEWAY:
            sender = message.properties.get("user_id")
            telemetry.logger().error("request.not_from_gateway", sender=sender)
            self.container.config["refused"](sender, operation, NOT_GATEWAY)
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

    def take(self, message: Delivery) -> None:
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
                context_data=message.headers,
                handle_result=partial(self._reply, message),
            )
        except ContainerBeingKilled:
            message.channel.basic_reject(message.delivery_tag, requeue=True)

    def _reply(self, message: Delivery, _: Any, result: Any, exc_info: Any) -> None:
        error = None if exc_info is None else _error(exc_info[0].__name__, "defect")
        self.requests.link.reply(message, {"result": result, "error": error})


class QueueEntrypoint(Entrypoint):  # type: ignore[misc]
    """One event queue as a nameko entrypoint."""

    link = Link()

    def __init__(self, queue: str, prefetch: int) -> None:
        super().__init__()
        self.queue = queue
        self.prefetch = prefetch

    def setup(self) -> None:
        """Consume the queue."""
        self.link.consume(self.queue, self.prefetch, self._take)

    def stop(self) -> None:
        """Take no more events."""
        self.link.cancel()

    def _take(self, message: Delivery) -> None:
        try:
            self.container.spawn_worker(self, (message,), {}, handle_result=partial(self._settle, message))
        except ContainerBeingKilled:
            message.channel.basic_reject(message.delivery_tag, requeue=True)

    def _settle(self, message: Delivery, _: Any, verdict: Verdict | None, exc_info: Any) -> None:  # noqa: ARG002 as nameko calls it
        if verdict is not None and message.channel.connection is not None and self._moved(message, verdict):
            self.link.acknowledge(message)

    def _moved(self, message: Delivery, verdict: Verdict) -> bool:
        if verdict.does == "done":
            return True
        service = self.container.service_name
        retry = verdict.does == "retry"
        headers = dict(message.headers)
        headers |= {
            ATTEMPT: int(headers.get(ATTEMPT, 0)) + 1,
            KEY: headers.get(KEY, message.key),
            QUEUE: self.queue,
            REASON: verdict.reason,
        }
        exchange, key = (f"{service}.retry.{verdict.delay}", self.queue) if retry else ("", f"{service}.dead-letters")
        moved = Outgoing(exchange, key, message.body, headers, raw_headers=True)
        arrived = self.link.publish([moved]) == [True]
        if message.channel.connection is None:
            return False  # with its connection the broker took the message back
        if not arrived:
            message.channel.basic_reject(message.delivery_tag, requeue=True)
        return arrived


class Container(ServiceContainer):  # type: ignore[misc]
    """A nameko container that runs a worker without a timing log and a chain of call ids at every step.

    Nobody reads them (the traceparent names a call through all processes), and they cost as much as the checks of a
    call. Dependencies are injected; none of ours has a worker's set-up, result or teardown.
    """

    def _run_worker(self, worker_ctx: Any, handle_result: Callable[..., Any]) -> None:
        self._inject_dependencies(worker_ctx)
        method = getattr(worker_ctx.service, worker_ctx.entrypoint.method_name)
        result = exc_info = None
        try:
            result = method(*worker_ctx.args, **worker_ctx.kwargs)
        except Exception:  # noqa: BLE001 a defect ends one call, not the process
            telemetry.logger().exception("worker.defect", method=worker_ctx.entrypoint.method_name)
            exc_info = sys.exc_info()
        handle_result(worker_ctx, result, exc_info)
        del exc_info  # it holds this frame, which holds it


class Context(DependencyProvider):  # type: ignore[misc]
    """Gives a worker the headers of the message that started it."""

    def get_dependency(self, worker_ctx: Any) -> Any:
        """The headers."""
        return worker_ctx.data


def received(queue: str, message: Delivery) -> Received:
    """A raw event as the inbox wants it."""
    return Received(queue, message.properties.get("user_id", ""), message.key, message.headers, message.body)


def container(
    name: str,
    instance: str,
    amqp_url: str,
    operations: Sequence[str],
    calls: Calls,
    hears: Mapping[str, Hears],
    manifest: Mapping[str, Any],
    refused: Notes,
    copied: Collection[str] = (),
) -> Any:
    """A nameko container that hosts the service: one entrypoint an operation, one a queue heard, and `manifest`.

    `copied` are the queues of which only copies are kept.
    """
    namespace: dict[str, Any] = {"name": name, "headers": Context()}
    namespace["manifest"] = OperationEntrypoint.decorator(_fixed({"ok": {"status": 200, "body": manifest}}))
    for operation in operations:
        namespace[operation] = OperationEntrypoint.decorator(_operation(calls, operation))
    windows: list[int] = []
    for queue, hear in hears.items():
        method = "on_" + queue.replace(".", "_").replace("-", "_")
        windows.append(COPY_PREFETCH if queue in copied else EVENT_PREFETCH)
        namespace[method] = QueueEntrypoint.decorator(queue=queue, prefetch=windows[-1])(_consumer(hear, queue))
    hosted = type(name, (), namespace)
    workers = RPC_PREFETCH + sum(windows)
    settings = {"AMQP_URI": amqp_url, "max_workers": workers, "instance": instance, "refused": refused}
    return Container(hosted, settings)


def link_of(container: Any) -> Link:
    """The container's one connection."""
    return next(extension for extension in container.subextensions if isinstance(extension, Link))


def spawn(container: Any, name: str, body: Callable[[], None]) -> None:
    """Run a background thread whose uncaught error ends the process (the supervisor starts it anew)."""
    container.spawn_managed_thread(body, identifier=name)


def apart(work: Callable[[], Result], /) -> Result:
    """Do work that holds a processor for long in a thread of the operating system, so that the green ones go on."""
    result: Result = tpool.execute(work)
    return result


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
