"""Durable deadlines.

In time order: a write announces `SetTimer`; the relay stores the timer as a document that keeps the aggregate version
which set it, so an older entry never overwrites a newer one, and a cancelled timer leaves a tombstone. Each replica
claims due timers in batches under a lease and fires them in due order: a firing is a command with id
`timer:<id>:<due>` through the aggregate's ring, so a second firing has no second effect. Whether the deadline still
matters is the domain's decision. A firing that fails is tried again when its lease ends.
"""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen
from pymongo import IndexModel
from pymongo.database import Database

from chassis import crash, telemetry
from chassis.clock import Clock, machine_now
from chassis.documents import AWAY
from chassis.errors import Refusal

BATCH = 50
LEASE = timedelta(seconds=30)
POLL_SECONDS = 0.5
TOMBSTONE = timedelta(days=35)


@frozen
class Firing:
    """A timer that is due. `late_seconds` is business time."""

    id: str
    aggregate: str
    collection: str
    name: str
    due: datetime
    late_seconds: float

    @property
    def command(self) -> str:
        """The id under which the aggregate's ring knows this firing."""
        return f"timer:{self.id}:{self.due:%Y%m%dT%H%M%S.%f}"


class Timers:
    """The timers of one service, fired through `fire`. `run` is the thread's body."""

    def __init__(
        self,
        database: Database[Any],
        clock: Clock,
        fire: Callable[[Firing], None],
        *,
        service: str,
        enabled: bool = True,
    ) -> None:
        self._timers = database.timers
        self._clock = clock
        self._fire = fire
        self._service = service
        self._enabled = enabled
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self.firing = 0

    def declare_indexes(self) -> None:
        """The claim's index, and the end of tombstones after `TOMBSTONE`."""
        claim = IndexModel("due", partialFilterExpression={"state": "set"})
        ended = IndexModel(
            "ended_at",
            expireAfterSeconds=int(TOMBSTONE.total_seconds()),
            partialFilterExpression={"ended_at": {"$type": "date"}},
        )
        self._timers.create_indexes([claim, ended])

    def look(self) -> None:
        """Something changed (a timer was stored, the clock was stepped): look now."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread after the firing under way."""
        self._stopping.set()
        self._wake.set()

    def due(self) -> int:
        """Timers due and not fired, for `idle`."""
        return self._timers.count_documents({"state": "set", "due": {"$lte": self._clock.now()}}, limit=1000)

    def next_due(self) -> datetime | None:
        """When the earliest set timer is due, for stepping the clock."""
        earliest = self._timers.find_one({"state": "set"}, {"due": 1}, sort=[("due", 1)])
        return earliest and earliest["due"]

    def run(self) -> None:
        """Fire what is due until stopped."""
        while not self._stopping.is_set():
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                while self._enabled and not self._stopping.is_set() and self.fire_due():
                    pass
            except AWAY as error:
                telemetry.logger().warning("timers.database_away", error=type(error).__name__)

    def fire_due(self) -> int:
        """Claim one batch and fire it in due order; the number claimed."""
        claimed = self._claim()
        self.firing += len(claimed)
        try:
            for timer in claimed:
                if self._stopping.is_set():
                    break
                self._fire_one(timer)
        finally:
            self.firing -= len(claimed)
        return len(claimed)

    def _claim(self) -> list[dict[str, Any]]:
        now, machine = self._clock.now(), machine_now()
        free = {"state": "set", "due": {"$lte": now}, "lease_until": {"$lte": machine}}
        ids = [found["_id"] for found in self._timers.find(free, {"_id": 1}, limit=BATCH).sort("due", 1)]
        if not ids:
            return []
        claim = secrets.token_hex(8)
        self._timers.update_many(
            {"_id": {"$in": ids}, **free},
            {"$set": {"claim": claim, "lease_until": machine + LEASE}, "$inc": {"attempts": 1}},
        )
        crash.point("after-claim")
        return list(self._timers.find({"_id": {"$in": ids}, "claim": claim}).sort("due", 1))

    def _fire_one(self, timer: dict[str, Any]) -> None:
        late = max(0.0, (self._clock.now() - timer["due"]).total_seconds())
        firing = Firing(timer["_id"], timer["aggregate"], timer["collection"], timer["name"], timer["due"], late)
        try:
            self._fire(firing)
        except AWAY:
            raise
        except Refusal as refusal:
            telemetry.logger().warning("timer.refused", timer=timer["_id"], code=refusal.code)
            if refusal.passing:
                return
        except Exception:  # noqa: BLE001 logged; the lease's end brings the next try
            telemetry.logger().exception("timer.failed", timer=timer["_id"], attempts=timer["attempts"])
            return
        crash.point("after-firing")
        telemetry.TIMER_LATE.labels(self._service).observe(late)
        self._timers.update_one(
            {"_id": timer["_id"], "version": timer["version"], "state": "set"},
            {"$set": {"state": "fired", "ended_at": machine_now()}},
        )
