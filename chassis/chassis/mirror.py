"""A copy held in memory: what every command needs of others' state, without a trip to the database.

In time order: the thread reads the whole collection once, and then, every half second, what was touched since (a few
seconds before the last look, because machines' clocks differ). So what it says is at most about half a second old.
While it has not caught up, or cannot look, reads go to the database. Made for collections of tens of thousands of
small documents that change seldom; a change stream would make every write of the database pass by each of them.
"""

import threading
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from pymongo.errors import PyMongoError

from chassis import telemetry
from chassis.clock import machine_now
from chassis.copies import TOUCHES_KEPT, Copies

LOOK_SECONDS = 0.5
OVERLAP = timedelta(seconds=10)
RETRY_SECONDS = 1.0
AT_ONCE = 500

Kind = TypeVar("Kind")


class Mirror(Generic[Kind]):
    """The copies of one kind, found by subject or by the value of one of the fields `by`."""

    def __init__(self, copies: Copies[Kind], *, by: tuple[str, ...] = ()) -> None:
        self.copies = copies
        self._by = by
        self._states: dict[str, tuple[int, Kind]] = {}
        self._found: dict[str, dict[Any, dict[str, Kind]]] = {field: {} for field in by}
        self._fresh = False
        self._looked = machine_now()
        self._seen: dict[str, datetime] = {}

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
        """Whether it has seen everything that was touched, for `idle`."""
        return self._fresh and not self._unseen()

    def run(self, stopping: threading.Event) -> None:
        """Follow the collection until stopped: the thread's body."""
        while not stopping.is_set():
            try:
                self.load()
                while not stopping.wait(LOOK_SECONDS) and machine_now() - self._looked < TOUCHES_KEPT / 2:
                    self.look()
            except PyMongoError as error:
                name = self.copies.collection.name
                telemetry.logger().warning("mirror.lost", copies=name, error=type(error).__name__)
                stopping.wait(RETRY_SECONDS)
            self._fresh = False

    def load(self) -> None:
        """Read everything anew."""
        self._looked, self._seen = machine_now(), {}
        self._states.clear()
        for found in self._found.values():
            found.clear()
        for document in self.copies.collection.find():
            self._put(document)
        self._fresh = True

    def look(self) -> None:
        """Read what was touched since the last look."""
        now, unseen = machine_now(), self._unseen()
        for few in (unseen[place : place + AT_ONCE] for place in range(0, len(unseen), AT_ONCE)):
            found = self.copies.collection.find({"_id": {"$in": [subject for subject, _ in few]}})
            documents = {document["_id"]: document for document in found}
            for subject, at in few:
                self._see(subject, documents.get(subject))
                self._seen[subject] = at
        self._looked = now
        self._seen = {subject: at for subject, at in self._seen.items() if at > now - 2 * OVERLAP}

    def _unseen(self) -> list[tuple[str, datetime]]:
        touched = self.copies.touched.since(self._looked - OVERLAP)
        return [(subject, at) for subject, at in touched if self._seen.get(subject) != at]

    def _see(self, subject: str, document: Any) -> None:
        if document is None:
            self._take(subject)
        else:
            self._put(document)

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
