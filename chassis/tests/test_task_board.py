"""Tasks on their way from the outbox to the board: only newer words count, and what is done is listed no more."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from probe.tally import Tally

from chassis.entries import SetTasks
from chassis.work import tasks
from chassis.work.board import LISTED, Role, Seat
from chassis.work.tasks import Owner, StandIn, Task, Title

pytestmark = pytest.mark.live

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
GUIDE = Owner(post="guide", unit="4401003")
SEAT = Seat("guide", "4401003")


def task(id="t1", owner=None, *, due=5, **rest):
    return Task(
        id=id,
        title=Title("疏散客户", "lead customers out"),
        owner=owner or Owner(person="P1"),
        about="/v1/things/a",
        done_at=f"/v1/things/a/steps/{id}/completion",
        units=("000000", "440000"),
        made_at=NINE,
        due=None if due is None else NINE + timedelta(minutes=due),
        **rest,
    )


def set_tasks(bench, *given, id="t1"):
    bench.service.tallies.change(
        id, bench.command(), lambda state: (evolve(state, count=state.count + 1), [SetTasks(given)])
    )


def seen(bench, person="P1", *seats, at=NINE):
    listed, _ = bench.service.board.of(person, seats, at=at)
    return [one.task.id for one in listed]


def test_a_persons_tasks_are_listed_the_earliest_due_first_and_those_without_a_time_last(bench):
    bench.begin()
    set_tasks(bench, task("late", due=50), task("some", due=None), task("soon"), task("other", Owner(person="P2")))
    bench.relayed()

    assert seen(bench) == ["soon", "late", "some"]
    assert seen(bench, "P2") == ["other"]
    assert seen(bench, "P3") == []


def test_what_was_set_is_read_as_it_was(bench):
    bench.begin()
    given = task(mandatory=True, drill=True, stand_in=StandIn("P2", NINE, NINE + timedelta(days=1)))
    set_tasks(bench, given)
    bench.relayed()

    (listed,), more = bench.service.board.of("P1", (), at=NINE)

    assert (listed.aggregate, listed.task, listed.role, more) == ("t1", given, Role.OWNER, False)


@pytest.mark.parametrize("role", [Role.HOLDER, Role.ACTING, Role.DEPUTY])
def test_a_posts_tasks_are_those_of_who_sits_there(bench, role):
    bench.begin()
    set_tasks(bench, task(owner=GUIDE))
    bench.relayed()

    (listed,), _ = bench.service.board.of("P9", (Seat("guide", "4401003", role),), at=NINE)

    assert listed.role is role
    assert seen(bench, "P9", Seat("guide", "4401004")) == []
    assert seen(bench, "P9", Seat("teller", "4401003")) == []


@pytest.mark.parametrize(("minutes", "sees"), [(-1, False), (0, True), (59, True), (60, False)])
def test_who_stands_in_sees_the_task_for_that_time_and_the_owner_always(bench, minutes, sees):
    bench.begin()
    set_tasks(bench, task(stand_in=StandIn("P2", NINE, NINE + timedelta(hours=1))))
    bench.relayed()
    at = NINE + timedelta(minutes=minutes)

    assert seen(bench, "P2", at=at) == (["t1"] if sees else [])
    assert seen(bench, "P1", at=at) == ["t1"]


def test_a_completed_task_leaves_the_list_and_the_last_one_leaves_a_tombstone(bench):
    bench.begin()
    one, other = task("one"), task("other")
    set_tasks(bench, one, other)
    set_tasks(bench, tasks.complete(one, by="P1", at=NINE), other)
    bench.relayed()
    assert seen(bench) == ["other"]

    set_tasks(bench, tasks.cancel(other, reason="误报", by="P1", at=NINE))
    bench.relayed()

    grave = bench.database.tasks.find_one({"_id": "tallies:t1"})
    assert (seen(bench), grave["tasks"], grave["version"]) == ([], [], 4)
    assert grave["ended_at"] is not None


def test_an_older_word_on_the_tasks_never_overwrites_a_newer_one_and_a_repeated_one_changes_nothing(bench, replica):
    silent = replica(bench, fast=False)
    silent.begin()
    set_tasks(silent, task("older"))
    set_tasks(silent, task("newer"))
    older, newer = [entry for entry in silent.document()["outbox"] if entry["kind"] == "tasks"]

    for entry in (newer, older, newer, older):
        bench.relay.notice("tallies", "t1", [entry])
        bench.relay._known.clear()
        bench.relayed()
        assert seen(bench) == ["newer"]


def test_a_tombstone_is_not_raised_by_an_older_word(bench, replica):
    silent = replica(bench, fast=False)
    silent.begin()
    set_tasks(silent, task())
    set_tasks(silent)
    older, newer = [entry for entry in silent.document()["outbox"] if entry["kind"] == "tasks"]

    for entry in (newer, older):
        bench.relay.notice("tallies", "t1", [entry])
        bench.relayed()

    assert seen(bench) == []


def test_within_one_write_the_last_word_on_the_tasks_counts(bench):
    bench.begin()
    bench.service.tallies.change(
        "t1",
        bench.command(),
        lambda state: (evolve(state, count=1), [SetTasks((task("first"),)), SetTasks((task("last"),))]),
    )
    bench.relayed()

    assert seen(bench) == ["last"]


def test_a_create_sets_tasks_and_two_aggregates_do_not_meet(bench):
    create(bench, "t1")
    create(bench, "t2")
    bench.relayed()

    assert seen(bench) == ["of-t1", "of-t2"]


def test_a_list_ends_at_its_limit_and_says_that_there_are_more(bench):
    bench.begin()
    set_tasks(bench, *(task(f"t{number:03}", due=number) for number in range(LISTED)))
    bench.relayed()
    full, more = bench.service.board.of("P1", (), at=NINE)
    assert (len(full), more) == (LISTED, False)

    set_tasks(bench, *(task(f"t{number:03}", due=number) for number in range(LISTED + 1)))
    bench.relayed()
    full, more = bench.service.board.of("P1", (), at=NINE)

    assert ([one.task.id for one in full][-1], len(full), more) == (f"t{LISTED - 1:03}", LISTED, True)


def test_the_sweeper_sets_what_a_dead_process_left(bench, replica, monkeypatch):
    silent = replica(bench, fast=False)
    silent.begin()
    set_tasks(silent, task())
    monkeypatch.setattr("chassis.relay.SWEEP_AFTER", timedelta(0))

    bench.relay.sweep()

    assert seen(bench) == ["t1"]


def test_the_list_is_found_by_an_index_and_tombstones_end_by_themselves(bench):
    indexes = bench.database.tasks.index_information()

    (ended,) = [index for index in indexes.values() if "expireAfterSeconds" in index]
    assert ended["key"] == [("ended_at", 1)]
    assert [("persons_and_posts", 1)] in [index["key"] for index in indexes.values()]


def create(bench, id):
    bench.service.tallies.create(
        id, bench.command(operation="begin"), lambda: (Tally(id), [SetTasks((task(f"of-{id}"),))])
    )
