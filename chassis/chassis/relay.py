"""The relay moves what a write announced, and then marks it moved.

In time order: the process that wrote hands its entries over (`notice`), and the relay's thread takes what is
waiting: events and escalations go to the broker at once, in one batch of confirmed messages. A moment later and
many at once, timers, tasks, rows and journal entries go into their collections, idempotent by their ids, and what has
certainly arrived is marked: filtered out of the outbox, without touching the document's version. What was not
confirmed stays, and so does everything of that document behind it, so that the entries of one aggregate first reach
an exchange in the order of its versions. The sweeper of any replica takes what is older than `SWEEP_AFTER`, under a
lease, so a crash at any point only delays.

Duplicates are possible in three windows (crash or lost connection between publish and confirm, between confirm and
mark; two replicas moving the same entry); consumers know an entry by its id.
"""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

from pymongo.database import Database
from pymongo.errors import PyMongoError

from chassis import crash, telemetry
from chassis.clock import machine_now
from chassis.documents import AWAY
from chassis.entries import Entry
from chassis.leases import Leases
from chassis.notices import BATCH, Notice, merged, taken, versions, whole_versions
from chassis.settling import Settling

MARK_AFTER_SECONDS = 0.1
SWEEP_AFTER = timedelta(seconds=2)
SWEEP_EVERY_SECONDS = 1.0
SWEEP_LEASE = timedelta(seconds=10)
SWEEP_DOCUMENTS = 100
RETRY_SECONDS = 0.5
KNOWN = 10_000


class Outgoing(NamedTuple):
    """One message for the broker. `attributes` are CloudEvents attributes, or the headers as they are."""

    exchange: str
    key: str
    body: str | bytes
    attributes: Mapping[str, Any]
    raw_headers: bool = False


