"""Several creates at once: many documents by one write, and each with its own answer, events and journal."""

import pytest
from probe import tally

from chassis.ring import KeyReused
from chassis.store import TOGETHER, Birth, TakenByAnother

pytestmark = pytest.mark.live


def births(bench, names, **how):
    def birth(name):
        command = bench.command(f"k-{name}", operation="begin", **how)
        return Birth(name, command, lambda: tally.begin(name, "440000"))

    return [birth(name) for name in names]


def test_they_are_inserted_and_announced_and_done_again_they_answer_the_same(bench):
    names = [f"t{number}" for number in range(TOGETHER + 1)]

    first = bench.service.tallies.create_all(births(bench, names))
    again = bench.service.tallies.create_all(births(bench, names))
    bench.relayed()

    assert [(one.id, one.version, one.replayed) for one in first] == [(name, 1, False) for name in names]
    assert [(one.id, one.version, one.replayed) for one in again] == [(name, 1, True) for name in names]
    stored = [bench.document(name) for name in names]
    assert {(one["version"], one["journal"]["version"], len(one["outbox"])) for one in stored} == {(1, 1, 0)}


def test_one_that_another_command_made_is_refused_and_the_others_are_there(bench):
    bench.begin("t1", command=bench.command("other", operation="begin"))

    with pytest.raises(TakenByAnother):
        bench.service.tallies.create_all(births(bench, ["t0", "t1", "t2"]))

    assert {one["_id"] for one in bench.database.tallies.find()} == {"t0", "t1", "t2"}
    assert bench.service.tallies.load("t1").born["command"] == "other"


def test_another_request_under_the_same_id_is_refused(bench):
    bench.service.tallies.create_all(births(bench, ["t0"]))

    with pytest.raises(KeyReused):
        bench.service.tallies.create_all(births(bench, ["t0"], print="another"))


def test_none_at_all_writes_nothing(bench):
    assert bench.service.tallies.create_all([]) == []
