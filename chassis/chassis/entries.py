"""What a command announces, and how it travels inside the document until the relay has moved it.

The domain returns facts; the service turns them into announcements (`Announce`, `Escalate`, `SetTimer`,
`CancelTimer`, `AddRow`, `SetTasks`); `outbox_entries` numbers them `<aggregate>:<version>:<n>` and gives each the
shape in which it lies in the outbox. An event's body is encoded here, once: what is stored is byte for byte what is
sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from attrs import frozen

from chassis.work.board import open_tasks
from chassis.work.tasks import Task

Entry = dict[str, Any]
"""One outbox entry as it lies in a document: `id`, `kind`, `at` (machine time) and what its kind needs."""

ROUTING_WORDS = 3
FIRST_ROWS = 50

STATE, FACT = "state", "fact"


@frozen
class Subject:
    """Whom an announcement concerns: the units it is filed under (root first), routing words, drill flag."""

    units: tuple[str, ...]
    words: tuple[str, ...] = ()
    drill: bool = False


def filed_under(units: tuple[str, ...], *, drill: bool = False) -> Subject:
    """A subject filed under these units; its routing words are the three below the root, `-` where there is none."""
    below = units[1 : 1 + ROUTING_WORDS]
    return Subject(units, below + ("-",) * (ROUTING_WORDS - len(below)), drill)


@frozen
class Announce:
    """An event. `data` is already in wire form (JSON values only)."""

    event: str
    data: Mapping[str, Any]
    subject: Subject


@frozen
class Escalate:
    """An event that goes to the escalation exchange, where `words` start with its level."""

    event: str
    data: Mapping[str, Any]
    subject: Subject


@frozen
class SetTimer:
    """Fire `name` of this aggregate at `due`; a later setting of the same name replaces it."""

    name: str
    due: datetime


@frozen
class CancelTimer:
    """Forget `name` of this aggregate."""

    name: str


@frozen
class AddRow:
    """Append a row to a growing collection of this aggregate, numbered `seq` from 1 without gaps."""

    collection: str
    seq: int
    data: Mapping[str, Any]


@frozen
class SetTasks:
    """These are the tasks of this aggregate now: those of them that are open are all that there is to do."""

    tasks: tuple[Task, ...]


Announcement = Announce | Escalate | SetTimer | CancelTimer | AddRow | SetTasks


@frozen
class Origin:
    """Who and what caused a write: it goes into the attributes of every event that the write announces."""

    service: str
    actor: str
    correlation: str
    causation: str
    traceparent: str


def outbox_entries(
    announcements: Iterable[Announcement],
    *,
    aggregate: str,
    version: int,
    origin: Origin,
    at: datetime,
    noted: datetime,
    mark: str = "",
) -> list[Entry]:
    """The entries of one write. `at` is business time (the events' time), `noted` machine time.

    `mark` stands before the aggregate's id in the ids of entries and timers, which are unique within a service, where
    aggregates of another kind may have the same id.
    The rows that a write adds to one collection are one entry, in the place of the first.
    """
    entries: list[Entry] = []
    chunks: dict[str, list[dict[str, Any]]] = {}
    for announcement in _last_words(announcements):
        if isinstance(announcement, AddRow) and announcement.collection in chunks:
            chunks[announcement.collection].append(_row(announcement, at))
            continue
        entry: Entry = {"id": f"{mark}{aggregate}:{version}:{len(entries) + 1}", "at": noted}
        entry |= _shape(announcement, aggregate, version, origin, at, entry["id"], mark)
        entries.append(entry)
        if isinstance(announcement, AddRow):
            chunks[announcement.collection] = entry["chunk"]
    return entries


def first_rows(announcements: Sequence[Announcement], at: datetime) -> dict[str, list[dict[str, Any]]]:
    """By collection, the rows that a create adds and that stay in its document for good: at most `FIRST_ROWS`."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for announcement in announcements:
        if isinstance(announcement, AddRow):
            rows.setdefault(announcement.collection, []).append(_row(announcement, at))
    return rows if sum(map(len, rows.values())) <= FIRST_ROWS else {}


def _last_words(announcements: Iterable[Announcement]) -> list[Announcement]:
    """Without what is said of a timer, or of the tasks, before the last word on it: one write leaves one entry each."""
    said = list(announcements)
    subjects = [_subject(one) for one in said]
    last = {subject: place for place, subject in enumerate(subjects)}
    return [one for place, one in enumerate(said) if subjects[place] is None or last[subjects[place]] == place]


def _subject(announcement: Announcement) -> str | None:
    """What an announcement has the last word on; None where each one counts."""
    match announcement:
        case SetTimer(name) | CancelTimer(name):
            return f"timer {name}"
        case SetTasks():
            return "tasks"
    return None


def _shape(
    announcement: Announcement, aggregate: str, version: int, origin: Origin, at: datetime, entry_id: str, mark: str
) -> Entry:
    match announcement:
        case Announce() | Escalate():
            return message_entry(announcement, aggregate, version, origin, at, entry_id)
        case SetTimer(name, due):
            return {"kind": "timer", "timer": f"{mark}{aggregate}:{name}", "version": version, "due": due}
        case CancelTimer(name):
            return {"kind": "timer", "timer": f"{mark}{aggregate}:{name}", "version": version, "due": None}
        case AddRow(collection):
            return {"kind": "rows", "rows": collection, "chunk": [_row(announcement, at)]}
        case SetTasks(tasks):
            return {"kind": "tasks", "version": version, "tasks": open_tasks(tasks)}


def _row(added: AddRow, at: datetime) -> dict[str, Any]:
    return {"seq": added.seq, "at": at, "row": dict(added.data)}


def message_entry(
    announcement: Announce | Escalate, aggregate: str, version: int, origin: Origin, at: datetime, entry_id: str
) -> Entry:
    """An event or escalation as it lies in the outbox, but for its `id` and `at`."""
    escalation = isinstance(announcement, Escalate)
    subject = announcement.subject
    attributes = cloud_event(
        event=announcement.event,
        event_id=entry_id,
        aggregate=aggregate,
        sequence=version,
        origin=origin,
        subject=subject,
        at=at,
    )
    first = () if escalation else (announcement.event,)
    return {
        "kind": "escalation" if escalation else "event",
        "exchange": "escalations" if escalation else f"{origin.service}.events",
        "key": ".".join((*first, *subject.words)),
        "attributes": attributes,
        "body": orjson.dumps(announcement.data).decode(),
    }


def cloud_event(
    *, event: str, event_id: str, aggregate: str, sequence: int, origin: Origin, subject: Subject, at: datetime
) -> dict[str, Any]:
    """CloudEvents 1.0 attributes with our extensions; all values are strings, integers or booleans."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/decalog/{origin.service}",
        "type": f"decalog.{origin.service}.{event}.v1",
        "subject": aggregate,
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": sequence,
        "units": ",".join(subject.units),
        "actor": origin.actor,
        "correlationid": origin.correlation,
        "causationid": origin.causation,
        "traceparent": origin.traceparent,
        "drill": subject.drill,
    }
