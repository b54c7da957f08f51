"""`decalog escalations test`: ring the bell, and see that the stream took it.

The message is marked as a test (its type, its routing key `test.-.-.-`, `drill`), so that no subscriber takes it for
an escalation; it concerns no unit and is told to everybody who listens.
"""

import json
import uuid
from typing import Any

from amqp import Message
from attrs import frozen

from chassis.clock import machine_now, monotonic
from decalog.broker import connected, publish, user_of
from decalog.topology import ESCALATION_STREAM, STREAM_EPOCH

TYPE = "decalog.ops.escalation_test.v1"
KEY = "test.-.-.-"
SAYS = {"test": True, "zh": "这是一次测试，不是真实的上报", "en": "a test, not an escalation"}
READ_SECONDS = 10.0


class NotHeard(Exception):
    """The broker confirmed the test, and it was not found in the stream."""


@frozen
class Rung:
    """A test that the stream took: its event id, its position there, and after how long it could be read."""

    id: str
    position: str
    milliseconds: int


def ring(amqp_url: str, *, by: str) -> Rung:
    """Send a test and read it back from the stream (NotConfirmed, NotHeard)."""
    event_id, positions = f"test:{uuid.uuid4()}", []

    def take(message: Any) -> None:
        message.channel.basic_ack(message.delivery_tag)
        if message.headers.get("cloudEvents:id") == event_id:
            positions.append(message.headers["x-stream-offset"])

    with connected(amqp_url) as channel:
        channel.basic_qos(0, 100, False)
        channel.basic_consume(ESCALATION_STREAM, callback=take, arguments={"x-stream-offset": "next"})
        began = monotonic()
        publish(channel, _test(event_id, user_of(amqp_url), by), exchange="escalations", key=KEY)
        while not positions:
            _drain(channel, began + READ_SECONDS - monotonic())
    return Rung(event_id, f"{STREAM_EPOCH}-{positions[0]}", round((monotonic() - began) * 1000))


def _drain(channel: Any, seconds: float) -> None:
    try:
        channel.connection.drain_events(timeout=max(seconds, 0.01))
    except TimeoutError:
        raise NotHeard(f"confirmed, but not in {ESCALATION_STREAM} within {READ_SECONDS:.0f} s") from None


def _test(event_id: str, user: str, by: str) -> Message:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/decalog/ops",
        "type": TYPE,
        "subject": "bell",
        "time": machine_now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "actor": by,
        "drill": True,
    }
    return Message(
        json.dumps(SAYS, ensure_ascii=False),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        user_id=user,
        message_id=event_id,
        type=TYPE,
        application_headers={f"cloudEvents:{name}": value for name, value in attributes.items()},
    )
