"""An aggregate is a document; a command reads it and writes it once.

In time order: `change` loads the document inside the caller's scope; looks at the ring, where a command that was
applied before answers again without a second effect; honours If-Match; lets the domain decide; and writes state, ring,
outbox and the head of its journal (`journal.py`) in one update filtered by the version that was read. A lost race
reloads and decides again with the same time and ids. The write's entries are then handed to the relay (`relay.py`),
which moves and marks them. A create is one insert, whose document remembers for ever which command made it, and keeps
the first rows of its collections.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import bson
from attrs import frozen
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
    Announce,
    Announcement,
    Entry,
    Origin,
    first_rows,
    message_entry,
    outbox_entries,
)
from chassis.errors import Conflict, Forbidden, Malformed, Missing, Stale
from chassis.fieldcrypt import masked_phone
from chassis.inserts import Inserts

BUDGET_BYTES = 1_000_000
RACES = 5
TOGETHER = 100
"""Creates that go into the database by one write; other calls get their turn in between."""

_NUMBER = re.compile(r"[0-9]{11}|[0-9]{15}|[0-9]{17}[0-9Xx]")

State = TypeVar("State")


class NotFound(Missing):
    """No such thing, or not for this caller."""

    code = "chassis.not_found"
    zh = "找不到 {id}"
    en = "{id} was not found"


class OutOfReach(Forbidden):
    """The caller may see it and may not do this with it."""

    code = "chassis.not_permitted"
    zh = "没有对 {id} 进行此操作的权限"
    en = "this is not permitted on {id}"


class VersionChanged(Stale):
    """If-Match names another version than the present one."""

    code = "chassis.version_changed"
    zh = "{id} 的版本已是 {version}，请重新读取后再提交"
    en = "{id} is at version {version} now; read it again"


class Contended(Conflict):
    """Others kept changing it first."""

    code = "chassis.contended"
    zh = "{id} 正被多人同时修改，请稍后重试"
    en = "{id} is being changed by others; try again"
    passing = True


class TakenByAnother(Conflict):
    """The id exists, made by another command."""

    code = "chassis.exists"
    zh = "{id} 已存在"
    en = "{id} exists already"


class OverBudget(Malformed):
    """The document would grow over its budget."""

    code = "chassis.over_budget"
    zh = "{id} 的内容超过 {budget} 字节的上限"
    en = "{id} would be larger than {budget} bytes"


@frozen
class Command:
    """One command on its way: what the ring, the events and the decision need to know of it."""

    id: str | None
    principal: str
    operation: str
    fingerprint: str
    now: datetime
    origin: Origin
    if_match: int | None = None
    status: int = 200


@frozen
class Reach:
    """The units over which a caller may do this (`within`), and all units of which it may see anything."""

    within: tuple[str, ...]
    visible: tuple[str, ...]


_READ = {"version": 1, "state": 1, "ring": 1, "outbox": 1, "born": 1, "journal": 1}
"""What is read of a document: its stamps are for queries, its first rows for `Rows`."""

EVERYWHERE = None
"""The reach of the system itself: timers and reactions."""


class Loaded(NamedTuple):
    """A document as read: its domain state and what the store keeps beside it. `raw` is the state as it was stored."""

    id: str
    version: int
    state: Any
    marks: tuple[ring.Mark, ...]
    outbox: tuple[Entry, ...]
    born: Mapping[str, Any]
    raw: Mapping[str, Any]
    head: journal.Head


class Saved(NamedTuple):
    """What a command answers with. `replayed`: the command had been applied before."""

    id: str
    version: int
    state: Any
    replayed: bool
    status: int


class Birth(NamedTuple):
    """One of several creates."""

    id: str
    command: Command
    decide: Callable[[], "Decision[Any]"]


class _Newborn(NamedTuple):
    """A create on its way into the database."""

    id: str
    state: Any
    document: Mapping[str, Any]
    entries: Sequence[Entry]

    def saved(self, command: Command) -> Saved:
        """What it is answered with when it is there."""
        return Saved(self.id, 1, self.state, replayed=False, status=command.status)


class Relays(Protocol):
    """Takes over a write's entries."""

    def notice(self, collection: str, document: str, entries: Sequence[Entry], *, whole: int | None = None) -> None:
        """Move these entries soon; `whole` is the version whose outbox holds nothing else.

        Never raises: the sweeper finds what is not moved.
        """
        ...


Decision = tuple[State, Iterable[Announcement]]


