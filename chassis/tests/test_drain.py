"""A replica that is asked to stop finishes what it began, once, and leaves the rest to the other."""

import secrets
from collections import Counter

import pytest
from probe.bench import until

pytestmark = pytest.mark.live


def hold(gateway, seconds):
    """Send a command that takes so long and begins a tally of its own; its correlation id."""
    call = secrets.token_hex(6)
    return gateway.send("hold", seconds=30, path={"tally": call}, body={"seconds": seconds, "call": call}, key=call)


def starts(host):
    return Counter(start["call"] for start in host.database.starts.find())


def all_answered(gateway, sent, within):
    replies = [gateway.answer(correlation, within=within) for correlation in sent]
    assert all(reply["result"]["ok"]["status"] == 200 for reply in replies), replies
    return True


def each_begun_and_answered_once(host, gateway, sent):
    assert set(starts(host).values()) == {1}
    assert sum(starts(host).values()) == len(sent)
    replies = Counter(gateway.arrived)
    assert [correlation for correlation in sent if replies[correlation] != 1] == []
    assert host.database.tallies.count_documents({}) == len(sent)


def test_a_stopping_replica_finishes_what_it_began_and_the_other_takes_the_rest(own_host):
    one, _ = own_host.start("one"), own_host.start("two")
    with own_host.gateway() as gateway:
        sent = [hold(gateway, 3) for _ in range(150)]
        sent += [hold(gateway, 0.1) for _ in range(20)]
        until(lambda: len(starts(own_host)) >= 128)
        one.terminate()
        while one.process.poll() is None:
            sent.append(hold(gateway, 0.5))
            gateway.listen(0.02)
            assert len(sent) < 2_000, "it takes requests for ever"

        assert all_answered(gateway, sent, within=20)
        assert one.ended() == 0
        each_begun_and_answered_once(own_host, gateway, sent)


def test_a_command_of_fifteen_seconds_is_finished_by_the_replica_that_began_it(own_host):
    one = own_host.start("one")
    with own_host.gateway() as gateway:
        sent = [hold(gateway, 15)]
        until(lambda: len(starts(own_host)) == 1)
        own_host.start("two")

        one.terminate()
        until(lambda: not one.ready())
        sent += [hold(gateway, 0.1) for _ in range(5)]

        assert all_answered(gateway, sent, within=20)
        assert one.ended() == 0
        each_begun_and_answered_once(own_host, gateway, sent)


def test_a_stopping_replica_sends_what_it_announced_and_says_farewell(own_host):
    one = own_host.start("one")
    with own_host.gateway() as gateway:
        gateway.call("begin", body={"id": "t1"})
        for _ in range(20):
            gateway.send("add", path={"tally": "t1"}, body={"amount": 0})
        one.terminate()
        assert one.ended() == 0

    assert own_host.database.tallies.find_one({"outbox_since": {"$exists": True}}) is None
