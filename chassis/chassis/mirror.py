"""A copy held in memory: what every command needs of others' state, without a trip to the database.

In time order: the thread opens a change stream, reads the whole collection, and from then on applies each change as it
comes (milliseconds after it is committed by a majority). While it is not caught up, or the stream has broken, reads go
to the database. A stalled connection is noticed after the socket's time-out (12 s), which bounds how old a reading
can be. Made for collections of tens of thousands of small documents.
"""

import threading
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from pymongo.errors import PyMongoError

from chassis import telemetry
from chassis.copies import Copies

AWAIT_MILLISECONDS = 500
RETRY_SECONDS = 1.0

Kind = TypeVar("Kind")


class Mirror(Generic[Kind]):
    """The copies of one kind, found by subject or by the value of one of the fields `by`."""

    def __init__(self, copies: Copies[Kind], *, by: tuple[str, ...] = ()) -> None:
        self.copies = copies
        self._by = by
        self._states: dict[str, tuple[int, Kind]] = {}
        self._found: dict[str, dict[Any, dict[str, Kind]]] = {field: {} for field in by}
        self._fresh = False

    def get(self, subject: str) -> Kind | None:
        """The copy of this subject, if there is one."""
        if not self._fresh:
            return self.copies.get(subject)
        held = self._states.get(subject)
        return held and held[1]

    def where(self, field: str, value: Any) -> list[Kind]:
        """The copies whose `field` (one of `by`) has this value, in order of subject."""
        if not self._fresh:
            return self.copies.find({f"state.{field}": value})
        held = self._found[field].get(value, {})
        return [held[subject] for subject in sorted(held)]

    def caught_up(self) -> bool:
        """Whether it holds as many copies as the collection, for `idle`."""
        return self._fresh and len(self._states) == self.copies.collection.count_documents({})

    def run(self, stopping: threading.Event) -> None:
        """Follow the collection until stopped: the thread's body."""
        while not stopping.is_set():
            try:
                self._follow(stopping)
            except PyMongoError as error:
                telemetry.logger().warning(
                    "mirror.lost", copies=self.copies.collection.name, error=type(error).__name__
                )
            self._fresh = False
            stopping.wait(RETRY_SECONDS)

    def _follow(self, stopping: threading.Event) -> None:
        collection = self.copies.collection
        with collection.watch(full_document="updateLookup", max_await_time_ms=AWAIT_MILLISECONDS) as changes:
            self._reload(collection.find())
            self._fresh = True
            while changes.alive and not stopping.is_set():
                if change := changes.try_next():
                    self._apply(change)

    def _reload(self, documents: Iterable[Any]) -> None:
        self._states.clear()
        for found in self._found.values():
            found.clear()
        for document in documents:
            self._put(document)

    def _apply(self, change: Any) -> None:
        if document := change.get("fullDocument"):
            self._put(document)
        elif change["operationType"] == "delete":
            self._take(change["documentKey"]["_id"])

    def _put(self, document: Any) -> None:
        subject, sequence = document["_id"], document["sequence"]
        held = self._states.get(subject)
        if held and held[0] >= sequence:
            return
        self._take(subject)
        state = self.copies.structured(document)
        self._states[subject] = (sequence, state)
        for field in self._by:
            self._found[field].setdefault(getattr(state, field), {})[subject] = state

    def _take(self, subject: str) -> None:
        held = self._states.pop(subject, None)
        if held is not None:
            for field in self._by:
                self._found[field][getattr(held[1], field)].pop(subject, None)
