"""The notifier as it is run: a process of its own on broker and database, which tests may kill and start anew."""

import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amqp import Message
from attrs import define, frozen

from chassis.clock import monotonic
from chassis.entries import Announce, Origin, filed_under, outbox_entries
from decalog import topology
from decalog.broker import connected, publish
from postroom.office import NINE, NOTICE, UNITS

STOP_SECONDS = 30


@frozen
class Site:
    """Where the process runs: its environment, where its log goes, and where crash points are armed."""

    environment: Mapping[str, str]
    log: Path
    crashes: Path

    def arm(self, point: str) -> None:
        """Let the process die when it next reaches this crash point."""
        (self.crashes / f"notifier.{point}").touch()


@define
class Process:
    """One run of the notifier."""

    running: "subprocess.Popen[bytes]"
    ready_url: str

    def ready(self) -> bool:
        """Whether it says so; AssertionError where it has ended."""
        assert self.running.poll() is None, f"it ended with {self.running.returncode}"
        try:
            with urllib.request.urlopen(self.ready_url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def died(self) -> int:
        """Its exit status, once it has ended by itself."""
        return self.running.wait(STOP_SECONDS)

    def stopped(self) -> int:
        """Its exit status, after it was asked to end."""
        self.running.terminate()
        return self.running.wait(STOP_SECONDS)


@contextmanager
def process_at(site: Site) -> Iterator[Process]:
    """The notifier, ready; killed at the end where it still runs."""
    port = site.environment["DECALOG_HEALTH_PORT"]
    with site.log.open("ab") as log:
        command = [sys.executable, "-m", "chassis", "notifier"]
        running = subprocess.Popen(command, env=dict(os.environ) | dict(site.environment), stderr=log)
    process = Process(running, f"http://127.0.0.1:{port}/readyz")
    try:
        until(process.ready)
        yield process
    finally:
        running.kill()
        running.wait(STOP_SECONDS)


def fresh_queues(amqp_url: str) -> None:
    """Declare the topology and empty the notifier's queues."""
    items = topology.topology(topology.contracts())
    topology.apply(amqp_url, items)
    with connected(amqp_url) as channel:
        for item in items:
            if item.name.startswith("notifier.") and item.arguments.get("x-queue-type") == "quorum":
                channel.queue_purge(item.name)


def tell(amqp_url: str, **changed: Any) -> None:
    """Announce `emergency.notice_due` as emergency does."""
    data = NOTICE | changed
    said = Announce("notice_due", data, filed_under(UNITS, drill=bool(data["drill"])))
    origin = Origin("emergency", "tests", "c", "c", "")
    (entry,) = outbox_entries([said], aggregate=data["incident"], version=1, origin=origin, at=NINE, noted=NINE)
    headers = {f"cloudEvents:{name}": value for name, value in entry["attributes"].items()}
    message = Message(entry["body"].encode(), delivery_mode=2, user_id="emergency", application_headers=headers)
    with connected(amqp_url) as channel:
        publish(channel, message, exchange=entry["exchange"], key=entry["key"])


def until(holds: Callable[[], Any], *, within: float = 30.0) -> Any:
    """Wait for the condition and give its value; AssertionError when it does not come to hold."""
    ends, pause = monotonic() + within, threading.Event()
    while not (value := holds()):
        assert monotonic() < ends, f"it did not come to hold within {within} s"
        pause.wait(0.02)
    return value
