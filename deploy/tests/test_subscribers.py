"""What a subscriber may do and keep, before any broker is asked."""

import json
import re

import pytest

from decalog import subscribers
from decalog.subscribers import Limits, NoSubscriber
from decalog.topology import ESCALATION_STREAM
from gateway import settings

URL = "amqp://deploy:word@broker:5671/decalog"


@pytest.mark.parametrize("name", ["", "HQ", "a b", "a.b", "-a", "1a", "a" * 64])
def test_a_name_is_small_letters_digits_and_hyphens(name):
    with pytest.raises(NoSubscriber):
        subscribers.queue_of(name)


def test_a_queue_drops_its_oldest_and_is_bounded_in_number_size_and_age():
    arguments = Limits().arguments()

    assert arguments["x-overflow"] == "drop-head"
    assert {"x-max-length", "x-max-length-bytes", "x-message-ttl", "x-expires"} <= set(arguments)


@pytest.mark.parametrize(
    ("replay", "name", "allowed"),
    [
        (False, "subscriber.hq", True),
        (False, "subscriber.hq2", False),
        (False, "subscriberXhq", False),
        (False, ESCALATION_STREAM, False),
        (True, ESCALATION_STREAM, True),
        (True, "subscriber.hq", True),
        (True, "rpc-emergency", False),
    ],
)
def test_its_user_reads_its_own_queue_and_with_replay_the_stream(replay, name, allowed):
    (rights,) = subscribers.definitions("subscriber.hq", "word", "decalog", replay=replay)["permissions"]

    assert bool(re.search(rights["read"], name)) is allowed
    assert (rights["configure"], rights["write"]) == ("^$", "^$")


def test_on_a_broker_that_is_not_ours_the_same_is_done_by_hand():
    commands = subscribers.by_hand(URL, "hq", replay=False)

    assert commands == [
        "rabbitmqctl add_user subscriber.hq",
        r"rabbitmqctl set_permissions -p decalog subscriber.hq '^$' '^$' '^subscriber\.hq$'",
        """rabbitmqctl set_user_limits subscriber.hq '{"max-connections": 5, "max-channels": 20}'""",
    ]


def test_the_url_is_the_brokers_with_the_subscribers_name():
    assert subscribers.url_for(URL, "subscriber.hq", "a/b") == "amqp://subscriber.hq:a%2Fb@broker:5671/decalog"


def test_only_subscribers_queues_are_listed():
    rows = [
        {"name": "rpc-emergency", "type": "classic", "messages": 1, "consumers": 1},
        {"name": "subscriber.b", "type": "rabbit_quorum_queue", "messages": 2, "consumers": 0},
        {"name": "subscriber.a", "type": "classic", "messages": 0, "consumers": 1},
    ]

    assert [(one.name, one.kind) for one in subscribers.listed(rows)] == [("a", "classic"), ("b", "quorum")]


def test_the_gateway_reads_the_stream_that_is_declared(monkeypatch, tmp_path):
    for name, value in {"HTTP_PORT": "1", "HEALTH_PORT": "2", "AMQP_URL": URL, "KEYS": str(tmp_path)}.items():
        monkeypatch.setenv(f"DECALOG_{name}", value)

    assert settings.read().escalation_stream == ESCALATION_STREAM


def test_the_definition_of_a_user_shows_no_password():
    made = subscribers.definitions("subscriber.hq", "secret-word", "decalog", replay=False)

    assert "secret-word" not in json.dumps(made)
