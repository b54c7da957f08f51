"""The probe in this process: every part is at hand and runs when a test says so."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from attrs import define, field, frozen
from pymongo.read_concern import ReadConcern

from chassis.bus import Inbox, Received
from chassis.clock import SteppedClock, monotonic
from chassis.entries import Origin
from chassis.frame import Frame
from chassis.relay import Outgoing, Relay
from chassis.store import Command, Saved
from chassis.timers import Timers
from probe import tally
from probe.service import Probe

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""


@define
class Exchange:
    """A broker that remembers what it confirmed; `takes` decides for each message."""

    takes: Callable[[Outgoing], bool] = lambda _: True
    arrived: list[Outgoing] = field(factory=list)
    batches: list[int] = field(factory=list)

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Confirm what `takes` accepts, in order."""
        self.batches.append(len(messages))
        confirmed = []
        for message in messages:
            confirmed.append(self.takes(message))
            if confirmed[-1]:
                self.arrived.append(message)
        return confirmed

    def ids(self) -> list[str]:
        """The ids of what arrived, first arrivals only, in order."""
        return list(dict.fromkeys(message.attributes["id"] for message in self.arrived))


@frozen
class Bench:
    """One replica of the probe."""

    name: str
    database: Any
    clock: SteppedClock
    publisher: Exchange
    relay: Relay
    service: Probe
    timers: Timers
    inbox: Inbox

    def command(self, id: str | None = None, *, print: str = "print", who: str = "clerk", **rest: Any) -> Command:
        """A command as a call makes it."""
        origin = Origin(self.name, who, correlation="c", causation="c", traceparent="")
        return Command(id, who, rest.pop("operation", "add"), print, self.clock.now(), origin, **rest)

    def begin(self, id: str = "t1", unit: str = "440000", command: Command | None = None) -> Saved:
        """Create a tally."""
        command = command or self.command(operation="begin")
        return self.service.tallies.create(id, command, lambda: tally.begin(id, unit))

    def add(self, id: str = "t1", amount: int = 1, *, command: Command | None = None, **how: Any) -> Saved:
        """Count further; `also` names the announcements."""
        given = {"also": ("event",), "at": self.clock.now(), **how}
        return self.service.tallies.change(
            id, command or self.command(), lambda state: tally.add(state, amount, **given)
        )

    def relayed(self) -> None:
        """Let the fast path move and mark all that waits."""
        self.relay.stop()
        self.relay.run_moves()
        self.relay.run_marks()

    def document(self, id: str = "t1") -> dict[str, Any]:
        """The raw document as the primary has it: marks are not awaited by a majority."""
        return self.database.tallies.with_options(read_concern=ReadConcern("local")).find_one({"_id": id})

    @contextmanager
    def running(self, *parts: Callable[[], None]) -> Iterator[None]:
        """Run the bodies of these threads inside; the relay's three where none are named."""
        relay = self.relay
        threads = [
            threading.Thread(target=part, daemon=True)
            for part in parts or (relay.run_moves, relay.run_marks, relay.run_sweeps)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            relay.stop()
            self.timers.stop()
            for thread in threads:
                thread.join(10)
                assert not thread.is_alive()


def bench_on(
    database: Any,
    *,
    name: str = "probe",
    owner: str = "one",
    publisher: Exchange | None = None,
    clock: SteppedClock | None = None,
    **switches: bool,
) -> Bench:
    """The probe on this database."""
    clock, publisher = clock or SteppedClock(NINE), publisher or Exchange()
    relay = Relay(database, publisher, service=name, owner=owner, **switches)
    frame = Frame(name, database, clock, relay)
    service = Probe(frame)
    timers = Timers(database, clock, service.fire, service=name)
    frame.declare_indexes(timers)
    return Bench(name, database, clock, publisher, relay, service, timers, Inbox(service))


def received(bench: Bench, message: Outgoing, handler: str, *, sender: str | None = None, **extra: Any) -> Received:
    """What arrived at the exchange, as the transport hands it to a handler's queue."""
    headers = {f"cloudEvents:{name}": value for name, value in message.attributes.items()} | extra
    return Received(f"{bench.name}.{handler}", sender or bench.name, message.key, headers, message.body.encode())


def until(holds: Callable[[], Any], *, within: float = 10.0) -> Any:
    """Wait for the condition and give its value; AssertionError when it does not come to hold."""
    ends, pause = monotonic() + within, threading.Event()
    while not (value := holds()):
        assert monotonic() < ends, f"it did not come to hold within {within} s"
        pause.wait(0.01)
    return value
