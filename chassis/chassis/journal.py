"""The journal: one chain of entries for each aggregate, which shows whether what was written has been changed since.

In time order: a create keeps in its document who made it and the digest of its state (`born`), which is the chain's
first entry and needs no document of its own. A change digests the state that it read, as it lay in the document, and
the state that it writes, and builds its entry on the head that it read. The same one write sets the new head and puts
the entry into the outbox; the relay moves it into the collection `journal`, idempotently by its id. An entry holds
ids, names of operations and digests, and no personal values. `decalog journal verify` follows the chains.

Hashes are SHA-256 with the prefixes of RFC 9162 (2.1.1): 0x00 for what is a leaf, 0x01 for a node of a tree. A state's
digest is that of its BSON; an entry's hash is that of a JSON array in the order of its fields, digests in hex.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from pymongo.database import Database

COLLECTION = "journal"
KIND = "journal"
NUMBER = 0
"""An entry's number within its write: the announcements of the write are numbered from 1."""

LEAF, NODE = b"\x00", b"\x01"
NOTHING = bytes(32)
"""In place of a digest or hash where there is none: before the first entry."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Head(NamedTuple):
    """Where an aggregate's chain stands: the hash of its last entry, and the version that this entry tells of."""

    hash: bytes
    version: int

    def document(self) -> dict[str, Any]:
        """As it lies in the aggregate's document."""
        return {"hash": self.hash, "version": self.version}


NO_HEAD = Head(NOTHING, 0)


class JournalEntry(NamedTuple):
    """One write: who did what, when, to which aggregate, and what its state was before and is after.

    `version` is the aggregate's from this write on, and the entry's place in the chain. `at` is business time.
    """

    collection: str
    aggregate: str
    version: int
    who: str
    operation: str
    at: datetime
    trace: str
    was: bytes
    became: bytes
    previous: bytes

    def hash(self) -> bytes:
        """What the next entry is built on."""
        said = (
            *self[:5],
            (self.at - _EPOCH) // _MILLISECOND,
            self.trace,
            self.was.hex(),
            self.became.hex(),
            self.previous.hex(),
        )
        return digest(orjson.dumps(said))

    def document(self, hash: bytes) -> dict[str, Any]:
        """As it lies in the journal, in the order of collection, aggregate and version."""
        return {
            "_id": entry_id(self.collection, self.aggregate, self.version),
            "who": self.who,
            "operation": self.operation,
            "at": self.at,
            "trace": self.trace,
            "was": self.was,
            "became": self.became,
            "previous": self.previous,
            "hash": hash,
        }


def digest(content: bytes) -> bytes:
    """The hash of a leaf: an encoded state, a journal entry, an anchored head."""
    return hashlib.sha256(LEAF + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of a node of a Merkle tree."""
    return hashlib.sha256(NODE + left + right).digest()


def entry_id(collection: str, aggregate: str, version: int) -> dict[str, Any]:
    """The id of an entry in the journal; ids compare field by field, so the primary index is the chain's order."""
    return {"c": collection, "a": aggregate, "v": version}


def birth(collection: str, aggregate: str, born: Mapping[str, Any]) -> JournalEntry | None:
    """The first entry of a chain, from what the document keeps of its create; None before there was a journal."""
    if "state" not in born:
        return None
    return JournalEntry(
        collection=collection,
        aggregate=aggregate,
        version=1,
        who=born["principal"],
        operation=born["operation"],
        at=born["at"],
        trace=born["trace"],
        was=NOTHING,
        became=born["state"],
        previous=NOTHING,
    )


def begun(collection: str, aggregate: str, born: Mapping[str, Any]) -> Head:
    """The head of the chain that a create begins."""
    first = birth(collection, aggregate, born)
    assert first is not None
    return Head(first.hash(), first.version)


def kept(document: Mapping[str, Any]) -> JournalEntry:
    """The entry that a document of the journal tells of, whether or not its hash is right."""
    place = document["_id"]
    return JournalEntry(
        place["c"],
        place["a"],
        place["v"],
        document["who"],
        document["operation"],
        document["at"],
        document["trace"],
        document["was"],
        document["became"],
        document["previous"],
    )


def head_of(document: Mapping[str, Any]) -> Head:
    """The head in an aggregate's document; none in one that was last written before there was a journal.

    None either where it is no head: the next write goes on, and `verify` finds that its entry is built on nothing.
    """
    match document.get("journal"):
        case {"hash": bytes(hash), "version": int(version)}:
            return Head(hash, version)
    return NO_HEAD


def outbox_entry(entry: JournalEntry, hash: bytes, noted: datetime) -> dict[str, Any]:
    """How an entry travels in its aggregate's document until the relay has moved it."""
    return {
        "id": f"{entry.aggregate}:{entry.version}:{NUMBER}",
        "at": noted,
        "kind": KIND,
        "entry": entry.document(hash),
    }


def chain(database: Database[Any], collection: str, aggregate: str) -> Any:
    """A cursor over what the journal keeps of one aggregate, in order."""
    first, beyond = (entry_id(collection, aggregate, version) for version in (0, 2**62))
    return database[COLLECTION].find({"_id": {"$gte": first, "$lt": beyond}}).sort("_id", 1)
