"""A service's own copy of another service's public state, and facts kept once.

A copy is a document `{_id: subject, sequence, state}` and nothing else, so that a copy rebuilt by a replay is byte for
byte the one that was lost. Only a higher sequence overwrites: redelivery and any order of delivery end alike.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import telemetry
from chassis.documents import converter

Kind = TypeVar("Kind")


class Copies(Generic[Kind]):
    """Copies of one state-carrying event, structured as `kind`."""

    def __init__(self, database: Database[Any], name: str, kind: type[Kind], *, service: str) -> None:
        self.collection: Collection[Any] = database[name]
        self._kind = kind
        self._service = service

    def keep(self, subject: str, sequence: int, state: Kind) -> bool:
        """Keep this state unless a later one is here; whether it was new."""
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