class Publishes(Protocol):
    """Publishes with confirms."""

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish all and say for each whether the broker confirmed it; bounded in time, never raises for outages."""
        ...


class Relay:
    """The one relay of a process. `run_moves`, `run_marks` and `run_sweeps` are its threads' bodies."""

    def __init__(
        self,
        database: Database[Any],
        publisher: Publishes,
        *,
        service: str,
        owner: str,
        fast: bool = True,
        sweep: bool = True,
    ) -> None:
        self._database = database
        self._settling = Settling(database)
        self._publisher = publisher
        self._service = service
        self._leases = Leases(database, owner)
        self._fast, self._sweep = fast, sweep
        self._collections: list[str] = []
        self._waiting: deque[Notice] = deque()
        self._moved: deque[Notice] = deque()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._something = threading.Event()
        self._held: deque[Notice] = deque()
        self._busy, self._settlers = False, 0
        self._stopping = threading.Event()

    def serve(self, collection: str) -> None:
        """Sweep this collection too."""
        self._collections.append(collection)

    def notice(self, collection: str, document: str, entries: Sequence[Entry], *, whole: int | None = None) -> None:
        """Move these entries soon: the fast path. `whole`: the version at which the outbox holds nothing else."""
        if entries and self._fast:
            self._waiting.append(Notice(collection, document, tuple(entries), whole))
            self._something.set()

    def unsent(self) -> int:
        """Notices not yet moved and marked, for `idle` and for draining."""
        return len(self._waiting) + len(self._moved) + len(self._held) + self._busy + self._settlers

    def pending(self) -> int:
        """Documents with entries not yet marked moved, in all collections (counted to 1,000), for `idle`."""
        query = {"outbox_since": {"$exists": True}}
        return sum(self._database[name].count_documents(query, limit=1_000) for name in self._collections)

    def stop(self) -> None:
        """End the threads once what is waiting has been tried."""
        self._stopping.set()
        self._something.set()

    def run_moves(self) -> None:
        """Move what is waiting, as it comes."""
        while not (self._stopping.is_set() and not self._waiting):
            self._something.wait(1.0)
            self._something.clear()
            while self._waiting:
                self._busy = True
                try:
                    self._move_fresh([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
                except PyMongoError as error:
                    telemetry.logger().warning("relay.database_away", error=type(error).__name__)
                    self._stopping.wait(RETRY_SECONDS)
                finally:
                    self._busy = False

    def _move_fresh(self, notices: Sequence[Notice]) -> None:
        """Move what this process has not moved already: a document read before its marks came still holds it."""
        fresh = (self._unknown(notice) for notice in notices)
        self.move([notice for notice in fresh if notice.entries])

    def _unknown(self, notice: Notice) -> Notice:
        entries = tuple(entry for entry in notice.entries if (notice.collection, entry["id"]) not in self._known)
        return notice if len(entries) == len(notice.entries) else notice._replace(entries=entries, whole=None)

    def move(self, notices: Sequence[Notice]) -> None:
        """Publish the messages of these notices, and hand them to `settle`: the versions that arrived whole to be
        marked, the others for what goes into collections, because deadlines run whether or not the broker is there."""
        notices = merged(notices)
        crash.point("before-publish")
        sent = self._publish(notices)
        crash.point("after-publish")
        for notice in notices:
            arrived = whole_versions(notice.entries, sent)
            if len(arrived) == len(notice.entries):
                self._moved.append(notice)
            else:
                self._moved.append(notice._replace(entries=arrived, whole=None))
                self._held.append(notice._replace(entries=notice.entries[len(arrived) :], whole=None))
            self._known.update(dict.fromkeys((notice.collection, entry["id"]) for entry in arrived))
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def run_marks(self) -> None:
        """Settle what was published, a little later and many at once."""
        while not (self._stopping.wait(MARK_AFTER_SECONDS) and not self.unsent()):
            try:
                self.settle()
            except PyMongoError as error:
                telemetry.logger().warning("relay.settle_failed", error=type(error).__name__)

    def settle(self) -> None:
        """Store timers, tasks, rows and journal entries, and mark what arrived: a few writes for many documents."""
        self._settlers += 1
        try:
            self._settling.settle(merged(taken(self._moved)), merged(taken(self._held)))
        finally:
            self._settlers -= 1

    def run_sweeps(self) -> None:
        """Every second, find what the fast path left behind."""
        while not self._stopping.wait(SWEEP_EVERY_SECONDS):
            if not self._sweep:
                continue
            try:
                self.sweep()
            except AWAY as error:
                telemetry.logger().warning("relay.database_away", error=type(error).__name__)

    def sweep(self) -> int:
        """Move and mark what is older than `SWEEP_AFTER` in every collection; the number of documents swept."""
        return sum(self._sweep_collection(collection) for collection in self._collections)

    def _sweep_collection(self, collection: str) -> int:
        query = {"outbox_since": {"$lt": machine_now() - SWEEP_AFTER}}
        overdue = self._database[collection].find(query, {"outbox": 1}, limit=SWEEP_DOCUMENTS)
        found = list(overdue.sort("outbox_since", 1))
        if not found or not self._leases.take(f"sweep:{collection}", SWEEP_LEASE):
            return 0
        telemetry.OUTBOX_SWEPT.labels(self._service).inc(len(found))
        self.move([Notice(collection, document["_id"], tuple(document["outbox"])) for document in found])
        self.settle()
        return len(found)

    def _publish(self, notices: Sequence[Notice]) -> dict[str, bool]:
        """Publish version by version: a document's next version goes out only when the one before is confirmed."""
        sent: dict[str, bool] = {}
        waves = [versions(notice.entries) for notice in notices]
        while waves := [left for left in waves if left]:
            wave = [entry for left in waves for entry in left[0]]
            confirmed = self._publisher.publish([_outgoing(entry) for entry in wave])
            sent |= {entry["id"]: arrived for entry, arrived in zip(wave, confirmed, strict=True)}
            waves = [left[1:] for left in waves if all(sent[entry["id"]] for entry in left[0])]
        published: Counter[str] = Counter()
        for notice in notices:
            for entry in notice.entries:
                if "exchange" in entry and sent.setdefault(entry["id"], False):
                    published[entry["kind"]] += 1
        for kind, number in published.items():
            telemetry.PUBLISHED.labels(kind).inc(number)
        return sent


def _outgoing(entry: Entry) -> Outgoing:
    return Outgoing(entry["exchange"], entry["key"], entry["body"], entry["attributes"])
