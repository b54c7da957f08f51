"""Anchors: once a day the heads of all chains are summed up in one hash, which is kept where this service can't reach.

In time order: one replica reads every aggregate's id and head, in order; writes them down as leaves, a thousand a
document; makes the Merkle root over them; keeps the anchor; and publishes it as `journal_anchored` to the exchange
`escalations`, key `anchor.<service>`. From there the stream has it, and the gateway in its own database. An anchor that
could not be published is published by the next look. What is changed, taken away or set back later contradicts a root
that stands elsewhere; the leaves, which that root proves, say which aggregate it was. Leaves are kept for
`ANCHORS_KEPT` anchors, roots for ever.

The journal is introduced while replicas from before it may still write. The first two anchors, a day apart, therefore
adopt what they find written past the journal: a write that changes nothing but brings the document its head. After the
second one nothing is adopted any more, so `settled`, its time, says from when on such writes are findings.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import orjson
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import telemetry
from chassis.clock import Clock, machine_now
from chassis.entries import Origin
from chassis.journal import head_of
from chassis.merkle import MerkleTree
from chassis.relay import Outgoing, Publishes
from chassis.rounds import Round
from chassis.store import Aggregates, Command

BEYOND = 2**62
"""After every number in an id."""

ANCHORS, LEAVES = "journal_anchors", "journal_leaves"
EVENT = "journal_anchored"

EVERY = timedelta(days=1)
LOOK_EVERY = timedelta(seconds=30)
LEAVES_A_DOCUMENT = 1_000

CUT_OFF = timedelta(hours=1)
"""Leaves that are no anchor after so long are those of a process that died."""

ADOPTING = 2
"""So many first anchors adopt; replicas from before the journal have a day in which to end. Our default."""

ANCHORS_KEPT = 7
"""Anchors whose leaves are kept: who verifies once a week misses nothing. Our default, at some 120 bytes a leaf."""


class Leaf(NamedTuple):
    """One aggregate as an anchor saw it: the head of its chain, and the version, which counts its writes."""

    collection: str
    aggregate: str
    version: int
    head: bytes

    def content(self) -> bytes:
        """What is hashed and kept: one line of JSON."""
        return orjson.dumps((self.collection, self.aggregate, self.version, self.head.hex()))


Kinds = Sequence[Aggregates[Any]]
"""All aggregates of one service."""


def anchoring(service: str, database: Database[Any], kinds: Kinds, publisher: Publishes, clock: Clock) -> Round:
    """The round that anchors the chains of these aggregates once a day. Creates the index that numbers the anchors."""
    database[ANCHORS].create_index("number", unique=True)

    def look() -> None:
        last = newest(database)
        if last is None or clock.now() - last["at"] >= EVERY:
            last = anchor(service, database, kinds, clock.now())
        if last["published_at"] is None:
            _publish(service, database, last, publisher)

    return Round("anchor", LOOK_EVERY, look)


def anchor(service: str, database: Database[Any], kinds: Kinds, at: datetime) -> Any:
    """Write the leaves of this moment and keep the anchor over them; leaves that are too old go.

    Where another replica anchors at the same time, the one that is first counts, for both.
    """
    before = newest(database) or {"_id": "", "number": 0, "settled": None}
    number, name = before["number"] + 1, _text(at)
    if number <= ADOPTING:
        _adopt(service, kinds, at)
    _forget_cut_off(database, before["_id"], at)
    made = {
        "_id": name,
        "number": number,
        "at": at,
        **_write_leaves(database, kinds, name),
        "settled": at if number == ADOPTING else before["settled"],
        "published_at": None,
    }
    try:
        database[ANCHORS].insert_one(made)
    except DuplicateKeyError:  # another replica was faster
        database[LEAVES].delete_many({"_id": _of(name)})
        return database[ANCHORS].find_one({"number": number})
    _forget_leaves(database)
    return made


def newest(database: Database[Any]) -> dict[str, Any] | None:
    """The last anchor that this service made."""
    return database[ANCHORS].find_one({}, sort=[("_id", -1)])


def leaves(database: Database[Any], name: str) -> Iterator[bytes]:
    """The leaves of one anchor, in order, as they were hashed."""
    for chunk in database[LEAVES].find({"_id": _of(name)}).sort("_id", 1):
        yield from chunk["leaves"].split(b"\n")


def leaf_of(line: bytes) -> Leaf:
    """A leaf by its content. Raises ValueError for anything else."""
    collection, aggregate, version, head = orjson.loads(line)
    return Leaf(collection, aggregate, version, bytes.fromhex(head))


def message(service: str, made: dict[str, Any]) -> Outgoing:
    """An anchor as it is published: nothing but a hash, counts and instants."""
    attributes = {
        "specversion": "1.0",
        "id": f"{service}:anchor:{made['_id']}",
        "source": f"/decalog/{service}",
        "type": f"decalog.{service}.{EVENT}.v1",
        "subject": service,
        "time": _text(made["at"]),
        "datacontenttype": "application/json",
    }
    body = {
        "service": service,
        "anchor": made["_id"],
        "root": made["root"].hex(),
        "number": made["number"],
        "leaves": made["leaves"],
        "settled": made["settled"] and _text(made["settled"]),
    }
    return Outgoing("escalations", f"anchor.{service}", json.dumps(body, separators=(",", ":")), attributes)


def _publish(service: str, database: Database[Any], made: dict[str, Any], publisher: Publishes) -> None:
    if publisher.publish([message(service, made)]) != [True]:
        telemetry.logger().warning("anchor.unsent", service=service, anchor=made["_id"])
        return
    database[ANCHORS].update_one({"_id": made["_id"]}, {"$set": {"published_at": machine_now()}})


def _adopt(service: str, kinds: Kinds, at: datetime) -> None:
    """Give their heads to documents that were last written past the journal."""
    origin = Origin(service, service, correlation="", causation="", traceparent="")
    for kind in kinds:
        for aggregate in kind.unjournaled():
            kind.adopt(aggregate, Command(None, service, "adopt_into_journal", "", at, origin))


def _write_leaves(database: Database[Any], kinds: Kinds, name: str) -> dict[str, Any]:
    """Keep the leaves, some in each document, and give the root over them and their number."""
    tree, heads = MerkleTree(), _heads(kinds)
    while lines := [leaf.content() for leaf in islice(heads, LEAVES_A_DOCUMENT)]:
        database[LEAVES].insert_one({"_id": {"anchor": name, "from": tree.leaves}, "leaves": b"\n".join(lines)})
        for line in lines:
            tree.add(line)
    return {"root": tree.root(), "leaves": tree.leaves}


def _heads(kinds: Kinds) -> Iterator[Leaf]:
    """Every aggregate that has a head, in the order of collection and id."""
    for kind in sorted(kinds, key=lambda kind: kind.name):
        for document in kind.collection.find({"journal": {"$exists": True}}, {"journal": 1}).sort("_id", 1):
            head = head_of(document)
            yield Leaf(kind.name, document["_id"], head.version, head.hash)


def _of(name: str) -> dict[str, Any]:
    """The ids of one anchor's leaves."""
    return {"$gte": {"anchor": name, "from": 0}, "$lt": {"anchor": name, "from": BEYOND}}


def _forget_cut_off(database: Database[Any], last: str, at: datetime) -> None:
    """Leaves that were written since the last anchor, and never became one."""
    since, until = {"anchor": last, "from": BEYOND}, {"anchor": _text(at - CUT_OFF), "from": 0}
    database[LEAVES].delete_many({"_id": {"$gt": since, "$lt": until}})


def _forget_leaves(database: Database[Any]) -> None:
    """The oldest leaves go; one more anchor's than are looked at stay, for whoever is looking at this moment."""
    found = database[ANCHORS].find({}, {"_id": 1}, limit=ANCHORS_KEPT + 1).sort("_id", -1)
    *_, oldest = (one["_id"] for one in found)
    database[LEAVES].delete_many({"_id": {"$lt": {"anchor": oldest, "from": 0}}})


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
