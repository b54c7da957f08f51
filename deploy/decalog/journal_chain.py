"""Follows one aggregate's chain and says which entry is the first that cannot be right. Pure: it is given everything.

In order: the create, as the document keeps it, and then entry by entry. Each must hash to the hash it carries, be
built on the one before, find the state that the one before left, and be what the anchors saw at its version. At the
end the document must have the last entry's hash as its head and the state that this entry digested.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby
from typing import Any

from attrs import define, field, frozen

from chassis.anchors import Leaf
from chassis.journal import NOTHING, Head, JournalEntry, kept

Stored = Mapping[str, Any]
MALFORMED = (KeyError, TypeError, AttributeError, ValueError)
"""What reading raises of a document that somebody else wrote."""

NEAR = 1_000
"""How far from its place an entry is looked for that carries another one's hash."""

EDITED, DELETED, INSERTED, REORDERED = "edited", "deleted", "inserted", "reordered"
TRUNCATED, REMOVED, SET_BACK, STATE, UNJOURNALED = "truncated", "removed", "set back", "state changed", "unjournaled"


@frozen
class Fault:
    """What is wrong with one aggregate, from which entry on."""

    kind: str
    collection: str
    aggregate: str
    version: int
    says: str


@frozen
class Record:
    """An aggregate's document as far as the journal concerns it. `pending`: entries that the relay has not moved."""

    version: int
    head: Head
    birth: JournalEntry | None
    digest: bytes
    pending: tuple[Stored, ...] = ()


class _Found(Exception):
    def __init__(self, kind: str, version: int, says: str) -> None:
        super().__init__(says)
        self.kind, self.version, self.says = kind, version, says


