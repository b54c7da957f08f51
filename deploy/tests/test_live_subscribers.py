"""Head office's queues and bell on the broker as started."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import amqp
import pytest
from attrs import define

from decalog import bell, subscribers
from decalog.broker import connected, publish
from decalog.node import Node, node_of
from decalog.subscribers import Limits, NoSubscriber
from decalog.topology import ESCALATION_STREAM, contracts, topology
from decalog.topology import apply as declare

pytestmark = pytest.mark.live
EXAMPLE = Path(__file__).parents[2] / "examples" / "head_office_subscriber.py"
FEW = Limits(length=10, kind="classic")


@define
class Made:
    """A subscriber that a test has made."""

    name: str
    url: str
    deploy: str

    @property
    def queue(self) -> str:
        return subscribers.queue_of(self.name)


@pytest.fixture
def node(instance) -> Node:
    found = node_of(instance)
    if found is None:
        pytest.skip("the broker is not this instance's own: its users are made by hand")
    return found


@pytest.fixture
def deploy(instance) -> str:
    url: str = instance["amqp"]["deploy"]
    declare(url, topology(contracts()))
    return url


@pytest.fixture
def made(node, deploy, request) -> Iterator[Made]:
    """A subscriber with small limits; `replay` where the test asks for it."""
    name = f"test-{secrets.token_hex(4)}"
    subscribers.add_queue(deploy, name, ["II.#"], FEW)
    url = subscribers.add_user(node, deploy, name, replay=getattr(request, "param", False))
    yield Made(name, url, deploy)
    subscribers.remove_queue(deploy, name)
    node.delete_user(subscribers.queue_of(name))


def send(deploy: str, *numbers: int, key: str = "II.44.4401.-") -> None:
    with connected(deploy) as channel:
        for number in numbers:
            publish(channel, amqp.Message(str(number), delivery_mode=2), exchange="escalations", key=key)


def test_a_full_queue_drops_its_oldest_and_publishing_goes_on(made):
    send(made.deploy, *range(25))

    with connected(made.url) as channel:
        got = [channel.basic_get(made.queue, no_ack=True).body for _ in range(FEW.length)]
        assert channel.basic_get(made.queue) is None
    assert got == [str(number) for number in range(15, 25)]


def test_it_gets_its_own_keys_and_always_heartbeats_and_tests(made):
    for key in ("I.44.-.-", "II.44.-.-", "heartbeat.emergency", "anchor.emergency", "test.-.-.-"):
        send(made.deploy, 0, key=key)

    with connected(made.url) as channel:
        got = [channel.basic_get(made.queue, no_ack=True).delivery_info["routing_key"] for _ in range(3)]
    assert got == ["II.44.-.-", "heartbeat.emergency", "test.-.-.-"]


@pytest.mark.parametrize("other", [ESCALATION_STREAM, "rpc-emergency", "unrouted"])
def test_its_user_reads_no_other_queue(made, other):
    with connected(made.url) as channel, pytest.raises(amqp.AccessRefused):
        channel.basic_consume(other)


def test_its_user_declares_nothing(made):
    with connected(made.url) as channel, pytest.raises(amqp.AccessRefused):
        channel.queue_declare(f"{made.queue}.more")


def test_its_user_deletes_nothing(made):
    with connected(made.url) as channel, pytest.raises(amqp.AccessRefused):
        channel.queue_delete(made.queue)


@pytest.mark.parametrize("exchange", ["escalations", "", "emergency.events"])
def test_its_user_writes_nothing(made, exchange):
    with connected(made.url) as channel, pytest.raises(amqp.AccessRefused):
        channel.basic_publish_confirm(amqp.Message("x"), exchange=exchange, routing_key="rpc-emergency")


def test_adding_it_again_changes_the_password_alone(made, node):
    fresh = subscribers.add_user(node, made.deploy, made.name, replay=False)

    with pytest.raises(amqp.AccessRefused), connected(made.url):
        pass
    with connected(fresh) as channel:
        channel.basic_consume(made.queue)


def test_other_limits_need_the_queue_removed_first(made):
    with pytest.raises(NoSubscriber, match="other limits"):
        subscribers.add_queue(made.deploy, made.name, ["II.#"], Limits(length=11, kind="classic"))


def test_the_list_shows_what_waits(made, node):
    send(made.deploy, 1, 2)

    (mine,) = [one for one in subscribers.listed(node.queues("decalog")) if one.name == made.name]
    assert (mine.kind, mine.waiting, mine.readers) == ("classic", 2, 0)


def test_a_subscriber_that_is_not_there_cannot_be_removed(deploy):
    with pytest.raises(NoSubscriber):
        subscribers.remove_queue(deploy, "nobody")


def test_the_bell_stands_in_the_stream_when_it_has_rung(deploy):
    rung = bell.ring(deploy, by="tester")

    epoch, _, offset = rung.position.partition("-")
    assert epoch == ESCALATION_STREAM.rpartition(".")[2]
    assert _read(deploy, int(offset)).headers["cloudEvents:id"] == rung.id


@pytest.mark.parametrize("made", [True], indirect=True)
def test_the_example_tells_the_bell_from_the_queue_and_again_from_the_stream(made):
    bell.ring(made.deploy, by="tester")

    assert _first_line(made.url, made.queue, "[测试]")
    assert _first_line(made.url, ESCALATION_STREAM, "[测试]", "--replay")


def _read(url: str, offset: int) -> amqp.Message:
    got: list[amqp.Message] = []
    with connected(url) as channel:
        channel.basic_qos(0, 1, False)
        channel.basic_consume(ESCALATION_STREAM, callback=got.append, arguments={"x-stream-offset": offset})
        while not got:
            channel.connection.drain_events(timeout=10)
    return got[0]


def _first_line(url: str, queue: str, wanted: str, *further: str) -> str:
    """The first line of the example that starts so; it is stopped then."""
    command = [sys.executable, "-u", str(EXAMPLE), "--url", url, "--queue", queue, *further]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as reading:
        assert reading.stdout is not None
        try:
            return next(line for line in reading.stdout if line.startswith(wanted))
        finally:
            reading.kill()
