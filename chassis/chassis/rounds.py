"""What a service does every so often, by one replica: audits, heartbeats.

A round is bound to machine time and must be idempotent: a replica that dies in the middle leaves it to the next turn.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen
from pymongo.database import Database

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
            for one in self._rounds:
                self._do(one)

    def _do(self, one: Round) -> None:
        try:
            if self._leases.turn(f"round:{one.name}", one.every):
                one.run()
        except AWAY as error:
            telemetry.logger().warning("round.database_away", round=one.name, error=type(error).__name__)
        except Exception:  # noqa: BLE001 logged; the next turn tries again
            telemetry.logger().exception("round.failed", round=one.name)
