"""Business time of a simulation: stepped from outside, and remembered in the database so that a restart knows it.

A simulation runs only on a database marked as one; a marked database is refused everywhere else.
"""

from datetime import datetime
from typing import Any

from chassis.clock import SteppedClock, machine_now

MARK = "environment"


class NotASimulation(Exception):
    """The database is not marked as a simulation's, and has been used."""


class OnlyASimulation(Exception):
    """The database is marked as a simulation's."""


def stepped_clock(database: Any) -> SteppedClock:
    """The clock of this simulation: where it was last stepped to, or the machine's time at the very first start."""
    start = machine_now()
    marked = database.meta.find_one_and_update(
        {"_id": MARK},
        {"$setOnInsert": {"simulation": _unused(database), "now": start, "epoch": 0}},
        upsert=True,
        return_document=True,
    )
    if not marked["simulation"]:
        raise NotASimulation(f"{database.name} holds real records")
    return SteppedClock(marked["now"], marked["epoch"])


def remember_step(database: Any, now: datetime, epoch: int) -> None:
    """Keep where the clock stands."""
    database.meta.update_one({"_id": MARK, "epoch": {"$lt": epoch}}, {"$set": {"now": now, "epoch": epoch}})


def refuse_simulation(database: Any) -> None:
    """Raise OnlyASimulation where a real process would run on a simulation's database."""
    marked = database.meta.find_one({"_id": MARK})
    if marked and marked["simulation"]:
        raise OnlyASimulation(f"{database.name} is a simulation's database")


def _unused(database: Any) -> bool:
    return not any(name for name in database.list_collection_names() if name not in ("meta", "leases"))
