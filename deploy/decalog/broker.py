"""A short-lived connection of the command line to the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from amqp import Connection, Message
from amqp.exceptions import AMQPError

CONFIRM_SECONDS = 5
CONNECT_SECONDS = 5


class NotConfirmed(Exception):
    """The broker did not take a message."""


@contextmanager
def connected(amqp_url: str) -> Iterator[Any]:
    """A channel in confirm mode; the socket is dropped at the end, whatever happens."""
    url = urlsplit(amqp_url)
    connection = Connection(
        host=f"{url.hostname}:{url.port or 5672}",
        userid=user_of(amqp_url),
        password=unquote(url.password or ""),
        virtual_host=unquote(url.path[1:]) or "/",
        connect_timeout=CONNECT_SECONDS,
        confirm_publish=True,
    )
    connection.connect()
    try:
        yield connection.channel()
    finally:
        connection.collect()


def user_of(amqp_url: str) -> str:
    """The user that the URL names: the only one that the broker lets this connection send as."""
    return unquote(urlsplit(amqp_url).username or "")


def publish(channel: Any, message: Message, *, exchange: str, key: str) -> None:
    """Publish one message and wait for its confirm (NotConfirmed)."""
    try:
        channel.basic_publish_confirm(
            message, exchange=exchange, routing_key=key, mandatory=True, confirm_timeout=CONFIRM_SECONDS
        )
    except (AMQPError, TimeoutError) as error:
        raise NotConfirmed(str(error)) from error


def ready_count(channel: Any, queue: str) -> int:
    """Messages ready in a queue."""
    return int(channel.queue_declare(queue, passive=True).message_count)