@define
class Chain:
    """One aggregate's chain. `settled`: until then writes past the journal may be those of older replicas; None: still.

    One that may be is a note, any other one a fault.
    """

    collection: str
    aggregate: str
    settled: datetime | None
    notes: list[Fault] = field(factory=list)
    entries: int = 0
    _last: JournalEntry | None = None
    _hash: bytes = NOTHING
    _seen: dict[int, set[bytes]] = field(factory=dict)

    def judge(self, record: Record | None, entries: Iterable[Stored], seen: Sequence[Leaf]) -> Fault | None:
        """The first fault, or None. `entries` as the journal keeps them, in order; `seen` what anchors saw."""
        for leaf in seen:
            self._seen.setdefault(leaf.version, set()).add(leaf.head)
        try:
            self._follow(record, iter(entries))
        except _Found as found:
            return self._fault(found.kind, found.version, found.says)
        return None

    def _follow(self, record: Record | None, entries: Iterator[Stored]) -> None:
        first = next(entries, None)
        if record is None:
            left = "its document is gone, and its journal with it" if first is None else "its document is gone"
            raise _Found(REMOVED, 1, left)
        if record.head.version == 0:
            if first is not None or self._seen:
                raise _Found(SET_BACK, 1, "its document has no head, and it had a journal")
            self._past(record.version, "it was written without a journal", self.settled is not None)
            return
        if record.birth is not None:
            self._accept(record.birth, record.birth.hash())
        self._take_all(record, () if first is None else chain((first,), entries))
        self._end(record)

    def _past(self, version: int, says: str, fault: bool) -> None:
        """Something was written past the journal."""
        if fault:
            raise _Found(UNJOURNALED, version, says)
        self.notes.append(self._fault(UNJOURNALED, version, says))

    def _take_all(self, record: Record, entries: Iterable[Stored]) -> None:
        """Each entry with the one that follows it, which tells what the entry was when its successor was written."""
        waiting = _once(entries)
        current = next(waiting, None)
        while current is not None:
            following = next(waiting, None)
            self._take(current, following, record.head)
            current = following

    def _take(self, stored: Stored, following: Stored | None, head: Head) -> None:
        version, before = stored["_id"]["v"], self._last.version if self._last else 0
        entry = sound(stored)
        if version <= before or version > head.version:
            self._beyond(version, head, linked=entry is not None and entry.previous == self._hash)
        if entry is None:
            self._misplaced(stored, version, following)
            raise _Found(EDITED, version, "it is not what its hash says")
        if entry.previous != self._hash:
            self._unlinked(entry, stored["hash"], before, following, head)
        self._gap(entry, before)
        self._accept(entry, stored["hash"])

    def _beyond(self, version: int, head: Head, *, linked: bool) -> None:
        if linked and version > head.version:
            says = f"the document stands at {head.version} and its journal goes on: set back, or entries were put in"
            raise _Found(SET_BACK, head.version + 1, says)
        raise _Found(INSERTED, version, "there is no write to which it belongs")

    def _misplaced(self, stored: Stored, version: int, following: Stored | None) -> None:
        """Whether the entry is whole but for its number."""
        whence = origin(stored)
        if whence is None:
            return
        if whence == version - 1:
            again = stored["hash"] == self._hash
            raise _Found(INSERTED, version if again else version - 1, "what follows it was moved up by one")
        if whence == version + 1 and (following is None or origin(following) != version):
            raise _Found(DELETED, version, "it is missing, and what followed it was moved down by one")
        raise _Found(REORDERED, version, f"what stands in its place is entry {whence}")

    def _unlinked(self, entry: JournalEntry, hash: bytes, before: int, following: Stored | None, head: Head) -> None:
        if self._last is None:
            raise _Found(EDITED, 1, "what the document keeps of its create is gone")
        if entry.version > before + 1:
            missing = f"{before + 1}" if entry.version == before + 2 else f"{before + 1} to {entry.version - 1}"
            raise _Found(DELETED, before + 1, f"missing: {missing}")
        if entry.previous == NOTHING:
            raise _Found(
                EDITED, entry.version, "it is built on nothing: the document's head was gone when it was written"
            )
        confirmed = head.hash if following is None else following.get("previous")
        if confirmed == hash:
            raise _Found(EDITED, before, "it is not the entry on which the next one was built")
        raise _Found(EDITED, entry.version, "it is not built on the entry before it, nor is the next one built on it")

    def _gap(self, entry: JournalEntry, before: int) -> None:
        """What happened between this entry and the one on which it is built."""
        if entry.version == before + 1:
            if self._last is not None and entry.was != self._last.became:
                raise _Found(STATE, entry.version, f"the state was changed past the service after version {before}")
            return
        says = f"versions {before + 1} to {entry.version - 1} were written past the journal"
        self._past(before + 1, says, self.settled is not None and entry.at > self.settled)

    def _accept(self, entry: JournalEntry, hash: bytes) -> None:
        for version in sorted(version for version in self._seen if version < entry.version):
            raise _Found(DELETED, version, "an anchor saw it, and it is missing")
        if self._seen.pop(entry.version, {hash}) != {hash}:
            raise _Found(EDITED, entry.version, "an anchor saw another one: the chain was written anew")
        self._last, self._hash = entry, hash
        self.entries += 1

    def _end(self, record: Record) -> None:
        last = self._last.version if self._last else 0
        if last < record.head.version:
            raise _Found(TRUNCATED, last + 1, f"the journal ends before it, the document stands at {record.version}")
        if self._hash != record.head.hash:
            raise _Found(EDITED, last, "it is not the document's head")
        if self._seen:
            saw = max(self._seen)
            raise _Found(SET_BACK, last + 1, f"an anchor saw version {saw}, and document and journal stand at {last}")
        if record.version != last:
            says = f"the document's version {record.version} was written past the journal"
            self._past(last + 1, says, self.settled is not None or record.version < last)
        elif self._last is None or record.digest != self._last.became:
            raise _Found(STATE, last, "the document's state is not what this entry left")

    def _fault(self, kind: str, version: int, says: str) -> Fault:
        return Fault(kind, self.collection, self.aggregate, version, says)


def sound(stored: Stored) -> JournalEntry | None:
    """The entry that is stored, if its hash is right."""
    try:
        entry = kept(stored)
        return entry if entry.hash() == stored["hash"] else None
    except MALFORMED:
        return None


def origin(stored: Stored) -> int | None:
    """The other number under which this entry would be right."""
    try:
        entry = kept(stored)
        around = range(max(1, entry.version - NEAR), entry.version + NEAR)
        numbers = (number for number in around if number != entry.version)
        return next((number for number in numbers if entry._replace(version=number).hash() == stored["hash"]), None)
    except MALFORMED:
        return None


def _once(entries: Iterable[Stored]) -> Iterator[Stored]:
    """Without the second of two that are the same: an entry may stand in the outbox still, and in the journal."""
    for _, same in groupby(entries, key=lambda stored: stored["_id"]["v"]):
        first, *others = same
        yield first
        yield from (other for other in others if other != first)
