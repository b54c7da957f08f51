"""Subscribers to the escalations: each has a queue and a broker user of its own, made here and nowhere else.

The queue drops its oldest messages when it is full or they are too old, so that a subscriber that is slow or gone
costs nobody else anything: publishing goes on, and the stream keeps what the queue lost. The user may declare nothing,
write nothing, and read its own queue only (with `replay` the stream too, which is all escalations of the company).
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from amqp.exceptions import NotFound, PreconditionFailed
from attrs import frozen

from decalog.broker import connected
from decalog.node import Node
from launcher.accounts import password_hash

EXCHANGE = "escalations"
ALWAYS = ("heartbeat.#", "test.#")
"""What every subscriber gets: without heartbeats, silence and calm look the same."""
CONNECTIONS, CHANNELS = 5, 20
DAY_MILLISECONDS = 24 * 3600 * 1000
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class NoSubscriber(Exception):
    """The subscriber can't be made or isn't there; the message says why."""


@frozen(kw_only=True)
class Limits:
    """What a queue keeps at most. `unused_days`: after so long without a reader the queue itself goes."""

    length: int = 100_000
    size_bytes: int = 256_000_000
    keep_days: int = 14
    unused_days: int = 90
    kind: str = "quorum"

    def arguments(self) -> dict[str, Any]:
        """The queue's arguments."""
        return {
            "x-queue-type": self.kind,
            "x-max-length": self.length,
            "x-max-length-bytes": self.size_bytes,
            "x-overflow": "drop-head",
            "x-message-ttl": self.keep_days * DAY_MILLISECONDS,
            "x-expires": self.unused_days * DAY_MILLISECONDS,
        }


@frozen
class Subscriber:
    """A subscriber as the broker knows it: its queue, what waits there, and how many read it."""

    name: str
    kind: str
    waiting: int
    readers: int


def queue_of(name: str) -> str:
    """The name of a subscriber's queue, and of its user (NoSubscriber for a name that is none)."""
    if not _NAME.fullmatch(name):
        raise NoSubscriber(f"{name!r} is no name: small letters, digits and hyphens, a letter first")
    return f"subscriber.{name}"


def add_queue(amqp_url: str, name: str, keys: Iterable[str], limits: Limits) -> None:
    """Make the queue and bind these keys and those that everybody gets. Again is harmless; other limits are refused."""
    queue = queue_of(name)
    with connected(amqp_url) as channel:
        try:
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=limits.arguments())
        except PreconditionFailed as other:
            raise NoSubscriber(f"{queue} exists with other limits: remove it first ({other})") from None
        for key in dict.fromkeys((*keys, *ALWAYS)):
            channel.queue_bind(queue, EXCHANGE, key)


def add_user(node: Node, amqp_url: str, name: str, *, replay: bool) -> str:
    """Make the subscriber's user, or give it a new password; its URL, which is told this once."""
    user, password = queue_of(name), secrets.token_urlsafe(24)
    node.import_definitions(definitions(user, password, vhost_of(amqp_url), replay=replay))
    return url_for(amqp_url, user, password)


def definitions(user: str, password: str, vhost: str, *, replay: bool) -> dict[str, Any]:
    """The user with its rights and limits, as the broker imports it."""
    account = {
        "name": user,
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
        "limits": {"max-connections": CONNECTIONS, "max-channels": CHANNELS},
    }
    rights = {"user": user, "vhost": vhost, "configure": "^$", "write": "^$", "read": readable(user, replay=replay)}
    return {"users": [account], "permissions": [rights]}


def readable(queue: str, *, replay: bool) -> str:
    """What a subscriber may read, as a regular expression over names."""
    own = re.escape(queue)
    return rf"^({own}|escalations\.log\.\d+)$" if replay else f"^{own}$"


def by_hand(amqp_url: str, name: str, *, replay: bool) -> list[str]:
    """The commands that make the user on a broker that is not ours; the first one asks for the password."""
    user, vhost = queue_of(name), vhost_of(amqp_url)
    allowance = f'{{"max-connections": {CONNECTIONS}, "max-channels": {CHANNELS}}}'
    return [
        f"rabbitmqctl add_user {user}",
        f"rabbitmqctl set_permissions -p {vhost} {user} '^$' '^$' '{readable(user, replay=replay)}'",
        f"rabbitmqctl set_user_limits {user} '{allowance}'",
    ]


def remove_queue(amqp_url: str, name: str) -> int:
    """Remove the queue; the number of messages that went with it (NoSubscriber where there is none)."""
    queue = queue_of(name)
    with connected(amqp_url) as channel:
        try:
            channel.queue_declare(queue, passive=True)
        except NotFound:
            raise NoSubscriber(f"there is no {queue}") from None
        return int(channel.queue_delete(queue) or 0)


def listed(rows: Iterable[Mapping[str, Any]]) -> list[Subscriber]:
    """The subscribers among the broker's queues, by name."""
    found = [
        Subscriber(row["name"].removeprefix("subscriber."), kind_of(row["type"]), row["messages"], row["consumers"])
        for row in rows
        if row["name"].startswith("subscriber.")
    ]
    return sorted(found, key=lambda one: one.name)


def kind_of(type_: str) -> str:
    """`quorum` for `rabbit_quorum_queue` and for `quorum`: brokers name it either way."""
    return type_.removeprefix("rabbit_").removesuffix("_queue")


def vhost_of(amqp_url: str) -> str:
    """The virtual host that the URL names."""
    return unquote(urlsplit(amqp_url).path[1:]) or "/"


def url_for(amqp_url: str, user: str, password: str) -> str:
    """The same broker's URL for another user."""
    url = urlsplit(amqp_url)
    place = f"{url.hostname}:{url.port or 5672}"
    return url._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{place}").geturl()
