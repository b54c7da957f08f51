"""Group commit: what arrives together is written together.

The first caller becomes the leader and writes what is waiting; those that come meanwhile wait, and one of them leads
the next batch. Every caller returns only when its own item is durably written, and gets its own error. A lone item goes
at once; while items come together, as the last batch says, a leader waits `GATHER_SECONDS` for more of them (what
PostgreSQL calls commit_delay): fewer and larger batches cost so much less that everybody is answered sooner.
"""

import threading
from collections.abc import Callable, Sequence
from time import sleep
from typing import Any, Generic, TypeVar

from pymongo.errors import BulkWriteError, DuplicateKeyError, WriteError, WTimeoutError

BATCH = 100
GATHER_SECONDS = 0.003
_DUPLICATE = 11000

Item = TypeVar("Item")
Outcomes = Sequence[Exception | None]
"""What became of each item of a batch, in order; None: it is written."""


class _Waiting(Generic[Item]):
    __slots__ = ("done", "error", "item", "leads")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = threading.Event()
        self.error: Exception | None = None
        self.leads = False


class Gathering(Generic[Item]):
    """Gathers items on behalf of many green threads for `write`, which writes a batch; what it raises concerns all."""

    def __init__(self, write: Callable[[Sequence[Item]], Outcomes]) -> None:
        self._write = write
        self._queue: list[_Waiting[Item]] = []
        self._lock = threading.Lock()
        self._led = False
        self._company = False

    def put(self, item: Item) -> None:
        """Write one item; an error is that of this item alone, or of its whole batch."""
        waiting = _Waiting(item)
        with self._lock:
            self._queue.append(waiting)
            waiting.leads, self._led = not self._led, True
        if not waiting.leads:
            waiting.done.wait()
        if waiting.leads:
            self._lead()
        if waiting.error is not None:
            raise waiting.error

    def waiting(self) -> int:
        """How many items wait behind a batch that is being written."""
        return len(self._queue)

    def _lead(self) -> None:
        if self._company:
            sleep(GATHER_SECONDS)
        with self._lock:
            batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            self._company = len(batch) > 1
        try:
            self._settle(batch)
        finally:
            with self._lock:
                self._led = bool(self._queue)
                woken = [*batch, *self._queue[:1]]
                for following in self._queue[:1]:
                    following.leads = True
            for waiting in woken:
                waiting.done.set()

    def _settle(self, batch: Sequence[_Waiting[Item]]) -> None:
        try:
            outcomes = self._write([waiting.item for waiting in batch])
        except Exception as error:  # noqa: BLE001 every caller of the batch gets it
            outcomes = [error] * len(batch)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.error = outcome


def share_out(error: BulkWriteError, length: int) -> list[Exception | None]:
    """What an unordered bulk write's error says of each of its writes."""
    details: dict[str, Any] = dict(error.details or {})
    outcomes: list[Exception | None] = [None] * length
    for fault in details.get("writeErrors", ()):
        kind = DuplicateKeyError if fault.get("code") == _DUPLICATE else WriteError
        outcomes[fault["index"]] = kind(fault.get("errmsg", ""), fault.get("code"), fault)
    if unconfirmed := details.get("writeConcernErrors"):
        lost = WTimeoutError(unconfirmed[0].get("errmsg", ""), details=details)
        return [outcome or lost for outcome in outcomes]
    return outcomes
