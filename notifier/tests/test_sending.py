"""R7.5 on the real thing: a notice becomes one mail or one signed request, and its link acknowledges once."""

import json
from datetime import timedelta

import pytest
from attrs import evolve
from postroom.office import NOTICE, PERSON, STEP, UNITS, office_on
from postroom.servers import mail_server
from standardwebhooks import Webhook

from chassis.fieldcrypt import FieldKeys
from notifier.notices import RETRY_AFTER

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.5")]

ADDRESS = "p440100017@example.invalid"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SENT = {
    "step": STEP,
    "about": "incident",
    "incident": NOTICE["incident"],
    "person": PERSON,
    "channel": "mail",
    "at": "2026-11-23T01:00:00+00:00",
}


def tried_to_the_end(office) -> None:
    for span in RETRY_AFTER:
        office.passes(span)


def test_a_notice_leads_to_one_mail_with_its_link(office, mailbox):
    office.set_contact(mail=ADDRESS)

    office.notice()
    office.settle()

    (mail,) = mailbox.mails
    assert mail["To"] == ADDRESS
    assert f"https://decalog.example.invalid/a/{office.token()}" in mail.get_content()
    assert office.said("notice_sent") == [SENT]


def test_a_notice_that_is_told_twice_is_mailed_once(office, mailbox):
    office.set_contact(mail=ADDRESS)

    office.notice()
    office.settle()
    office.notice()
    office.settle()

    assert len(mailbox.mails) == 1
    assert office.said("notice_sent") == [SENT]


def test_a_link_acknowledges_once_and_then_answers_as_before(office, mailbox):
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()
    path = {"link": office.token()}

    office.clock.step(office.clock.now() + timedelta(minutes=1))
    first = office.ask("acknowledge_link", (), path=path)["ok"]
    office.clock.step(office.clock.now() + timedelta(minutes=1))
    second = office.ask("acknowledge_link", (), path=path, body={"from": "another"})["ok"]
    office.settle()

    assert (first["status"], first["replayed"]) == (200, False)
    assert second == {**first, "replayed": True}
    (followed,) = office.said("link_followed")
    assert followed == {
        "notice": STEP,
        "about": "incident",
        "person": PERSON,
        "incident": NOTICE["incident"],
        "acknowledged_at": "2026-11-23T01:01:00+00:00",
    }


def test_a_link_says_what_it_is_for_and_asking_has_no_effect(office, mailbox):
    office.notice(drill=True)
    office.settle()
    before = office.database.notices.find_one({"_id": STEP})

    answer = office.ask("link", (), path={"link": office.token()})["ok"]

    assert answer["body"] == {
        "about": "incident",
        "incident": NOTICE["incident"],
        "level": "II",
        "kind": "gathering",
        "drill": True,
        "ends_at": "2026-11-30T01:00:00+00:00",
        "expired": False,
        "acknowledged_at": None,
    }
    assert office.database.notices.find_one({"_id": STEP}) == before


def test_a_link_that_ended_acknowledges_no_more(office, mailbox):
    office.notice()
    office.settle()
    office.clock.step(office.clock.now() + timedelta(days=7))

    assert office.ask("link", (), path={"link": office.token()})["ok"]["body"]["expired"] is True
    refusal = office.ask("acknowledge_link", (), path={"link": office.token()})["refusal"]
    assert (refusal["kind"], refusal["code"]) == ("conflict", "notifier.link_expired")


@pytest.mark.parametrize("link", ["a" * 52, "P440100017", STEP, "A" * 52])
@pytest.mark.parametrize("operation", ["link", "acknowledge_link"])
def test_a_link_that_nobody_sent_is_unknown(office, operation, link):
    office.notice()

    refusal = office.ask(operation, (), path={"link": link})["refusal"]

    assert (refusal["kind"], refusal["code"]) == ("missing", "notifier.link_unknown")
    assert link not in json.dumps(refusal)


def test_the_database_knows_the_hash_of_a_link_and_not_the_link(office):
    office.notice()
    office.settle()

    assert office.token() not in str(list(office.database.notices.find()))


def test_while_the_relay_is_down_the_notice_is_tried_five_times_and_then_given_up(office):
    office.set_contact(mail=ADDRESS)

    office.notice()
    office.settle()
    assert office.said("notice_failed") == []
    tried_to_the_end(office)

    (failed,) = office.said("notice_failed")
    assert failed["reason"] == "relay_unreachable"
    assert [one["number"] for one in office.said("mail_due")] == [1, 2, 3, 4, 5]
    assert office.timers.next_due() is None


def test_a_notice_is_sent_once_the_relay_is_back_and_then_not_again(office, settings, mailbox_later):
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()

    with mail_server(mailbox_later, settings.relay.port):
        tried_to_the_end(office)

    assert len(mailbox_later.mails) == 1
    assert len(office.said("notice_sent")) == 1
    assert office.said("notice_failed") == []


def test_every_try_carries_the_same_message_id_and_the_same_link(office, mailbox):
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()
    unmarked = {"state.sent_at": None, "state.tries": 0, "ring": []}
    office.database.notices.update_one({"_id": STEP}, {"$set": unmarked})

    office.exchange.queue += [one for one in office.exchange.taken if one.key.startswith("mail_due.")]
    office.settle()

    one, other = mailbox.mails
    assert one["Message-ID"] == other["Message-ID"]
    assert one.get_content() == other.get_content()


def test_a_person_without_a_contact_point_is_given_up_at_once(office, mailbox):
    office.notice()
    office.settle()

    assert [one["reason"] for one in office.said("notice_failed")] == ["no_contact_point"]


