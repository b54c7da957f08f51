"""The life of one service process, in time order.

Read settings; wire store, relay, timers and identity; check the contract against the service; open the health port;
create indexes as soon as the database answers; consume; announce the manifest. On SIGTERM: not ready, consumers
cancelled, workers finished (at most `DRAIN_SECONDS`), entries relayed, connection dropped.
"""

import gc
import importlib.metadata
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from attrs import field, frozen

from chassis import crash, documents, health, telemetry, transport
from chassis.anchors import anchoring
from chassis.beacon import Beacon
from chassis.bus import Inbox
from chassis.clock import Clock, MachineClock, SteppedClock, machine_now, monotonic
from chassis.config import Settings, read_settings
from chassis.documents import AWAY
from chassis.frame import Frame
from chassis.heartbeat import heartbeats
from chassis.identity import Assertions
from chassis.jobs import Jobs
from chassis.link import Link
from chassis.mirror import Mirror
from chassis.openapi import openapi
from chassis.refused_calls import COLLECTION, RefusedCalls, RefusedDay
from chassis.relay import Relay
from chassis.replay import Replays, queue_of
from chassis.rounds import Rounds
from chassis.service import Calls, Service
from chassis.simulation import refuse_simulation, remember_step, stepped_clock
from chassis.timers import Timers

DRAIN_SECONDS = 20.0
FLUSH_SECONDS = 3.0
PAUSE_SECONDS = 0.5
GARBAGE_THRESHOLD = 20_000


class _Publisher:
    """The relay's way to the link, which exists only once the container does."""

    link: Link

    def publish(self, messages: Any) -> list[bool]:
        return self.link.publish(messages)


@frozen
class _Process:
    settings: Settings
    clock: Clock
    service: Service
    relay: Relay
    timers: Timers
    container: Any
    link: Link
    beacon: Beacon
    rounds: Rounds
    refused: RefusedCalls
    mirrors: Sequence[Mirror[Any]]
    jobs: Sequence[Jobs]
    database: Any
    stopping: threading.Event
    started_at: datetime = field(factory=machine_now)

    def ready(self) -> dict[str, bool]:
        """Named parts of readiness."""
        return {
            "not_draining": not self.stopping.is_set(),
            "broker": self.link.ready.is_set() and not self.link.blocked,
            "database": _answers(self.database),
        }

    def working(self) -> int:
        """Calls, messages, timers and jobs under way."""
        jobs = sum(jobs.running for jobs in self.jobs)
        return int(self.container._worker_pool.running()) + self.timers.firing + jobs

    def next_due(self) -> datetime | None:
        """When the earliest timer or job is due."""
        found = [self.timers.next_due(), *(jobs.next_due() for jobs in self.jobs)]
        return min((each for each in found if each is not None), default=None)

    def idle(self) -> dict[str, Any]:
        """What `decalog idle` asks of a process."""
        return {
            "in_flight": self.working(),
            "unsent": self.relay.unsent(),
            "deliveries": self.link.deliveries,
            "outbox": self.relay.pending(),
            "mirrors_behind": sum(not mirror.caught_up() for mirror in self.mirrors),
            "timers_due": self.timers.due() + sum(jobs.due() for jobs in self.jobs),
            "next_due": self.next_due(),
            "epoch": getattr(self.clock, "epoch", None),
            "now": self.clock.now(),
            "started_at": self.started_at,
        }


def installed(name: str) -> Any:
    """The service class that an installed package offers under this name."""
    (entry_point,) = importlib.metadata.entry_points(group="decalog.services", name=name)
    return entry_point.load()


def run(name: str, load: Callable[[str], Any] = installed) -> int:
    """Host the service of that name until SIGTERM; the process's exit status."""
    settings = read_settings(name)
    telemetry.start_logging(name, settings.instance, settings.log_level)
    crash.arm_from(settings.crash_dir, name)
    process = _wire(name, settings, load(name))
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: process.stopping.set())
    step = _stepping(process) if isinstance(process.clock, SteppedClock) else None
    server = health.serve(settings.health_port, health.Probes(process.ready, process.idle, step))
    _start(process)
    _settle_memory()
    telemetry.logger().info("process.started")
    while not process.stopping.wait(1.0) and not process.container._died.ready():
        pass
    failed = process.container._died.ready()
    _drain(process)
    server.shutdown()
    telemetry.logger().info("process.stopped", failed=failed)
    return 1 if failed else 0


