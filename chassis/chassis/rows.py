"""Growing collections: timeline entries and the like, filled by the relay from the outbox (`AddRow`).

The number of rows stands in the aggregate's state and is committed by the same write as the entry, so rows are
numbered without gaps. A reader looks into the document's outbox first and into the collection second: a row that is on
its way is seen in one of the two, and rows seen twice are one.
"""

from collections.abc import Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.relay import row_document


class Rows:
    """The rows of one growing collection that belong to the aggregates of another."""

    def __init__(self, database: Database[Any], name: str, aggregates: str) -> None:
        self.name = name
        self.collection: Collection[Any] = database[name]
        self._aggregates: Collection[Any] = database[aggregates]

    def page(self, aggregate: str, *, after: int = 0, limit: int = 50) -> list[Mapping[str, Any]]:
        """Up to `limit` rows (`seq`, `at`, `row`) numbered above `after`, in order."""
        on_the_way = self._on_the_way(aggregate, after)
        wanted = {"aggregate": aggregate, "seq": {"$gt": after}}
        rows = {row["seq"]: row for row in self.collection.find(wanted, limit=limit).sort("seq", 1)}
        merged = {**on_the_way, **rows}
        return [merged[seq] for seq in sorted(merged)[:limit]]

    def declare_indexes(self) -> None:
        """Create the index that keeps a sequence unique and serves the pages."""
        self.collection.create_indexes([IndexModel([("aggregate", 1), ("seq", 1)], unique=True)])

    def _on_the_way(self, aggregate: str, after: int) -> dict[int, Mapping[str, Any]]:
        document = self._aggregates.find_one({"_id": aggregate}, {"outbox": 1}) or {}
        return {
            entry["seq"]: row_document(aggregate, entry)
            for entry in document.get("outbox", ())
            if entry["kind"] == "row" and entry["rows"] == self.name and entry["seq"] > after
        }
