"""Calls that nobody vouched for: refused, counted, and written in the journal.

In time order: a message that did not come from the gateway, or whose caller is not proven, is answered at once and
only counted (`note`). A thread looks every second and writes what is new: one change of the day's document, whose
journal entry says who sent it (the user that the broker checked), what for, why it was refused and when; the document
says how often. The same of the same sender is written once a minute at most, and what comes in more than `KINDS` kinds
is written as others, so a flood fills neither database nor journal. Nothing of a message's content is kept. A crash
loses what was counted since the last look; the log has it.
"""

import threading
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from attrs import evolve, frozen

from chassis import telemetry
from chassis.clock import Clock, business_day, monotonic
from chassis.documents import AWAY
from chassis.entries import Origin
from chassis.store import Aggregates, Command, Contended, Decision, NotFound, TakenByAnother

COLLECTION = "refused_calls"
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 60.0
KINDS = 50
"""Kinds of refused calls counted by themselves at a time; a day's document holds twice as many. Our default."""

UNNAMED, UNKNOWN, OTHERS = "-", "unknown", "others"
NOT_GATEWAY, UNPROVEN = "not_from_gateway", "caller_unproven"


class Refused(NamedTuple):
    """Who sent it, for which operation, and why it was refused."""

    sender: str
    operation: str
    why: str


@frozen
class RefusedKind:
    """How often one kind was refused on a day, and when first and last."""

    sender: str
    operation: str
    why: str
    count: int
    first_at: datetime
    last_at: datetime

    @property
    def kind(self) -> Refused:
        """What it is counted by."""
        return Refused(self.sender, self.operation, self.why)


@frozen
class RefusedDay:
    """The calls that a service refused on one business day."""

    id: str
    kinds: tuple[RefusedKind, ...] = ()


def counted(day: RefusedDay, refused: Refused, count: int, at: datetime) -> RefusedDay:
    """The day with so many more of a kind."""
    known = {kind.kind: kind for kind in day.kinds}
    if refused not in known and len(known) >= 2 * KINDS:
        refused = _other(refused)
    before = known.get(refused, RefusedKind(*refused, count=0, first_at=at, last_at=at))
    known[refused] = evolve(before, count=before.count + count, last_at=at)
    return evolve(day, kinds=tuple(known.values()))


class RefusedCalls:
    """What one process refuses. `run` is the thread's body."""

    def __init__(
        self,
        days: Aggregates[RefusedDay],
        clock: Clock,
        *,
        service: str,
        operations: Collection[str],
        stopping: threading.Event,
    ) -> None:
        self._days = days
        self._clock = clock
        self._service = service
        self._operations = frozenset(operations)
        self._stopping = stopping
        self._waiting: dict[Refused, int] = {}
        self._written: dict[Refused, float] = {}

    def note(self, sender: str | None, operation: str, why: str) -> None:
        """One more; never blocks."""
        known = operation if operation in self._operations else UNKNOWN
        refused = Refused(sender or UNNAMED, known, why)
        if refused not in self._waiting and len(self._waiting) >= KINDS:
            refused = _other(refused)
        self._waiting[refused] = self._waiting.get(refused, 0) + 1

    def run(self) -> None:
        """Write what is new until stopped."""
        while not self._stopping.wait(LOOK_SECONDS):
            self._try_to_write()

    def close(self) -> None:
        """Write the rest, when no more can come."""
        self._written.clear()
        self._try_to_write()

    def write(self) -> None:
        """Write each kind that was not written within the last minute."""
        now = monotonic()
        self._written = {kind: at for kind, at in self._written.items() if now - at < AGAIN_SECONDS}
        for refused in [kind for kind in self._waiting if kind not in self._written]:
            self._written[refused] = now
            count = self._waiting.pop(refused)
            try:
                self._count(refused, count)
            except (*AWAY, Contended):
                self._waiting[refused] = self._waiting.get(refused, 0) + count
                del self._written[refused]
                raise

    def _try_to_write(self) -> None:
        try:
            self.write()
        except (*AWAY, Contended) as error:
            telemetry.logger().warning("refused_calls.unwritten", error=type(error).__name__)

    def _count(self, refused: Refused, count: int) -> None:
        now = self._clock.now()
        day = business_day(now).isoformat()
        origin = Origin(self._service, refused.sender, correlation="", causation="", traceparent="")
        command = Command(None, refused.sender, f"refused:{refused.why}:{refused.operation}", "", now, origin)

        def more(state: RefusedDay) -> Decision[RefusedDay]:
            return counted(state, refused, count, now), ()

        try:
            self._days.change(day, command, more)
        except NotFound:
            try:
                self._days.create(day, command, lambda: more(RefusedDay(day)))
            except TakenByAnother:
                self._days.change(day, command, more)


def _other(refused: Refused) -> Refused:
    return Refused(OTHERS, OTHERS, refused.why)
