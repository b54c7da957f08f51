"""`decalog journal verify`: follows every chain of a service, and holds it against the anchors that are kept elsewhere.

In time order: the anchors that the gateway keeps are compared with the leaves that this service keeps of them, so
that the leaves can be believed; then documents, leaves and journal entries are read side by side in the order of
collection and id, one aggregate at a time, in memory that does not grow with their number. The service goes on
writing meanwhile: whatever seems wrong is looked at again by itself, and is a finding only if it stays so.
"""

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import groupby
from typing import Any

import bson
from attrs import define, field, frozen
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from chassis import journal
from chassis.anchors import ANCHORS, ANCHORS_KEPT, LEAVES, Leaf, leaf_of, leaves
from chassis.merkle import MerkleTree
from decalog.journal_chain import MALFORMED, Chain, Fault, Record

PROJECTED_WITHIN = timedelta(minutes=10)
"""How soon a published anchor must be found elsewhere. Our default; the projection takes less than a second."""

TRIES = 20
LISTED = 100
ANCHOR, FOREIGN = "anchor", "foreign"
_READ = {"version": 1, "state": 1, "born": 1, "journal": 1, "outbox": 1}


class Kind(IntEnum):
    """What the scan meets of one aggregate, in this order."""

    DOCUMENT = 0
    LEAF = 1
    ENTRY = 2


Item = tuple[str, str, Kind, int, Any]
"""Collection, aggregate, what it is, its version, and itself."""


@frozen
class Anchor:
    """An anchor as it is kept elsewhere."""

    id: str
    root: bytes
    settled: datetime | None


@define
class Report:
    """What was looked at and what was found: at most `LISTED` faults by name, and how many there are."""

    service: str
    aggregates: int = 0
    entries: int = 0
    anchors: int = 0
    faults: list[Fault] = field(factory=list)
    notes: list[Fault] = field(factory=list)
    found: int = 0

    def add(self, fault: Fault) -> None:
        """One more fault."""
        self.found += 1
        if len(self.faults) < LISTED:
            self.faults.append(fault)


def anchors_elsewhere(gateway: Database[Any], service: str) -> list[Anchor]:
    """The anchors of this service that the gateway keeps, newest first."""
    found = []
    for one in gateway[ANCHORS].find({"service": service}).sort("at", -1):
        with suppress(*MALFORMED):  # what is no anchor there is missing there, and said to be
            found.append(anchor_told(json.loads(one["body"])["data"]))
    return found


def verify(database: Database[Any], service: str, elsewhere: Sequence[Anchor], now: datetime) -> Report:
    """Look at everything that this service keeps; `elsewhere` are its anchors kept by others, newest first."""
    return _Verification(database, Report(service), elsewhere, now).run()


