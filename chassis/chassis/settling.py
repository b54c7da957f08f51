"""The second half of an entry's way: into the collections of timers, tasks, rows and journal, and out of the outbox.

A few writes for many documents, each idempotent by the entry's id, so that settling again changes nothing. Only when
everything is where it belongs are the entries that arrived taken out of their outboxes, versions untouched.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from pymongo import InsertOne, UpdateMany, UpdateOne
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from chassis import crash, journal
from chassis.documents import ignoring_duplicates
from chassis.entries import Entry
from chassis.notices import Notice, entries_of
from chassis.tally import note_sent
from chassis.work import board


class Settling:
    """Where one process's entries are settled."""

    def __init__(self, database: Database[Any]) -> None:
        self._database = database
        self._unsafe = database.with_options(write_concern=WriteConcern(w=1, j=False))

    def settle(self, moved: Sequence[Notice], held: Sequence[Notice]) -> None:
        """Store what goes into collections, of both; mark what arrived."""
        if not (moved or held):
            return
        note_sent(self._database, [entry for entry in entries_of(moved) if entry["kind"] == "escalation"])
        self._store_timers([*moved, *held])
        self._store_tasks([*moved, *held])
        self._store_rows([*moved, *held])
        self._store_journal([*moved, *held])
        crash.point("before-mark")
        self._mark(moved)

    def _mark(self, notices: Sequence[Notice]) -> None:
        """Take the entries out of their outboxes: one bulk write a collection, versions untouched.

        An outbox that holds nothing else, because its document has not been written since, is emptied, all those of
        the same version by one statement (at half the cost of one each); where one was, the entries are taken out one
        by one, at several times the cost.
        """
        by_collection: dict[str, list[Notice]] = {}
        for notice in notices:
            by_collection.setdefault(notice.collection, []).append(notice)
        for collection, noticed in by_collection.items():
            part = [notice for notice in noticed if notice.whole is None]
            whole_ones = len(noticed) - len(part)
            emptied = _emptied(noticed)
            if emptied and self._unsafe[collection].bulk_write(emptied, ordered=False).matched_count < whole_ones:
                part = noticed
            if part:
                self._unsafe[collection].bulk_write([_reduced(notice) for notice in part], ordered=False)

    def _store_timers(self, notices: Sequence[Notice]) -> None:
        timers = [
            _timer_write(notice, entry) for notice in notices for entry in notice.entries if entry["kind"] == "timer"
        ]
        if timers:
            ignoring_duplicates(partial(self._database.timers.bulk_write, timers, ordered=False))
            crash.point("after-timer")

    def _store_tasks(self, notices: Sequence[Notice]) -> None:
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

    def _store_rows(self, notices: Sequence[Notice]) -> None:
        chunks: dict[str, list[InsertOne[Any]]] = {}
        for notice in notices:
            for collection, chunk in row_chunks(notice.document, notice.entries):
                chunks.setdefault(collection, []).append(InsertOne(chunk))
        for collection, inserts in chunks.items():
            ignoring_duplicates(partial(self._database[collection].bulk_write, inserts, ordered=False))
            crash.point("after-row")

    def _store_journal(self, notices: Sequence[Notice]) -> None:
        entries = [entry["entry"] for entry in entries_of(notices) if entry["kind"] == journal.KIND]
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


def _emptied(notices: Iterable[Notice]) -> list[UpdateMany]:
    """A statement for each version, of the notices whose outbox holds nothing else."""
    documents: dict[int, list[str]] = {}
    for notice in notices:
        if notice.whole is not None:
            documents.setdefault(notice.whole, []).append(notice.document)
    empty = {"$set": {"outbox": []}, "$unset": {"outbox_since": ""}}
    return [UpdateMany({"_id": {"$in": ids}, "version": version}, empty) for version, ids in documents.items()]


def _reduced(notice: Notice) -> UpdateOne:
    ids = [entry["id"] for entry in notice.entries]
    return UpdateOne({"_id": notice.document}, _without(ids))


def _without(ids: Sequence[str]) -> list[dict[str, Any]]:
    kept = {"$filter": {"input": "$outbox", "cond": {"$not": [{"$in": ["$$this.id", list(ids)]}]}}}
    since = {"$cond": [{"$eq": [{"$size": "$outbox"}, 0]}, "$$REMOVE", {"$min": "$outbox.at"}]}
    return [{"$set": {"outbox": kept}}, {"$set": {"outbox_since": since}}]


def _timer_write(notice: Notice, entry: Entry) -> UpdateOne | InsertOne[Any]:
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
