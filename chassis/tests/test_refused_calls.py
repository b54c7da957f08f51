"""What came past the gateway or without a proven caller is refused, counted and journaled; a flood fills nothing."""

import json
import threading
from datetime import timedelta

import pytest
from amqp import Message
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from probe.bench import NINE, until
from probe.wire import assertion, connected
from pymongo.errors import AutoReconnect

from chassis import journal, refused_calls
from chassis.clock import machine_now
from chassis.frame import Frame
from chassis.refused_calls import (
    KINDS,
    NOT_GATEWAY,
    OTHERS,
    UNPROVEN,
    Refused,
    RefusedCalls,
    RefusedDay,
    counted,
)
from decalog.journal_check import verify

REFUSALS = st.builds(
    Refused, st.text(max_size=3), st.integers(0, 400).map(str), st.sampled_from([NOT_GATEWAY, UNPROVEN])
)


@given(st.lists(st.tuples(REFUSALS, st.integers(1, 9)), max_size=400))
def test_every_refused_call_is_counted_once_in_a_bounded_number_of_kinds(refusals):
    day = RefusedDay("2026-11-23")
    for refused, count in refusals:
        day = counted(day, refused, count, NINE)

    assert sum(kind.count for kind in day.kinds) == sum(count for _, count in refusals)
    assert len(day.kinds) <= 2 * KINDS + 2


def test_the_day_knows_when_a_kind_came_first_and_last():
    call, later = Refused("intruder", "add", NOT_GATEWAY), NINE + timedelta(hours=1)

    day = counted(counted(RefusedDay("2026-11-23"), call, 3, NINE), call, 2, later)

    (kind,) = day.kinds
    assert (kind.count, kind.first_at, kind.last_at) == (5, NINE, later)


@pytest.fixture
def calls(bench):
    def made(on=bench):
        frame = Frame(on.name, on.database, on.clock, on.relay)
        days = frame.aggregates(refused_calls.COLLECTION, RefusedDay, stamps=lambda _: {})
        return RefusedCalls(days, on.clock, service="probe", operations=["add", "begin"], stopping=threading.Event())

    return made


def kept(bench):
    document = bench.database.refused_calls.find_one({"_id": "2026-11-23"})
    return {(kind["sender"], kind["operation"], kind["why"]): kind["count"] for kind in document["state"]["kinds"]}


def entries(bench):
    """Who and what of every entry of the day's chain."""
    bench.relayed()
    document = bench.database.refused_calls.find_one({"_id": "2026-11-23"})
    chain = [journal.birth("refused_calls", "2026-11-23", document["born"])]
    chain += map(journal.kept, journal.chain(bench.database, "refused_calls", "2026-11-23"))
    return [(entry.who, entry.operation) for entry in chain]


@pytest.mark.live
def test_each_kind_leaves_an_entry_that_says_who_and_what_and_why(bench, calls):
    refused = calls()
    refused.note("emergency", "add", NOT_GATEWAY)
    refused.note("gateway", "begin", UNPROVEN)
    refused.note(None, "no such operation", NOT_GATEWAY)

    refused.write()

    assert entries(bench) == [
        ("emergency", "refused:not_from_gateway:add"),
        ("gateway", "refused:caller_unproven:begin"),
        ("-", "refused:not_from_gateway:unknown"),
    ]


@pytest.mark.live
def test_within_a_minute_a_kind_is_written_once_and_none_is_lost(bench, calls, monkeypatch):
    refused, now = calls(), [0.0]
    monkeypatch.setattr(refused_calls, "monotonic", lambda: now[0])
    for second in range(60):
        now[0] = float(second)
        for _ in range(10):
            refused.note("emergency", "add", NOT_GATEWAY)
        refused.write()
    assert kept(bench) == {("emergency", "add", NOT_GATEWAY): 10}

    now[0] = 60.0
    refused.write()

    assert kept(bench) == {("emergency", "add", NOT_GATEWAY): 600}
    assert len(entries(bench)) == 2


@pytest.mark.live
def test_a_flood_of_many_kinds_is_written_as_others(bench, calls):
    refused = calls()
    for number in range(10 * KINDS):
        refused.note(f"user-{number}", "add", NOT_GATEWAY)

    refused.write()

    assert len(entries(bench)) == KINDS + 1
    assert kept(bench)[OTHERS, OTHERS, NOT_GATEWAY] == 9 * KINDS


@pytest.mark.live
def test_two_replicas_count_on_the_same_day(bench, calls, replica):
    both = calls(), calls(replica(bench))
    for refused in both:
        refused.note("emergency", "add", NOT_GATEWAY)
        refused.write()

    assert kept(bench) == {("emergency", "add", NOT_GATEWAY): 2}


