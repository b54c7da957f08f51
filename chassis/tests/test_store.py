"""The law of one write: what a command does to its document, and what two of them do to each other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from probe import tally
from probe.bench import bench_on
from pymongo import MongoClient, monitoring

from chassis.ring import KeyReused
from chassis.store import (
    BUDGET_BYTES,
    RACES,
    Contended,
    OverBudget,
    TakenByAnother,
)

pytestmark = pytest.mark.live

WRITES = ("insert", "update", "delete", "findAndModify")


class Written(monitoring.CommandListener):
    """Remembers the database commands that change something: (command, collection)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def started(self, event: Any) -> None:
        if event.command_name in WRITES:
            self.seen.append((event.command_name, event.command[event.command_name]))

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


@contextmanager
def counted(place, bench) -> Iterator[tuple[Any, Written]]:
    written = Written()
    with MongoClient(place.instance["mongo"]["deploy"], event_listeners=[written], tz_aware=True) as client:
        database = client.get_database(bench.database.name, codec_options=bench.database.codec_options)
        counting = bench_on(database, clock=bench.clock)
        written.seen.clear()
        yield counting, written


def test_a_create_with_every_kind_of_consequence_is_one_insert(place, bench):
    with counted(place, bench) as (counting, written):
        counting.begin()

    assert written.seen == [("insert", "tallies")]


def test_a_change_with_every_kind_of_consequence_is_one_update(place, bench):
    bench.begin()

    with counted(place, bench) as (counting, written):
        counting.add(also=tally.ALL_KINDS)

    assert written.seen == [("update", "tallies")]


def test_a_refused_change_writes_nothing(place, bench):
    bench.begin()
    bench.add(amount=-1)

    with counted(place, bench) as (counting, written), pytest.raises(tally.Closed):
        counting.add()

    assert written.seen == []


def test_a_decision_that_changes_nothing_is_answered_without_a_write(place, bench):
    bench.begin()

    with counted(place, bench) as (counting, written):
        saved = counting.service.tallies.change("t1", counting.command(), lambda state: (state, []))

    assert (saved.version, written.seen) == (1, [])


def test_a_change_keeps_state_version_ring_and_outbox_in_the_same_document(bench):
    bench.begin()

    bench.add(amount=5, command=bench.command("c1"), also=tally.ALL_KINDS)

    document = bench.document()
    assert (document["version"], document["state"]["count"], document["units"]) == (2, 5, ["000000", "440000"])
    assert [mark["id"] for mark in document["ring"]] == ["c1"]
    assert [entry["id"] for entry in document["outbox"]] == ["t1:1:1", *(f"t1:2:{n}" for n in range(6))]
    assert [entry["kind"] for entry in document["outbox"][1:]] == [
        "journal", "event", "event", "escalation", "timer", "rows",
    ]  # fmt: skip
    assert document["outbox_since"] == document["outbox"][0]["at"]


def test_the_loser_of_a_race_decides_again_on_the_new_state_with_the_same_time(bench):
    bench.begin()
    asked = bench.clock.now()
    seen = []

    def decide(state):
        seen.append(state.count)
        if len(seen) == 1:
            bench.clock.step(bench.clock.now() + timedelta(seconds=1))
            bench.add(amount=10)
        return tally.add(state, 1, also=("event",), at=asked)

    saved = bench.service.tallies.change("t1", evolve(bench.command(), now=asked), decide)

    assert seen == [0, 10]
    assert (saved.version, saved.state.count) == (3, 11)
    times = {entry["id"]: entry["attributes"]["time"] for entry in bench.document()["outbox"] if "key" in entry}
    assert times["t1:3:1"] < times["t1:2:1"]


