"""Who reaches which document, under which condition, and by which index."""

from typing import Any

import pytest
from probe import tally

from chassis.store import NotFound, OutOfReach, Reach, VersionChanged

pytestmark = pytest.mark.live


def test_who_sees_nothing_of_a_thing_does_not_find_it(bench):
    bench.begin(unit="440000")
    elsewhere = Reach(within=("110000",), visible=("110000",))

    with pytest.raises(NotFound):
        bench.service.tallies.load("t1", elsewhere)


def test_who_sees_it_without_the_grant_is_told_that_it_is_not_permitted(bench):
    bench.begin(unit="440000")
    seeing = Reach(within=("110000",), visible=("110000", "440000"))

    with pytest.raises(OutOfReach):
        bench.service.tallies.change("t1", bench.command(), tally.ring, reach=seeing)

    assert bench.document()["version"] == 1


@pytest.mark.parametrize("unit", ["440000", "000000"])
def test_a_grant_over_the_unit_or_one_above_it_reaches_the_thing(bench, unit):
    bench.begin(unit="440000")

    assert bench.service.tallies.load("t1", Reach(within=(unit,), visible=(unit,))).version == 1


def test_if_match_lets_the_present_version_pass_and_no_other(bench):
    bench.begin()
    assert bench.add(command=bench.command(if_match=1)).version == 2

    for passed in (1, 3):
        with pytest.raises(VersionChanged, match="at version 2"):
            bench.add(command=bench.command(if_match=passed))


def test_a_race_lost_under_if_match_is_not_tried_again(bench):
    bench.begin()
    decided = []

    def decide(state):
        decided.append(state)
        bench.add()
        return tally.ring(state)

    with pytest.raises(VersionChanged):
        bench.service.tallies.change("t1", bench.command(if_match=1), decide)

    assert len(decided) == 1


def stages(plan: dict[str, Any]) -> set[str]:
    found = {plan["stage"], plan.get("indexName", "")}
    for inner in (plan.get("inputStage"), *plan.get("inputStages", ())):
        found |= stages(inner) if inner else set()
    return found


@pytest.mark.parametrize(
    ("collection", "query", "sort", "index"),
    [
        ("tallies", {"outbox_since": {"$lt": "NOW"}}, ("outbox_since", 1), "outbox_since_1"),
        ("tallies", {"units": {"$in": ["440000"]}}, ("_id", 1), "units_1__id_1"),
        ("timers", {"state": "set", "due": {"$lte": "NOW"}, "lease_until": {"$lte": "NOW"}}, ("due", 1), "due_1"),
        ("notes", {"aggregate": "t1", "last": {"$gt": 3}}, ("last", 1), "aggregate_1_last_1"),
    ],
)
def test_what_runs_often_is_served_by_an_index(bench, collection, query, sort, index):
    now = bench.clock.now()
    query = {
        name: {operator: now if value == "NOW" else value for operator, value in part.items()}
        if isinstance(part, dict) else part
        for name, part in query.items()
    }  # fmt: skip

    plan = bench.database[collection].find(query).sort([sort]).explain()["queryPlanner"]["winningPlan"]

    found = stages(plan)
    assert index in found
    assert not found & {"COLLSCAN", "SORT"}
