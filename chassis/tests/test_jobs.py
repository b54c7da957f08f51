"""Jobs: each is done once by whoever takes it, the gravest first, and no lane takes the places of all."""

from collections import deque
from datetime import timedelta

import pytest
from attrs import define, field
from pymongo.errors import AutoReconnect

from chassis.clock import machine_now
from chassis.jobs import Jobs, Limits, stamped

pytestmark = pytest.mark.live

MINUTE = timedelta(minutes=1)


@define
class Shop:
    """A replica whose workers begin when the test says so."""

    bench: object
    limits: Limits = field(factory=Limits)
    done: list[str] = field(factory=list)
    begun: deque = field(factory=deque)
    broken: set[str] = field(factory=set)
    jobs: Jobs = None

    def __attrs_post_init__(self):
        self.jobs = Jobs(self.collection, self.bench.clock, self.work, limits=self.limits, start=self.begun.append)

    @property
    def collection(self):
        return self.bench.database.parcels

    def put(self, id, *, rank=1, lane="a", tries=0, due=0):
        stamps = stamped(due=self.bench.clock.now() + due * MINUTE, rank=rank, lane=lane, tries=tries)
        self.collection.insert_one({"_id": id, **stamps})

    def work(self, id):
        if id in self.broken:
            raise AutoReconnect("away") if id.startswith("away") else ValueError("broken")
        self.done.append(id)
        self.collection.update_one({"_id": id}, {"$set": stamped(due=None, rank=1, lane="a", tries=1)})

    def finish(self, count=None):
        """Let what was begun be done, the first ones first."""
        for _ in range(len(self.begun) if count is None else count):
            self.begun.popleft()()

    def all_done(self):
        while self.jobs.work_off():
            self.finish()
        return self.done


@pytest.fixture
def shop(bench):
    made = Shop(bench)
    made.jobs.declare_indexes()
    return made


@pytest.mark.parametrize(("passed", "done"), [(MINUTE - timedelta(milliseconds=1), []), (MINUTE, ["p"])])
def test_a_job_is_done_when_it_is_due_and_not_before(bench, shop, passed, done):
    shop.put("p", due=1)
    assert (shop.jobs.due(), shop.jobs.next_due()) == (0, bench.clock.now() + MINUTE)

    bench.clock.step(bench.clock.now() + passed)

    assert shop.jobs.due() == len(done)
    assert shop.all_done() == done


def test_what_is_done_is_neither_due_nor_next(shop):
    shop.put("p")
    shop.all_done()

    assert (shop.jobs.due(), shop.jobs.next_due(), shop.jobs.running) == (0, None, 0)


def test_the_gravest_go_first_then_those_tried_least_then_the_oldest(shop):
    shop.put("late", due=0)
    shop.put("tried", tries=2, due=-3)
    shop.put("early", due=-1)
    shop.put("mild", rank=3, due=-9)
    shop.put("grave", rank=0, tries=5, due=0)

    shop.limits = Limits(together=1, lane=1, reserved=0, lane_reserved=0)
    shop.__attrs_post_init__()

    assert shop.all_done() == ["grave", "early", "late", "tried", "mild"]


def test_a_lane_has_so_many_workers_and_the_gravest_one_more(shop):
    for number in range(9):
        shop.put(f"a{number}", lane="a")
    shop.put("b", lane="b")

    assert shop.jobs.work_off() == 4
    shop.put("grave", lane="a", rank=0)
    assert shop.jobs.work_off() == 1

    shop.finish()
    assert sorted(shop.done) == ["a0", "a1", "a2", "b", "grave"]
    assert len(shop.all_done()) == 11


def test_of_all_workers_some_are_kept_for_the_gravest(bench):
    shop = Shop(bench, Limits(together=3, lane=9, reserved=1, lane_reserved=0))
    for number in range(5):
        shop.put(f"p{number}", lane=f"{number}")

    assert shop.jobs.work_off() == 2
    shop.put("grave", rank=0)
    assert shop.jobs.work_off() == 1
    assert shop.jobs.running == 3
    assert shop.jobs.work_off() == 0


def test_two_replicas_do_each_job_once(bench, shop):
    other = Shop(bench)
    for number in range(40):
        shop.put(f"p{number}", lane=f"{number % 20}")

    while any([shop.jobs.work_off(), other.jobs.work_off()]):
        shop.finish()
        other.finish()

    assert sorted(shop.done + other.done) == sorted(f"p{number}" for number in range(40))
    assert shop.done
    assert other.done


def test_what_a_dead_replica_had_taken_is_done_by_another_when_its_lease_ends(bench, shop):
    shop.put("p")
    other = Shop(bench)
    assert shop.jobs.work_off() == 1

    assert other.all_done() == []
    shop.collection.update_one({"_id": "p"}, {"$set": {"lease_until": machine_now()}})

    assert other.all_done() == ["p"]


@pytest.mark.parametrize("id", ["broken", "away"])
def test_a_job_that_fails_gives_its_place_back_and_is_tried_again_when_its_lease_ends(shop, id):
    shop.put(id)
    shop.broken.add(id)
    assert shop.all_done() == []
    assert shop.jobs.running == 0

    shop.broken.clear()
    shop.collection.update_one({"_id": id}, {"$set": {"lease_until": machine_now()}})

    assert shop.all_done() == [id]


def test_once_stopped_it_claims_nothing(shop):
    shop.put("p")
    shop.jobs.stop()

    assert shop.jobs.work_off() == 0
    shop.jobs.run()
