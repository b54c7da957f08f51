"""Records and events read back after each run: as many of both as were acknowledged, of the same ids, or it is void.

Each arm has one quorum queue bound to its events, which piles up during a run and is emptied after it.
"""

import time
from collections.abc import Collection, Iterable
from typing import Any

from attrs import frozen
from pymongo import MongoClient

from decalog.broker import connected, ready_count
from tests.bench.arms.arm import Trail
from tests.bench.payload import INDEXES

SETTLE_SECONDS, QUIET_SECONDS = 20.0, 0.5

Event = tuple[str, str]


@frozen
class Readback:
    """What a run left behind. `unsent` and `unheard` tell what was still to do when the last answer was there.

    `unsent`: records whose event had not gone out, or was not marked so; `unheard`: events that the arm's own reactions
    had not taken; `zombies`: what of both was still to do after 20 s.
    """

    acknowledged: int
    records: int
    events: int
    lost: int
    ghosts: int
    doubled: int
    zombies: int
    unsent: int
    unheard: int

    @property
    def amiss(self) -> str | None:
        """Why the run is void, or None."""
        wrong = {name: getattr(self, name) for name in ("lost", "ghosts", "doubled", "zombies") if getattr(self, name)}
        if not wrong and self.acknowledged == self.records == self.events:
            return None
        return f"{self.acknowledged} acknowledged, {self.records} records, {self.events} events; {wrong}"


class Traces:
    """The traces of one arm on broker and database."""

    def __init__(self, amqp_url: str, database: MongoClient[dict[str, Any]], trail: Trail) -> None:
        self._amqp_url = amqp_url
        self._trail = trail
        self._records = database[trail.database][trail.collection]
        self._before = 0

    def open(self) -> None:
        """Declare the queue that counts; the exchange and the indexes where they are not the product's own."""
        trail = self._trail
        with connected(self._amqp_url) as channel:
            if trail.exchange.startswith("bench-"):
                channel.exchange_declare(trail.exchange, "topic", durable=True, auto_delete=False)
            channel.queue_declare(trail.queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
            channel.queue_bind(trail.queue, trail.exchange, trail.key)
        if trail.database.startswith("bench_"):
            self._records.create_indexes(list(INDEXES))

    def close(self) -> None:
        """Take away what the bench declared; the product's records stay."""
        forget(self._amqp_url, queues=[self._trail.queue], exchanges=[self._trail.exchange])
        if self._trail.database.startswith("bench_"):
            self._records.database.client.drop_database(self._trail.database)

    def begin(self) -> None:
        """Empty the queue and count the records, before a run."""
        with connected(self._amqp_url) as channel:
            channel.queue_purge(self._trail.queue)
        self._before = self._records.count_documents({})

    def left(self) -> tuple[int, int]:
        """How many records still wait for their event to go out, and how many events for the arm's own reactions."""
        waiting = self._trail.waiting
        unsent = 0 if waiting is None else self._records.count_documents(dict(waiting))
        with connected(self._amqp_url) as channel:
            return unsent, sum(ready_count(channel, queue) for queue in self._trail.reactions)

    def read(self, acknowledged: Collection[str], left: tuple[int, int]) -> Readback:
        """Compare what was acknowledged in the run with what is there; `left` is what was to do at its end."""
        events = self._events(len(acknowledged))
        told, ids = {record for _, record in events}, list(acknowledged)
        there = {found["_id"] for found in self._records.find({"_id": {"$in": [*told.union(ids)]}}, {"_id": 1})}
        return Readback(
            acknowledged=len(ids),
            records=self._records.count_documents({}) - self._before,
            events=len(told),
            lost=len(set(ids) - told) + len(set(ids) - there),
            ghosts=len(told - there),
            doubled=len(events) - len({event for event, _ in events}) + len(ids) - len(set(ids)),
            zombies=self._zombies(),
            unsent=left[0],
            unheard=left[1],
        )

    def tidy(self, made: Collection[str], kept: Collection[str]) -> None:
        """Of what a run made only `kept` stays, and nothing that would wake the arm later, beside another arm's run.

        Whatever else the instance holds is not touched. At the end the database writes down what it has in memory, or
        the next run would pay for what this one wrote and this took away.
        """
        self._records.delete_many({"_id": {"$in": [*{*made} - {*kept}]}})
        if self._trail.wakes:
            self._records.update_many({"_id": {"$in": [*kept]}}, {"$unset": {self._trail.wakes: ""}})
        for collection in self._trail.sequels:
            self._records.database[collection].delete_many({"aggregate": {"$in": [*made]}})
        self._records.database.client.admin.command("fsync")

    def _events(self, wanted: int) -> list[Event]:
        """What is in the queue: until nothing more comes, waiting for `wanted` at most 20 s."""
        events: list[Event] = []
        with connected(self._amqp_url) as channel:
            channel.basic_consume(self._trail.queue, no_ack=True, callback=lambda message: self._keep(events, message))
            ends = time.monotonic() + SETTLE_SECONDS
            while time.monotonic() < ends:
                try:
                    channel.connection.drain_events(timeout=QUIET_SECONDS)
                except TimeoutError:
                    if len(events) >= wanted:
                        break
        return events

    def _keep(self, events: list[Event], message: Any) -> None:
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        if event := self._trail.event_of(message.headers or {}, body):
            events.append(event)

    def _zombies(self) -> int:
        """What is left after a while in which nothing should be; the next run begins in peace."""
        ends = time.monotonic() + SETTLE_SECONDS
        while (left := sum(self.left())) and time.monotonic() < ends:
            time.sleep(QUIET_SECONDS)
        return left


def forget(amqp_url: str, *, queues: Iterable[str] = (), exchanges: Iterable[str] = ()) -> None:
    """Delete these of the bench's own queues and exchanges, where they exist."""
    with connected(amqp_url) as channel:
        for name in queues:
            channel.queue_delete(name)
        for name in exchanges:
            if name.startswith("bench-"):
                channel.exchange_delete(name)