def test_two_writers_lose_none_of_their_changes_and_versions_have_no_gap(bench, replica):
    bench.begin()
    writers = [bench, replica(bench)]
    begun = threading.Barrier(2)
    for writer, other in (writers, writers[::-1]):
        between = iter((other.add,))

        def decide(state, between=between, writer=writer):
            for write in between:
                write()
            return tally.add(state, 1, also=("event",), at=writer.clock.now())

        writer.service.tallies.change("t1", writer.command(), decide)

    def count(writer):
        begun.wait(10)
        for number in range(20):
            while True:
                try:
                    writer.add(command=writer.command(f"{id(writer)}-{number}"))
                except Contended:
                    continue
                break

    threads = [threading.Thread(target=count, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    document = bench.document()
    assert (document["version"], document["state"]["count"]) == (45, 44)
    told = [entry for entry in document["outbox"] if entry.get("key", "").startswith("tally")]
    versions = [entry["attributes"]["sequence"] for entry in told]
    assert versions == list(range(1, 46))


def test_one_who_keeps_losing_races_is_told_so(bench):
    bench.begin()

    def decide(state):
        bench.add()
        return tally.add(state, 1, at=bench.clock.now())

    with pytest.raises(Contended):
        bench.service.tallies.change("t1", bench.command(), decide)

    assert bench.document()["version"] == 1 + RACES


def test_a_repeated_command_answers_again_without_a_second_effect(bench):
    bench.begin()
    first = bench.add(amount=5, command=bench.command("c1", status=202))
    bench.add(amount=1)

    again = bench.add(amount=5, command=bench.command("c1", status=202))

    assert not first.replayed
    assert (again.replayed, again.status) == (True, 202)
    assert (again.version, again.state.count) == (3, 6)
    assert bench.document()["version"] == 3


def test_the_same_key_with_another_request_is_refused(bench):
    bench.begin()
    bench.add(command=bench.command("c1", print="one"))

    with pytest.raises(KeyReused):
        bench.add(command=bench.command("c1", print="other"))

    assert bench.document()["state"]["count"] == 1


def test_a_repeated_command_is_answered_even_when_if_match_has_passed(bench):
    bench.begin()
    bench.add(command=bench.command("c1", if_match=1))

    assert bench.add(command=bench.command("c1", if_match=1)).replayed


def test_a_repeated_create_answers_with_the_thing_as_it_is_now(bench):
    command = bench.command("k1", operation="begin", status=201)
    bench.begin(command=command)
    bench.add(amount=3)

    again = bench.begin(command=command)

    assert (again.replayed, again.status, again.version, again.state.count) == (True, 201, 2, 3)


def test_a_create_is_remembered_when_the_ring_has_forgotten(bench):
    command = bench.command("k1", operation="begin")
    bench.begin(command=command)
    for number in range(70):
        bench.add(command=bench.command(f"c{number}"))

    assert len(bench.document()["ring"]) == 64
    assert bench.begin(command=command).replayed


def test_a_create_by_another_command_finds_the_id_taken(bench):
    bench.begin(command=bench.command("k1", operation="begin"))

    for other in (bench.command("k2"), bench.command("k1", who="stranger"), bench.command(None)):
        with pytest.raises(TakenByAnother):
            bench.begin(command=other)

    assert bench.document()["version"] == 1


def test_a_create_by_the_same_key_with_another_request_is_refused(bench):
    bench.begin(command=bench.command("k1", print="one"))

    with pytest.raises(KeyReused):
        bench.begin(command=bench.command("k1", print="other"))


def test_two_creates_without_key_under_one_id_are_not_the_same(bench):
    bench.begin(command=bench.command(None))

    with pytest.raises(TakenByAnother):
        bench.begin(command=bench.command(None))


@pytest.mark.parametrize(("size", "taken"), [(BUDGET_BYTES - 1_000, True), (BUDGET_BYTES + 1, False)])
def test_a_state_over_its_budget_is_refused_by_name(bench, size, taken):
    bench.begin()

    def pad():
        return bench.service.tallies.change(
            "t1", bench.command(), lambda state: (evolve(state, padding="x" * size), [])
        )

    if taken:
        assert pad().version == 2
    else:
        with pytest.raises(OverBudget, match=r"t1 would be larger than 1000000 bytes"):
            pad()
        assert bench.document()["version"] == 1
