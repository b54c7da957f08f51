"""What goes into the store and comes out of it: commands, reaches, documents, and what these keep beside the state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

import bson
from attrs import frozen

from chassis import journal, ring
from chassis.clock import machine_now
from chassis.entries import Announce, Announcement, Entry, Origin

State = TypeVar("State")


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


READ = {"version": 1, "state": 1, "ring": 1, "outbox": 1, "born": 1, "journal": 1}
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


class Newborn(NamedTuple):
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


def chained(
    collection: str, loaded: Loaded, digest: bytes, command: Command, noted: datetime
) -> tuple[journal.Head, Entry]:
    """The chain's new head, and the journal's entry on its way in the outbox.

    The state before is digested as it was read, not copied from the last entry: so a state that was changed past
    the store stays visible in the chain when the next write has replaced it.
    """
    entry = journal.JournalEntry(
        collection=collection,
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


def birth_of(command: Command, digest: bytes) -> dict[str, Any]:
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


def pending(entries: Sequence[Entry]) -> dict[str, Any]:
    """The outbox with these entries, and since when something waits in it."""
    return {"outbox": list(entries), "outbox_since": entries[0]["at"]} if entries else {"outbox": []}


def applied(loaded: Loaded, command: Command) -> ring.Mark | None:
    """The mark of this command, where it was applied before."""
    return None if command.id is None else ring.find(loaded.marks, command.id, command.fingerprint)


def remembering(marks: tuple[ring.Mark, ...], command: Command, version: int) -> tuple[ring.Mark, ...]:
    """The ring with this command in it."""
    if command.id is None:
        return marks
    now = machine_now()
    mark = ring.Mark(
        command.id, command.principal, command.operation, command.fingerprint, command.status, version, now
    )
    return ring.remember(marks, mark, now=now)
