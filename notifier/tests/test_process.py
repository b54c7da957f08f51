"""R7.5 in a process of its own: from the broker to the mail, and whatever the moment of a crash, no notice is lost."""

from pathlib import Path

import pytest
from postroom.office import STEP, office_on
from postroom.process import Site, fresh_queues, process_at, tell, until
from postroom.servers import free_port

from chassis.keyfile import read_keys

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.5")]

ADDRESS = "canary-13812345678@example.invalid"
KILLED = 137


@pytest.fixture
def site(instance, database_url, smtp_port, tmp_path):
    crashes = tmp_path / "crashes"
    crashes.mkdir()
    told = {
        "ENV": "test",
        "INSTANCE": "notifier-1",
        "AMQP_URL": instance["amqp"]["notifier"],
        "MONGO_URL": database_url,
        "HEALTH_PORT": str(free_port()),
        "KEYS": instance["keys"],
        "CRASH_DIR": str(crashes),
        "LOG_LEVEL": "DEBUG",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "MAIL_FROM": "decalog@example.invalid",
        "PUBLIC_URL": "https://decalog.example.invalid",
    }
    environment = {f"DECALOG_{name}": value for name, value in told.items()}
    return Site(environment, tmp_path / "notifier.log", crashes)


@pytest.fixture
def reached(instance, database, settings, mailbox):
    """The person has a mail address, and the notifier's queues are empty."""
    fresh_queues(instance["amqp"]["deploy"])
    office_on(database, settings, keys=read_keys(Path(instance["keys"]))).set_contact(mail=ADDRESS)
    return mailbox


def sent(database) -> bool:
    return bool(database.notices.find_one({"_id": STEP, "state.sent_at": {"$type": "date"}, "outbox": []}))


def test_a_notice_on_the_broker_becomes_a_mail(instance, database, site, reached):
    with process_at(site) as process:
        tell(instance["amqp"]["emergency"])

        until(lambda: sent(database))
        assert process.stopped() == 0

    (mail,) = reached.mails
    assert "https://decalog.example.invalid/a/" in mail.get_content()
    assert "13812345678" not in site.log.read_text()


def test_a_crash_between_sending_and_marking_sends_twice_at_most_and_loses_nothing(instance, database, site, reached):
    reached.before_answer = lambda: site.arm("before-write")
    with process_at(site) as process:
        tell(instance["amqp"]["emergency"])
        assert process.died() == KILLED
    assert not sent(database)

    reached.before_answer = lambda: None
    with process_at(site):
        until(lambda: sent(database))

    one, other = reached.mails
    assert one["Message-ID"] == other["Message-ID"]
    assert one.get_content() == other.get_content()


@pytest.mark.parametrize("point", ["before-effect", "after-write", "before-publish", "after-publish", "after-effect"])
def test_a_crash_at_any_other_moment_only_delays_the_mail(instance, database, site, reached, point):
    site.arm(point)
    with process_at(site) as process:
        tell(instance["amqp"]["emergency"])
        assert process.died() == KILLED

    with process_at(site):
        until(lambda: sent(database))

    assert len(reached.mails) in (1, 2)
    assert len({mail["Message-ID"] for mail in reached.mails}) == 1
