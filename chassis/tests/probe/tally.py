"""What the probe counts: pure decisions that return the new state and what they announce."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, frozen

from chassis.entries import (
    AddRow,
    Announce,
    Announcement,
    CancelTimer,
    Escalate,
    SetTasks,
    SetTimer,
    Subject,
    filed_under,
)
from chassis.errors import Conflict
from chassis.work.tasks import Owner, Task, Title

ROOT = "000000"
ALL_KINDS = ("event", "escalation", "timer", "row")
KINDS = (*ALL_KINDS, "task")

Decision = tuple["Tally", list[Announcement]]


class Closed(Conflict):
    """A closed tally counts no more."""

    code = "probe.closed"
    zh = "{id} 已关闭"
    en = "{id} is closed"


@frozen
class Tally:
    """A number, how many notes were made on it, how many tasks it has, and how often its bell rang."""

    id: str
    unit: str = "440000"
    count: int = 0
    notes: int = 0
    tasks: int = 0
    rung: int = 0
    heeded: int = 0
    padding: str = ""


@frozen
class Seen:
    """What a copy keeps of a tally."""

    count: int
    rung: int


@frozen
class Echo:
    """The effect of one event: made once."""

    event: str
    amount: int


def begin(id: str, unit: str = "440000") -> Decision:
    """A tally at nought, announced."""
    tally = Tally(id, unit)
    return tally, [state_of(tally)]


def add(
    tally: Tally, amount: int, *, also: Collection[str] = ALL_KINDS, at: datetime, ring_after: float = 0
) -> Decision:
    """Count further and announce it in the ways named by `also`."""
    if tally.count < 0:
        raise Closed(id=tally.id)

    grown = evolve(
        tally,
        count=tally.count + amount,
        notes=tally.notes + ("row" in also),
        tasks=tally.tasks + ("task" in also),
    )
    said: dict[str, list[Announcement]] = {
        "event": [state_of(grown), Announce("added", {"amount": amount}, about(tally))],
        "escalation": [
            Escalate("bell", {"count": grown.count}, Subject(about(tally).units, ("i", *about(tally).words)))
        ],
        "timer": [SetTimer(f"ring-{grown.count}", at + timedelta(seconds=ring_after))],
        "row": [AddRow("notes", grown.notes, {"amount": amount})],
        "task": [SetTasks(tuple(_task(grown, number, at) for number in range(grown.tasks)))],
    }
    return grown, [announcement for kind in KINDS if kind in also for announcement in said[kind]]


def ring(tally: Tally) -> Decision:
    """A timer fired."""
    rung = evolve(tally, rung=tally.rung + 1)
    return rung, [state_of(rung)]


def heed(tally: Tally) -> Decision:
    """An event was heard."""
    heeded = evolve(tally, heeded=tally.heeded + 1)
    return heeded, [state_of(heeded)]


def postpone(tally: Tally, name: str, due: datetime | None) -> Decision:
    """Set the timer of that name anew, or cancel it."""
    return evolve(tally, count=tally.count + 1), [CancelTimer(name) if due is None else SetTimer(name, due)]


def stumble(tally: Tally, data: Mapping[str, Any]) -> Decision:
    """Announce something that its hearer fails on as often as `data` says."""
    return evolve(tally, count=tally.count + 1), [Announce("stumbled", data, about(tally))]


def state_of(tally: Tally) -> Announce:
    """The whole public state."""
    return Announce("tally", {"count": tally.count, "rung": tally.rung}, about(tally))


def about(tally: Tally) -> Subject:
    """Where announcements of a tally are filed."""
    return filed_under((ROOT, tally.unit))


def _task(tally: Tally, number: int, at: datetime) -> Task:
    return Task(
        id=f"look-{number}",
        title=Title("查看", "look at it"),
        owner=Owner(person="clerk"),
        about=f"/v1/tallies/{tally.id}",
        done_at=f"/v1/tallies/{tally.id}/looks/{number}",
        units=(ROOT, tally.unit),
        made_at=at,
    )
