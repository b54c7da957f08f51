"""An aggregate is a document; a command reads it and writes it once.

In time order: `change` loads the document inside the caller's scope; looks at the ring, where a command that was
applied before answers again without a second effect; honours If-Match; lets the domain decide; and writes state, ring,
outbox and the head of its journal (`journal.py`) in one update filtered by the version that was read. A lost race
reloads and decides again with the same time and ids. The write's entries are then handed to the relay (`relay.py`),
which moves and marks them. A create is one insert, whose document remembers for ever which command made it, and keeps
the first rows of its collections.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic

import bson
from bson.raw_bson import RawBSONDocument
from cattrs import Converter
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import crash, journal, ring, telemetry
from chassis.clock import machine_now
from chassis.documents import converter
from chassis.entries import (
    AddRow,
    Announcement,
    Entry,
    Origin,
    first_rows,
    message_entry,
    outbox_entries,
)
from chassis.inserts import Inserts
from chassis.store_refusals import Contended, NotFound, OutOfReach, OverBudget, TakenByAnother, VersionChanged, named
from chassis.stored import (
    EVERYWHERE,
    READ,
    Birth,
    Command,
    Decision,
    Loaded,
    Newborn,
    Reach,
    Relays,
    Restates,
    Saved,
    State,
    applied,
    birth_of,
    chained,
    pending,
    remembering,
)

BUDGET_BYTES = 1_000_000
RACES = 5
TOGETHER = 100
"""Creates that go into the database by one write; other calls get their turn in between."""

__all__ = [
    "EVERYWHERE",
    "Aggregates",
    "Birth",
    "Command",
    "Contended",
    "Decision",
    "Loaded",
    "NotFound",
    "OutOfReach",
    "OverBudget",
    "Reach",
    "Relays",
    "Restates",
    "Saved",
    "TakenByAnother",
    "VersionChanged",
]
"""What callers of the store need to know; the values stand in `stored.py`, the refusals in `store_refusals.py`."""


class Aggregates(Generic[State]):
    """The documents of one kind of aggregate. `stamps` gives the top-level fields that queries and indexes use."""

    def __init__(
        self,
        database: Database[Any],
        name: str,
        kind: type[State],
        *,
        relay: Relays,
        inserts: Inserts,
        stamps: Callable[[State], Mapping[str, Any]],
        service: str,
        restates: Restates | None = None,
        mark: str = "",
    ) -> None:
        self.name = name
        self.collection: Collection[Any] = database[name]
        self._kind = kind
        self._relay = relay
        self._inserts = inserts
        self._stamps = stamps
        self._service = service
        self._restates = restates
        self.mark = mark
        self._converter: Converter = converter()

    def create(self, id: str, command: Command, decide: Callable[[], Decision[State]]) -> Saved:
        """Insert what `decide` gives. The same command again answers `replayed`; another one is refused."""
        born = self._newborn(id, command, decide)
        crash.point("before-write")
        try:
            self._inserts.insert(born.document)
        except DuplicateKeyError:
            return self._born_before(id, command)
        crash.point("after-write")
        self._relay.notice(self.name, id, born.entries, whole=1)
        return born.saved(command)

    def create_all(self, births: Sequence["Birth"]) -> list[Saved]:
        """Like `create` for each, but many documents go into the database by one write, in no order.

        Each is for itself: an outage may leave some of them, which the same commands find again. What one is refused
        for is raised when those of the same write are announced.
        """
        batches = (births[place : place + TOGETHER] for place in range(0, len(births), TOGETHER))
        return [saved for batch in batches for saved in self._create_batch(batch)]

    def _create_batch(self, births: Sequence["Birth"]) -> Iterator[Saved]:
        newborn = [self._newborn(*birth) for birth in births]
        crash.point("before-write")
        outcomes = self._inserts.insert_all([born.document for born in newborn])
        crash.point("after-write")
        for born, error in zip(newborn, outcomes, strict=True):
            if error is None:
                self._relay.notice(self.name, born.id, born.entries, whole=1)
        for birth, born, error in zip(births, newborn, outcomes, strict=True):
            if isinstance(error, DuplicateKeyError):
                yield self._born_before(birth.id, birth.command)
            elif error is not None:
                raise error
            else:
                yield born.saved(birth.command)

    def change(
        self,
        id: str,
        command: Command,
        decide: Callable[[State], Decision[State]],
        *,
        reach: Reach | None = EVERYWHERE,
    ) -> Saved:
        """Load, decide, save. Raises the domain's refusals, NotFound, OutOfReach, VersionChanged, Contended.

        A decision that gives back the very state it got and announces nothing is answered without a write.
        """
        for _ in range(RACES):
            loaded = self.load(id, reach)
            if mark := applied(loaded, command):
                telemetry.DUPLICATES.labels(self._service, "ring").inc()
                return Saved(id, loaded.version, loaded.state, replayed=True, status=mark.status)
            if command.if_match not in (None, loaded.version):
                raise VersionChanged(id=id, version=loaded.version)
            state, announcements = decide(loaded.state)
            announcements = tuple(announcements)
            if state is loaded.state and not announcements:
                return Saved(id, loaded.version, state, replayed=False, status=command.status)
            if self._write(loaded, state, announcements, command):
                return Saved(id, loaded.version + 1, state, replayed=False, status=command.status)
        raise Contended(id=id)

    def load(self, id: str, reach: Reach | None = EVERYWHERE) -> Loaded:
        """The document within reach; NotFound where the caller may see nothing of it, else OutOfReach."""
        found = self.collection.find_one(_filter(id, None if reach is None else reach.within), READ)
        if found is None:
            if reach is not None and self.collection.find_one(_filter(id, reach.visible), {"_id": 1}):
                raise OutOfReach(id=named(id))
            raise NotFound(id=named(id))
        return self._structured(found)

    def find(self, query: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0) -> list[Loaded]:
        """Documents that match; for lists, reactions and audits. At most 5 s on the server."""
        cursor = self.collection.find(query, READ, max_time_ms=5_000, limit=limit)
        return [self._structured(found) for found in (cursor.sort(list(sort)) if sort else cursor)]

    def find_stamped(
        self, query: Mapping[str, Any], *, sort: Sequence[tuple[str, int]], limit: int
    ) -> list[tuple[datetime, Loaded]]:
        """Like `find`, with the `at` that each document is stamped with."""
        cursor = self.collection.find(query, {**READ, "at": 1}, max_time_ms=5_000, limit=limit).sort(list(sort))
        return [(found["at"], self._structured(found)) for found in cursor]

    def unjournaled(self) -> Iterator[str]:
        """The ids of the documents whose last write is not in their journal. Reads the whole collection."""
        past = {"$expr": {"$ne": ["$version", "$journal.version"]}}
        return (found["_id"] for found in self.collection.find(past, {"_id": 1}))

    def adopt(self, id: str, command: Command) -> None:
        """Write the document as it is, so that its journal knows it; where another write comes first, that does it."""
        loaded = self.load(id)
        if loaded.head.version != loaded.version:
            self._write(loaded, loaded.state, (), command)

    def declare_indexes(self, *indexes: IndexModel) -> None:
        """Create the given indexes and the one that the sweeper uses."""
        sweep = IndexModel("outbox_since", partialFilterExpression={"outbox_since": {"$exists": True}})
        self.collection.create_indexes([sweep, *indexes])

    def _newborn(self, id: str, command: Command, decide: Callable[[], Decision[State]]) -> "Newborn":
        state, decided = decide()
        announcements = tuple(decided)
        rows = first_rows(announcements, command.now)
        moved = [each for each in announcements if not (rows and isinstance(each, AddRow))]
        entries = self._entries(id, 1, moved, command)
        raw, digest = self._unstructured(id, state)
        born = birth_of(command, digest)
        document = {
            "_id": id,
            "version": 1,
            "state": raw,
            **self._stamps(state),
            "ring": [],
            "rows": rows,
            "born": born,
            "journal": journal.begun(self.name, id, born).document(),
            **self._said(entries, command.now),
            **pending(entries),
        }
        return Newborn(id, state, document, entries)

    def _write(self, loaded: Loaded, state: State, announcements: Iterable[Announcement], command: Command) -> bool:
        version = loaded.version + 1
        raw, digest = self._unstructured(loaded.id, state)
        announced = self._entries(loaded.id, version, announcements, command)
        noted = announced[0]["at"] if announced else machine_now()
        head, journaled = chained(self.name, loaded, digest, command, noted)
        entries = [journaled, *announced]
        marks = remembering(loaded.marks, command, version)
        update: dict[str, Any] = {
            "$set": {
                "version": version,
                "state": raw,
                **self._stamps(state),
                **self._said(entries, command.now),
                "ring": [converter().unstructure(mark) for mark in marks],
                "journal": head.document(),
            },
            "$push": {"outbox": {"$each": entries}},
            "$min": {"outbox_since": noted},
        }
        crash.point("before-write")
        result = self.collection.update_one({"_id": loaded.id, "version": loaded.version}, update)
        if not result.matched_count:
            return False
        crash.point("after-write")
        self._relay.notice(self.name, loaded.id, (*loaded.outbox, *entries), whole=version)
        return True

    def _entries(
        self,
        id: str,
        version: int,
        announcements: Iterable[Announcement],
        command: Command,
    ) -> list[Entry]:
        return outbox_entries(
            announcements,
            aggregate=id,
            version=version,
            origin=command.origin,
            at=command.now,
            noted=machine_now(),
            mark=self.mark,
        )

    def restated(self, after: str, limit: int) -> list[Entry]:
        """Up to `limit` aggregates with ids above `after`, in order, each as it last told its state."""
        assert self._restates is not None
        wanted = {"_id": {"$gt": after}, "said": {"$exists": True}}
        found = self.collection.find(wanted, {**READ, "said": 1}, limit=limit, max_time_ms=5_000).sort("_id", 1)
        return [self._restated(document["said"], self._structured(document)) for document in found]

    def _restated(self, said: Mapping[str, Any], loaded: Loaded) -> Entry:
        assert self._restates is not None
        version = int(said["id"].rsplit(":", 2)[1])
        origin = Origin(self._service, self._service, correlation=said["id"], causation=said["id"], traceparent="")
        return message_entry(self._restates.make(loaded.state), loaded.id, version, origin, said["at"], said["id"])

    def _said(self, entries: Sequence[Entry], at: datetime) -> dict[str, Any]:
        """What a replay must know of the last time that the state was told."""
        if self._restates is None:
            return {}
        told = f"decalog.{self._service}.{self._restates.event}.v1"
        ids = [entry["id"] for entry in entries if entry["kind"] == "event" and entry["attributes"]["type"] == told]
        return {"said": {"id": ids[-1], "at": at}} if ids else {}

    def _unstructured(self, id: str, state: State) -> tuple[Any, bytes]:
        """The state as it is stored, encoded once for its digest, its size and the write; and the digest."""
        raw = self._converter.unstructure(state)
        encoded = bson.encode(raw)
        if len(encoded) > BUDGET_BYTES:
            telemetry.DOCUMENT_REFUSED.labels(self._service, self.name).inc()
            raise OverBudget(id=id, budget=BUDGET_BYTES)
        return RawBSONDocument(encoded), journal.digest(encoded)

    def _structured(self, found: Mapping[str, Any]) -> Loaded:
        return Loaded(
            found["_id"],
            found["version"],
            self._converter.structure(found["state"], self._kind),
            tuple(self._converter.structure(mark, ring.Mark) for mark in found["ring"]),
            tuple(found.get("outbox", ())),
            found["born"],
            found["state"],
            journal.head_of(found),
        )

    def _born_before(self, id: str, command: Command) -> Saved:
        loaded = self.load(id)
        same_command = loaded.born["command"] == command.id and command.id is not None
        if not same_command or loaded.born["principal"] != command.principal:
            raise TakenByAnother(id=id)
        if loaded.born["fingerprint"] != command.fingerprint:
            raise ring.KeyReused
        telemetry.DUPLICATES.labels(self._service, "born").inc()
        return Saved(id, loaded.version, loaded.state, replayed=True, status=loaded.born["status"])


def _filter(id: str, units: tuple[str, ...] | None) -> dict[str, Any]:
    return {"_id": id} if units is None else {"_id": id, "units": {"$in": list(units)}}
