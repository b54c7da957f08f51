"""What a write announced leaves the document, certainly and in order."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from probe import tally
from probe.bench import Exchange, bench_on, until
from pymongo.errors import AutoReconnect

from chassis import relay as relaying
from chassis.clock import machine_now

pytestmark = pytest.mark.live


@pytest.fixture
def eager(monkeypatch):
    """The sweeper takes what is there, however fresh."""
    monkeypatch.setattr(relaying, "SWEEP_AFTER", timedelta(seconds=-1))
    monkeypatch.setattr(relaying, "SWEEP_EVERY_SECONDS", 0.01)


def left(bench, id="t1"):
    return [entry["id"] for entry in bench.document(id)["outbox"]]


def test_the_writer_moves_what_it_announced_and_marks_it(bench):
    bench.begin()
    bench.add(also=tally.ALL_KINDS)

    bench.relayed()

    assert bench.publisher.ids() == ["t1:1:1", "t1:2:1", "t1:2:2", "t1:2:3"]
    assert [message.exchange for message in bench.publisher.arrived[1:]] == [
        "probe.events",
        "probe.events",
        "escalations",
    ]
    assert [message.key for message in bench.publisher.arrived[1:]] == [
        "tally.440000.-.-", "added.440000.-.-", "i.440000.-.-",
    ]  # fmt: skip
    assert bench.database.timers.find_one()["_id"] == "t1:ring-1"
    assert bench.database.notes.find_one()["_id"] == "t1:1"
    document = bench.document()
    assert (document["outbox"], document["version"], "outbox_since" in document) == ([], 2, False)
    assert bench.relay.unsent() == 0


def test_what_is_announced_while_others_are_on_their_way_is_published_once(bench):
    bench.begin()
    for _ in range(5):
        bench.relay.stop()
        bench.relay.run_moves()
        bench.add()
    bench.relayed()

    published = [message.attributes["id"] for message in bench.publisher.arrived]
    assert sorted(published) == sorted(set(published))
    assert len(published) == 11


def test_what_was_written_since_is_not_emptied_with_what_was_moved(bench):
    bench.begin()
    bench.relay.stop()
    bench.relay.run_moves()
    bench.add()

    bench.relay.settle()

    assert left(bench) == ["t1:2:0", "t1:2:1", "t1:2:2"]
    bench.relayed()
    assert left(bench) == []


def test_what_could_not_be_settled_is_left_to_the_sweeper_by_the_next_mark(bench, eager, monkeypatch):
    bench.begin()
    bench.relayed()
    bench.add(also=("timer",))
    with monkeypatch.context() as away:
        away.setattr(bench.relay._settling, "_store_timers", failing)
        bench.relay.stop()
        bench.relay.run_moves()
        with pytest.raises(AutoReconnect):
            bench.relay.settle()

    bench.add()
    bench.relayed()

    assert bench.database.timers.count_documents({}) == 0
    assert left(bench) == ["t1:2:0", "t1:2:1"]
    bench.relay.sweep()
    assert bench.database.timers.count_documents({}) == 1
    assert left(bench) == []


def failing(_):
    raise AutoReconnect("away")


def test_the_threads_move_mark_and_end(bench):
    with bench.running(bench.relay.run_moves, bench.relay.run_marks):
        bench.begin()
        until(lambda: not bench.document()["outbox"])

    assert bench.publisher.ids() == ["t1:1:1"]


def test_the_sweeper_alone_delivers_what_a_dead_process_left(bench, replica, eager):
    dead = replica(bench, fast=False, sweep=False)
    dead.begin()
    dead.add(also=tally.ALL_KINDS)

    with bench.running(bench.relay.run_sweeps):
        until(lambda: not bench.document()["outbox"])

    assert bench.publisher.ids() == ["t1:1:1", "t1:2:1", "t1:2:2", "t1:2:3"]
    assert bench.database.timers.count_documents({}) == bench.database.notes.count_documents({}) == 1
    assert "outbox_since" not in bench.document()


def test_the_sweeper_leaves_to_the_fast_path_what_is_fresh(bench, replica, monkeypatch):
    replica(bench, fast=False).begin()

    assert bench.relay.sweep() == 0

    monkeypatch.setattr(relaying, "machine_now", lambda: machine_now() + relaying.SWEEP_AFTER + timedelta(seconds=1))
    assert bench.relay.sweep() == 1


class Turns:
    """Stands for the event that ends a thread: it lets the loop turn three times."""

    def __init__(self):
        self.left = 3

    def wait(self, _):
        self.left -= 1
        return self.left < 0


def test_with_both_ways_off_nothing_leaves(bench, replica, eager):
    off = replica(bench, fast=False, sweep=False)
    off.begin()

    off.relayed()
    off.relay._stopping = Turns()
    off.relay.run_sweeps()

    assert bench.publisher.arrived == []
    assert left(off) == ["t1:1:1"]


def test_while_one_replica_sweeps_the_others_do_not(bench, replica, eager):
    other = replica(bench)
    replica(bench, fast=False).begin("t1")
    assert bench.relay.sweep() == 1
    replica(bench, fast=False).begin("t2")

    assert other.relay.sweep() == 0
    assert bench.relay.sweep() == 1


def test_what_was_not_confirmed_stays_and_all_behind_it(bench, eager):
    bench.publisher.takes = lambda message: message.attributes["sequence"] != 2
    bench.begin()
    bench.add(also=tally.ALL_KINDS)
    bench.add()

    bench.relayed()

    assert bench.publisher.ids() == ["t1:1:1"]
    assert left(bench)[:4] == ["t1:2:0", "t1:2:1", "t1:2:2", "t1:2:3"]
    assert left(bench)[-3:] == ["t1:3:0", "t1:3:1", "t1:3:2"]

    bench.publisher.takes = lambda _: True
    bench.relay.sweep()

    assert bench.publisher.ids() == ["t1:1:1", "t1:2:1", "t1:2:2", "t1:2:3", "t1:3:1", "t1:3:2"]
    assert left(bench) == []


def test_one_refused_message_does_not_hold_up_other_documents_for_ever(bench, eager):
    bench.publisher.takes = lambda message: message.attributes["subject"] != "t1"
    bench.begin("t1")
    bench.begin("t2")
    bench.add("t2")

    bench.relayed()

    assert left(bench, "t2") == []
    assert left(bench, "t1") == ["t1:1:1"]


def test_marking_keeps_the_version_and_what_came_meanwhile(bench, replica):
    bench.begin()
    bench.relay.stop()
    bench.relay.run_moves()
    silent = replica(bench, fast=False)
    silent.add()
    came = bench.document()["outbox"][-1]["at"]

    bench.relay.run_marks()

    document = bench.document()
    assert document["version"] == 2
    assert [entry["id"] for entry in document["outbox"]] == ["t1:2:0", "t1:2:1", "t1:2:2"]
    assert document["outbox_since"] == came


def test_a_mark_between_load_and_write_is_no_lost_race(bench):
    bench.begin()
    decided = []

    def decide(state):
        decided.append(state)
        bench.relayed()
        return tally.add(state, 1, also=("event",), at=bench.clock.now())

    bench.service.tallies.change("t1", bench.command(), decide)

    assert len(decided) == 1
    assert left(bench) == ["t1:2:0", "t1:2:1", "t1:2:2"]


STEPS = ("add", "move", "mark", "sweep", "forget", "refuse", "accept")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(steps=[(0, "refuse"), (0, "add"), (0, "move")])  # the first version refused, the second taken
@given(steps=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(STEPS)), max_size=25))
def test_two_relays_with_crashes_and_refusals_bring_every_entry_in_the_order_of_versions(place, monkeypatch, steps):
    monkeypatch.setattr(relaying, "SWEEP_AFTER", timedelta(seconds=-1))
    exchange = Exchange()
    first = bench_on(place.emptied_database(), publisher=exchange)
    both = [first, bench_on(first.database, owner="two", publisher=exchange, clock=first.clock)]
    first.begin()

    for who, step in steps:
        take(both[who], step)
    take(first, "accept")
    first.database.leases.delete_many({})
    first.relay.sweep()

    version = first.document()["version"]
    assert left(first) == []
    assert set(exchange.ids()) == {"t1:1:1"} | {f"t1:{v}:{n}" for v in range(2, version + 1) for n in (1, 2)}
    arrivals = [int(arrived.split(":")[1]) for arrived in exchange.ids()]
    assert arrivals == sorted(arrivals)


def take(bench, step):
    relay = bench.relay
    relay.stop()
    match step:
        case "add":
            bench.add()
        case "move":
            relay.run_moves()
        case "mark":
            relay.settle()
        case "sweep":
            relay.sweep()
        case "forget":
            relay._waiting.clear()
            relay._moved.clear()
        case "refuse":
            bench.publisher.takes = lambda message: message.attributes["sequence"] % 2 == 0
        case "accept":
            bench.publisher.takes = lambda _: True
