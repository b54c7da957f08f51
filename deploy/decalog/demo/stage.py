"""What the story stands on: the instance, its gateway, and a listener at head office's side."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from amqp.exceptions import AMQPError
from attrs import define, field, frozen

from chassis.clock import machine_now, monotonic
from decalog import tokens
from decalog.broker import connected

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.02

Found = TypeVar("Found")


class NotSeen(Exception):
    """What the story waited for did not come."""


def wait_for(what: str, look: Callable[[], Found | None], *, seconds: float = WAIT_SECONDS) -> Found:
    """The first thing that `look` finds; NotSeen after `seconds`."""
    ends = monotonic() + seconds
    while monotonic() < ends:
        if (found := look()) is not None:
            return found
        time.sleep(POLL_SECONDS)
    raise NotSeen(f"{what} did not come within {seconds:.0f} s")


@frozen
class Arrival:
    """One escalation as it reached head office."""

    key: str
    attributes: Mapping[str, Any]
    data: Mapping[str, Any]
    at: float
    wall: datetime


@define
class Listener:
    """Consumes escalations in the background, as head office's own system would."""

    arrivals: list[Arrival] = field(factory=list)

    def first(self, incident: str, level: str | None = None) -> Arrival | None:
        """The first escalation of this incident (at this level)."""
        return next(
            (
                one
                for one in list(self.arrivals)
                if one.data.get("incident") == incident and level in (None, one.data.get("level"))
            ),
            None,
        )

    def take(self, message: Any) -> None:
        """Keep one message with the moment of its arrival."""
        headers = message.headers or {}
        attributes = {name.removeprefix("cloudEvents:"): value for name, value in headers.items()}
        body = json.loads(message.body)
        self.arrivals.append(
            Arrival(message.delivery_info["routing_key"], attributes, body, monotonic(), machine_now())
        )


@contextmanager
def listening(amqp_url: str, queue: str, *, arguments: Mapping[str, Any] | None = None) -> Iterator[Listener]:
    """Consume `queue` while the block runs; each message is acknowledged once it is kept."""
    listener, stop, ready = Listener(), threading.Event(), threading.Event()

    def consume() -> None:
        with connected(amqp_url) as channel:

            def take(message: Any) -> None:
                listener.take(message)
                channel.basic_ack(message.delivery_tag)

            channel.basic_qos(0, 100, False)
            channel.basic_consume(queue, callback=take, arguments=dict(arguments or {}))
            ready.set()
            while not stop.is_set():
                try:
                    channel.connection.drain_events(timeout=0.2)
                except TimeoutError:
                    continue
                except (AMQPError, OSError):
                    return

    thread = threading.Thread(target=consume, daemon=True)
    thread.start()
    if not ready.wait(WAIT_SECONDS):
        raise NotSeen(f"the consumer of {queue} did not start")
    try:
        yield listener
    finally:
        stop.set()
        thread.join(5)


@frozen
class Stage:
    """The running instance, and who speaks to its gateway."""

    state: Mapping[str, Any]
    http: httpx.Client

    def system(self, name: str, grants: Iterable[str]) -> "Speaker":
        """A branch system with these grants over the whole company."""
        held = [{"action": grant, "unit": "HQ"} for grant in grants]
        return Speaker(self, tokens.access_token(Path(self.state["keys"]), name, kind="system", grants=held))

    def person(self, person: str) -> "Speaker":
        """A person, whose grants the services know."""
        return Speaker(self, tokens.access_token(Path(self.state["keys"]), person, kind="person"))

    def arm(self, label: str) -> None:
        """Let the process that next reaches this crash point die there, once."""
        (Path(self.state["crashes"]) / label).touch()

    def armed(self, label: str) -> bool:
        """Whether the label still waits."""
        return (Path(self.state["crashes"]) / label).exists()


@frozen
class Speaker:
    """A caller of the gateway."""

    stage: Stage
    token: str

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET a path."""
        return self.stage.http.get(path, params=query, headers=self._headers())

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> httpx.Response:
        """POST a body under an idempotency key (a new one if none is given)."""
        headers = self._headers() | {"Idempotency-Key": f'"{key or uuid.uuid4()}"'}
        return self.stage.http.post(path, json=body, headers=headers)

    def put(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """PUT a body."""
        return self.stage.http.put(path, json=body, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
