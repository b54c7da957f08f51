"""Creates that arrive together are inserted together, and each gets its own answer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field
from greenlet import GreenletExit
from probe.bench import until
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError

from chassis import gathering
from chassis.documents import AWAY
from chassis.gathering import BATCH
from chassis.inserts import Inserts
from chassis.store import TakenByAnother


@define
class Gated:
    """A collection whose first insert waits for the gate, so that the others gather behind it."""

    inner: Any
    gate: threading.Event = field(factory=threading.Event)
    sizes: list[int] = field(factory=list)
    entered: threading.Event = field(factory=threading.Event)

    def insert_one(self, document: Any) -> None:
        self.sizes.append(1)
        self.entered.set()
        assert self.gate.wait(10)
        self.inner.insert_one(document)

    def insert_many(self, documents: list[Any], *, ordered: bool) -> None:
        self.sizes.append(len(documents))
        self.inner.insert_many(documents, ordered=ordered)


@define
class Failing:
    """A collection where every batch ends with the error."""

    error: BaseException

    def insert_one(self, document: Any) -> None:
        pass

    def insert_many(self, documents: list[Any], *, ordered: bool) -> None:
        raise self.error


def all_at_once(collection: Any, documents: list[dict[str, Any]]) -> list[BaseException | None]:
    """Insert them from a thread each, all gathered behind the first; each one's own outcome."""
    gated = Gated(collection)
    inserts, outcomes = Inserts(gated), [None] * len(documents)

    def insert(number: int) -> None:
        try:
            inserts.insert(documents[number])
        except BaseException as error:  # noqa: BLE001 whatever it is, it is the outcome
            outcomes[number] = error

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(len(documents))]
    threads[0].start()
    assert gated.entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    until(lambda: inserts.gathering.waiting() == len(documents) - 1)
    gated.gate.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert sum(gated.sizes) == len(documents)
    assert max(gated.sizes) <= BATCH
    return outcomes


@pytest.mark.live
def test_of_fifty_creates_together_only_the_duplicate_is_refused(bench):
    things = bench.database.things
    things.insert_one({"_id": "n30", "first": True})

    outcomes = all_at_once(things, [{"_id": f"n{number}"} for number in range(50)])

    assert [number for number, error in enumerate(outcomes) if error] == [30]
    assert isinstance(outcomes[30], DuplicateKeyError)
    assert things.count_documents({}) == 50
    assert things.find_one({"_id": "n30"})["first"]


@pytest.mark.live
def test_two_of_one_batch_with_the_same_id_are_told_apart(bench):
    outcomes = all_at_once(bench.database.things, [{"_id": letter} for letter in ("a", "b", "c", "b")])

    assert sorted(type(error) for error in outcomes[1::2] if error) == [DuplicateKeyError]
    assert bench.database.things.count_documents({}) == 3


@pytest.mark.live
def test_more_than_a_batch_is_led_by_one_waiting_creator_after_another(bench):
    outcomes = all_at_once(bench.database.things, [{"_id": number} for number in range(2 * BATCH + 20)])

    assert set(outcomes) == {None}
    assert bench.database.things.count_documents({}) == 2 * BATCH + 20


def behind_a_leader(error: BaseException) -> list[BaseException | None]:
    return all_at_once(Failing(error), [{"_id": number} for number in range(4)])


def test_an_outage_is_told_to_everybody_of_the_batch_and_to_nobody_else():
    outcomes = behind_a_leader(AutoReconnect("away"))

    assert outcomes[0] is None
    assert [type(error) for error in outcomes[1:]] == [AutoReconnect] * 3


def test_a_leader_that_is_stopped_leaves_nobody_with_the_word_that_it_is_written():
    outcomes = behind_a_leader(GreenletExit("the process stops"))

    assert outcomes[0] is None
    assert sorted(type(error).__name__ for error in outcomes[1:]) == ["AutoReconnect", "AutoReconnect", "GreenletExit"]


def test_a_leader_that_is_stopped_while_it_waits_for_company_leaves_the_way_free(monkeypatch):
    inserts = Inserts(Failing(AutoReconnect("never reached")))
    inserts.gathering._company = True
    monkeypatch.setattr(gathering, "sleep", stopped)

    with pytest.raises(GreenletExit):
        inserts.insert({"_id": 1})
    monkeypatch.setattr(gathering, "sleep", lambda seconds: None)
    inserts.insert({"_id": 2})

    assert inserts.gathering.waiting() == 0


def test_a_leader_that_is_stopped_while_it_waits_for_its_turn_takes_its_batch_along_and_nothing_else(monkeypatch):
    gated = Gated(Failing(AutoReconnect("never reached")))
    inserts = Inserts(gated)
    first = threading.Thread(target=inserts.insert, args=({"_id": 1},))
    first.start()
    assert gated.entered.wait(10)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Event, "wait", stopped)
        with pytest.raises(GreenletExit):
            inserts.insert({"_id": 2})
    behind = threading.Thread(target=inserts.insert, args=({"_id": 3},))
    behind.start()
    until(lambda: inserts.gathering.waiting() == 1)
    gated.gate.set()
    for thread in (first, behind):
        thread.join(10)

    inserts.insert({"_id": 4})
    assert gated.sizes == [1, 1, 1]


def stopped(*_: object) -> None:
    raise GreenletExit("the process stops")


def test_a_write_that_no_majority_confirmed_counts_as_an_outage_and_not_as_done():
    details = {
        "writeErrors": [{"index": 1, "code": 11000, "errmsg": "E11000 duplicate key"}],
        "writeConcernErrors": [{"code": 64, "errmsg": "waiting for replication timed out"}],
    }

    outcomes = behind_a_leader(BulkWriteError(details))

    assert outcomes[0] is None
    assert isinstance(outcomes[2], DuplicateKeyError)
    assert all(isinstance(outcomes[number], AWAY) for number in (1, 3))


def test_after_a_failed_batch_the_next_creates_are_inserted():
    collection = Failing(AutoReconnect("away"))
    inserts = Inserts(collection)
    behind_a_leader(AutoReconnect("away"))

    inserts.insert({"_id": 1})
    inserts.insert({"_id": 2})


def test_a_lone_document_goes_at_once_and_company_is_waited_for_once_documents_come_together(monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr(gathering, "sleep", waits.append)
    collection = Failing(AutoReconnect("never reached"))
    inserts = Inserts(collection)
    inserts.insert({"_id": 1})
    inserts.insert({"_id": 2})
    alone = list(waits)

    inserts.gathering._company = True
    inserts.insert({"_id": 3})
    inserts.insert({"_id": 4})

    assert alone == []
    assert waits == [gathering.GATHER_SECONDS]


@pytest.mark.live
def test_fifty_aggregates_created_together_by_different_commands_get_their_own_answers(bench):
    ids = ["t7", *(f"t{number}" for number in range(49))]
    answers: list[Any] = [None] * 50

    def create(number: int) -> Callable[[], None]:
        def run() -> None:
            try:
                answers[number] = bench.begin(ids[number], command=bench.command(f"k{number}", operation="begin"))
            except TakenByAnother as refusal:
                answers[number] = refusal

        return run

    threads = [threading.Thread(target=create(number)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    refused = [ids[number] for number, answer in enumerate(answers) if isinstance(answer, TakenByAnother)]
    assert refused == ["t7"]
    assert sorted(answer.id for answer in answers if not isinstance(answer, TakenByAnother)) == sorted(set(ids))
