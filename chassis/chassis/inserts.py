"""Group commit of creates: documents that arrive together are inserted together.

The first caller becomes the leader and inserts what is waiting; those that come meanwhile wait, and one of them
leads the next batch. Every caller returns only when its own document is durably written (majority, journal), and gets
its own error. A lone document goes at once; while documents come together, as the last batch says, a leader waits
`GATHER_SECONDS` for more of them (what PostgreSQL calls commit_delay): fewer and larger batches cost so much less that
everybody is answered sooner.
"""

import threading
from collections.abc import Mapping
from time import sleep
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteError, WTimeoutError

BATCH = 100
GATHER_SECONDS = 0.003
_DUPLICATE = 11000


class _Waiting:
    __slots__ = ("document", "done", "error", "leads")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.done = threading.Event()
        self.error: Exception | None = None
        self.leads = False


class Inserts:
    """Inserts into one collection on behalf of many green threads."""

    def __init__(self, collection: Collection[Any]) -> None:
        self._collection = collection
        self._queue: list[_Waiting] = []
        self._lock = threading.Lock()
        self._led = False
        self._company = False

    def insert(self, document: Mapping[str, Any]) -> None:
        """Insert one document; DuplicateKeyError and other errors are those of this document alone."""
        waiting = _Waiting(document)
        with self._lock:
            self._queue.append(waiting)
            waiting.leads, self._led = not self._led, True
        if not waiting.leads:
            waiting.done.wait()
        if waiting.leads:
            self._lead()
        if waiting.error is not None:
            raise waiting.error

    def _lead(self) -> None:
        if self._company:
            sleep(GATHER_SECONDS)
        with self._lock:
            batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            self._company = len(batch) > 1
        try:
            self._insert(batch)
        finally:
            with self._lock:
                self._led = bool(self._queue)
                woken = [*batch, *self._queue[:1]]
                for following in self._queue[:1]:
                    following.leads = True
            for waiting in woken:
                waiting.done.set()

    def _insert(self, batch: list[_Waiting]) -> None:
        try:
            if len(batch) == 1:
                self._collection.insert_one(batch[0].document)
            else:
                self._collection.insert_many([waiting.document for waiting in batch], ordered=False)
        except BulkWriteError as error:
            self._share_out(batch, error)
        except Exception as error:  # noqa: BLE001 every caller of the batch gets it
            for waiting in batch:
                waiting.error = error

    @staticmethod
    def _share_out(batch: list[_Waiting], error: BulkWriteError) -> None:
        details = error.details or {}
        for fault in details.get("writeErrors", ()):
            kind = DuplicateKeyError if fault.get("code") == _DUPLICATE else WriteError
            batch[fault["index"]].error = kind(fault.get("errmsg", ""), fault.get("code"), fault)
        if unconfirmed := details.get("writeConcernErrors"):
            for waiting in batch:
                waiting.error = waiting.error or WTimeoutError(unconfirmed[0].get("errmsg", ""), details=details)
