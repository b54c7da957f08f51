"""What fails is tried again through real delay queues, and ends, with its reason, where an operator finds it."""

import pytest
from amqp import Message
from probe.bench import until
from probe.wire import connected

from chassis.bus import DELAYS
from decalog import letters

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def gateway(host):
    host.start()
    with host.gateway() as gateway:
        gateway.call("begin", body={"id": "t1"})
        yield gateway


@pytest.fixture
def none_left(host):
    yield
    letters.drop(host.url, host.name, "all")


def stumble(host, gateway, **how):
    """Announce a stumble; the id of its event."""
    version = gateway.call("stumble", path={"tally": "t1"}, body=how)["ok"]["version"]
    host.rest()
    return f"t1:{version}:1"


def tries(host, event):
    return host.database.attempts.find_one({"_id": event})["tries"]


@pytest.mark.parametrize("fails", [1, len(DELAYS)])
def test_a_message_comes_back_from_each_delay_until_it_succeeds(host, gateway, fails):
    event = stumble(host, gateway, fails=fails)

    assert tries(host, event) == fails + 1
    assert letters.listed(host.url, host.name) == []


def test_after_the_last_delay_it_lies_with_the_dead_letters_and_says_why(host, gateway, none_left):
    event = stumble(host, gateway, fails=99)

    (letter,) = letters.listed(host.url, host.name)
    assert tries(host, event) == 1 + len(DELAYS)
    assert (letter.id, letter.queue) == (event, f"{host.name}.trip")
    assert letter.reason == f"RuntimeError: stumbled {1 + len(DELAYS)} times"
    assert (letter.attempts, letter.key) == (1 + len(DELAYS), "stumbled.440000.-.-")
    assert letter.type == f"decalog.{host.name}.stumbled.v1"


def test_a_refusal_is_a_dead_letter_after_one_try(host, gateway, none_left):
    event = stumble(host, gateway, refuses=True)

    (letter,) = letters.listed(host.url, host.name)
    assert tries(host, event) == 1
    assert letter.reason == "probe.closed: t1 is closed"


def test_a_letter_sent_again_starts_anew_and_may_succeed(host, gateway, none_left):
    event = stumble(host, gateway, fails=1 + len(DELAYS))
    assert len(letters.listed(host.url, host.name)) == 1

    assert letters.replay(host.url, host.name, event) == 1
    until(lambda: tries(host, event) == 2 + len(DELAYS))
    host.rest()

    assert letters.listed(host.url, host.name) == []


def test_only_the_named_letter_is_sent_again_or_dropped(host, gateway, none_left):
    first, second = (stumble(host, gateway, refuses=True) for _ in range(2))

    assert letters.drop(host.url, host.name, first) == 1
    assert [letter.id for letter in letters.listed(host.url, host.name)] == [second]
    assert letters.replay(host.url, host.name, "unknown") == 0
    assert letters.drop(host.url, host.name, "all") == 1
    assert letters.listed(host.url, host.name) == []


@pytest.mark.parametrize(
    ("sender", "body", "reason"),
    [
        ("deploy", "not json", "type None is not heard here"),
        ("security", "{}", "type None is not heard here"),
    ],
)
def test_what_is_no_event_at_all_is_a_dead_letter_and_the_process_lives(host, gateway, none_left, sender, body, reason):
    with connected(host.place.amqp[sender]) as connection:
        connection.channel().basic_publish_confirm(
            Message(body, user_id=sender, delivery_mode=2), routing_key=f"{host.name}.trip"
        )
    (letter,) = until(lambda: letters.listed(host.url, host.name))

    assert letter.reason == reason
    assert letter.body == body
    assert gateway.call("tally", path={"tally": "t1"})["ok"]["status"] == 200


def test_an_event_by_another_user_than_its_sources_is_a_dead_letter(host, gateway, none_left):
    headers = {"cloudEvents:type": f"decalog.{host.name}.stumbled.v1", "cloudEvents:id": "forged"}
    with connected(host.place.amqp["security"]) as connection:
        connection.channel().basic_publish_confirm(
            Message("{}", user_id="security", application_headers=headers, delivery_mode=2),
            routing_key=f"{host.name}.trip",
        )
    (letter,) = until(lambda: letters.listed(host.url, host.name))

    assert letter.reason == f"sent by 'security', not by '{host.name}'"
    assert host.database.attempts.find_one({"_id": "forged"}) is None
