"""Durable deadlines: each fires with one effect, whoever fires it and however often."""

import threading
from datetime import timedelta

import pytest
from probe import tally
from probe.bench import until
from pymongo.errors import AutoReconnect

from chassis import timers as firing
from chassis.store import Contended
from chassis.timers import Timers

pytestmark = pytest.mark.live


@pytest.fixture
def no_lease(monkeypatch):
    """A claim ends at once, as if its owner were paused past it."""
    monkeypatch.setattr(firing, "LEASE", timedelta(0))


def with_timers(bench, count, *, minutes=lambda number: 5):
    """As many tallies, each with one timer due so many minutes from now; nothing is due yet."""
    for number in range(count):
        bench.begin(f"t{number}")
        bench.add(f"t{number}", also=("timer",), ring_after=60 * minutes(number))
    bench.relayed()
    assert bench.database.timers.count_documents({"state": "set"}) == count


def pass_minutes(bench, minutes):
    bench.clock.step(bench.clock.now() + timedelta(minutes=minutes))


def rings(bench):
    return [document["state"].get("rung", 0) for document in bench.database.tallies.find().sort("_id", 1)]


def timers_with(bench, fire, **more):
    return Timers(bench.database, bench.clock, fire, service=bench.name, **more)


@pytest.mark.parametrize(
    ("passed", "fired"), [(timedelta(minutes=5) - timedelta(milliseconds=1), 0), (timedelta(minutes=5), 1)]
)
def test_a_timer_fires_when_it_is_due_and_not_before(bench, passed, fired):
    with_timers(bench, 1)

    bench.clock.step(bench.clock.now() + passed)

    assert bench.timers.due() == fired
    assert bench.timers.fire_due() == fired
    assert rings(bench) == [fired]


def test_three_replicas_and_one_paused_past_its_lease_fire_each_timer_with_one_effect(bench, replica, no_lease):
    with_timers(bench, 30)
    pass_minutes(bench, 5)
    resume, reached = threading.Event(), threading.Event()

    def paused(due):
        reached.set()
        assert resume.wait(20)
        bench.service.fire(due)

    sleeper = threading.Thread(target=timers_with(bench, paused).fire_due)
    sleeper.start()
    assert reached.wait(10)
    replicas = [replica(bench) for _ in range(3)]
    threads = [threading.Thread(target=one.timers.run) for one in replicas]
    for thread in threads:
        thread.start()
    until(lambda: bench.timers.due() == 0)
    for one in replicas:
        one.timers.stop()
    resume.set()
    for thread in (*threads, sleeper):
        thread.join(20)
        assert not thread.is_alive()

    assert rings(bench) == [1] * 30


def test_a_timer_claimed_by_one_replica_is_not_claimed_by_another(bench, replica):
    with_timers(bench, 3)
    pass_minutes(bench, 5)
    claimed_meanwhile = []
    watching = timers_with(bench, lambda _: claimed_meanwhile.append(replica(bench).timers.fire_due()))

    assert watching.fire_due() == 3
    assert claimed_meanwhile == [0, 0, 0]


def test_a_fired_timer_is_not_fired_again(bench):
    with_timers(bench, 1)
    pass_minutes(bench, 5)

    assert [bench.timers.fire_due(), bench.timers.fire_due()] == [1, 0]


def test_lateness_is_business_time_behind_the_deadline(bench):
    with_timers(bench, 2, minutes=lambda number: 5 + number)
    late = []
    watching = timers_with(bench, lambda due: late.append(due.late_seconds))

    bench.clock.step(bench.clock.now() + timedelta(minutes=7, milliseconds=500))
    watching.fire_due()

    assert late == [120.5, 60.5]


def test_after_an_outage_timers_fire_in_the_order_in_which_they_were_due(bench):
    shuffled = [7, 3, 9, 1, 5, 8, 2, 6, 4, 0]
    with_timers(bench, 10, minutes=lambda number: shuffled[number])
    fired = []
    watching = timers_with(bench, lambda due: fired.append(due.due))

    pass_minutes(bench, 60)
    watching.fire_due()

    assert len(fired) == 10
    assert fired == sorted(fired)


def test_a_firing_that_failed_is_tried_again_when_its_lease_ends(bench, monkeypatch):
    with_timers(bench, 1)
    pass_minutes(bench, 5)
    tries = []

    def fails_once(due):
        tries.append(due.id)
        if len(tries) == 1:
            raise RuntimeError("a defect")
        bench.service.fire(due)

    failing = timers_with(bench, fails_once)
    assert [failing.fire_due(), failing.fire_due()] == [1, 0]
    assert bench.timers.due() == 1

    monkeypatch.setattr(firing, "machine_now", lambda now=firing.machine_now: now() + firing.LEASE)
    assert failing.fire_due() == 1
    assert (rings(bench), bench.timers.due()) == ([1], 0)


@pytest.mark.parametrize("error", [AutoReconnect("away"), Contended(id="t0")])
def test_a_firing_that_could_not_be_decided_now_stays_due(bench, no_lease, error):
    with_timers(bench, 1)
    pass_minutes(bench, 5)
    errors = [error]

    def fire(due):
        if errors:
            raise errors.pop()
        bench.service.fire(due)

    unlucky = timers_with(bench, fire)
    thread = threading.Thread(target=unlucky.run)
    thread.start()
    until(lambda: bench.timers.due() == 0)
    unlucky.stop()
    thread.join(10)

    assert rings(bench) == [1]


def test_a_firing_that_the_domain_refuses_is_done(bench):
    with_timers(bench, 1)
    pass_minutes(bench, 5)

    def refuse(due):
        raise tally.Closed(id=due.aggregate)

    assert timers_with(bench, refuse).fire_due() == 1
    assert bench.timers.due() == 0


def test_a_timer_set_anew_while_it_fires_stays_set(bench):
    with_timers(bench, 1)
    pass_minutes(bench, 5)
    later = bench.clock.now() + timedelta(hours=1)

    def set_anew(due):
        bench.service.tallies.change(
            due.aggregate, bench.command(), lambda state: tally.postpone(state, due.name, later)
        )
        bench.relayed()

    timers_with(bench, set_anew).fire_due()

    assert (bench.timers.due(), bench.timers.next_due()) == (0, later)


def test_a_switched_off_replica_fires_nothing(bench):
    with_timers(bench, 1)
    pass_minutes(bench, 5)
    off = timers_with(bench, bench.service.fire, enabled=False)
    off._stopping = OneTurn()

    off.run()

    assert (rings(bench), bench.timers.due()) == ([0], 1)


class OneTurn:
    """Stands for the event that ends the thread: it lets the loop turn once."""

    def __init__(self):
        self.turned = False

    def is_set(self):
        self.turned, before = True, self.turned
        return before


def test_a_timer_stored_by_the_relay_is_found_by_the_thread(bench):
    bench.begin()
    with bench.running(bench.relay.run_moves, bench.relay.run_marks, bench.timers.run):
        bench.add(also=("timer",))
        until(lambda: rings(bench) == [1])
