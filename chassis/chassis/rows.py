"""Growing collections: timeline entries and the like, filled by the relay from the outbox (`AddRow`).

The rows that one write added are one document; those of the create stay in the aggregate's own document, which is
the cheapest place and cannot grow by them. The number of rows stands in the aggregate's state and is committed by the
same write as the entry, so rows are numbered without gaps. A reader looks into the aggregate's document first and
into the collection second: a row that is on its way is seen in one of the two, and rows seen twice are one.
"""

from collections.abc import Mapping
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.settling import row_chunks


class Rows:
    """The rows of one growing collection that belong to the aggregates of another."""

    def __init__(self, database: Database[Any], name: str, aggregates: str) -> None:
        self.name = name
        self.collection: Collection[Any] = database[name]
        self._aggregates: Collection[Any] = database[aggregates]

    def page(self, aggregate: str, *, after: int = 0, limit: int = 50) -> list[Mapping[str, Any]]:
        """Up to `limit` rows (`seq`, `at`, `row`) numbered above `after`, in order."""
        rows = self._at_the_aggregate(aggregate)
        wanted = {"aggregate": aggregate, "last": {"$gt": after}}
        for chunk in self.collection.find(wanted, limit=limit).sort("last", 1):
            rows |= {row["seq"]: row for row in chunk["rows"]}
        return [rows[seq] for seq in sorted(rows) if seq > after][:limit]

    def declare_indexes(self) -> None:
        """Create the index that serves the pages."""
        self.collection.create_indexes([IndexModel([("aggregate", 1), ("last", 1)])])

    def _at_the_aggregate(self, aggregate: str) -> dict[int, Mapping[str, Any]]:
        """The rows of the create, and those that are on their way."""
        document = self._aggregates.find_one({"_id": aggregate}, {"outbox": 1, f"rows.{self.name}": 1}) or {}
        first = document.get("rows", {}).get(self.name, ())
        chunks = row_chunks(aggregate, document.get("outbox", ()))
        return {row["seq"]: row for row in first} | {
            row["seq"]: row for name, chunk in chunks if name == self.name for row in chunk["rows"]
        }