@pytest.mark.live
def test_what_could_not_be_written_is_written_later(bench, calls, monkeypatch):
    refused = calls()
    refused.note("emergency", "add", NOT_GATEWAY)
    with monkeypatch.context() as away:
        away.setattr(refused._days, "change", failing)
        with pytest.raises(AutoReconnect):
            refused.write()
    refused.note("emergency", "add", NOT_GATEWAY)

    refused.write()

    assert kept(bench) == {("emergency", "add", NOT_GATEWAY): 2}


def failing(*_):
    raise AutoReconnect("away")


@pytest.mark.live
def test_messages_past_the_gateway_are_refused_and_journaled_over_the_real_broker(own_host):
    host, secret = own_host, "not-to-be-kept"
    replica = host.start()
    with connected(host.url) as connection, host.gateway() as gateway:
        channel = connection.channel()
        message = Message(json.dumps({"kwargs": {"body": {"id": secret}}}), user_id="deploy")
        for exchange, key in (("nameko-rpc", f"{host.name}.begin"), ("", f"rpc-{host.name}")):
            for _ in range(150):
                channel.basic_publish(message, exchange=exchange, routing_key=key)
        answer = gateway.call("begin", body={"id": secret}, headers={"nameko.auth_token": "stale"})
        host.rest()
        until(lambda: host.database.refused_calls.find_one({}))
        for exchange, key in (("nameko-rpc", f"{host.name}.begin"), ("", f"rpc-{host.name}")):
            channel.basic_publish(message, exchange=exchange, routing_key=key)
        gateway.call("begin", body={"id": "last"}, key="last")
    replica.terminate()
    assert replica.ended() == 0

    (day,) = host.database.refused_calls.find({})
    counts = {(kind["sender"], kind["operation"], kind["why"]): kind["count"] for kind in day["state"]["kinds"]}
    assert answer["refusal"]["code"] == "chassis.caller_unproven"
    assert counts == {
        ("deploy", "begin", NOT_GATEWAY): 151,
        ("deploy", "unknown", NOT_GATEWAY): 151,
        ("gateway", "begin", UNPROVEN): 1,
    }
    assert day["version"] <= 6
    assert host.database.tallies.distinct("_id") == ["last"]
    assert all(secret not in str(one) for name in ("journal", "refused_calls") for one in host.database[name].find({}))
    report = verify(host.database, host.name, [], machine_now())
    assert [fault.kind for fault in report.faults] == ["anchor"]


def forged(keys):
    """The gateway's assertion in every way that is not the gateway's own, by what is wrong with it."""
    good, past = assertion(keys), int(machine_now().timestamp()) - 60
    (key,) = KeySet.import_key_set(json.loads((keys / "assertion.private.json").read_text())).keys
    claims = jwt.decode(good, key, algorithms=["Ed25519"]).claims
    strange = OKPKey.generate_key("Ed25519", {"kid": key.kid})
    header, body, signature = good.split(".")
    _, other_body, _ = assertion(keys, sub="somebody-else").split(".")
    return {
        "none": "",
        "garbage": "garbage",
        "expired": assertion(keys, exp=past),
        "signed by another key": jwt.encode(
            {"alg": "Ed25519", "kid": key.kid}, claims, strange, algorithms=["Ed25519"]
        ),
        "signature of another caller's": f"{header}.{other_body}.{signature}",
        "unsigned": f"{header}.{body}.",
        "of another issuer": assertion(keys, iss="somebody"),
        "for another audience": assertion(keys, aud="decalog"),
    }


@pytest.mark.live
def test_a_message_of_the_gateways_own_user_without_a_valid_assertion_is_refused_and_journaled(own_host):
    host = own_host
    replica, refused = host.start(), forged(host.place.keys)
    with host.gateway() as gateway:
        answers = {
            name: gateway.call("begin", body={"id": "forged"}, headers={"nameko.auth_token": token})
            for name, token in refused.items()
        }
        bare = evolve(gateway, token=None)
        answers["no header"] = bare.call("begin", body={"id": "forged"})
    replica.terminate()
    assert replica.ended() == 0

    codes = {name: answer["refusal"]["code"] for name, answer in answers.items()}
    assert codes == dict.fromkeys(answers, "chassis.caller_unproven")
    assert host.database.tallies.find_one({}) is None
    (day,) = host.database.refused_calls.find({})
    ((kind),) = day["state"]["kinds"]
    assert (kind["sender"], kind["operation"], kind["why"]) == ("gateway", "begin", UNPROVEN)
    assert kind["count"] == len(answers)
    written = journal.birth("refused_calls", day["_id"], day["born"])
    assert (written.who, written.operation) == ("gateway", f"refused:{UNPROVEN}:begin")
