"""Consuming events: what becomes of one message.

In time order: the message is checked (its broker-proven sender must be the source's user, our own for a retry, or the
operator for a dead letter sent again; its attributes and body must have the form that the hearing reads); the handler
runs and commits; only then is the message acknowledged. A handler that fails has its message sent to the next delay
queue, and after the last one to the dead letters with the reason; a refusal and a malformed message go there at once.
While the database is away nothing is counted as a failure: the handler waits and is run again, so an outage never
fills the dead letters.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen
from marshmallow import EXCLUDE, ValidationError

from chassis import crash, telemetry
from chassis.clock import monotonic
from chassis.contract import ESCALATIONS, Hearing
from chassis.documents import AWAY
from chassis.errors import Refusal
from chassis.service import Service

DELAYS = ("1s", "10s", "1m", "10m")
"""The steps of the retry ladder; each is a queue of every service."""

DELAY_SECONDS: Mapping[str, float] = {"1s": 1, "10s": 10, "1m": 60, "10m": 600}
SIMULATED_DELAY_SECONDS = 0.05

ATTEMPT, KEY, REASON, QUEUE = "decalog.attempt", "decalog.key", "decalog.reason", "decalog.queue"
AWAY_PAUSE_SECONDS = 0.5
_ATTRIBUTE = "cloudEvents:"

OPERATOR = "deploy"
"""The broker's user who may send a dead letter again."""


@frozen
class Received:
    """One event as the transport hands it over."""

    queue: str
    sender: str
    key: str
    headers: Mapping[str, Any]
    body: bytes

    def attribute(self, name: str) -> Any:
        """A CloudEvents attribute, or None."""
        return self.headers.get(f"{_ATTRIBUTE}{name}")

    def attributes(self) -> dict[str, Any]:
        """All CloudEvents attributes."""
        return {
            name.removeprefix(_ATTRIBUTE): value for name, value in self.headers.items() if name.startswith(_ATTRIBUTE)
        }

    @property
    def first_key(self) -> str:
        """The routing key with which it was published, also on a retry."""
        return str(self.headers.get(KEY, self.key))


@frozen
class Heard:
    """An event as a handler gets it: what its schema reads, and the attributes that matter."""

    id: str
    source: str
    subject: str
    sequence: int
    units: tuple[str, ...]
    actor: str
    at: datetime
    drill: bool
    replay: bool
    traceparent: str
    correlation: str
    data: Any
    message: Received = field(repr=False)
    """As it came, for those who pass it on."""


@frozen
class Verdict:
    """What the transport does with the message: acknowledge, send to a delay, or give up. All three acknowledge."""

    does: Literal["done", "retry", "dead"]
    delay: str = ""
    reason: str = ""


class Malformation(Exception):
    """The message is not what it should be; trying again cannot help."""


DONE = Verdict("done")


