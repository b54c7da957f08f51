"""Group commit: what arrives together is written together.

The first caller of a batch is its leader and writes it; those that come while one is written are of the next, whose
leader waits for its turn. Every caller returns only when its own item is durably written, and gets its own error. A
lone item goes at once; while items come together, as the last batch says, a leader waits `GATHER_SECONDS` for more of
them (what PostgreSQL calls commit_delay): fewer and larger batches cost so much less that everybody is answered sooner.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import sleep
from typing import Any, Generic, TypeVar

from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError, WriteError, WTimeoutError

BATCH = 100
GATHER_SECONDS = 0.003
_DUPLICATE = 11000

Item = TypeVar("Item")
Outcomes = Sequence[Exception | None]
"""What became of each item of a batch, in order; None: it is written."""


class _Batch(Generic[Item]):
    """What is written together, and what its callers wait for: the first one its turn, the others the end.

    An event costs as much as a small decision, so there is none where nobody waits.
    """

    __slots__ = ("done", "items", "outcomes", "turn")

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.outcomes: Outcomes = ()
        self.turn: threading.Event | None = None
        self.done: threading.Event | None = None


class Gathering(Generic[Item]):
    """Gathers items on behalf of many green threads for `write`, which writes a batch; what it raises concerns all."""

    def __init__(self, write: Callable[[Sequence[Item]], Outcomes]) -> None:
        self._write = write
        self._batches: deque[_Batch[Item]] = deque()
        self._lock = threading.Lock()
        self._led = False
        self._company = False

    def put(self, item: Item) -> None:
        """Write one item; an error is that of this item alone, or of its whole batch."""
        with self._lock:
            batch, place = self._joined(item)
        if place == 0:
            self._lead(batch)
        else:
            assert batch.done is not None
            batch.done.wait()
        error = batch.outcomes[place]
        if error is not None:
            raise error

    def waiting(self) -> int:
        """How many items wait behind a batch that is being written."""
        return sum(len(batch.items) for batch in self._batches)

    def _joined(self, item: Item) -> tuple[_Batch[Item], int]:
        if not self._batches or len(self._batches[-1].items) == BATCH:
            self._batches.append(_Batch())
        batch = self._batches[-1]
        place = len(batch.items)
        batch.items.append(item)
        if place == 0:
            batch.turn = threading.Event() if self._led else None
            self._led = True
        elif batch.done is None:
            batch.done = threading.Event()
        return batch, place

    def _lead(self, batch: _Batch[Item]) -> None:
        try:
            if batch.turn is not None:
                batch.turn.wait()
            if self._company:
                sleep(GATHER_SECONDS)
            with self._lock:
                self._batches.remove(batch)
                self._company = len(batch.items) > 1
            batch.outcomes = self._write(batch.items)
        except Exception as error:  # noqa: BLE001 every caller of the batch gets it
            batch.outcomes = [error] * len(batch.items)
        except BaseException:
            batch.outcomes = [AutoReconnect("who was to write it was stopped")] * len(batch.items)
            raise
        finally:
            self._end(batch)

    def _end(self, batch: _Batch[Item]) -> None:
        """The batch is over; where it had its turn, the next one has it now."""
        with self._lock:
            if batch in self._batches:
                self._batches.remove(batch)
            if batch.turn is None or batch.turn.is_set():
                following = self._batches[0].turn if self._batches else None
                self._led = following is not None
                if following is not None:
                    following.set()
            if batch.done is not None:
                batch.done.set()


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
