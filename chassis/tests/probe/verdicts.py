"""The four things that may never happen, counted over one tally after everything has come to rest.

Lost: acknowledged, and without effect. Ghost: sent, and without record. Zombie: recorded, and never sent or done.
Doubled: two effects of one cause. Duplicate deliveries are allowed, so ids that were sent are sets here.
"""

from collections.abc import Collection
from typing import Any

from attrs import define, field


@define
class Deeds:
    """What a test had acknowledged for one tally."""

    count: int = 0
    events: int = 0
    escalations: int = 0
    timers: int = 0
    rows: int = 0
    tasks: int = 0
    crafted: int = 0
    """Events that the test itself put into the reaction's queue."""

    def done(self, kinds: Collection[str]) -> None:
        """One more command with these announcements was acknowledged."""
        self.count += 1
        self.events += "event" in kinds
        self.escalations += "escalation" in kinds
        self.timers += "timer" in kinds
        self.rows += "row" in kinds
        self.tasks += "task" in kinds


@define
class Verdicts:
    """Each list names what is wrong; all are empty where nothing is."""

    lost: list[str] = field(factory=list)
    ghost: list[str] = field(factory=list)
    zombie: list[str] = field(factory=list)
    doubled: list[str] = field(factory=list)

    def compare(self, what: str, wanted: int, found: int) -> None:
        """Fewer effects than causes are lost, more are doubled."""
        if found != wanted:
            (self.lost if found < wanted else self.doubled).append(f"{what}: {found} instead of {wanted}")


def verdicts_on(database: Any, tally: str, deeds: Deeds, events: Collection[str], rung: Collection[str]) -> Verdicts:
    """Judge one tally by its records, by the ids of all events sent, and by those of all escalations sent."""
    found = Verdicts()
    document = database.tallies.find_one({"_id": tally})
    state = document["state"]
    _effects(found, database, tally, deeds, state)
    _sent(found, deeds, document["version"], {event for event in events if event.startswith(f"{tally}:")}, set(rung))
    copy = database.copies.find_one({"_id": tally})
    found.compare("copy's count", state["count"], copy["state"]["count"])
    found.compare("copy's rung", state["rung"], copy["state"]["rung"])
    for name in ("tallies", "echoes"):
        left = database[name].count_documents({"outbox_since": {"$exists": True}})
        found.zombie += [f"{left} documents of {name} with entries"] if left else []
    unfired = database.timers.count_documents({"state": "set"})
    found.zombie += [f"{unfired} timers"] if unfired else []
    return found


def _effects(found: Verdicts, database: Any, tally: str, deeds: Deeds, state: dict[str, Any]) -> None:
    found.compare("count", deeds.count, state["count"])
    found.compare("rung", deeds.timers, state["rung"])
    found.compare("rows counted", deeds.rows, state["notes"])
    found.compare("rows stored", deeds.rows, database.notes.count_documents({"aggregate": tally}))
    found.compare("tasks", deeds.tasks, len((database.tasks.find_one() or {"tasks": []})["tasks"]))
    found.compare("heeded", deeds.events + deeds.crafted, state["heeded"])
    found.compare("echoes", deeds.events, database.echoes.count_documents({}))


def _sent(found: Verdicts, deeds: Deeds, version: int, events: set[str], rung: set[str]) -> None:
    found.compare("escalations sent", deeds.escalations, len(rung))
    announced = {int(event.split(":")[1]) for event in events}
    writes = 1 + deeds.events + deeds.timers + deeds.events + deeds.crafted
    found.compare("writes announced", writes, len(announced))
    found.ghost += [sent for sent in events | rung if int(sent.split(":")[1]) > version]
