"""The wire from outside: requests as the gateway sends them, and what queues and streams hold."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from amqp import Connection, Message
from attrs import define, field
from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.clock import machine_now, monotonic
from chassis.identity import ASSERTION_AUDIENCE, ASSERTION_ISSUER
from probe.tally import ROOT

REPLIES = "amq.rabbitmq.reply-to"
ESCALATIONS = "escalations.log.1"


class Unanswered(Exception):
    """No answer within the time; the command may have been carried out."""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection of the URL's user; the socket is dropped at the end."""
    parts = urlsplit(url)
    connection = Connection(
        host=f"{parts.hostname}:{parts.port}",
        userid=parts.username,
        password=parts.password,
        virtual_host=parts.path[1:],
        connect_timeout=5,
        confirm_publish=True,
    )
    connection.connect()
    try:
        yield connection
    finally:
        connection.collect()


def assertion(keys: Any, **claims: Any) -> str:
    """A caller assertion signed with the gateway's key: a system that may do everything to tallies everywhere."""
    (key,) = KeySet.import_key_set(json.loads((keys / "assertion.private.json").read_text())).keys
    now = int(machine_now().timestamp())
    given = {
        "iss": ASSERTION_ISSUER, "aud": ASSERTION_AUDIENCE, "sub": "ccms", "kind": "system", "epoch": 0,
        "grants": [{"action": "tally.count", "unit": ROOT}], "iat": now, "exp": now + 60, **claims,
    }  # fmt: skip
    return jwt.encode({"alg": "Ed25519", "kid": key.kid}, given, key, algorithms=["Ed25519"])


@define
class Gateway:
    """Calls one service as the gateway does, over one connection."""

    connection: Connection
    service: str
    token: str
    answers: dict[str, Any] = field(factory=dict)
    arrived: list[str] = field(factory=list)
    """The correlation id of every reply, repetitions included."""

    channel: Any = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.channel = self.connection.channel()
        self.channel.basic_consume(REPLIES, no_ack=True, callback=self._keep)

    def send(self, operation: str, *, seconds: float = 10, headers: Any = None, **request: Any) -> str:
        """Send one request; the correlation id to ask the answer by."""
        correlation = secrets.token_hex(8)
        body = {"args": [], "kwargs": {"path": {}, "query": {}, "body": None, "key": None, "if_match": None, **request}}
        message = Message(
            json.dumps(body),
            content_type="application/json",
            content_encoding="utf-8",
            reply_to=REPLIES,
            correlation_id=correlation,
            delivery_mode=1,
            expiration=str(int(seconds * 1000)),
            user_id="gateway",
            application_headers={
                "nameko.auth_token": self.token,
                "nameko.call_id_stack": ["test"],
                "decalog.deadline": int((time.time() + seconds) * 1000),
                **(headers or {}),
            },
        )
        self.channel.basic_publish(message, exchange="nameko-rpc", routing_key=f"{self.service}.{operation}")
        return correlation

    def answer(self, correlation: str, *, within: float = 10) -> Any:
        """The whole reply; Unanswered when it does not come in time."""
        ends = monotonic() + within
        while correlation not in self.answers:
            if monotonic() > ends:
                raise Unanswered(correlation)
            self.listen(0.1)
        return self.answers.pop(correlation)

    def listen(self, seconds: float) -> None:
        """Take replies for that long at most."""
        with suppress(TimeoutError):
            self.connection.drain_events(timeout=seconds)

    def call(self, operation: str, *, within: float = 10, **request: Any) -> dict[str, Any]:
        """Send and give the result."""
        reply = self.answer(self.send(operation, seconds=within, **request), within=within)
        assert reply["error"] is None, reply["error"]
        return reply["result"]

    def insist(self, operation: str, *, key: str, **request: Any) -> dict[str, Any]:
        """Send again with the same key until there is an answer."""
        for _ in range(30):
            try:
                return self.call(operation, key=key, within=1.5, **request)
            except Unanswered:
                continue
        raise Unanswered(key)

    def _keep(self, message: Message) -> None:
        self.arrived.append(message.properties["correlation_id"])
        self.answers[message.properties["correlation_id"]] = json.loads(message.body)


def held(channel: Any, queue: str) -> list[Message]:
    """Take everything that is ready in a queue."""
    taken = []
    while message := channel.basic_get(queue, no_ack=True):
        taken.append(message)
    return taken


def escalations(connection: Connection, service: str) -> list[str]:
    """The ids of this service's escalations in the stream, in order: read up to a marker put at its end."""
    channel, marker, found, ended = connection.channel(), secrets.token_hex(8), [], []

    def take(message: Message) -> None:
        headers = message.headers or {}
        if headers.get("cloudEvents:type") == f"decalog.{service}.bell.v1":
            found.append(headers["cloudEvents:id"])
        if message.properties.get("message_id") == marker:
            ended.append(True)
        channel.basic_ack(message.delivery_tag)

    channel.basic_publish(Message("", message_id=marker), routing_key=ESCALATIONS)
    channel.basic_qos(0, 100, False)
    channel.basic_consume(ESCALATIONS, callback=take, arguments={"x-stream-offset": "first"})
    ends = monotonic() + 20
    while not ended:
        assert monotonic() < ends, "the stream does not come to its end"
        connection.drain_events(timeout=5)
    channel.close()
    return found
