"""What older keys sealed is sealed anew by the current one, a little at a time, while everything goes on.

A kind of aggregate says what it holds sealed (`Sealed`); the store stamps every document with the ids of the keys that
sealed it. A round looks every few seconds for documents stamped by an older key (or by nothing, because they are older
than the stamp), and writes at most `BATCH` of them: each is one change filtered by the version, without an event and
with its entry in the journal. What remains to be done lies in the documents alone: a crash, a second replica or a
second rotation in the middle changes nothing. What does not open is left as it is, logged, and passed by.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen
from pymongo import ASCENDING, IndexModel

from chassis import telemetry
from chassis.clock import Clock
from chassis.entries import Origin
from chassis.fieldcrypt import FieldUnreadable, key_of
from chassis.rounds import Round
from chassis.store import Aggregates, Command, Contended, Decision, NotFound

EVERY = timedelta(seconds=5)
BATCH = 200
"""Documents in one turn (D): a turn takes a second or two, 20,000 documents a quarter of an hour."""

STAMP = "sealed_by"
NOTHING = "."
"""Stands for the keys of a document that holds nothing sealed; no id of a key has a dot."""

OPERATION = "reseal"

State = TypeVar("State")


@frozen
class Sealed(Generic[State]):
    """What a kind of aggregate holds sealed.

    `older` are the ids of the keys that are current no more; `texts` are all texts that keys have made of a state;
    `renewed` gives the state with each of them under the current key (FieldUnreadable).
    """

    older: Callable[[], Sequence[str]]
    texts: Callable[[State], Iterable[str]]
    renewed: Callable[[State], State]

    def stamps(self, state: State) -> Mapping[str, Any]:
        """By which keys it is sealed."""
        return {STAMP: sorted({key_of(text) for text in self.texts(state)}) or [NOTHING]}


INDEX = IndexModel([(STAMP, ASCENDING), ("_id", ASCENDING)])


class Resealing(Generic[State]):
    """Seals one kind of aggregate anew."""

    def __init__(self, aggregates: Aggregates[State], sealed: Sealed[State], clock: Clock, *, service: str) -> None:
        self._aggregates = aggregates
        self._sealed = sealed
        self._clock = clock
        self._service = service
        self._after = ""

    def round(self) -> Round:
        """The round that does it."""
        return Round(f"reseal:{self._aggregates.name}", EVERY, self.turn)

    def turn(self) -> None:
        """One turn of the round."""
        self.work(BATCH)

    def work(self, most: int) -> int:
        """Seal up to so many anew, from where the last turn ended; how many were looked at."""
        found = self._found(self._after, most)
        for each in found:
            self._reseal(each)
        self._after = found[-1] if len(found) == most else ""
        return len(found)

    def _found(self, after: str, most: int) -> list[str]:
        older = {STAMP: {"$in": [*self._sealed.older(), None]}, "_id": {"$gt": after}}
        cursor = self._aggregates.collection.find(older, {"_id": 1}, limit=most, max_time_ms=5_000).sort("_id", 1)
        return [document["_id"] for document in cursor]

    def _reseal(self, id: str) -> None:
        def renewed(state: Any) -> Decision[Any]:
            made: Any = self._sealed.renewed(state)
            # a copy, so that a document without a stamp is written and gets one
            return (evolve(state) if made is state else made), ()

        origin = Origin(self._service, self._service, correlation="", causation="", traceparent="")
        command = Command(None, self._service, OPERATION, "", self._clock.now(), origin)
        try:
            self._aggregates.change(id, command, renewed)
        except FieldUnreadable as fault:
            telemetry.logger().error("reseal.unreadable", kind=self._aggregates.name, id=id, reason=str(fault))
        except (Contended, NotFound):
            telemetry.logger().info("reseal.passed_by", kind=self._aggregates.name, id=id)
