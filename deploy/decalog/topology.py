"""The broker's topology, made from the contracts and declared by the deploy user alone.

Names and arguments stand here and nowhere else. Services have no configure right: a queue that is missing makes them
not ready. Applying twice changes nothing; a changed argument is refused by the broker and needs a migration.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

from attrs import frozen

from chassis.bus import DELAY_SECONDS, SIMULATED_DELAY_SECONDS
from chassis.contract import Contract
from chassis.replay import queue_of
from decalog.broker import connected

RPC_EXCHANGE = "nameko-rpc"
RPC_LENGTH = 2_000
UNROUTED_LENGTH = 10_000
DELIVERY_LIMIT = 20
STREAM_EPOCH = 1
ESCALATION_STREAM = f"escalations.log.{STREAM_EPOCH}"
ESCALATION_BYTES = 5_000_000_000
ESCALATION_AGE = "400D"
STAFF_STREAM = f"staff.log.{STREAM_EPOCH}"
STAFF_BYTES = 1_000_000_000
FACT_AGE = "30D"
FACT_BYTES = 2_000_000_000


@frozen
class Exchange:
    """A durable exchange."""

    name: str
    kind: str
    arguments: Mapping[str, Any] = {}


@frozen
class Queue:
    """A durable queue and its bindings (exchange, key)."""

    name: str
    arguments: Mapping[str, Any]
    bindings: tuple[tuple[str, str], ...] = ()


def contracts() -> list[Contract]:
    """The contracts of every service that is installed."""
    return [found.load() for found in sorted(entry_points(group="decalog.contracts"), key=lambda found: found.name)]


def topology(offered: Iterable[Contract], *, simulated: bool = False) -> list[Exchange | Queue]:
    """Everything to declare, exchanges before the queues that bind to them."""
    offered = list(offered)
    exchanges: list[Exchange | Queue] = [
        Exchange(RPC_EXCHANGE, "topic"),
        Exchange("unrouted", "fanout"),
        Exchange("escalations", "topic"),
        Exchange("manifests", "fanout"),
        *(Exchange(f"{name}.events", "topic", {"alternate-exchange": "unrouted"}) for name in _speakers(offered)),
    ]
    queues: list[Exchange | Queue] = [
        Queue(
            "unrouted",
            {"x-queue-type": "classic", "x-max-length": UNROUTED_LENGTH, "x-overflow": "drop-head"},
            (("unrouted", ""),),
        ),
        Queue(
            ESCALATION_STREAM,
            {"x-queue-type": "stream", "x-max-length-bytes": ESCALATION_BYTES, "x-max-age": ESCALATION_AGE},
            (("escalations", "#"),),
        ),
    ]
    if any(contract.service == "security" for contract in offered):
        queues.append(_standings())
    for contract in offered:
        queues += _of_service(contract, simulated)
    return exchanges + queues


def apply(amqp_url: str, items: Iterable[Exchange | Queue]) -> None:
    """Declare everything on the broker, and loosen bindings that a work queue had before.

    An existing thing with other arguments raises PreconditionFailed.
    """
    items = list(items)
    with connected(amqp_url) as channel:
        for item in items:
            if isinstance(item, Exchange):
                channel.exchange_declare(
                    item.name, item.kind, durable=True, auto_delete=False, arguments=dict(item.arguments)
                )
            else:
                _declare_queue(channel, item)
        for queue, exchange, key in stale_bindings(items):
            channel.queue_unbind(queue, exchange, key)


def stale_bindings(items: Iterable[Exchange | Queue]) -> list[tuple[str, str, str]]:
    """Every binding of a work queue to an event that somebody hears and this queue does not (any more).

    Loosening a binding that is not there is no error, so nothing need be known of what was applied before.
    """
    queues = [item for item in items if isinstance(item, Queue)]
    heard = {binding for queue in queues for binding in queue.bindings if binding[0].endswith(".events")}
    working = [queue for queue in queues if "x-delivery-limit" in queue.arguments]
    return [(queue.name, *binding) for queue in working for binding in sorted(heard - set(queue.bindings))]


def _declare_queue(channel: Any, queue: Queue) -> None:
    channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=dict(queue.arguments))
    for exchange, key in queue.bindings:
        channel.queue_bind(queue.name, exchange, key)


def _speakers(offered: list[Contract]) -> list[str]:
    """Services whose events are published or heard: a service may be deployed before the one that it hears."""
    heard = {hearing.source for contract in offered for hearing in contract.hears}
    return sorted(heard | {contract.service for contract in offered})


def _of_service(contract: Contract, simulated: bool) -> list[Exchange | Queue]:
    name = contract.service
    items: list[Exchange | Queue] = [
        Queue(
            f"rpc-{name}",
            {"x-queue-type": "classic", "x-max-length": RPC_LENGTH, "x-overflow": "reject-publish"},
            ((RPC_EXCHANGE, f"{name}.*"),),
        ),
        Queue(f"{name}.dead-letters", {"x-queue-type": "quorum"}),
        Queue(queue_of(name), _worked_off(name)),
        Queue(
            f"{name}.facts",
            {"x-queue-type": "stream", "x-max-length-bytes": FACT_BYTES, "x-max-age": FACT_AGE},
            tuple((f"{name}.events", f"{event.name}.#") for event in contract.events if event.kind == "fact"),
        ),
    ]
    for delay, seconds in DELAY_SECONDS.items():
        items += _delay(name, delay, SIMULATED_DELAY_SECONDS if simulated else seconds)
    for handler in sorted({hearing.handler for hearing in contract.hears}):
        items.append(_work_queue(contract, handler))
    return items


def _standings() -> Queue:
    """People's standings, for the gateways: each reads on from where it stopped, however long it was away."""
    arguments = {"x-queue-type": "stream", "x-max-length-bytes": STAFF_BYTES, "x-max-age": ESCALATION_AGE}
    return Queue(STAFF_STREAM, arguments, (("security.events", "staff_stated.#"),))


def _delay(service: str, delay: str, seconds: float) -> list[Exchange | Queue]:
    """A message waits here and goes back, by the default exchange, to the queue that its routing key names."""
    name = f"{service}.retry.{delay}"
    arguments = {
        **_quorum_to(dead_letter_key=None),
        "x-message-ttl": int(seconds * 1000),
    }
    return [Exchange(name, "fanout"), Queue(name, arguments, ((name, ""),))]


def _work_queue(contract: Contract, handler: str) -> Queue:
    bindings = tuple(
        (f"{hearing.source}.events", f"{hearing.event}.#") for hearing in contract.hears if hearing.handler == handler
    )
    return Queue(f"{contract.service}.{handler}", _worked_off(contract.service), bindings)


def _worked_off(service: str) -> dict[str, Any]:
    return {**_quorum_to(dead_letter_key=f"{service}.dead-letters"), "x-delivery-limit": DELIVERY_LIMIT}


def _quorum_to(*, dead_letter_key: str | None) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": "",
        "x-dead-letter-strategy": "at-least-once",
    }
    return arguments if dead_letter_key is None else {**arguments, "x-dead-letter-routing-key": dead_letter_key}
