"""Head office at a browser: the escalations as server-sent events, with a line that is cut again and again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
from attrs import define, field, frozen

from chassis.clock import monotonic

READ_SECONDS = 30.0
CUT_AFTER = 5


@frozen
class Sent:
    """One server-sent event: its place in the stream, and the escalation's own id."""

    place: str
    event: str
    id: str
    incident: str | None
    at: float


@define
class Feed:
    """What has come, over how many connections."""

    sent: list[Sent] = field(factory=list)
    connections: int = 0

    def first(self, incident: str) -> Sent | None:
        """The first escalation of this incident."""
        return next((one for one in list(self.sent) if one.incident == incident), None)


@contextmanager
def following(http: httpx.Client, token: str) -> Iterator[Feed]:
    """Follow the stream while the block runs; every connection is cut after a few events and resumed by its last id."""
    feed, stop = Feed(), threading.Event()

    def follow() -> None:
        last = ""
        while not stop.is_set():
            feed.connections += 1
            headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": last} if last else _bearer(token)
            try:
                last = _read(http, headers, feed, stop) or last
            except httpx.HTTPError:
                stop.wait(0.1)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield feed
    finally:
        stop.set()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _read(http: httpx.Client, headers: dict[str, str], feed: Feed, stop: threading.Event) -> str:
    """Read until the line is cut; the last id seen."""
    last, taken, block = "", 0, {}
    with http.stream("GET", "/v1/escalations/stream", headers=headers, timeout=READ_SECONDS) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if line:
                name, _, value = line.partition(":")
                block[name] = value.strip()
                continue
            last = block.get("id", last)
            if "data" in block and block.get("event") not in ("begin", "reset"):
                feed.sent.append(_sent(block))
                taken += 1
            block = {}
            if stop.is_set() or taken >= CUT_AFTER:
                break
    return last


def _sent(block: dict[str, str]) -> Sent:
    event: dict[str, Any] = orjson.loads(block["data"])
    data = event.get("data") or {}
    return Sent(block["id"], block.get("event", ""), event["id"], data.get("incident"), monotonic())
