"""Webhooks in a process of its own: killed at any moment it loses nothing, and what comes twice has one id."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from amqp import Message
from postroom.certificates import certificate_in
from postroom.office import ESCALATED, UNITS, office_on, outgoing
from postroom.process import Site, fresh_queues, process_at, until
from postroom.servers import Hook, free_port, hook_server
from standardwebhooks import Webhook

from chassis.clock import machine_now
from chassis.entries import Escalate, Subject, filed_under
from chassis.keyfile import read_keys
from decalog import letters
from decalog.broker import connected, publish

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.4")]

KILLED = 137


@pytest.fixture
def site_of(instance, database_url, smtp_port, tmp_path):
    def made(number=1, **more):
        crashes = tmp_path / f"crashes-{number}"
        crashes.mkdir(exist_ok=True)
        told = {
            "ENV": "test",
            "INSTANCE": f"notifier-{number}",
            "AMQP_URL": instance["amqp"]["notifier"],
            "MONGO_URL": database_url,
            "HEALTH_PORT": str(free_port()),
            "KEYS": instance["keys"],
            "CRASH_DIR": str(crashes),
            "LOG_LEVEL": "DEBUG",
            "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            "PUBLIC_URL": "https://decalog.example.invalid",
            "WEBHOOK_HTTP": "allow",
            "WEBHOOK_PRIVATE": "allow",
        }
        environment = {f"DECALOG_{name}": value for name, value in told.items()} | more
        return Site(environment, tmp_path / f"notifier-{number}.log", crashes)

    return made


@pytest.fixture
def subscribed(instance, database, settings, hook):
    """Head office subscribes, and the notifier's queues are empty; the subscription."""
    fresh_queues(instance["amqp"]["deploy"])
    office = office_on(database, settings, keys=read_keys(Path(instance["keys"])))
    return office.hook(hook.url)


def escalate(instance, *numbers, level="I"):
    """Incidents are escalated, as emergency's relay does it."""
    url = instance["amqp"]["emergency"]
    with connected(url) as channel:
        for number in numbers:
            incident = f"I20261123-{number:04}"
            facts = ESCALATED | {"incident": incident, "level": level}
            said = Escalate("incident_escalated", facts, Subject(UNITS, (level, *filed_under(UNITS).words)))
            one = outgoing(said, "emergency", incident, 2, machine_now())
            headers = {f"cloudEvents:{name}": value for name, value in one.attributes.items()}
            message = Message(one.body.encode(), delivery_mode=2, user_id="emergency", application_headers=headers)
            publish(channel, message, exchange=one.exchange, key=one.key)


def delivered(database, count=1):
    return database.deliveries.count_documents({"way": "delivered"}) == count


def ids(hook):
    return [headers["webhook-id"] for headers, _ in hook.requests]


def test_an_escalation_on_the_broker_becomes_a_verified_request(instance, database, site_of, hook, subscribed):
    site = site_of()
    with process_at(site) as process:
        escalate(instance, 1)
        until(lambda: delivered(database))
        assert process.stopped() == 0

    ((headers, body),) = hook.requests
    assert Webhook(subscribed["secret"]).verify(body, headers)["data"]["incident"] == "I20261123-0001"
    assert "secret-path" not in site.log.read_text()


def test_a_crash_between_posting_and_writing_posts_again_by_the_same_id(instance, database, site_of, hook, subscribed):
    site = site_of()
    hook.before_answer = lambda: site.arm("before-write")
    with process_at(site) as process:
        escalate(instance, 1)
        assert process.died() == KILLED
    assert not delivered(database)
    hook.before_answer = lambda: None
    lease_ends(database)

    with process_at(site):
        until(lambda: delivered(database))

    assert ids(hook) == ["emergency:I20261123-0001:2:1"] * 2
    assert hook.requests[0][1] == hook.requests[1][1]


@pytest.mark.parametrize("point", ["before-effect", "before-write", "after-write", "after-claim", "after-effect"])
def test_a_crash_at_any_moment_only_delays_it(instance, database, site_of, hook, subscribed, point):
    site = site_of()
    site.arm(point)
    with process_at(site) as process:
        escalate(instance, 1)
        assert process.died() == KILLED
    lease_ends(database)

    with process_at(site):
        until(lambda: delivered(database))

    assert set(ids(hook)) == {"emergency:I20261123-0001:2:1"}
    assert len(ids(hook)) in (1, 2)


def lease_ends(database):
    """What the dead process held is free."""
    database.deliveries.update_many({}, {"$set": {"lease_until": machine_now()}})


@pytest.mark.parametrize("trusted", [True, False])
def test_https_is_spoken_to_whom_the_system_trusts_and_to_nobody_else(
    instance, database, settings, site_of, subscribed, tmp_path, trusted
):
    certificate = certificate_in(tmp_path)
    office = office_on(database, settings, keys=read_keys(Path(instance["keys"])))
    more = {"DECALOG_WEBHOOK_HTTP": "refuse"} | ({"SSL_CERT_FILE": str(certificate.trusted)} if trusted else {})
    with hook_server(Hook(), certificate.context) as secure:
        made = office.hook(f"https://127.0.0.1:{secure.port}/")
        with process_at(site_of(**more)):
            escalate(instance, 1)
            until(lambda: database.deliveries.count_documents({"tries": 1}) == 2)

    assert len(secure.requests) == trusted
    assert office.deliveries(made["id"])[0]["attempts"][0]["outcome"] == ("delivered" if trusted else "unreachable")
    assert office.deliveries(subscribed["id"])[0]["attempts"][0]["outcome"] == "forbidden"


def test_an_escalation_that_was_returned_too_often_keeps_its_level_when_operators_send_it_again(
    instance, database, site_of, hook, subscribed
):
    url = instance["amqp"]["deploy"]
    escalate(instance, 1)
    with connected(url) as channel:
        while message := channel.basic_get("notifier.escalations"):
            channel.basic_reject(message.delivery_tag, requeue=True)
    (letter,) = until(lambda: letters.listed(url, "notifier"))

    assert (letter.key, letters.replay(url, "notifier", letter.id)) == ("I.44.4401.4401003", 1)
    with process_at(site_of()):
        until(lambda: delivered(database))

    assert ids(hook) == ["emergency:I20261123-0001:2:1"]


def test_two_replicas_share_the_deliveries_and_post_each_once(instance, database, site_of, hook, subscribed):
    numbers = range(1, 31)
    with ExitStack() as stack:
        for number in (1, 2):
            stack.enter_context(process_at(site_of(number)))
        escalate(instance, *numbers)
        until(lambda: delivered(database, len(numbers)))

    assert sorted(ids(hook)) == [f"emergency:I20261123-{number:04}:2:1" for number in numbers]


def test_a_receiver_that_does_not_answer_blocks_nobody_else(instance, database, settings, site_of, hook, subscribed):
    office = office_on(database, settings, keys=read_keys(Path(instance["keys"])))
    stuck = threading.Event()
    with hook_server(Hook(before_answer=lambda: stuck.wait(30))) as silent:
        slow = office.hook(silent.url)
        numbers = range(1, 21)
        with process_at(site_of()):
            escalate(instance, *numbers, level="IV")
            until(lambda: len(silent.requests) == 3)
            escalate(instance, 99)
            until(lambda: any("0099" in one for one in ids(silent)))
            until(lambda: delivered(database, len(numbers) + 1))
            waiting = database.deliveries.count_documents({"lane": slow["id"], "way": "waiting"})
        stuck.set()

    assert waiting == len(numbers) + 1
    assert "0099" in ids(silent)[3]
