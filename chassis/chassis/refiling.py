"""What is open at a unit follows it when it moves: a job of the service that keeps it.

In time order: the service hears under which ancestors a unit stands now, and notes that (`stated`): one document a
unit, in which the highest sequence wins. Where the unit has moved, the note is a job, due a moment later, when every
replica's copies know of the move and nothing more is filed as before. Any replica takes it under a lease, goes through
what is open at the unit, kind by kind in pieces of `PIECE`, files each anew by a command of its own, and notes how far
it has come. A replica that dies leaves the rest to the next one; what is filed as it should be is not written again.
Where the unit moves on meanwhile, the job begins anew. What has ended keeps the ancestors of its time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from attrs import frozen
from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import telemetry
from chassis.clock import Clock
from chassis.errors import Refusal
from chassis.frame import Frame
from chassis.jobs import Jobs, Limits, stamped
from chassis.reaction import reaction
from chassis.store import Aggregates, Decision

COLLECTION = "refilings"
PIECE = 200
LAG = timedelta(seconds=2)
"""Longer than a copy held in memory is behind (`mirror.py`)."""

_FEW = Limits(together=2, lane=2, reserved=0, lane_reserved=0)
_FREE = datetime(1970, 1, 1, tzinfo=UTC)

State = TypeVar("State")


@frozen
class Filed(Generic[State]):
    """A kind of aggregate whose state has `unit` and `units`, and which stands in a query by its stamp `units`.

    `open` finds those that have not ended; `refile` gives one under these ancestors, with what that announces, and the
    very state that it got where nothing changes.
    """

    aggregates: Aggregates[State]
    open: Mapping[str, Any]
    refile: Callable[[State, tuple[str, ...], datetime], Decision[State]]


class Refiling:
    """The refiling of one service process."""

    def __init__(self, database: Database[Any], service: str, clock: Clock, filed: Sequence[Filed[Any]]) -> None:
        self.notes: Collection[Any] = database[COLLECTION]
        self._service = service
        self._clock = clock
        self._filed = {each.aggregates.name: each for each in sorted(filed, key=lambda each: each.aggregates.name)}

    def stated(self, unit: str, sequence: int, units: tuple[str, ...]) -> None:
        """The unit's ancestors, root first and itself last, as of this sequence; an older word changes nothing."""
        noted = self.notes.find_one({"_id": unit})
        if noted and noted["sequence"] >= sequence:
            return
        moved = noted["units"] != [*units] if noted else sequence > 1
        begun = self._job(due=self._clock.now() + LAG) if moved else {}
        new = {} if moved else self._job(due=None)
        try:
            self.notes.update_one(
                {"_id": unit, "sequence": {"$lt": sequence}},
                {
                    "$set": {"sequence": sequence, "units": [*units], **begun},
                    "$setOnInsert": {"lease_until": _FREE, **new},
                },
                upsert=True,
            )
        except DuplicateKeyError:
            telemetry.DUPLICATES.labels(self._service, "refiling").inc()

    def work(self, unit: str) -> None:
        """File the next piece anew."""
        note = self.notes.find_one({"_id": unit})
        if note is None or not note["open"]:
            return
        name, after, left = note["kind"], note["after"], PIECE
        while name is not None and left > 0:
            found = self._piece(self._filed[name], unit, after, left) if name in self._filed else []
            for one in found:
                self._refile(self._filed[name], one, unit)
            name, after = (name, found[-1]) if len(found) == left else (self._next(name), "")
            left -= len(found)
        self._come(unit, note["sequence"], name, after)

    def _piece(self, filed: Filed[Any], unit: str, after: str, most: int) -> list[str]:
        wanted = {"units": unit, "state.unit": unit, **filed.open, "_id": {"$gt": after}}
        found = filed.aggregates.collection.find(wanted, {"_id": 1}, limit=most, max_time_ms=5_000)
        return [one["_id"] for one in found.sort("_id", ASCENDING)]

    def _refile(self, filed: Filed[Any], id: str, unit: str) -> None:
        """One is filed as the note says at that moment. What can't be written stays as it is, and holds up no other."""
        now = self._clock.now()
        step = reaction(self._service, None, actor="directory", cause=unit, at=now)
        try:
            filed.aggregates.change(id, step, lambda state: filed.refile(state, self._units(unit), now))
        except Refusal as refusal:
            if refusal.passing:
                raise
            telemetry.logger().error("refiling.refused", aggregate=id, code=refusal.code)

    def _units(self, unit: str) -> tuple[str, ...]:
        note = self.notes.find_one({"_id": unit}, {"units": 1})
        assert note is not None  # notes are never removed
        return tuple(note["units"])

    def _next(self, name: str) -> str | None:
        return next((other for other in self._filed if other > name), None)

    def _come(self, unit: str, sequence: int, name: str | None, after: str) -> None:
        """Note how far the job has come; where the unit has moved on, its new job is anybody's from now."""
        due = None if name is None else self._clock.now()
        step = {**self._job(due=due), "kind": name, "after": after, "lease_until": _FREE}
        if not self.notes.update_one({"_id": unit, "sequence": sequence}, {"$set": step}).matched_count:
            self.notes.update_one({"_id": unit}, {"$set": {"lease_until": _FREE}})

    def _job(self, *, due: datetime | None) -> dict[str, Any]:
        """A job at its beginning. A lease that runs is left to whoever has it, so that two don't work at one unit."""
        job = stamped(due=due, rank=1, lane=COLLECTION, tries=0)
        del job["lease_until"]
        return {**job, "kind": next(iter(self._filed), None), "after": ""}


def refiling(frame: Frame, *filed: Filed[Any]) -> Refiling:
    """The refiling of these kinds in this process, with its jobs."""
    made = Refiling(frame.database, frame.service, frame.clock, filed)
    jobs = Jobs(made.notes, frame.clock, made.work, limits=_FEW)
    frame.jobs.append(jobs)
    frame.indexing(jobs.declare_indexes)
    return made
