"""Whether the system has come to rest: what tests and simulations wait for instead of sleeping.

At rest means: on every process's health port nothing in flight and nothing unsent, no document with entries to move, no
due timer unfired, nothing ready on any work or delay queue; and the same twice running with unchanged delivery
counters. Streams, subscribers' queues, dead letters and the unrouted queue do not count.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any

from chassis.bus import DELAYS
from chassis.clock import monotonic
from chassis.contract import Contract
from chassis.replay import queue_of
from decalog.broker import connected, ready_count

PAUSE_SECONDS = 0.1
ASK_SECONDS = 5


class StillBusy(Exception):
    """It did not come to rest in time; the message says what it waits for."""


def wait(ports: dict[str, int], amqp_url: str, contracts: Iterable[Contract], *, seconds: float) -> None:
    """Return when the system is at rest; StillBusy after `seconds`."""
    ends = monotonic() + seconds
    queues = work_queues(contracts)
    before: dict[str, int] | None = None
    while True:
        busy, deliveries = busyness(ports, amqp_url, queues)
        if not busy and deliveries == before:
            return
        before = None if busy else deliveries
        if monotonic() > ends:
            raise StillBusy("; ".join(busy) or "deliveries go on")
        time.sleep(PAUSE_SECONDS)


def work_queues(contracts: Iterable[Contract]) -> list[str]:
    """Every queue that must be empty at rest."""
    queues = []
    for contract in contracts:
        queues += [f"rpc-{contract.service}", queue_of(contract.service)]
        queues += [f"{contract.service}.retry.{delay}" for delay in DELAYS]
        queues += sorted({f"{contract.service}.{hearing.handler}" for hearing in contract.hears})
    return queues


def busyness(ports: dict[str, int], amqp_url: str, queues: list[str]) -> tuple[list[str], dict[str, int]]:
    """What is not at rest, in words, and the delivery counter of each process."""
    busy, deliveries = [], {}
    for name, port in ports.items():
        told = idle_of(port)
        if told is None:
            busy.append(f"{name} does not answer")
            continue
        deliveries[name] = told.get("deliveries", 0)
        busy += [
            f"{name}: {told[what]} {what}"
            for what in ("in_flight", "unsent", "outbox", "timers_due", "mirrors_behind")
            if told.get(what)
        ]
    with connected(amqp_url) as channel:
        busy += [f"{queue}: {count} ready" for queue in queues if (count := ready_count(channel, queue))]
    return busy, deliveries


def idle_of(port: int) -> dict[str, Any] | None:
    """What one process says of itself; None where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/idle", timeout=ASK_SECONDS) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except (OSError, urllib.error.URLError, ValueError):
        return None
