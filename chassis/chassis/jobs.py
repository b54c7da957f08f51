"""Jobs: aggregates that wait for something to be done with them, worked off by any replica.

In time order: a write stamps the document with `stamped` (when it is due, how grave it is, in which lane it runs); each
replica claims what is due under a lease, the gravest first, what was tried least before what was tried often, then the
oldest; a worker does it, and writes what came of it, which ends the lease. A replica that dies leaves its jobs to
the others when their leases end: a job may be done twice and is never lost. A lane has few workers and the gravest jobs
have some to themselves, so that one slow lane, or a backlog of what can wait, holds up nobody else.

Due is business time; leases are on machine time.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from attrs import frozen
from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from chassis import crash, telemetry
from chassis.clock import Clock, machine_now
from chassis.documents import AWAY

POLL_SECONDS = 0.5
GRAVEST = 0
_FREE = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = [("rank", ASCENDING), ("tries", ASCENDING), ("due", ASCENDING)]


@frozen(kw_only=True)
class Limits:
    """Workers of one process, all together and in one lane; `reserved` of each are for the gravest jobs alone.

    `lease` is longer than any job takes.
    """

    together: int = 32
    lane: int = 4
    reserved: int = 8
    lane_reserved: int = 1
    lease: timedelta = timedelta(seconds=60)


def stamped(*, due: datetime | None, rank: int, lane: str, tries: int) -> dict[str, Any]:
    """The stamps of a job; one that is due never (None) is done with. Every write ends the lease."""
    return {"open": due is not None, "due": due, "rank": rank, "lane": lane, "tries": tries, "lease_until": _FREE}


def in_a_thread(work: Callable[[], None]) -> None:
    """Start it beside what goes on."""
    threading.Thread(target=work, daemon=True).start()


class Jobs:
    """The jobs of one collection, done through `do`, which gets the document's id. `run` is the thread's body.

    `start` begins a job: beside what goes on, or at once where a test says so.
    """

    def __init__(
        self,
        collection: Collection[Any],
        clock: Clock,
        do: Callable[[str], None],
        *,
        limits: Limits | None = None,
        start: Callable[[Callable[[], None]], None] = in_a_thread,
    ) -> None:
        self.collection = collection
        self._clock = clock
        self._do = do
        self._limits = limits or Limits()
        self.start = start
        self._lanes: Counter[str] = Counter()
        self._wake = threading.Event()
        self._stopping = threading.Event()

    @property
    def running(self) -> int:
        """Jobs that are being done by this process."""
        return sum(self._lanes.values())

    def declare_indexes(self) -> None:
        """The claim's index."""
        self.collection.create_indexes([IndexModel(_ORDER, partialFilterExpression={"open": True}, name="jobs")])

    def look(self) -> None:
        """Something changed (a job was written, the clock was stepped): look now."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping.set()
        self._wake.set()

    def due(self) -> int:
        """Jobs due and not done, for `idle`."""
        return self.collection.count_documents({"open": True, "due": {"$lte": self._clock.now()}}, limit=1000)

    def next_due(self) -> datetime | None:
        """When the earliest job is due, for stepping the clock."""
        earliest = self.collection.find_one({"open": True}, {"due": 1}, sort=[("due", ASCENDING)])
        return earliest and earliest["due"]

    def run(self) -> None:
        """Do what is due until stopped."""
        while not self._stopping.is_set():
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self.work_off()
            except AWAY as error:
                telemetry.logger().warning("jobs.database_away", error=type(error).__name__)
            except OperationFailure:
                telemetry.logger().exception("jobs.claim_failed", collection=self.collection.name)

    def work_off(self) -> int:
        """Claim and start all that is due and has a place; the number started."""
        started = 0
        while not self._stopping.is_set() and (claimed := self._claim()):
            started += 1
            self._lanes[claimed["lane"]] += 1
            self.start(partial(self._work, claimed["_id"], claimed["lane"]))
        return started

    def _claim(self) -> Mapping[str, Any] | None:
        limits, gravest = self._limits, {"rank": GRAVEST}
        if self.running >= limits.together:
            return None
        if claimed := self._take(gravest, self._full(limits.lane)):
            return claimed
        if self.running >= limits.together - limits.reserved:
            return None
        return self._take({"rank": {"$gt": GRAVEST}}, self._full(limits.lane - limits.lane_reserved))

    def _take(self, ranks: Mapping[str, Any], full: Sequence[str]) -> Mapping[str, Any] | None:
        machine = machine_now()
        free = {"open": True, **ranks, "due": {"$lte": self._clock.now()}, "lease_until": {"$lte": machine}}
        if full:
            free["lane"] = {"$nin": list(full)}
        lease = {"$set": {"lease_until": machine + self._limits.lease}}
        found: Mapping[str, Any] | None = self.collection.find_one_and_update(
            free, lease, {"_id": 1, "lane": 1}, sort=_ORDER
        )
        if found:
            crash.point("after-claim")
        return found

    def _full(self, most: int) -> list[str]:
        return [lane for lane, running in self._lanes.items() if running >= most]

    def _work(self, id: str, lane: str) -> None:
        try:
            self._do(id)
        except AWAY as error:
            telemetry.logger().warning("job.database_away", job=id, error=type(error).__name__)
        except Exception:  # noqa: BLE001 logged; the lease's end brings the next try
            telemetry.logger().exception("job.failed", job=id)
        finally:
            self._lanes[lane] -= 1
            if not self._lanes[lane]:
                del self._lanes[lane]
            self._wake.set()
