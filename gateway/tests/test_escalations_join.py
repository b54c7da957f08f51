"""A follower of the escalations is told each event of its units exactly once and in order, whatever happens."""

import asyncio
from datetime import UTC, datetime

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from gateway.escalation_event import Event
from gateway.escalations_join import Following, Place, Reset, place_of, resume
from gateway.stream import Known
from gateway.stream_buffer import Buffer

AT = datetime(2026, 11, 23, tzinfo=UTC)
UNITS = ("HQ", "P1", "P2")


def event(offset: int, key: str = "", *units: str, type: str = "decalog.emergency.incident_escalated.v1") -> Event:
    return Event(offset, key or f"e{offset}", type, "I", units or ("HQ",), AT, b"{}")


@define
class Past:
    """A history in memory: the first copy of an event stays."""

    events: dict[str, Event] = field(factory=dict)

    def keep(self, events: list[Event]) -> None:
        for one in events:
            self.events.setdefault(one.key, one)

    async def after(self, offset: int, *, until: int, units: frozenset[str], most: int) -> list[Event]:
        found = sorted(self.events.values(), key=lambda one: one.offset)
        return [one for one in found if offset < one.offset <= until and one.seen_by(units)][:most]


@define
class Feed:
    """Buffer and history behind a stream in which copies occur, with one client whose connection is cut."""

    units: frozenset[str]
    buffer: Buffer = field(factory=lambda: Buffer(events=4))
    past: Past = field(factory=Past)
    known: Known = field(factory=lambda: Known({}))
    told: list[Event] = field(factory=list)
    published: list[Event] = field(factory=list)
    following: Following = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.buffer.begin(-1)
        self.following = Following(self.buffer, self.past, self.units, at=-1)

    def publish(self, key: int, unit: int) -> None:
        if self.buffer.full():
            self.project()
        one = event(self.buffer.head + 1, f"k{key}", "HQ", UNITS[unit])
        self.published.append(one)
        self.buffer.take(one.offset, one if self.known.is_first(one) else None)

    def project(self) -> None:
        self.past.keep(self.buffer.after(self.buffer.projected, most=1000))
        self.buffer.project(self.buffer.head)

    async def read(self) -> None:
        self.told += await self.following.more()

    def cut(self) -> None:
        last = self.told[-1].offset if self.told else -1
        self.following = Following(self.buffer, self.past, self.units, at=last)

    def expected(self) -> list[Event]:
        firsts: dict[str, Event] = {}
        for one in self.published:
            firsts.setdefault(one.key, one)
        return [one for one in firsts.values() if one.seen_by(self.units)]


STEPS = st.one_of(
    st.tuples(st.just("publish"), st.integers(0, 12), st.integers(0, 2)),
    st.tuples(st.sampled_from(["project", "read", "cut"])),
)


@given(steps=st.lists(STEPS, max_size=80), units=st.sets(st.sampled_from(UNITS), min_size=1))
def test_cuts_evictions_and_copies_leave_no_gap_and_no_repeat(steps, units):
    async def play() -> Feed:
        feed = Feed(frozenset(units))
        for name, *arguments in steps:
            result = getattr(feed, name)(*arguments)
            if result is not None:
                await result
        while feed.following.behind:
            await feed.read()
        return feed

    feed = asyncio.run(play())

    assert feed.told == feed.expected()


def test_what_another_gateway_has_projected_further_is_not_taken_before_it_is_whole():
    buffer, past = Buffer(events=2), Past()
    buffer.begin(-1)
    for offset in range(4):
        buffer.take(offset, event(offset))
        buffer.project(offset)
    past.keep([event(0), event(1), event(2), event(3), event(9)])

    told = asyncio.run(Following(buffer, past, frozenset({"HQ"}), at=-1).more())

    assert [one.offset for one in told] == [0, 1, 2, 3]


def test_nothing_is_evicted_that_the_history_does_not_have():
    buffer = Buffer(events=3)
    buffer.begin(-1)

    for offset in range(3):
        buffer.take(offset, event(offset))

    assert buffer.full()
    assert buffer.covers(-1)
    assert [one.offset for one in buffer.after(-1, most=10)] == [0, 1, 2]


def test_the_buffer_is_bounded_by_its_bytes_too():
    buffer = Buffer(events=1_000, size=10)
    buffer.begin(-1)
    for offset in range(8):
        buffer.take(offset, event(offset))
        buffer.project(offset)

    assert not buffer.full()
    assert not buffer.covers(-1)


@pytest.mark.parametrize(
    ("units", "mine", "seen"),
    [
        (("HQ", "P1", "C1"), {"P1"}, True),
        (("HQ", "P1", "C1"), {"HQ"}, True),
        (("HQ", "P1", "C1"), {"P2"}, False),
        (("HQ",), {"P1"}, False),
    ],
)
def test_an_event_is_seen_by_those_who_may_read_a_unit_above_it(units, mine, seen):
    assert event(0, "", *units).seen_by(frozenset(mine)) is seen


def test_heartbeats_and_anchors_come_only_to_those_who_ask():
    buffer = Buffer()
    buffer.begin(-1)
    buffer.take(0, Event(0, "h", "decalog.emergency.heartbeat.v1", "heartbeat", (), AT, b"{}"))
    buffer.take(1, Event(1, "a", "decalog.emergency.journal_anchored.v1", "anchor", (), AT, b"{}"))
    mine = frozenset({"P1"})

    unasked = asyncio.run(Following(buffer, Past(), mine, at=-1).more())
    asked = asyncio.run(Following(buffer, Past(), mine, at=-1, heartbeats=True).more())

    assert unasked == []
    assert [one.key for one in asked] == ["h", "a"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("2-7", 7),
        ("2-5", 5),
        ("2-4", Reset("expired")),
        ("1-7", Reset("foreign_epoch")),
        ("7", Reset("unknown")),
        ("2-x", Reset("unknown")),
        ("2--1", Reset("expired")),
        ("2--2", Reset("unknown")),
        ("2-" + "9" * 40, Reset("unknown")),
    ],
)
def test_a_client_goes_on_after_a_known_place_and_is_told_why_not(given, found):
    assert resume(given, epoch=2, floor=5) == found


def test_a_place_reads_as_it_is_written():
    assert place_of(str(Place(3, 14))) == Place(3, 14)
    assert place_of(str(Place(3, -1))) == Place(3, -1)


def test_a_known_event_is_a_copy_only_at_a_later_offset():
    known = Known({"a": 5})

    assert known.is_first(event(5, "a"))
    assert not known.is_first(event(8, "a"))
    assert known.is_first(event(9, "b"))
