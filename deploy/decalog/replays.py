"""Asking the owners of a handler's events to tell their present state again."""

from collections.abc import Iterable

from amqp import Message

from chassis.contract import Contract, Hearing
from chassis.replay import queue_of, request
from decalog.broker import connected, publish, user_of


class NothingToReplay(Exception):
    """The handler is not known, or it acts on events instead of copying them."""


def ask(amqp_url: str, offered: Iterable[Contract], consumer: str, handler: str) -> list[str]:
    """Send one request for each event that the handler copies; the events' names. Raises NothingToReplay."""
    heard = _copied(offered, consumer, handler)
    with connected(amqp_url) as channel:
        for hearing in heard:
            body = request(hearing.event, f"{consumer}.{handler}")
            message = Message(body, content_type="application/json", delivery_mode=2, user_id=user_of(amqp_url))
            publish(channel, message, exchange="", key=queue_of(hearing.source))
    return [f"{hearing.source}.{hearing.event}" for hearing in heard]


def _copied(offered: Iterable[Contract], consumer: str, handler: str) -> list[Hearing]:
    hearings = [
        hearing
        for contract in offered
        if contract.service == consumer
        for hearing in contract.hears
        if hearing.handler == handler
    ]
    if not hearings:
        raise NothingToReplay(f"{consumer} has no handler {handler}")
    if any(hearing.acts for hearing in hearings):
        raise NothingToReplay(f"{consumer}.{handler} acts on events, and would ignore a replay")
    return hearings
