"""Replay: a consumer that lost its copy of another service's state gets it told again.

In time order: the operator asks (`decalog replay <consumer> <handler>`); the request, an event's name and the asker's
queue, lies in `<owner>.replays` until a replica of the owner takes it. The owner reads its aggregates in order of id
and sends the state of each, as it last announced it (same id, sequence, time and body, `replay` true), straight to the
asker's queue through the default exchange, at most `PER_SECOND`. A handler that copies keeps it; one that acts ignores
it. A replay that is interrupted begins again from the start: a copy keeps the highest sequence, so nothing is spoilt.

Which event restates an aggregate is said where its aggregates are declared: `frame.aggregates(…, restates=Restates(
"incident", incident_state))`, where the function makes the announcement from the state alone.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis import telemetry
from chassis.bus import DONE, OPERATOR, Received, Verdict
from chassis.clock import monotonic
from chassis.relay import Outgoing, Publishes
from chassis.store import Aggregates

BATCH = 100
PER_SECOND = 500
RETRY_SECONDS = 0.5

_QUEUE = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9_]*")


def queue_of(service: str) -> str:
    """Where requests for replays of this service's events lie."""
    return f"{service}.replays"


def request(event: str, queue: str) -> str:
    """The body of a request to restate `event` to `queue`."""
    return json.dumps({"event": event, "queue": queue})


class Replays:
    """Restates this service's aggregates on request; `aggregates` by the event that restates them."""

    def __init__(
        self,
        aggregates: Callable[[], Mapping[str, Aggregates[Any]]],
        publisher: Publishes,
        stopping: threading.Event,
    ) -> None:
        self._aggregates = aggregates
        self._publisher = publisher
        self._stopping = stopping

    def receive(self, message: Received) -> Verdict | None:
        """Answer one request. None: the process is stopping; another replica begins anew."""
        try:
            event, queue = self._read(message)
        except (ValueError, TypeError, KeyError) as error:
            return Verdict("dead", reason=f"{type(error).__name__}: {error}")
        sent, after = 0, ""
        while entries := self._aggregates()[event].restated(after, BATCH):
            if not self._send([_again(entry, queue) for entry in entries]):
                return None
            sent, after = sent + len(entries), entries[-1]["attributes"]["subject"]
        telemetry.logger().info("replay.done", told=sent, replayed=event, queue=queue)
        return DONE

    def _read(self, message: Received) -> tuple[str, str]:
        if message.sender != OPERATOR:
            raise ValueError(f"asked by {message.sender!r}, not by the operator")
        asked = json.loads(message.body)
        if asked["event"] not in self._aggregates():
            raise ValueError(f"no aggregates are restated by {asked['event']!r}")
        if not _QUEUE.fullmatch(asked["queue"]):
            raise ValueError(f"{asked['queue']!r} is not a handler's queue")
        return asked["event"], asked["queue"]

    def _send(self, messages: Sequence[Outgoing]) -> bool:
        """Send all of them, however long the broker is away; False when the process stops first."""
        began = monotonic()
        while messages:
            confirmed = self._publisher.publish(messages)
            messages = [message for message, arrived in zip(messages, confirmed, strict=True) if not arrived]
            if messages and self._stopping.wait(RETRY_SECONDS):
                return False
        return not self._stopping.wait(max(0.0, BATCH / PER_SECOND - (monotonic() - began)))


def _again(entry: Mapping[str, Any], queue: str) -> Outgoing:
    return Outgoing("", queue, entry["body"], {**entry["attributes"], "replay": True})
