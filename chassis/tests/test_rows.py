"""Growing collections: ten thousand rows cost as little each as the first, and no reader misses one."""

from typing import Any

import bson
import pytest
from attrs import evolve
from probe import tally
from probe.bench import bench_on
from pymongo import MongoClient, monitoring

from chassis.entries import FIRST_ROWS, AddRow

pytestmark = pytest.mark.live

ROWS, AT_ONCE = 10_000, 50


class Updates(monitoring.CommandListener):
    """The size in bytes of each write command to the aggregates."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def started(self, event: Any) -> None:
        if event.command.get("update") == "tallies":
            self.sizes.append(len(bson.encode({"updates": event.command["updates"]})))

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def noting(bench, count):
    def decide(state):
        rows = [AddRow("notes", state.notes + number, {"text": "说明" * 20}) for number in range(1, count + 1)]
        return evolve(state, notes=state.notes + count), rows

    bench.service.tallies.change("t1", bench.command(), decide)


def test_ten_thousand_rows_leave_document_and_writes_as_small_as_they_were(place, bench):
    updates = Updates()
    with MongoClient(place.instance["mongo"]["deploy"], event_listeners=[updates], tz_aware=True) as client:
        writing = bench_on(client.get_database(bench.database.name, codec_options=bench.database.codec_options))
        writing.begin()
        writing.relayed()
        updates.sizes.clear()
        documents = []
        for _ in range(ROWS // AT_ONCE):
            noting(writing, AT_ONCE)
            writing.relayed()
            documents.append(len(bson.encode(bench.document())))

    assert kept(bench) == ROWS
    assert len(updates.sizes) == 2 * (ROWS // AT_ONCE)  # one write and one mark a command
    assert max(documents) - min(documents) <= 8
    writes, marks = updates.sizes[::2], updates.sizes[1::2]
    for sizes in (writes, marks):
        assert max(sizes) - min(sizes) <= AT_ONCE * 8  # only the numbers grow by some digits


def kept(bench):
    return sum(len(chunk["rows"]) for chunk in bench.database.notes.find())


def numbers(bench, **page):
    return [row["seq"] for row in bench.service.notes.page("t1", **page)]


def test_rows_on_their_way_are_seen_and_none_is_seen_twice(bench):
    bench.begin()
    noting(bench, 3)
    assert numbers(bench) == [1, 2, 3]

    unmarked = bench.document()["outbox"]
    bench.relayed()
    assert kept(bench) == 3
    bench.database.tallies.update_one({"_id": "t1"}, {"$set": {"outbox": unmarked}})
    assert numbers(bench) == [1, 2, 3]

    noting(bench, 2)
    assert numbers(bench) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("count", "apart"), [(FIRST_ROWS, 0), (FIRST_ROWS + 1, FIRST_ROWS + 1)])
def test_the_rows_of_the_create_stay_in_its_document_and_are_the_first(bench, count, apart):
    first = [AddRow("notes", number, {"text": "说明"}) for number in range(1, count + 1)]
    state = tally.Tally("t1", notes=count)
    bench.service.tallies.create("t1", bench.command(), lambda: (state, first))
    noting(bench, 2)
    bench.relayed()

    assert numbers(bench, limit=100) == list(range(1, count + 3))
    assert kept(bench) == apart + 2


def test_a_row_looks_the_same_on_its_way_and_arrived(bench):
    bench.begin()
    noting(bench, 1)
    on_the_way = bench.service.notes.page("t1")

    bench.relayed()

    assert bench.service.notes.page("t1") == on_the_way


def test_pages_follow_each_other_without_gap_over_arrived_and_coming_rows(bench):
    bench.begin()
    noting(bench, 4)
    bench.relayed()
    noting(bench, 4)

    pages = [numbers(bench, after=after, limit=3) for after in (0, 3, 6, 8)]

    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8], []]


def test_a_row_relayed_twice_is_one(bench, replica):
    bench.begin()
    noting(bench, 2)
    other = replica(bench)
    entries = [entry for entry in bench.document()["outbox"] if entry["kind"] == "rows"]

    bench.relayed()
    other.relay.notice("tallies", "t1", entries)
    other.relayed()

    assert kept(bench) == 2
