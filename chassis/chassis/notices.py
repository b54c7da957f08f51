"""Entries on their way, document by document: what the relay hands from one step to the next, and in which order.

Within a document the order of its versions is what counts: a version is published when the one before has arrived, and
taken out of the outbox when every version before it has.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from chassis.entries import Entry

BATCH = 200


class Notice(NamedTuple):
    """Entries of one document. `whole`: the version at which they are everything in its outbox, where that is known."""

    collection: str
    document: str
    entries: tuple[Entry, ...]
    whole: int | None = None


def taken(queue: deque[Notice]) -> list[Notice]:
    """Up to a batch off the queue, those that hold something."""
    found = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
    return [notice for notice in found if notice.entries]


def entries_of(notices: Sequence[Notice]) -> Iterator[Entry]:
    """All entries of these notices."""
    return (entry for notice in notices for entry in notice.entries)


def merged(notices: Sequence[Notice]) -> list[Notice]:
    """One notice a document, its entries once each and in order of their versions."""
    found: dict[tuple[str, str], Notice] = {}
    for notice in notices:
        key = notice.collection, notice.document
        found[key] = _together(found[key], notice) if key in found else notice
    return list(found.values())


def _together(one: Notice, other: Notice) -> Notice:
    entries = {entry["id"]: entry for entry in (*one.entries, *other.entries)}
    later = other if (other.whole or 0) > (one.whole or 0) else one
    whole = later.whole if len(entries) == len(later.entries) else None
    return one._replace(entries=tuple(sorted(entries.values(), key=_place)), whole=whole)


def _place(entry: Entry) -> tuple[int, int]:
    _, version, number = entry["id"].rsplit(":", 2)
    return int(version), int(number)


def versions(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The messages among these entries, one list a version."""
    messages = [entry for entry in entries if "exchange" in entry]
    return [list(group) for _, group in groupby(messages, key=lambda entry: _place(entry)[0])]


def whole_versions(entries: Sequence[Entry], sent: Mapping[str, bool]) -> tuple[Entry, ...]:
    """The entries of the versions before the first one of which a message has not arrived."""
    arrived: list[Entry] = []
    for _, group in groupby(entries, key=lambda entry: _place(entry)[0]):
        version = list(group)
        if not all(sent.get(entry["id"], True) for entry in version):
            break
        arrived += version
    return tuple(arrived)
