"""What becomes of one message: its effect once, another try, or the dead letters with the reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from probe.bench import Bench, received
from pymongo.errors import AutoReconnect

from chassis import bus
from chassis.bus import ATTEMPT, DELAYS, DONE, Inbox, Received
from chassis.store import Contended

pytestmark = pytest.mark.live


@pytest.fixture
def published(bench: Bench) -> Callable[..., Received]:
    """Makes one event of the wanted name that a handler's queue holds."""
    bench.begin()
    bench.add(amount=7)
    bench.relayed()
    messages = {message.attributes["type"].split(".")[2]: message for message in bench.publisher.arrived}

    def message(handler: str = "copy_tally", **changes: Any) -> Received:
        event = {"copy_tally": "tally", "echo_added": "added"}[handler]
        return received(bench, messages[event], handler, **changes)

    return message


def test_a_state_is_copied_and_a_fact_has_its_effect(bench, published):
    assert bench.inbox.receive(published("copy_tally")) == DONE
    assert bench.inbox.receive(published("echo_added")) == DONE

    assert bench.database.copies.find_one() == {"_id": "t1", "sequence": 2, "state": {"count": 7, "rung": 0}}
    assert bench.database.echoes.find_one()["state"]["amount"] == 7


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_in_whatever_order_and_however_often_states_come_the_copy_keeps_the_latest(bench, order):
    bench.database.copies.delete_many({})
    for sequence in order:
        verdict = bench.inbox.receive(state(bench, sequence))
        assert verdict == DONE

    kept = bench.database.copies.find_one()
    assert (kept["sequence"], kept["state"]["count"]) == (max(order), max(order) * 10)


def state(bench: Bench, sequence: int, **extra: Any) -> Received:
    headers = {
        "id": f"t1:{sequence}:1", "source": f"/decalog/{bench.name}", "type": f"decalog.{bench.name}.tally.v1",
        "subject": "t1", "sequence": sequence, "units": "000000,440000", "actor": "clerk",
        "time": "2026-11-23T01:00:00.000Z", "correlationid": "c", "traceparent": "", "drill": False,
    }  # fmt: skip
    body = json.dumps({"count": sequence * 10, "rung": 0}).encode()
    wire = {f"cloudEvents:{name}": value for name, value in (headers | extra).items()}
    return Received(f"{bench.name}.copy_tally", bench.name, "tally.440000.-.-", wire, body)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([1, 2, 3, 1, 2, 3]))
def test_facts_count_once_in_whatever_order_they_come(bench, order):
    bench.database.echoes.delete_many({})
    for number in order:
        fact = evolve(
            state(bench, number, type=f"decalog.{bench.name}.added.v1"),
            queue=f"{bench.name}.echo_added",
            body=json.dumps({"amount": number}).encode(),
        )
        assert bench.inbox.receive(fact) == DONE

    assert sorted(echo["state"]["amount"] for echo in bench.database.echoes.find()) == [1, 2, 3]


def test_a_consumer_reads_past_fields_that_it_does_not_know(bench):
    message = evolve(state(bench, 1), body=b'{"count": 10, "rung": 0, "later": {"added": 1}}')

    assert bench.inbox.receive(message) == DONE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body": b"not json"}, "JSONDecodeError"),
        ({"body": b'{"count": "\xff"}'}, "UnicodeDecodeError"),
        ({"body": b"[]"}, "ValidationError"),
        ({"body": b'{"count": "many", "rung": 0}'}, "Not a valid integer"),
        ({"body": b'{"rung": 0}'}, "Missing data"),
        ({"type": "decalog.probe.tally.v2"}, "'decalog.probe.tally.v2' is not heard here"),
        ({"type": None}, "None is not heard here"),
        ({"source": "/decalog/other"}, "source '/decalog/other' is not 'probe'"),
        ({"sender": "security"}, "sent by 'security', not by 'probe'"),
        ({"sender": ""}, "sent by '', not by 'probe'"),
        ({"id": None}, "attribute id is missing"),
        ({"units": 3}, "attribute units is missing"),
        ({"sequence": "many"}, "ValueError"),
        ({"sequence": None}, "TypeError"),
        ({"time": "yesterday"}, "ValueError"),
    ],
)
def test_what_is_malformed_or_from_a_stranger_goes_to_the_dead_letters_at_once(bench, changes, reason):
    message = state(bench, 1)
    headers = {f"cloudEvents:{name}": value for name, value in changes.items() if name not in ("body", "sender")}
    outer = {name: changes[name] for name in ("body", "sender") if name in changes}
    message = evolve(message, headers={**message.headers, **headers}, **outer)

    verdict = bench.inbox.receive(message)

    assert verdict.does == "dead"
    assert reason in verdict.reason
    assert bench.database.copies.count_documents({}) == 0


