"""What a service does every so often, by one replica: audits, heartbeats.

A round is bound to machine time and must be idempotent: a replica that dies in the middle leaves it to the next turn.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chassis import telemetry
from chassis.documents import AWAY
from chassis.leases import Leases

LOOK_SECONDS = 1.0


@frozen
class Round:
    """One thing to do, and how often."""

    name: str
    every: timedelta
    run: Callable[[], None]


class Rounds:
    """The rounds of one service. `run` is the thread's body."""

    def __init__(
        self, database: Database[Any], rounds: Sequence[Round], *, owner: str, stopping: threading.Event
    ) -> None:
        self._leases = Leases(database, owner)
        self._rounds = rounds
        self._stopping = stopping

    def run(self) -> None:
        """Do what is due until stopped."""
        while self._rounds and not self._stopping.wait(LOOK_SECONDS):
            for one in self._due():
                self._do(one)

    def _due(self) -> list[Round]:
        """Those whose last turn is over: one read for all, where asking for each turn would be a write that fails."""
        try:
            running = self._leases.running([_lease(one) for one in self._rounds])
        except PyMongoError as error:  # whatever it is: without its thread nothing would come round any more
            telemetry.logger().warning("rounds.database_away", error=type(error).__name__)
            return []
        return [one for one in self._rounds if _lease(one) not in running]

    def _do(self, one: Round) -> None:
        try:
            if self._leases.turn(_lease(one), one.every):
                one.run()
        except AWAY as error:
            telemetry.logger().warning("round.database_away", round=one.name, error=type(error).__name__)
        except Exception:  # noqa: BLE001 logged; the next turn tries again
            telemetry.logger().exception("round.failed", round=one.name)


def _lease(one: Round) -> str:
    return f"round:{one.name}"
