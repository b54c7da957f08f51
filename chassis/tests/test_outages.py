"""The broker or the database goes away and comes back: nothing is lost, and nobody need do anything."""

import json
import os

import pytest
from probe.bench import bench_on, until
from probe.wire import connected, held

from decalog import letters
from launcher.control import ask
from launcher.layout import Layout

pytestmark = pytest.mark.live


@pytest.fixture
def layout(instance):
    """Where the supervisor of the instance's own broker and database listens."""
    if not (instance["broker"]["own"] and instance["database"]["own"]):
        pytest.skip("broker and database are not the instance's own, and must not be stopped")
    return Layout.at(instance["root"])


def pid_of(layout, name):
    process = json.loads(layout.state.read_text())["processes"][name]
    return process["pid"] if process["state"] == "ready" else None


def test_while_the_broker_is_dead_writes_and_timers_go_on_and_everything_arrives_after(own_host, layout):
    replica = own_host.start()
    with own_host.gateway() as gateway:
        gateway.call("begin", body={"id": "t1"}, key="k")
    own_host.rest()
    other = bench_on(own_host.database, name=own_host.name, owner="other", fast=False, sweep=False)
    dead = pid_of(layout, "broker")
    os.kill(dead, 9)
    until(lambda: not replica.ready())

    for _ in range(20):
        other.add(amount=1)
    other.add(amount=1, also=("timer",))
    until(lambda: other.document()["state"].get("rung") == 1)
    assert other.document()["version"] == 23

    until(lambda: pid_of(layout, "broker") not in (None, dead), within=60)
    until(replica.ready, within=30)
    own_host.rest()
    with connected(own_host.url) as connection:
        sent = {message.headers["cloudEvents:id"] for message in held(connection.channel(), f"{own_host.name}.tap")}
    state = other.document()["state"]
    assert (state["count"], state["rung"], state["heeded"]) == (21, 1, 20)
    told = {f"t1:{version}:1" for version in range(1, 24) if version != 22}
    assert told <= sent
    assert own_host.database.copies.find_one({"_id": "t1"})["state"] == {"count": 21, "rung": 1}


def test_while_the_database_is_away_messages_wait_and_none_becomes_a_dead_letter(own_host, layout):
    own_host.start()
    with own_host.gateway() as gateway:
        gateway.call("begin", body={"id": "t1"}, key="k")
        gateway.call("stumble", path={"tally": "t1"}, body={"fails": 0})
        own_host.rest()
        with connected(own_host.url) as connection:
            channel = connection.channel()
            (event,) = [
                message
                for message in held(channel, f"{own_host.name}.tap")
                if message.headers["cloudEvents:type"].endswith("stumbled.v1")
            ]
            own_host.database.attempts.delete_many({})
            assert ask(layout, "stop", name="database") is not None
            try:
                channel.basic_publish_confirm(event, routing_key=f"{own_host.name}.trip")
                waits = until(lambda: "message.database_away" in own_host.replicas["one"].log.read_text(), within=30)
                refused = gateway.call("tally", path={"tally": "t1"}, within=20)
            finally:
                assert ask(layout, "start", name="database") is not None

        assert waits
        assert refused["refusal"]["code"] == "chassis.database_away"
        until(lambda: pid_of(layout, "database"), within=60)
        until(lambda: own_host.database.attempts.count_documents({}) == 1, within=30)
        own_host.rest()
        assert own_host.database.attempts.find_one()["tries"] == 1
        assert letters.listed(own_host.url, own_host.name) == []
        assert gateway.call("tally", path={"tally": "t1"})["ok"]["status"] == 200