class _Verification:
    def __init__(self, database: Database[Any], report: Report, elsewhere: Sequence[Anchor], now: datetime) -> None:
        self._database: Database[Any] = database.with_options(codec_options=CodecOptions(tz_aware=True))
        self._report = report
        self._elsewhere = elsewhere
        self._now = now
        self._settled = min((anchor.settled for anchor in elsewhere if anchor.settled), default=None)

    def run(self) -> Report:
        proven = self._proven_anchors()
        everything = heapq.merge(
            self._documents(), self._entries(), *map(self._leaves, proven), key=lambda item: item[:4]
        )
        for (collection, aggregate), items in groupby(everything, key=lambda item: item[:2]):
            self._aggregate(collection, aggregate, items)
        return self._report

    def _aggregate(self, collection: str, aggregate: str, items: Iterator[Item]) -> None:
        self._report.aggregates += 1
        record, seen, entries = None, list[Leaf](), iter(())
        for kind, same in groupby(items, key=lambda item: item[2]):
            match kind:
                case Kind.DOCUMENT:
                    record = next(same)[4]
                case Kind.LEAF:
                    seen = [item[4] for item in same]
                case Kind.ENTRY:
                    entries = (item[4] for item in same)
                    break
        followed = self._chain(collection, aggregate)
        fault = followed.judge(record, _together(record, entries), seen)
        if fault is not None:
            followed, fault = self._again(collection, aggregate, seen)
        self._report.entries += followed.entries
        self._report.notes += followed.notes[: LISTED - len(self._report.notes)]
        if fault is not None:
            self._report.add(fault)

    def _again(self, collection: str, aggregate: str, seen: Sequence[Leaf]) -> tuple[Chain, Fault | None]:
        """Look at one aggregate by itself, at a moment when nobody writes it."""
        for _ in range(TRIES):
            before = self._record(collection, aggregate)
            followed = self._chain(collection, aggregate)
            stored = journal.chain(self._database, collection, aggregate)
            fault = followed.judge(before, _together(before, stored), seen)
            after = self._record(collection, aggregate)
            if fault is None or _version(before) == _version(after):
                break
        return followed, fault

    def _chain(self, collection: str, aggregate: str) -> Chain:
        return Chain(collection, aggregate, self._settled)

    def _kinds(self) -> list[str]:
        """The collections of aggregates: those whose documents remember their create."""
        others, born = {journal.COLLECTION, ANCHORS, LEAVES}, {"born": {"$exists": True}}
        names = sorted({*self._database.list_collection_names()} - others)
        return [name for name in names if self._database[name].find_one(born, {"_id": 1})]

    def _documents(self) -> Iterator[Item]:
        for kind in self._kinds():
            for document in self._raw(kind).find({}, _READ).sort("_id", 1):
                aggregate = document["_id"]
                if not isinstance(aggregate, str):
                    self._foreign(kind, str(aggregate), "a document with an id that no service gives")
                elif (record := _record(kind, document)) is not None:
                    yield kind, aggregate, Kind.DOCUMENT, 0, record
                else:
                    self._foreign(kind, aggregate, "a document that no service wrote like this")

    def _entries(self) -> Iterator[Item]:
        for document in self._database[journal.COLLECTION].find({}).sort("_id", 1):
            match document["_id"]:
                case {"c": str(collection), "a": str(aggregate), "v": int(version), **rest} if not rest:
                    yield collection, aggregate, Kind.ENTRY, version, document
                case other:
                    self._foreign(journal.COLLECTION, str(other), "an entry with an id that no service gives")

    def _leaves(self, id: str) -> Iterator[Item]:
        for line in leaves(self._database, id):
            leaf = leaf_of(line)
            yield leaf.collection, leaf.aggregate, Kind.LEAF, leaf.version, leaf

    def _raw(self, kind: str) -> Any:
        options: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
        return self._database[kind].with_options(codec_options=options)

    def _record(self, kind: str, id: str) -> Record | None:
        document = self._raw(kind).find_one({"_id": id}, _READ)
        return document and _record(kind, document)

    def _foreign(self, collection: str, id: str, says: str) -> None:
        self._report.add(Fault(FOREIGN, collection, id, 0, says))

    def _proven_anchors(self) -> list[str]:
        """The anchors whose leaves, as they are kept here, give the root that is kept elsewhere."""
        known = {anchor.id for anchor in self._elsewhere}
        own = list(self._database[ANCHORS].find({}).sort("_id", -1))
        newest = self._elsewhere[0].id if self._elsewhere else ""
        later = sum(anchor["_id"] > newest for anchor in own)
        if not self._elsewhere:
            self._anchor_fault("", "no anchor is kept elsewhere: what was cut off or set back cannot be seen")
        for anchor in own:
            published = anchor.get("published_at")
            if anchor["_id"] not in known and published and self._now - published > PROJECTED_WITHIN:
                self._anchor_fault(anchor["_id"], "it was published and is not kept elsewhere")
        proven = [one.id for one in self._elsewhere[: max(1, ANCHORS_KEPT - later)] if self._proves(one)]
        self._report.anchors = len(proven)
        return proven

    def _proves(self, anchor: Anchor) -> bool:
        tree = MerkleTree()
        with suppress(*MALFORMED):
            for line in leaves(self._database, anchor.id):
                tree.add(line)
            if tree.root() == anchor.root:
                return True
        missing = self._database[LEAVES].find_one({"_id.anchor": anchor.id}) is None
        says = "its leaves are missing" if missing else "its leaves do not give the root that is kept elsewhere"
        self._anchor_fault(anchor.id, says)
        return False

    def _anchor_fault(self, id: str, says: str) -> None:
        self._report.add(Fault(ANCHOR, ANCHORS, id, 0, says))


def _record(kind: str, raw: RawBSONDocument) -> Record | None:
    """The document's part in the journal; None where it is no aggregate's document."""
    document: dict[str, Any] = bson.decode(raw.raw, CodecOptions(tz_aware=True))
    with suppress(*MALFORMED):
        pending = [entry["entry"] for entry in document.get("outbox", ()) if entry["kind"] == journal.KIND]
        birth = journal.birth(kind, document["_id"], document["born"])
        numbers = [document["version"], *(entry["_id"]["v"] for entry in pending)]
        if all(isinstance(number, int) for number in numbers) and (birth is None or birth.hash()):
            return Record(
                version=document["version"],
                head=journal.head_of(document),
                birth=birth,
                digest=journal.digest(raw["state"].raw),
                pending=tuple(pending),
            )
    return None


def _together(record: Record | None, stored: Iterable[Any]) -> Iterator[Any]:
    """What the journal keeps and what is on its way there, in order."""
    pending = () if record is None else record.pending
    return heapq.merge(stored, pending, key=lambda entry: entry["_id"]["v"]) if pending else iter(stored)


def _version(record: Record | None) -> int | None:
    return None if record is None else record.version


def anchor_told(told: dict[str, Any]) -> Anchor:
    """The anchor that the data of an event `journal_anchored` tell of."""
    settled = told["settled"] and datetime.fromisoformat(told["settled"])
    return Anchor(told["anchor"], bytes.fromhex(told["root"]), settled)
