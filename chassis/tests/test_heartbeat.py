"""Silence, calm and a gap can be told apart: what a heartbeat counts, and when it is sent."""

import json
import threading
from datetime import timedelta

import pytest
from attrs import evolve

from chassis import tally as counting
from chassis.heartbeat import heartbeat, heartbeats
from chassis.rounds import Rounds

pytestmark = pytest.mark.live

ESCALATION = ("escalation",)


def told(bench):
    """What the heartbeat of this moment says."""
    return json.loads(heartbeat("probe", bench.database, bench.clock).body)


def test_an_escalation_counts_once_the_broker_has_confirmed_it(bench):
    bench.begin()
    bench.add(also=("event", "escalation"))
    before = told(bench)

    bench.relayed()

    assert (before["count"], before["last"]) == (0, None)
    assert told(bench) == {
        "service": "probe",
        "day": "2026-11-23",
        "count": 1,
        "last": "t1:2:3",
        "every_seconds": 60,
    }


def test_an_escalation_that_was_not_confirmed_does_not_count(bench):
    bench.publisher.takes = lambda message: message.exchange != "escalations"
    bench.begin()
    bench.add(also=ESCALATION)

    bench.relayed()

    assert told(bench)["count"] == 0


def test_however_often_and_by_whom_it_is_sent_it_counts_once(bench, replica, monkeypatch):
    bench.begin()
    bench.add(also=ESCALATION)
    monkeypatch.setattr(bench.relay._settling, "_mark", lambda _: None)
    for one in (bench, replica(bench), replica(bench)):
        entries = bench.document()["outbox"]
        one.relay.notice("tallies", "t1", entries)
        one.relay.stop()
        one.relay.run_moves()
        one.relay.settle()

    sent = [message for message in bench.publisher.arrived if message.exchange == "escalations"]
    assert len(sent) > 1
    assert told(bench)["count"] == 1


@pytest.mark.parametrize(("later", "count"), [(timedelta(hours=14, minutes=59), 1), (timedelta(hours=15), 0)])
def test_the_count_is_that_of_the_business_day_and_the_last_one_stays(bench, later, count):
    bench.begin()
    bench.add(also=ESCALATION)
    bench.relayed()

    bench.clock.step(bench.clock.now() + later)

    assert (told(bench)["count"], told(bench)["last"]) == (count, "t1:2:1")


def test_one_replica_sends_one_heartbeat_a_turn(bench):
    contract = bench.service.contract
    (beat,) = heartbeats(contract, bench.database, bench.publisher, bench.clock)

    for owner in ("one", "two"):
        Rounds(bench.database, [beat], owner=owner, stopping=threading.Event())._do(beat)

    (message,) = bench.publisher.arrived
    assert (message.exchange, message.key) == ("escalations", "heartbeat.probe")
    assert message.attributes["type"] == "decalog.probe.heartbeat.v1"


def test_a_service_that_cannot_escalate_sends_none(bench):
    silent = evolve(bench.service.contract, events=())

    assert heartbeats(silent, bench.database, bench.publisher, bench.clock) == ()


def test_what_was_counted_is_forgotten_after_forty_days(bench):
    counting.declare_indexes(bench.database)

    indexes = bench.database.escalations_sent.index_information()
    assert indexes["at_1"]["expireAfterSeconds"] == 40 * 86_400
