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
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, Protocol

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from chassis import crash, journal, telemetry
from chassis.clock import machine_now
from chassis.documents import AWAY, ignoring_duplicates
from chassis.entries import Entry
from chassis.leases import Leases
from chassis.tally import note_sent
from chassis.work import board

BATCH = 200
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


class _Notice(NamedTuple):
    """Entries of one document. `whole`: the version at which they are everything in its outbox, where that is known."""

    collection: str
    document: str
    entries: tuple[Entry, ...]
    whole: int | None = None


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
        self._unsafe = database.with_options(write_concern=WriteConcern(w=1, j=False))
        self._publisher = publisher
        self._service = service
        self._leases = Leases(database, owner)
        self._fast, self._sweep = fast, sweep
        self._collections: list[str] = []
        self._waiting: deque[_Notice] = deque()
        self._moved: deque[_Notice] = deque()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._something = threading.Event()
        self._held: deque[_Notice] = deque()
        self._busy, self._settling = False, 0
        self._stopping = threading.Event()

    def serve(self, collection: str) -> None:
        """Sweep this collection too."""
        self._collections.append(collection)

    def notice(self, collection: str, document: str, entries: Sequence[Entry], *, whole: int | None = None) -> None:
        """Move these entries soon: the fast path. `whole`: the version at which the outbox holds nothing else."""
        if entries and self._fast:
            self._waiting.append(_Notice(collection, document, tuple(entries), whole))
            self._something.set()

    def unsent(self) -> int:
        """Notices not yet moved and marked, for `idle` and for draining."""
        return len(self._waiting) + len(self._moved) + len(self._held) + self._busy + self._settling

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

    def _move_fresh(self, notices: Sequence[_Notice]) -> None:
        """Move what this process has not moved already: a document read before its marks came still holds it."""
        fresh = (self._unknown(notice) for notice in notices)
        self.move([notice for notice in fresh if notice.entries])

    def _unknown(self, notice: _Notice) -> _Notice:
        entries = tuple(entry for entry in notice.entries if (notice.collection, entry["id"]) not in self._known)
        return notice if len(entries) == len(notice.entries) else notice._replace(entries=entries, whole=None)

    def move(self, notices: Sequence[_Notice]) -> None:
        """Publish the messages of these notices, and hand them to `settle`: the versions that arrived whole to be
        marked, the others for what goes into collections, because deadlines run whether or not the broker is there."""
        notices = _merged(notices)
        crash.point("before-publish")
        sent = self._publish(notices)
        crash.point("after-publish")
        for notice in notices:
            arrived = _whole_versions(notice.entries, sent)
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
        self._settling += 1
        try:
            self._settle(_merged(_taken(self._moved)), _merged(_taken(self._held)))
        finally:
            self._settling -= 1

    def _settle(self, moved: Sequence[_Notice], held: Sequence[_Notice]) -> None:
        if not (moved or held):
            return
        note_sent(self._database, [entry for entry in _entries(moved) if entry["kind"] == "escalation"])
        self._store_timers([*moved, *held])
        self._store_tasks([*moved, *held])
        self._store_rows([*moved, *held])
        self._store_journal([*moved, *held])
        crash.point("before-mark")
        self._mark(moved)

    def _mark(self, notices: Sequence[_Notice]) -> None:
        """Take the entries out of their outboxes: one bulk write a collection, versions untouched.

        An outbox that holds nothing else, because its document has not been written since, is emptied; where one was,
        the entries are taken out one by one, which the database does at several times the cost.
        """
        whole: dict[str, list[_Notice]] = {}
        for notice in notices:
            whole.setdefault(notice.collection, []).append(notice)
        for collection, noticed in whole.items():
            emptied = [_emptied(notice) for notice in noticed if notice.whole is not None]
            part = [notice for notice in noticed if notice.whole is None]
            if emptied and self._unsafe[collection].bulk_write(emptied, ordered=False).matched_count < len(emptied):
                part = noticed
            if part:
                self._unsafe[collection].bulk_write([_reduced(notice) for notice in part], ordered=False)

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
        self.move([_Notice(collection, document["_id"], tuple(document["outbox"])) for document in found])
        self.settle()
        return len(found)

    def _publish(self, notices: Sequence[_Notice]) -> dict[str, bool]:
        """Publish version by version: a document's next version goes out only when the one before is confirmed."""
        sent: dict[str, bool] = {}
        waves = [_versions(notice.entries) for notice in notices]
        while waves := [versions for versions in waves if versions]:
            wave = [entry for versions in waves for entry in versions[0]]
            confirmed = self._publisher.publish([_outgoing(entry) for entry in wave])
            sent |= {entry["id"]: arrived for entry, arrived in zip(wave, confirmed, strict=True)}
            waves = [versions[1:] for versions in waves if all(sent[entry["id"]] for entry in versions[0])]
        for notice in notices:
            for entry in notice.entries:
                if "exchange" in entry and sent.setdefault(entry["id"], False):
                    telemetry.PUBLISHED.labels(entry["kind"]).inc()
        return sent

    def _store_timers(self, notices: Sequence[_Notice]) -> None:
        timers = [
            _timer_write(notice, entry) for notice in notices for entry in notice.entries if entry["kind"] == "timer"
        ]
        if timers:
            ignoring_duplicates(partial(self._database.timers.bulk_write, timers, ordered=False))
            crash.point("after-timer")

    def _store_tasks(self, notices: Sequence[_Notice]) -> None:
        tasks = [
            board.task_write(notice.collection, notice.document, entry)
            for notice in notices
            for entry in notice.entries
            if entry["kind"] == "tasks"
        ]
        if tasks:
            tasks_of_all = self._database[board.COLLECTION]
            ignoring_duplicates(partial(tasks_of_all.bulk_write, tasks, ordered=False))
            crash.point("after-tasks")

    def _store_rows(self, notices: Sequence[_Notice]) -> None:
        chunks: dict[str, list[InsertOne[Any]]] = {}
        for notice in notices:
            for collection, chunk in row_chunks(notice.document, notice.entries):
                chunks.setdefault(collection, []).append(InsertOne(chunk))
        for collection, inserts in chunks.items():
            ignoring_duplicates(partial(self._database[collection].bulk_write, inserts, ordered=False))
            crash.point("after-row")

    def _store_journal(self, notices: Sequence[_Notice]) -> None:
        entries = [entry["entry"] for entry in _entries(notices) if entry["kind"] == journal.KIND]
        if entries:
            ignoring_duplicates(partial(self._database[journal.COLLECTION].insert_many, entries, ordered=False))
            crash.point("after-journal")


