"""Copies of others' states: only a later one overwrites, however many arrive at the same moment."""

import threading
from datetime import timedelta

import pytest
from attrs import frozen
from pymongo.errors import DuplicateKeyError

from chassis.clock import machine_now
from chassis.copies import Copies

pytestmark = pytest.mark.live


@frozen
class Seat:
    id: str
    unit: str


@pytest.fixture
def copies(bench):
    return Copies(bench.database, "seats", Seat, service="probe")


def kept_together(copies, states):
    """Keep each from a thread of its own; whether each was new."""
    answers = {}

    def keep(state):
        answers[state] = copies.keep(state[0], state[1], Seat(state[0], str(state[1])))

    threads = [threading.Thread(target=keep, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_of_states_that_arrive_together_the_latest_of_each_stays(copies):
    states = [(f"s{number}", sequence) for number in range(30) for sequence in (3, 1, 2)]

    answers = kept_together(copies, states)

    assert len(answers) == len(states)
    assert {copies.get(f"s{number}") for number in range(30)} == {Seat(f"s{number}", "3") for number in range(30)}
    assert all(answers[f"s{number}", 3] for number in range(30))


def test_whoever_brings_an_earlier_state_or_the_same_again_is_told_so(copies):
    assert copies.keep("a", 2, Seat("a", "2"))

    assert not copies.keep("a", 1, Seat("a", "1"))
    assert not copies.keep("a", 2, Seat("a", "2"))
    assert copies.get("a") == Seat("a", "2")


def test_a_state_whose_insert_another_replica_preceded_with_an_earlier_one_still_overwrites_it(copies, monkeypatch):
    def preceded(state):
        copies.collection.insert_one({"_id": "a", "sequence": 1, "state": {"id": "a", "unit": "1"}})
        raise DuplicateKeyError("a", 11000, {})

    monkeypatch.setattr(copies._gathering, "put", preceded)

    assert copies.keep("a", 2, Seat("a", "2"))
    assert copies.get("a") == Seat("a", "2")
    assert copies.touched.since(machine_now() - timedelta(minutes=1))[0][0] == "a"
