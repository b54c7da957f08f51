"""No mail address, phone number, secret or link lies or passes anywhere in clear but in the mail itself."""

import logging

import pytest
import structlog
from attrs import evolve
from postroom.office import NOTICE, PERSON, STEP
from prometheus_client import generate_latest

from chassis.fieldcrypt import FieldKeys
from notifier.notices import RETRY_AFTER

pytestmark = pytest.mark.live

PHONE = "13812345678"
LOCAL = f"zhang.canary-{PHONE}"
ADDRESS = f"{LOCAL}@example.invalid"
PATH = "canary-path-in-the-url"
KEY, SIGNING = "canary0robot0key", "SECcanary0robot0secret"
SECRET = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"


@pytest.fixture
def logs(caplog):
    """Everything that is logged at any level, as text; but for the log of the mail server, which is not ours."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.CRITICAL, "mail.log")
    with structlog.testing.capture_logs() as lines:
        yield lambda: f"{caplog.text} {lines}"


def played(office, office_with, mailbox, hook) -> None:
    """All that can become of a notice: refused, tried again, unreadable, sent, given up, acknowledged."""
    office.set_contact(mail=ADDRESS, webhook={"url": f"http://127.0.0.1:{hook.port}/{PATH}", "secret": SECRET})
    for number, answer in enumerate(("451 try later", "550 no such user", "250 OK")):
        mailbox.recipient = answer
        office.notice(step=f"{STEP}{number}", attempt=number + 1)
        office.settle()
    for number, status in enumerate((500, 204)):
        hook.status = status
        office.notice(step=f"{STEP}w{number}", channel="webhook")
        office.settle()
    for span in RETRY_AFTER:
        office.passes(span)
    unreadable = office_with(keys=FieldKeys("k2", {"k2": b"2" * 32}, b"L" * 32))
    unreadable.notice(step=f"{STEP}u")
    unreadable.settle()
    office.ask("acknowledge_link", (), path={"link": office.token(f"{STEP}2")})
    office.set_contact(chat={"platform": "dingtalk", "key": KEY, "secret": SIGNING})
    for number, answer in enumerate(('{"errcode": 310000}', '{"errcode": 0}')):
        hook.status, hook.answer = 200, answer
        office.notice(step=f"{STEP}c{number}", channel="chat")
        office.settle()
    made = office.hook(f"http://127.0.0.1:{hook.port}/{PATH}")
    for number, status in enumerate((500, 204)):
        hook.status = status
        office.escalation(number=number)
        office.settle()
    office.on(made["id"], "disable_webhook")
    office.settle()


def stored(database) -> str:
    """Every document of every collection, outboxes and rings included."""
    return str([list(database[name].find()) for name in database.list_collection_names()])


def test_what_is_planted_shows_nowhere(office_with, settings, mailbox, hook, logs):
    office = office_with(settings=evolve(settings, chat_relay=f"http://127.0.0.1:{hook.port}"))
    faulty = office.set_contact(mail=f"{ADDRESS}\n")
    played(office, office_with, mailbox, hook)
    answers = [
        faulty,
        office.set_contact(mail=ADDRESS, key="again"),
        office.set_contact(mail=f"x{ADDRESS}", key="again"),
        office.ask("contact_point", path={"person": PERSON}),
        office.ask("link", (), path={"link": office.token(f"{STEP}2")}),
    ]

    assert LOCAL in str([mail["To"] for mail in mailbox.mails])
    shown = {
        "database": stored(office.database),
        "events": str(office.exchange.taken),
        "logs": logs(),
        "metrics": generate_latest().decode(),
        "answers": str(answers),
    }
    assert NOTICE["incident"] in shown["logs"]
    assert any(KEY in path for path in hook.paths)
    planted = (LOCAL, PHONE, "zhang", PATH, SECRET, SECRET.removeprefix("whsec_"), office.token(f"{STEP}2"))
    planted += (KEY, SIGNING)
    assert [(where, text) for where, all_of_it in shown.items() for text in planted if text in all_of_it] == []