def row_chunks(aggregate: str, entries: Iterable[Entry]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The growing collection and the document for the rows that one write added to it: one document a write."""
    for entry in entries:
        if entry["kind"] == "rows":
            chunk = entry["chunk"]
            key = f"{aggregate}:{chunk[0]['seq']}"
            yield entry["rows"], {"_id": key, "aggregate": aggregate, "last": chunk[-1]["seq"], "rows": chunk}


def _taken(queue: deque[_Notice]) -> list[_Notice]:
    """Up to a batch off the queue, those that hold something."""
    taken = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
    return [notice for notice in taken if notice.entries]


def _entries(notices: Sequence[_Notice]) -> Iterator[Entry]:
    return (entry for notice in notices for entry in notice.entries)


def _merged(notices: Sequence[_Notice]) -> list[_Notice]:
    """One notice a document, its entries once each and in order of their versions."""
    merged: dict[tuple[str, str], _Notice] = {}
    for notice in notices:
        key = notice.collection, notice.document
        merged[key] = _together(merged[key], notice) if key in merged else notice
    return list(merged.values())


def _together(one: _Notice, other: _Notice) -> _Notice:
    entries = {entry["id"]: entry for entry in (*one.entries, *other.entries)}
    later = other if (other.whole or 0) > (one.whole or 0) else one
    whole = later.whole if len(entries) == len(later.entries) else None
    return one._replace(entries=tuple(sorted(entries.values(), key=_place)), whole=whole)


def _place(entry: Entry) -> tuple[int, int]:
    _, version, number = entry["id"].rsplit(":", 2)
    return int(version), int(number)


def _versions(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The messages among these entries, one list a version."""
    messages = [entry for entry in entries if "exchange" in entry]
    return [list(group) for _, group in groupby(messages, key=lambda entry: _place(entry)[0])]


def _whole_versions(entries: Sequence[Entry], sent: Mapping[str, bool]) -> tuple[Entry, ...]:
    """The entries of the versions before the first one of which a message has not arrived."""
    arrived: list[Entry] = []
    for _, group in groupby(entries, key=lambda entry: _place(entry)[0]):
        version = list(group)
        if not all(sent.get(entry["id"], True) for entry in version):
            break
        arrived += version
    return tuple(arrived)


def _outgoing(entry: Entry) -> Outgoing:
    return Outgoing(entry["exchange"], entry["key"], entry["body"], entry["attributes"])


def _emptied(notice: _Notice) -> UpdateOne:
    query = {"_id": notice.document, "version": notice.whole}
    return UpdateOne(query, {"$set": {"outbox": []}, "$unset": {"outbox_since": ""}})


def _reduced(notice: _Notice) -> UpdateOne:
    ids = [entry["id"] for entry in notice.entries]
    return UpdateOne({"_id": notice.document}, _without(ids))


def _without(ids: Sequence[str]) -> list[dict[str, Any]]:
    kept = {"$filter": {"input": "$outbox", "cond": {"$not": [{"$in": ["$$this.id", list(ids)]}]}}}
    since = {"$cond": [{"$eq": [{"$size": "$outbox"}, 0]}, "$$REMOVE", {"$min": "$outbox.at"}]}
    return [{"$set": {"outbox": kept}}, {"$set": {"outbox_since": since}}]


def _timer_write(notice: _Notice, entry: Entry) -> UpdateOne | InsertOne[Any]:
    """Newer versions win: an older entry matches nothing and its upsert runs into the existing id."""
    cancelled = entry["due"] is None
    timer = {
        "version": entry["version"],
        "aggregate": notice.document,
        "collection": notice.collection,
        "name": entry["timer"].removeprefix(f"{notice.document}:"),
        "due": entry["due"],
        "state": "cancelled" if cancelled else "set",
        "lease_until": entry["at"],
        "ended_at": entry["at"] if cancelled else None,
        "attempts": 0,
    }
    if entry["version"] == 1:  # no older one can be there
        return InsertOne({"_id": entry["timer"], **timer})
    older = {"_id": entry["timer"], "version": {"$lt": entry["version"]}}
    return UpdateOne(older, {"$set": timer}, upsert=True)