@frozen
class Restates:
    """The state-carrying event by which an aggregate is told again, and how it is made from the state alone."""

    event: str
    make: Callable[[Any], Announce]


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
            if mark := _applied(loaded, command):
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
        found = self.collection.find_one(_filter(id, None if reach is None else reach.within), _READ)
        if found is None:
            if reach is not None and self.collection.find_one(_filter(id, reach.visible), {"_id": 1}):
                raise OutOfReach(id=_named(id))
            raise NotFound(id=_named(id))
        return self._structured(found)

    def find(self, query: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] = (), limit: int = 0) -> list[Loaded]:
        """Documents that match; for lists, reactions and audits. At most 5 s on the server."""
        cursor = self.collection.find(query, _READ, max_time_ms=5_000, limit=limit)
        return [self._structured(found) for found in (cursor.sort(list(sort)) if sort else cursor)]

    def find_stamped(
        self, query: Mapping[str, Any], *, sort: Sequence[tuple[str, int]], limit: int
    ) -> list[tuple[datetime, Loaded]]:
        """Like `find`, with the `at` that each document is stamped with."""
        cursor = self.collection.find(query, {**_READ, "at": 1}, max_time_ms=5_000, limit=limit).sort(list(sort))
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

    def _newborn(self, id: str, command: Command, decide: Callable[[], Decision[State]]) -> "_Newborn":
        state, decided = decide()
        announcements = tuple(decided)
        rows = first_rows(announcements, command.now)
        moved = [each for each in announcements if not (rows and isinstance(each, AddRow))]
        entries = self._entries(id, 1, moved, command)
        raw, digest = self._unstructured(id, state)
        born = _born(command, digest)
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
            **_pending(entries),
        }
        return _Newborn(id, state, document, entries)

    def _write(self, loaded: Loaded, state: State, announcements: Iterable[Announcement], command: Command) -> bool:
        version = loaded.version + 1
        raw, digest = self._unstructured(loaded.id, state)
        announced = self._entries(loaded.id, version, announcements, command)
        noted = announced[0]["at"] if announced else machine_now()
        head, journaled = self._journaled(loaded, digest, command, noted)
        entries = [journaled, *announced]
        marks = _remembering(loaded.marks, command, version)
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

    def _journaled(
        self, loaded: Loaded, digest: bytes, command: Command, noted: datetime
    ) -> tuple[journal.Head, Entry]:
        """The chain's new head, and the journal's entry on its way in the outbox.

        The state before is digested as it was read, not copied from the last entry: so a state that was changed past
        the store stays visible in the chain when the next write has replaced it.
        """
        entry = journal.JournalEntry(
            collection=self.name,
            aggregate=loaded.id,
            version=loaded.version + 1,
            who=command.principal,
            operation=command.operation,
            at=command.now,
            trace=command.origin.correlation,
            was=journal.digest(bson.encode(loaded.raw)),
            became=digest,
            previous=loaded.head.hash,
        )
        head = journal.Head(entry.hash(), entry.version)
        return head, journal.outbox_entry(entry, head.hash, noted)

    def restated(self, after: str, limit: int) -> list[Entry]:
        """Up to `limit` aggregates with ids above `after`, in order, each as it last told its state."""
        assert self._restates is not None
        wanted = {"_id": {"$gt": after}, "said": {"$exists": True}}
        found = self.collection.find(wanted, {**_READ, "said": 1}, limit=limit, max_time_ms=5_000).sort("_id", 1)
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
        """The state as it is stored, and its digest."""
        raw = self._converter.unstructure(state)
        encoded = bson.encode(raw)
        if len(encoded) > BUDGET_BYTES:
            telemetry.DOCUMENT_REFUSED.labels(self._service, self.name).inc()
            raise OverBudget(id=id, budget=BUDGET_BYTES)
        return raw, journal.digest(encoded)

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


def _named(id: str) -> str:
    """An id as a refusal names it; masked where it might be the number of a phone or of an identity card."""
    return masked_phone(id) if _NUMBER.fullmatch(id) else id


def _filter(id: str, units: tuple[str, ...] | None) -> dict[str, Any]:
    return {"_id": id} if units is None else {"_id": id, "units": {"$in": list(units)}}


def _born(command: Command, digest: bytes) -> dict[str, Any]:
    """What a document keeps of its create for ever."""
    return {
        "command": command.id,
        "principal": command.principal,
        "operation": command.operation,
        "fingerprint": command.fingerprint,
        "status": command.status,
        "at": command.now,
        "trace": command.origin.correlation,
        "state": digest,
    }


def _pending(entries: Sequence[Entry]) -> dict[str, Any]:
    return {"outbox": list(entries), "outbox_since": entries[0]["at"]} if entries else {"outbox": []}


def _applied(loaded: Loaded, command: Command) -> ring.Mark | None:
    return None if command.id is None else ring.find(loaded.marks, command.id, command.fingerprint)


def _remembering(marks: tuple[ring.Mark, ...], command: Command, version: int) -> tuple[ring.Mark, ...]:
    if command.id is None:
        return marks
    now = machine_now()
    mark = ring.Mark(
        command.id, command.principal, command.operation, command.fingerprint, command.status, version, now
    )
    return ring.remember(marks, mark, now=now)
