"""Webhooks afterwards: what was missed is delivered again, who answers is told, and what cannot be sent is not."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from attrs import evolve
from postroom.office import NINE

from chassis.fieldcrypt import FieldKeys
from notifier.deliveries import JITTER, LADDER

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.4")]

EVENT = "emergency:I20261123-0001:2:1"


def ids(hook) -> list[str]:
    return [headers["webhook-id"] for headers, _ in hook.requests]


def test_what_was_missed_while_disabled_is_delivered_when_asked_for_and_once(office, hook):
    made = office.hook(hook.url)
    office.on(made["id"], "disable_webhook")
    office.escalation(number=1)
    office.escalation(number=2, units=("HQ", "35"))
    office.settle()
    assert hook.requests == []

    office.on(made["id"], "enable_webhook")
    office.clock.step(NINE + timedelta(minutes=1))
    for _ in range(2):
        answer = office.on(made["id"], "redeliver", {"since": "2026-11-23T00:00:00Z"}, key="again")["ok"]
        office.settle()

    assert answer["status"] == 202
    assert sorted(ids(hook)) == [EVENT, "emergency:I20261123-0002:2:1"]


def test_one_event_is_delivered_again_by_its_id(office, hook):
    made = office.hook(hook.url)
    office.escalation()
    office.settle()

    office.on(made["id"], "redeliver", {"event": EVENT}, key="again")
    office.settle()

    assert ids(hook) == [EVENT, EVENT]
    assert [one["number"] for one in office.deliveries(made["id"])[0]["attempts"]] == [1, 1]


def test_a_delivery_that_waits_when_its_subscription_is_disabled_is_given_up_and_not_sent(office, hook):
    hook.status = 500
    made = office.hook(hook.url)
    office.escalation()
    office.settle()

    office.on(made["id"], "disable_webhook")
    office.passes(LADDER[0] * (1 + JITTER))

    (delivery,) = office.deliveries(made["id"])
    assert len(hook.requests) == 1
    assert (delivery["state"], delivery["attempts"][-1]["outcome"]) == ("given_up", "disabled")


def test_who_answers_for_a_webhook_and_the_duty_desk_are_told_when_it_is_disabled(office_with, settings, hook, mailbox):
    office = office_with(settings=evolve(settings, duty_desk="D0001"))
    office.set_contact("P440100017", mail="p440100017@example.invalid")
    office.set_contact("D0001", mail="duty@example.invalid")
    hook.status = 410
    made = office.hook(hook.url, person="P440100017")

    office.escalation()
    office.settle()

    assert sorted(mail["To"] for mail in mailbox.mails) == ["duty@example.invalid", "p440100017@example.invalid"]
    assert all("已停用" in str(mail["Subject"]) and made["id"] in mail.get_content() for mail in mailbox.mails)
    assert office.said("notice_sent") == office.said("notice_failed") == []


def test_a_name_that_stands_for_a_private_address_is_not_called(office_with, settings, hook):
    answers = [("127.0.0.1",), ("169.254.169.254",), ("::ffff:10.0.0.1",)]
    office = office_with(settings=evolve(settings, private_addresses=False), resolve=lambda *_: answers.pop(0))
    made = office.hook(f"http://rebinding.example.invalid:{hook.port}/")

    office.escalation()
    office.settle()
    for span in LADDER[:2]:
        office.passes(span * (1 + JITTER))

    assert (hook.requests, answers) == ([], [])
    assert [one["outcome"] for one in office.deliveries(made["id"])[0]["attempts"]] == ["forbidden"] * 3


def test_of_two_who_make_the_same_try_at_once_one_is_counted_and_both_sent_the_same(office, hook):
    together = Barrier(2)
    hook.before_answer = together.wait
    made = office.hook(hook.url)
    office.escalation()
    attempts = [Thread(target=office.service.fan_out.attempt, args=(f"{made['id']}:{EVENT}",)) for _ in range(2)]

    for attempt in attempts:
        attempt.start()
    for attempt in attempts:
        attempt.join()

    (delivery,) = office.deliveries(made["id"])
    assert (delivery["state"], delivery["tries"], len(delivery["attempts"])) == ("delivered", 1, 1)
    assert ids(hook) == [EVENT] * 2


def test_a_webhook_whose_keys_are_gone_is_tried_again_and_never_sent_unsigned(office, office_with, hook):
    made = office.hook(hook.url)
    blind = office_with(keys=FieldKeys("k2", {"k2": b"2" * 32}, b"L" * 32))

    blind.escalation()
    blind.settle()

    assert hook.requests == []
    assert office.deliveries(made["id"])[0]["attempts"][0]["outcome"] == "unreadable"