def test_the_operator_may_send_an_event_again(bench):
    assert bench.inbox.receive(evolve(state(bench, 1), sender="deploy")) == DONE


class Faulty:
    """The probe's service with one handler that raises what a test gives it."""

    def __init__(self, bench: Bench, errors: list[Exception]) -> None:
        self.contract = bench.service.contract
        self.errors, self.ran = errors, 0

    def copy_tally(self, _: Any) -> None:
        self.ran += 1
        if self.errors:
            raise self.errors.pop(0)


@pytest.mark.parametrize(("attempt", "delay"), list(enumerate(DELAYS)))
def test_each_failure_sends_a_message_to_the_next_delay(bench, attempt, delay):
    inbox = Inbox(Faulty(bench, [RuntimeError("a defect")]))
    message = state(bench, 1)

    verdict = inbox.receive(evolve(message, headers={**message.headers, ATTEMPT: attempt}))

    assert (verdict.does, verdict.delay, verdict.reason) == ("retry", delay, "RuntimeError: a defect")


def test_after_the_last_delay_comes_the_dead_letters_with_the_reason(bench):
    inbox = Inbox(Faulty(bench, [RuntimeError("a defect")]))
    message = state(bench, 1)

    verdict = inbox.receive(evolve(message, headers={**message.headers, ATTEMPT: len(DELAYS)}))

    assert (verdict.does, verdict.reason) == ("dead", "RuntimeError: a defect")


def test_a_refusal_goes_to_the_dead_letters_at_once(bench):
    from probe.tally import Closed

    verdict = Inbox(Faulty(bench, [Closed(id="t1")])).receive(state(bench, 1))

    assert (verdict.does, verdict.reason) == ("dead", "probe.closed: t1 is closed")


def test_a_race_lost_to_others_is_tried_again(bench):
    verdict = Inbox(Faulty(bench, [Contended(id="t1")])).receive(state(bench, 1))

    assert (verdict.does, verdict.delay) == ("retry", DELAYS[0])


def test_while_the_database_is_away_a_message_waits_and_is_no_failure(bench, monkeypatch):
    monkeypatch.setattr(bus, "AWAY_PAUSE_SECONDS", 0)
    faulty = Faulty(bench, [AutoReconnect("away")] * 20)

    assert Inbox(faulty).receive(state(bench, 1)) == DONE
    assert faulty.ran == 21


def test_a_process_that_stops_while_the_database_is_away_leaves_the_message(bench, monkeypatch):
    monkeypatch.setattr(bus, "AWAY_PAUSE_SECONDS", 0)
    faulty = Faulty(bench, [AutoReconnect("away")] * 20)

    assert Inbox(faulty, away=lambda: faulty.ran == 3).receive(state(bench, 1)) is None


def test_a_replayed_event_is_copied_and_not_acted_upon(bench, published):
    again = {"cloudEvents:replay": True}

    assert bench.inbox.receive(published("copy_tally", **again)) == DONE
    assert bench.inbox.receive(published("echo_added", **again)) == DONE

    assert bench.database.copies.count_documents({}) == 1
    assert bench.database.echoes.count_documents({}) == 0
