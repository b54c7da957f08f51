"""Creates that arrive together are inserted together (`gathering.py`), and what one command creates at once.

An insert returns when its own document is durably written (majority, journal), and gets its own error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chassis.gathering import Gathering, Outcomes, share_out

Document = Mapping[str, Any]


class Inserts:
    """Inserts into one collection on behalf of many green threads."""

    def __init__(self, collection: Collection[Any]) -> None:
        self._collection = collection
        self.gathering: Gathering[Document] = Gathering(self.insert_all)

    def insert(self, document: Document) -> None:
        """Insert one document; DuplicateKeyError and other errors are those of this document alone."""
        self.gathering.put(document)

    def insert_all(self, documents: Sequence[Document]) -> Outcomes:
        """Insert them by one write, in no order; what became of each. An outage is raised: some may be there."""
        try:
            if len(documents) == 1:
                self._collection.insert_one(documents[0])
            else:
                self._collection.insert_many(documents, ordered=False)
        except DuplicateKeyError as error:
            return [error]
        except BulkWriteError as error:
            return share_out(error, len(documents))
        return [None] * len(documents)
