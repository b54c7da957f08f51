"""A service's own copy of another service's public state, and facts kept once.

A copy is a document `{_id: subject, sequence, state}` and nothing else, so that a copy rebuilt by a replay is byte for
byte the one that was lost. Only a higher sequence overwrites: redelivery and any order of delivery end alike.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import telemetry
from chassis.clock import machine_now
from chassis.documents import converter

Kind = TypeVar("Kind")

TOUCHES_KEPT = timedelta(hours=1)


class Touched:
    """Which copies of one collection changed lately, for those who hold them in memory.

    Noted after each keeping, also of a message that was seen before, so that a crash in between loses no note.
    """

    def __init__(self, database: Database[Any], name: str) -> None:
        self._touched: Collection[Any] = database["touched"]
        self._name = name

    def touch(self, subject: str) -> None:
        """Note that this copy may have changed."""
        note = {"copies": self._name, "subject": subject, "at": machine_now()}
        self._touched.update_one({"_id": f"{self._name}:{subject}"}, {"$set": note}, upsert=True)

    def since(self, at: datetime) -> list[tuple[str, datetime]]:
        """The copies touched after this instant (machine time), and when."""
        found = self._touched.find({"copies": self._name, "at": {"$gt": at}}, {"subject": 1, "at": 1})
        return [(note["subject"], note["at"]) for note in found]

    def declare_indexes(self) -> None:
        """One for `since`, and the end of notes after `TOUCHES_KEPT`."""
        forgets = IndexModel("at", expireAfterSeconds=int(TOUCHES_KEPT.total_seconds()))
        self._touched.create_indexes([IndexModel([("copies", 1), ("at", 1)]), forgets])


class Copies(Generic[Kind]):
    """Copies of one state-carrying event, structured as `kind`."""

    def __init__(self, database: Database[Any], name: str, kind: type[Kind], *, service: str) -> None:
        self.collection: Collection[Any] = database[name]
        self.touched = Touched(database, name)
        self._kind = kind
        self._service = service

    def keep(self, subject: str, sequence: int, state: Kind) -> bool:
        """Keep this state unless a later one is here; whether it was new."""
        try:
            return self._keep(subject, sequence, state)
        finally:
            self.touched.touch(subject)

    def _keep(self, subject: str, sequence: int, state: Kind) -> bool:
        try:
            result = self.collection.update_one(
                {"_id": subject, "sequence": {"$lt": sequence}},
                {"$set": {"sequence": sequence, "state": converter().unstructure(state)}},
                upsert=True,
            )
        except DuplicateKeyError:
            telemetry.DUPLICATES.labels(self._service, "copy").inc()
            return False
        return result.modified_count == 1 or result.upserted_id is not None

    def get(self, subject: str) -> Kind | None:
        """The copy of this subject, if there is one."""
        found = self.collection.find_one({"_id": subject})
        return None if found is None else self.structured(found)

    def find(self, query: Mapping[str, Any], *, limit: int = 1_000) -> list[Kind]:
        """Copies whose `state.…` fields match, in order of subject."""
        found = self.collection.find(query, max_time_ms=5_000, limit=limit).sort("_id", 1)
        return [self.structured(document) for document in found]

    def structured(self, document: Mapping[str, Any]) -> Kind:
        """The state that a document of the collection holds."""
        return converter().structure(document["state"], self._kind)

    def declare_indexes(self, *fields: Sequence[str] | str) -> None:
        """Create an index for each named field (or tuple of fields) of the state."""
        keys = [(field,) if isinstance(field, str) else tuple(field) for field in fields]
        models = [IndexModel([(f"state.{part}", 1) for part in key]) for key in keys]
        if models:
            self.collection.create_indexes(models)
        self.touched.declare_indexes()