class Inbox:
    """Decides the fate of messages for the hearings of one service."""

    def __init__(self, service: Service, *, away: Callable[[], bool] = lambda: False) -> None:
        self._service = service
        self._name = service.contract.service
        self._stopping = away
        self._hearings: dict[str, dict[str, Hearing]] = {}
        for hearing in service.contract.hears:
            events = self._hearings.setdefault(f"{self._name}.{hearing.handler}", {})
            anyhow = hearing.source == ESCALATIONS
            events[ESCALATIONS if anyhow else f"decalog.{hearing.source}.{hearing.event}.v1"] = hearing

    def queues(self) -> Sequence[str]:
        """The queues that this service consumes."""
        return tuple(self._hearings)

    def copied(self) -> Sequence[str]:
        """Those of which only copies are kept."""
        return [queue for queue, heard in self._hearings.items() if not any(one.acts for one in heard.values())]

    def receive(self, message: Received) -> Verdict | None:
        """Handle one message. None: the process is stopping while the database is away; leave it unacknowledged."""
        handler = message.queue.removeprefix(f"{self._name}.")
        began = monotonic()
        with telemetry.tracing(message.attribute("traceparent")):
            verdict = self._verdict(handler, message)
        outcome = verdict.does if verdict else "left"
        telemetry.PROCESSED.labels(self._name, handler, outcome).observe(monotonic() - began)
        if verdict and verdict.does == "dead":
            telemetry.DEAD_LETTERS.labels(self._name, handler).inc()
            telemetry.logger().error("message.dead", handler=handler, reason=verdict.reason, key=message.key)
        return verdict

    def _verdict(self, handler: str, message: Received) -> Verdict | None:
        try:
            hearing, heard = self._read(message)
            if heard.replay and hearing.acts:
                return DONE
            crash.point("before-effect")
            if not self._run(handler, heard):
                return None
            crash.point("after-effect")
        except Malformation as fault:
            return Verdict("dead", reason=str(fault))
        except Refusal as refusal:
            return self._again(handler, message, refusal) if refusal.passing else Verdict("dead", reason=str(refusal))
        except Exception as error:  # noqa: BLE001 whatever a handler raises is logged and retried
            return self._again(handler, message, error)
        return DONE

    def _run(self, handler: str, heard: Heard) -> bool:
        while True:
            try:
                getattr(self._service, handler)(heard)
            except AWAY as error:
                telemetry.logger().warning("message.database_away", handler=handler, error=type(error).__name__)
                if self._stopping():
                    return False
                time.sleep(AWAY_PAUSE_SECONDS)
            else:
                return True

    def _again(self, handler: str, message: Received, error: Exception) -> Verdict:
        attempt = int(message.headers.get(ATTEMPT, 0))
        reason = f"{type(error).__name__}: {error}"[:500]
        telemetry.logger().exception("message.failed", handler=handler, attempt=attempt)
        if attempt >= len(DELAYS):
            return Verdict("dead", reason=reason)
        return Verdict("retry", delay=DELAYS[attempt], reason=reason)

    def _read(self, message: Received) -> tuple[Hearing, Heard]:
        heard_here = self._hearings[message.queue]
        hearing = heard_here.get(message.attribute("type")) or heard_here.get(ESCALATIONS)
        if hearing is None:
            raise Malformation(f"type {message.attribute('type')!r} is not heard here")
        source = hearing.source if hearing.source != ESCALATIONS else _named_source(message)
        if message.sender not in (source, self._name, OPERATOR):
            raise Malformation(f"sent by {message.sender!r}, not by {source!r}")
        if message.attribute("source") != f"/decalog/{source}":
            raise Malformation(f"source {message.attribute('source')!r} is not {source!r}")
        try:
            return hearing, _heard(hearing, source, message)
        except (ValueError, TypeError, KeyError, ValidationError) as error:
            raise Malformation(f"{type(error).__name__}: {error}"[:500]) from error


def _named_source(message: Received) -> str:
    """The service that an escalation names: whoever escalates speaks as itself."""
    return str(message.attribute("source")).removeprefix("/decalog/")


def _heard(hearing: Hearing, source: str, message: Received) -> Heard:
    data = hearing.reads.load(json.loads(message.body), unknown=EXCLUDE)
    return Heard(
        id=_text(message, "id"),
        source=source,
        subject=_text(message, "subject"),
        sequence=int(message.attribute("sequence")),
        units=tuple(_text(message, "units").split(",")),
        actor=_text(message, "actor"),
        at=datetime.fromisoformat(_text(message, "time")),
        drill=bool(message.attribute("drill")),
        replay=bool(message.attribute("replay")),
        traceparent=_text(message, "traceparent"),
        correlation=_text(message, "correlationid"),
        data=data,
        message=message,
    )


def _text(message: Received, name: str) -> str:
    value = message.attribute(name)
    if not isinstance(value, str):
        raise ValueError(f"attribute {name} is missing")
    return value
