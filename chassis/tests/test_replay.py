"""A copy that was lost is told again by the owner, byte for byte."""

import threading

import pytest
from attrs import evolve
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from probe import tally
from probe.bench import Exchange, received
from probe.contract import contract
from probe.tally import Tally

from chassis import replay
from chassis.bus import DONE, Received
from chassis.replay import Replays, queue_of, request
from decalog import replays

pytestmark = pytest.mark.live


@pytest.fixture
def flat_out(monkeypatch):
    """Without the bound on the rate."""
    monkeypatch.setattr(replay, "PER_SECOND", 10**9)


def asked(bench, body=None, sender="deploy"):
    body = body or request("tally", f"{bench.name}.copy_tally")
    return Received(queue_of(bench.name), sender, queue_of(bench.name), {}, body.encode())


def replays_of(bench, exchange, stopping=None):
    return Replays(lambda: {"tally": bench.service.tallies}, exchange, stopping or threading.Event())


def hear(bench, messages):
    for message in messages:
        if message.attributes["type"].endswith(".tally.v1"):
            assert bench.inbox.receive(received(bench, message, "copy_tally")) == DONE


def raw(bench):
    copies = bench.database.get_collection("copies", CodecOptions(document_class=RawBSONDocument))
    return [document.raw for document in copies.find().sort("_id", 1)]


def test_a_wiped_copy_is_rebuilt_byte_for_byte(bench, flat_out):
    for number in range(7):
        bench.begin(f"t{number}")
        for _ in range(number):
            bench.add(f"t{number}")
        bench.add(f"t{number}", amount=0, also=("row",))  # a later version that says nothing of its state
    bench.relayed()
    hear(bench, bench.publisher.arrived)
    before = raw(bench)
    bench.database.copies.delete_many({})

    again = Exchange()
    assert replays_of(bench, again).receive(asked(bench)) == DONE
    hear(bench, again.arrived)

    assert len(before) == 7
    assert raw(bench) == before


def test_a_state_is_told_again_with_its_id_sequence_time_and_body(bench, flat_out):
    bench.begin()
    bench.add(amount=3)
    bench.relayed()
    original = next(message for message in bench.publisher.arrived if message.attributes["id"] == "t1:2:1")

    again = Exchange()
    replays_of(bench, again).receive(asked(bench))

    (told,) = again.arrived
    assert (told.exchange, told.key) == ("", f"{bench.name}.copy_tally")
    assert told.body == original.body
    assert told.attributes["replay"] is True
    same = ("id", "type", "source", "subject", "sequence", "time", "units", "drill")
    assert [told.attributes[name] for name in same] == [original.attributes[name] for name in same]


def test_more_than_a_batch_is_told_in_order_of_ids_at_the_stated_rate(bench, monkeypatch):
    waits = []
    monkeypatch.setattr(replay, "BATCH", 10)
    for number in range(25):
        bench.begin(f"t{number:02}")
    stopping = threading.Event()
    monkeypatch.setattr(stopping, "wait", lambda seconds: waits.append(seconds))

    again = Exchange()
    replays_of(bench, again, stopping).receive(asked(bench))

    assert [message.attributes["subject"] for message in again.arrived] == [f"t{number:02}" for number in range(25)]
    assert again.batches == [10, 10, 5]
    assert len(waits) == 3
    assert all(0 <= seconds <= 10 / replay.PER_SECOND for seconds in waits)


def test_what_the_broker_did_not_confirm_is_sent_again(bench, flat_out, monkeypatch):
    monkeypatch.setattr(replay, "RETRY_SECONDS", 0)
    bench.begin()
    refusals = [False, False]
    again = Exchange(takes=lambda _: refusals.pop() if refusals else True)

    assert replays_of(bench, again).receive(asked(bench)) == DONE
    assert len(again.arrived) == 1


def test_a_stopping_process_leaves_the_request_to_another(bench, flat_out):
    bench.begin()
    stopping = threading.Event()
    stopping.set()

    assert replays_of(bench, Exchange(), stopping).receive(asked(bench)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sender": "security"}, "asked by 'security'"),
        ({"body": request("added", "probe.copy_tally").encode()}, "no aggregates are restated by 'added'"),
        ({"body": request("tally", "rpc-gateway").encode()}, "is not a handler's queue"),
        ({"body": b"{}"}, "KeyError"),
        ({"body": b"[]"}, "TypeError"),
        ({"body": b"tally"}, "JSONDecodeError"),
    ],
)
def test_a_request_that_is_not_the_operators_or_makes_no_sense_is_a_dead_letter(bench, changes, reason):
    exchange = Exchange()

    verdict = replays_of(bench, exchange).receive(evolve(asked(bench), **changes))

    assert verdict.does == "dead"
    assert reason in verdict.reason
    assert exchange.arrived == []


def test_the_restatement_is_made_from_the_state_alone():
    one = Tally("t1", count=3, rung=1)

    assert tally.state_of(one) == tally.state_of(evolve(one, padding="x", notes=9))


@pytest.mark.parametrize(("handler", "why"), [("nobody", "has no handler"), ("heed_added", "acts on events")])
def test_only_handlers_that_copy_can_have_a_replay(handler, why):
    with pytest.raises(replays.NothingToReplay, match=why):
        replays.ask("amqp://nowhere", [contract("probe")], "probe", handler)


def test_the_operator_asks_and_the_owner_tells_over_the_broker(own_host):
    own_host.start()
    with own_host.gateway() as gateway:
        for tally_id in ("t1", "t2"):
            gateway.call("begin", body={"id": tally_id})
            gateway.call("add", path={"tally": tally_id}, body={"amount": 2, "also": ["event"]})
    own_host.rest()
    before = list(own_host.database.copies.find().sort("_id", 1))
    own_host.database.copies.delete_many({})
    heeded = [document["state"].get("heeded", 0) for document in own_host.database.tallies.find()]

    asked_for = replays.ask(own_host.url, [contract(own_host.name)], own_host.name, "copy_tally")
    own_host.rest()

    assert asked_for == [f"{own_host.name}.tally"]
    assert list(own_host.database.copies.find().sort("_id", 1)) == before
    assert len(before) == 2
    assert [document["state"].get("heeded", 0) for document in own_host.database.tallies.find()] == heeded
