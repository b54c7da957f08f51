"""Business time that is stepped: only where nothing real can be touched, and at rest between the steps."""

import json
import secrets
import urllib.error
import urllib.request
from datetime import UTC, date, datetime, timedelta

import pytest
from probe.bench import NINE
from probe.contract import contract

from chassis.clock import SteppedClock, business_day, day_begins, instant
from chassis.simulation import NotASimulation, OnlyASimulation, refuse_simulation, remember_step, stepped_clock
from decalog import idleness, simulated_time
from decalog.idleness import StillBusy
from decalog.simulated_time import NotStepped


@pytest.fixture
def unused(place):
    return place.database(f"test_{secrets.token_hex(6)}")


def test_a_stepped_clock_stands_still_and_goes_forward_only():
    clock = SteppedClock(NINE)
    clock.step(NINE + timedelta(microseconds=1_999))

    assert (clock.now(), clock.epoch) == (NINE + timedelta(milliseconds=1), 1)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.step(NINE)


@pytest.mark.parametrize(
    ("at", "day"), [(datetime(2026, 11, 23, 15, 59, tzinfo=UTC), 23), (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), 24)]
)
def test_a_business_day_begins_at_midnight_in_shanghai(at, day):
    assert business_day(at).day == day


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(1970, 1, 1)])
def test_a_day_begins_with_the_first_instant_that_falls_on_it(day):
    begins = day_begins(day)

    assert business_day(begins) == day
    assert business_day(begins - timedelta(milliseconds=1)) == day - timedelta(days=1)
    assert day_begins(date(1, 1, 1)) == day_begins(date(1970, 1, 1))


def test_an_instant_is_exact_to_the_millisecond():
    assert instant(1_795_395_600_001) - instant(1_795_395_600_000) == timedelta(milliseconds=1)


@pytest.mark.live
def test_an_unused_database_becomes_a_simulations_and_remembers_its_time(unused):
    clock = stepped_clock(unused)
    later = clock.now() + timedelta(days=3)
    unused.tallies.insert_one({"_id": "t1"})
    remember_step(unused, later, 1)

    again = stepped_clock(unused)

    assert (again.now(), again.epoch) == (later, 1)


@pytest.mark.live
def test_a_step_that_comes_late_does_not_turn_the_remembered_time_back(unused):
    start = stepped_clock(unused).now()
    remember_step(unused, start + timedelta(hours=2), 2)
    remember_step(unused, start + timedelta(hours=1), 1)

    assert stepped_clock(unused).now() == start + timedelta(hours=2)


@pytest.mark.live
def test_a_stepped_clock_is_refused_on_a_database_that_was_used(unused):
    unused.tallies.insert_one({"_id": "t1"})

    for _ in range(2):
        with pytest.raises(NotASimulation, match="holds real records"):
            stepped_clock(unused)
    refuse_simulation(unused)


@pytest.mark.live
def test_a_real_process_is_refused_on_a_simulations_database(unused):
    stepped_clock(unused)

    with pytest.raises(OnlyASimulation):
        refuse_simulation(unused)


def ports(host):
    return {replica.instance: replica.port for replica in host.replicas.values() if replica.process.poll() is None}


def now_of(replica):
    return datetime.fromisoformat(replica.idle()["now"])


@pytest.mark.live
def test_advancing_stops_at_each_due_timer_and_a_restart_knows_the_time(simulated_host):
    host = simulated_host
    one, two = host.start("one"), host.start("two")
    with host.gateway() as gateway:
        gateway.call("begin", body={"id": "t1"})
        for minutes in (10, 20):
            more = {"amount": 1, "also": ["timer"], "ring_after": minutes * 60}
            gateway.call("add", path={"tally": "t1"}, body=more)
    to = now_of(one) + timedelta(hours=1)

    steps = simulated_time.advance(ports(host), to, rest=host.rest)

    assert steps == 3
    assert (now_of(one), now_of(two)) == (to, to)
    assert host.database.tallies.find_one()["state"]["rung"] == 2
    assert one.idle()["next_due"] is None
    two.terminate()
    assert two.ended() == 0
    assert now_of(host.start("two")) == to


@pytest.mark.live
def test_a_clock_is_not_turned_back_over_the_port(simulated_host):
    replica = simulated_host.start()
    body = json.dumps({"now": (now_of(replica) - timedelta(seconds=1)).isoformat(), "epoch": 1}).encode()

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{replica.port}/clock", data=body, timeout=5)

    assert refused.value.code == 422
    refused.value.close()


@pytest.mark.live
def test_a_real_process_has_no_clock_to_step_and_rest_names_what_it_waits_for(own_host):
    replica = own_host.start()
    with pytest.raises(NotStepped):
        simulated_time.advance(ports(own_host), NINE, rest=own_host.rest)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{replica.port}/clock", data=b"{}", timeout=5)
    assert refused.value.code == 404
    refused.value.close()

    with own_host.gateway() as gateway:
        gateway.call("begin", body={"id": "t1"})
        own_host.rest()
        held = gateway.send("hold", path={"tally": "t2"}, body={"seconds": 2, "call": "c1"})
        with pytest.raises(StillBusy, match="one: 1 in_flight"):
            own_host.rest(seconds=0.3)
        gateway.answer(held)
    own_host.rest()

    replica.terminate()
    replica.ended()
    with own_host.gateway() as gateway:
        gateway.send("tally", path={"tally": "t1"})
        with pytest.raises(StillBusy, match=f"rpc-{own_host.name}: 1 ready"):
            own_host.rest(seconds=0.3)


def test_a_process_that_does_not_answer_is_named():
    assert idleness.idle_of(9) is None
    assert idleness.work_queues([contract("probe")]) == [
        "rpc-probe", "probe.replays", "probe.retry.1s", "probe.retry.10s", "probe.retry.1m", "probe.retry.10m",
        "probe.copy_tally", "probe.echo_added", "probe.heed_added", "probe.trip",
    ]  # fmt: skip
