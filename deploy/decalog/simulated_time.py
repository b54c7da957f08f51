"""Stepping a simulation's clock: from due timer to due timer, at rest between them."""

import json
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

from decalog.idleness import idle_of

STEP_SECONDS = 10


class NotStepped(Exception):
    """A process did not acknowledge the step: it is not a simulation, or it is away."""


def advance(ports: dict[str, int], to: datetime, *, rest: Callable[[], None]) -> int:
    """Step every process's clock to `to`, stopping at each due timer until the system is at rest; the steps made."""
    steps = 0
    rest()
    while True:
        told = [answer for port in ports.values() if (answer := idle_of(port))]
        stepped = [answer for answer in told if answer.get("now") and answer.get("epoch") is not None]
        if not stepped:
            raise NotStepped("no process has a clock to step")
        due = [_instant(answer["next_due"]) for answer in stepped if answer.get("next_due")]
        now = max(_instant(answer["now"]) for answer in stepped)
        goal = min([to, *(max(moment, now) for moment in due)])
        _step(ports, goal, 1 + max(answer["epoch"] for answer in stepped))
        steps += 1
        rest()
        if goal >= to:
            return steps


def _step(ports: dict[str, int], now: datetime, epoch: int) -> None:
    body = json.dumps({"now": now.isoformat(), "epoch": epoch}).encode()
    for name, port in ports.items():
        if (idle_of(port) or {}).get("epoch") is None:
            continue
        request = urllib.request.Request(f"http://127.0.0.1:{port}/clock", data=body, method="POST")
        with urllib.request.urlopen(request, timeout=STEP_SECONDS) as answer:  # noqa: S310 loopback http
            acknowledged: dict[str, Any] = json.load(answer)
        if acknowledged["epoch"] != epoch:
            raise NotStepped(f"{name} acknowledged epoch {acknowledged['epoch']}, not {epoch}")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