def _settle_memory() -> None:
    """What is there after the start stays: it is left out of every garbage collection from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


def _wire(name: str, settings: Settings, kind: Any) -> _Process:
    database = documents.connect(settings.mongo_url, name=settings.instance)
    stopping = threading.Event()
    _wait_for(database, stopping)
    clock = _clock(database, settings)
    publisher = _Publisher()
    relay = Relay(database, publisher, service=name, owner=settings.instance)
    frame = Frame(name, database, clock, relay, transport.apart)
    service = kind(frame)
    service.check()
    timers = Timers(database, clock, service.fire, service=name)
    operations = [operation.name for operation in service.contract.operations]
    days = frame.aggregates(COLLECTION, RefusedDay, stamps=lambda _: {})
    refused = RefusedCalls(days, clock, service=name, operations=operations, stopping=stopping)
    calls = Calls(service, Assertions(settings.keys, service.grants_of), clock, refused=refused.note)
    inbox = Inbox(service, away=stopping.is_set)
    replays = Replays(lambda: frame.restated, publisher, stopping)
    hears = dict.fromkeys(inbox.queues(), inbox.receive) | {queue_of(name): replays.receive}
    manifest = service.contract.manifest(settings.instance, openapi(service.contract))
    container = transport.container(
        name, settings.instance, settings.amqp_url, operations, calls, hears, manifest, refused.note, inbox.copied()
    )
    publisher.link = transport.link_of(container)
    beacon = Beacon(manifest, publisher, stopping)
    frame.declare_indexes(timers)
    beats = heartbeats(service.contract, database, publisher, clock)
    anchors = anchoring(name, database, frame.kinds, publisher, clock)
    reseals = [each.round() for each in frame.resealed]
    rounds = Rounds(
        database, [*service.rounds(), *beats, anchors, *reseals], owner=settings.instance, stopping=stopping
    )
    return _Process(
        settings,
        clock,
        service,
        relay,
        timers,
        container,
        publisher.link,
        beacon,
        rounds,
        refused,
        frame.mirrors,
        frame.jobs,
        database,
        stopping,
    )


def _clock(database: Any, settings: Settings) -> Clock:
    if settings.simulated:
        return stepped_clock(database)
    refuse_simulation(database)
    return MachineClock()


def _wait_for(database: Any, stopping: threading.Event) -> None:
    while not stopping.is_set() and not _answers(database):
        telemetry.logger().warning("process.waits_for_database")
        time.sleep(PAUSE_SECONDS)


def _answers(database: Any) -> bool:
    try:
        database.command("ping")
    except AWAY:
        return False
    return True


def _start(process: _Process) -> None:
    process.container.start()
    bodies: dict[str, Callable[[], None]] = {
        "relay.moves": process.relay.run_moves,
        "relay.marks": process.relay.run_marks,
        "relay.sweeps": process.relay.run_sweeps,
        "timers": process.timers.run,
        "beacon": process.beacon.run,
        "rounds": process.rounds.run,
        "refused_calls": process.refused.run,
    }
    for mirror in process.mirrors:
        bodies[f"mirror.{mirror.copies.collection.name}"] = partial(mirror.run, process.stopping)
    for jobs in process.jobs:
        bodies[f"jobs.{jobs.collection.name}"] = jobs.run
    for name, body in bodies.items():
        transport.spawn(process.container, name, body)


def _drain(process: _Process) -> None:
    """Finish what was begun, relay what was written, leave."""
    telemetry.logger().info("process.draining")
    process.beacon.farewell()
    process.link.cancel()
    process.timers.stop()
    for jobs in process.jobs:
        jobs.stop()
    _until(lambda: not process.working(), DRAIN_SECONDS)
    process.refused.close()
    _until(lambda: not process.relay.unsent(), FLUSH_SECONDS)
    process.relay.stop()
    process.container.kill()


def _until(done: Any, seconds: float) -> None:
    ends = monotonic() + seconds
    while not done() and monotonic() < ends:
        time.sleep(0.02)


def _stepping(process: _Process) -> Any:
    def step(now: Any, epoch: int) -> None:
        assert isinstance(process.clock, SteppedClock)
        process.clock.step(now, epoch)
        remember_step(process.database, now, epoch)
        process.timers.look()
        for jobs in process.jobs:
            jobs.look()

    return step
