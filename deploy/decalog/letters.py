"""Dead letters: look at them, send one back to its queue, or drop it.

They lie in `<service>.dead-letters` and stay there until an operator decides. A letter is known by its event id and
the queue that gave it up.
"""

from collections.abc import Iterator
from typing import Any

from amqp import Message
from attrs import frozen

from chassis.bus import ATTEMPT, KEY, QUEUE, REASON
from decalog.broker import connected, publish, user_of

READ_AT_MOST = 1_000


@frozen
class Letter:
    """One dead letter as the queue shows it."""

    id: str
    queue: str
    reason: str
    attempts: int
    key: str
    type: str
    body: str


def listed(amqp_url: str, service: str) -> list[Letter]:
    """The dead letters of a service, oldest first, at most `READ_AT_MOST`; none is taken."""
    with connected(amqp_url) as channel:
        return [_letter(message) for message in _held(channel, service)]


def replay(amqp_url: str, service: str, wanted: str) -> int:
    """Send the letters with this event id (or `all`) back to the queues that gave them up; the number sent."""
    return _settle(amqp_url, service, wanted, resend=True)


def drop(amqp_url: str, service: str, wanted: str) -> int:
    """Forget the letters with this event id (or `all`); the number dropped."""
    return _settle(amqp_url, service, wanted, resend=False)


def _settle(amqp_url: str, service: str, wanted: str, *, resend: bool) -> int:
    settled = 0
    with connected(amqp_url) as channel:
        for message in list(_held(channel, service)):
            letter = _letter(message)
            if wanted not in (letter.id, "all"):
                continue
            if resend:
                publish(channel, _fresh(message, letter.key, user_of(amqp_url)), exchange="", key=letter.queue)
            channel.basic_ack(message.delivery_tag)
            settled += 1
        _settled(channel, service)
    return settled


def _held(channel: Any, service: str) -> Iterator[Any]:
    """The messages, held unacknowledged: what is not acknowledged goes back when the connection is dropped."""
    for _ in range(READ_AT_MOST):
        message = channel.basic_get(f"{service}.dead-letters", no_ack=False)
        if message is None:
            return
        yield message


def _settled(channel: Any, service: str) -> None:
    """Wait until the broker has seen the acknowledgements: any answer on the same channel comes after them."""
    channel.queue_declare(f"{service}.dead-letters", passive=True)


def _letter(message: Any) -> Letter:
    headers = message.headers or {}
    died = (headers.get("x-death") or [{}])[0]
    return Letter(
        id=headers.get("cloudEvents:id", message.properties.get("message_id", "")),
        queue=headers.get(QUEUE) or died.get("queue", ""),
        reason=headers.get(REASON) or died.get("reason", ""),
        attempts=headers.get(ATTEMPT, 0),
        key=headers.get(KEY) or (died.get("routing-keys") or [""])[0],
        type=headers.get("cloudEvents:type", ""),
        body=message.body if isinstance(message.body, str) else message.body.decode("utf-8", "replace"),
    )


def _fresh(message: Any, key: str, user: str) -> Message:
    """The same event with its attempts forgotten; the sender is the operator, whose replays services accept.

    The key with which it was published goes along: an escalation's level stands nowhere else.
    """
    headers = {
        name: value
        for name, value in (message.headers or {}).items()
        if name not in (ATTEMPT, REASON, QUEUE) and not name.startswith("x-")
    }
    headers[KEY] = key
    kept = {
        name: message.properties[name]
        for name in ("content_type", "content_encoding", "message_id", "type")
        if name in message.properties
    }
    return Message(message.body, delivery_mode=2, user_id=user, application_headers=headers, **kept)
