"""The projection goes on after the database was away, and says what it does not know."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from attrs import define, field

from gateway import limits
from gateway.escalation_event import Event
from gateway.history import History, Reached
from gateway.store import StoreDown
from gateway.stream import Reader, Stream
from gateway.stream_buffer import Buffer

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 23, tzinfo=UTC)


@define
class Memory:
    """A history that is away for the first so many writes."""

    away: int = 0
    tries: int = 0
    kept: list[int] = field(factory=list)
    anchors: list[int] = field(factory=list)
    until: int = -1
    floor: int = -1
    pruned: list[datetime] = field(factory=list)

    async def project(self, events: Sequence[Event], *, until: int) -> None:
        self.tries += 1
        if self.tries <= self.away:
            raise StoreDown("away")
        self.kept += [event.offset for event in events]
        self.until = until

    async def keep_anchors(self, events: Sequence[Event]) -> None:
        self.anchors += [event.offset for event in events]

    async def raise_floor(self, offset: int) -> None:
        self.floor = max(self.floor, offset)

    async def prune(self, before: datetime) -> None:
        self.pruned.append(before)

    async def reached(self) -> Reached:
        return Reached(self.until, self.floor)


def event(offset: int, type: str = "decalog.emergency.incident_escalated.v1") -> Event:
    return Event(offset, f"e{offset}", type, "I", ("HQ",), AT, b"{}")


def reader(memory: Memory, buffer: Buffer) -> Reader:
    return Reader("amqp://nobody@127.0.0.1/none", Stream("escalations.log.7"), buffer, cast(History, memory))


async def projecting(memory: Memory, buffer: Buffer, done: Any) -> None:
    task = asyncio.create_task(reader(memory, buffer).project())
    async with asyncio.timeout(5):
        while not done():
            await asyncio.sleep(0)
    task.cancel()


async def test_what_came_while_the_database_was_away_is_written_when_it_is_back(monkeypatch):
    monkeypatch.setattr(limits, "STORE_RETRY_SECONDS", 0)
    memory, buffer = Memory(away=3), Buffer()
    buffer.begin(-1)
    for offset in range(3):
        buffer.take(offset, event(offset))

    await projecting(memory, buffer, lambda: buffer.projected == 2)

    assert memory.kept == [0, 1, 2]
    assert memory.tries == 4


async def test_a_long_buffer_is_written_in_parts(monkeypatch):
    monkeypatch.setattr(limits, "PROJECTED_AT_ONCE", 2)
    memory, buffer = Memory(), Buffer()
    buffer.begin(-1)
    for offset in range(5):
        buffer.take(offset, event(offset))

    await projecting(memory, buffer, lambda: buffer.projected == 4)

    assert memory.kept == [0, 1, 2, 3, 4]
    assert memory.tries == 3


async def test_heartbeats_move_the_place_and_are_not_written():
    memory, buffer = Memory(), Buffer()
    buffer.begin(-1)
    buffer.take(0, event(0, "decalog.emergency.heartbeat.v1"))
    buffer.take(1, None)

    await projecting(memory, buffer, lambda: buffer.projected == 1)

    assert (memory.kept, memory.until) == ([], 1)


async def test_anchors_are_kept_by_themselves():
    memory, buffer = Memory(), Buffer()
    buffer.begin(-1)
    type_ = "decalog.emergency.journal_anchored.v1"
    buffer.take(0, Event(0, "/decalog/emergency#a", type_, "anchor", (), AT, b"{}"))
    buffer.take(1, Event(1, "/decalog/security#a", type_, "anchor", (), AT, b"{}"))
    buffer.take(2, event(2))

    await projecting(memory, buffer, lambda: buffer.projected == 2)

    assert (memory.anchors, memory.kept) == ([0], [2])


async def test_what_is_older_than_the_stream_is_forgotten_now_and_then():
    memory, buffer = Memory(), Buffer()
    buffer.begin(-1)
    buffer.take(0, event(0))

    await projecting(memory, buffer, lambda: memory.pruned)

    assert datetime.now(UTC) - memory.pruned[0] >= limits.HISTORY_KEPT


def test_the_epoch_is_the_last_word_of_the_streams_name():
    assert Stream("escalations.log.7").epoch == 7