def test_a_person_with_a_mail_address_only_is_not_reached_by_webhook(office, mailbox):
    office.set_contact(mail=ADDRESS)

    office.notice(channel="webhook")
    office.settle()

    assert [one["reason"] for one in office.said("notice_failed")] == ["no_contact_point"]
    assert mailbox.mails == []


@pytest.mark.parametrize("channel", ["sms", "letter"])
def test_a_channel_that_is_not_served_is_given_up_at_once(office, channel):
    assert office.notice(channel=channel).does == "done"
    office.settle()

    assert [one["reason"] for one in office.said("notice_failed")] == ["no_contact_point"]


def test_an_address_that_the_relay_refuses_for_good_is_given_up_at_once(office, mailbox):
    mailbox.recipient = "550 no such user"
    office.set_contact(mail=ADDRESS)

    office.notice()
    office.settle()

    assert [one["reason"] for one in office.said("notice_failed")] == ["address_refused"]


@pytest.mark.parametrize(("recipient", "content"), [("451 try later", "250 OK"), ("250 OK", "554 refused")])
def test_what_the_relay_refuses_otherwise_is_tried_again(office, mailbox, recipient, content):
    mailbox.recipient, mailbox.content = recipient, content
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()

    mailbox.recipient = mailbox.content = "250 OK"
    office.passes(RETRY_AFTER[0])

    assert len(mailbox.mails) == 1
    assert len(office.said("notice_sent")) == 1


def test_an_address_that_is_put_right_between_two_tries_is_used(office, mailbox):
    mailbox.recipient = "451 try later"
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()

    mailbox.recipient = "250 OK"
    office.set_contact(mail="new@example.invalid")
    office.passes(RETRY_AFTER[0])

    assert [mail["To"] for mail in mailbox.mails] == ["new@example.invalid"]


def test_a_contact_point_whose_key_is_gone_is_tried_again_and_said_to_be_unreadable(office, office_with, mailbox):
    office.set_contact(mail=ADDRESS)
    without = office_with(keys=FieldKeys("k2", {"k2": b"2" * 32}, b"L" * 32))

    without.notice()
    without.settle()
    tried_to_the_end(without)

    assert [one["reason"] for one in without.said("notice_failed")] == ["contact_unreadable"]
    assert mailbox.mails == []


def test_a_link_that_is_followed_while_tries_go_on_ends_them(office, mailbox):
    mailbox.content = "451 try later"
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()

    office.ask("acknowledge_link", (), path={"link": office.token()})
    office.settle()
    mailbox.content = "250 OK"
    tried_to_the_end(office)

    assert mailbox.mails == []
    assert len(office.said("notice_sent")) == len(office.said("link_followed")) == 1


def test_what_is_announced_is_filed_under_the_incidents_units_and_keeps_the_drill_flag(office, mailbox):
    office.set_contact(mail=ADDRESS)

    office.notice(drill=True)
    office.settle()

    sent = next(one for one in office.exchange.taken if one.attributes["type"] == "decalog.notifier.notice_sent.v1")
    assert (sent.attributes["units"], sent.attributes["drill"]) == (",".join(UNITS), True)
    assert sent.key == "notice_sent.44.4401.4401003"


def test_two_replicas_that_fire_one_timer_make_one_try(office, database, settings, mailbox):
    mailbox.content = "451 try later"
    office.set_contact(mail=ADDRESS)
    office.notice()
    office.settle()
    office.clock.step(office.clock.now() + RETRY_AFTER[0])
    (timer,) = office.database.timers.find({"state": "set"})
    other = office_on(database, settings, clock=office.clock)

    office.timers.fire_due()
    office.database.timers.update_one({"_id": timer["_id"]}, {"$set": {"state": "set"}})
    other.timers.fire_due()
    office.settle()
    other.settle()

    assert [one["number"] for one in (*office.said("mail_due"), *other.said("mail_due"))] == [1, 2]


def test_a_webhook_gets_one_signed_request(office, hook):
    office.set_contact(webhook={"url": hook.url, "secret": SECRET})

    office.notice(channel="webhook")
    office.settle()

    ((headers, body),) = hook.requests
    told = Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    assert headers["webhook-id"] == STEP
    assert told["data"]["incident"] == NOTICE["incident"]
    assert told["data"]["link"].endswith(office.token())
    assert len(office.said("notice_sent")) == 1


@pytest.mark.parametrize("status", [302, 400, 500])
def test_a_webhook_that_does_not_take_it_is_called_again_and_never_redirected(office, hook, status):
    hook.status, hook.headers = status, {"Location": hook.url}
    office.set_contact(webhook={"url": hook.url, "secret": SECRET})
    office.notice(channel="webhook")
    office.settle()
    tried_to_the_end(office)

    assert len(hook.requests) == 5
    assert {headers["webhook-id"] for headers, _ in hook.requests} == {STEP}
    assert [one["reason"] for one in office.said("notice_failed")] == ["target_refused"]


def test_a_webhook_to_a_private_address_is_given_up_without_a_connection(office_with, settings, hook):
    office_with().set_contact(webhook={"url": hook.url.replace("127.0.0.1", "localhost"), "secret": SECRET})
    strict = office_with(settings=evolve(settings, private_addresses=False))

    strict.notice(channel="webhook")
    strict.settle()

    assert [one["reason"] for one in strict.said("notice_failed")] == ["target_forbidden"]
    assert hook.requests == []
