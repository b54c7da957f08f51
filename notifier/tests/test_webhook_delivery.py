"""Escalations by webhook on the real thing: one signed request a subscription, whatever the other side does."""

import json
from datetime import timedelta

import pytest
from postroom.office import NINE, UNITS
from postroom.servers import Hook, free_port, hook_server
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.identity import Grant
from gateway import escalation_event
from notifier.deliveries import LADDER, WAITS_AT_MOST

pytestmark = [pytest.mark.live, pytest.mark.clause("R7.4")]

EVENT = "emergency:I20261123-0001:2:1"


@pytest.fixture(autouse=True)
def steady(office):
    """Without jitter, so that the ladder can be stepped exactly."""
    object.__setattr__(office.service.fan_out, "jitter", lambda: 0.0)


@pytest.fixture
def other_hook():
    with hook_server(Hook()) as made:
        yield made


def ladder(office) -> None:
    for span in LADDER:
        office.passes(span)


def ids(hook) -> list[str]:
    return [headers["webhook-id"] for headers, _ in hook.requests]


def test_an_escalation_becomes_one_signed_request_that_the_public_library_verifies(office, hook):
    made = office.hook(hook.url)

    office.escalation("I")
    office.settle()

    ((headers, body),) = hook.requests
    said = Webhook(made["secret"]).verify(body, headers)
    assert said == json.loads(body)
    assert headers["webhook-id"] == EVENT
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    assert (said["id"], said["source"], said["specversion"]) == ("I20261123-0001:2:1", "/decalog/emergency", "1.0")
    assert said["type"] == "decalog.emergency.incident_escalated.v1"
    assert said["data"]["incident"] == "I20261123-0001"


@pytest.mark.parametrize("change", [{"body": "{}"}, {"webhook-id": "other"}, {"webhook-timestamp": "1"}])
def test_what_is_changed_on_the_way_or_signed_by_another_secret_does_not_verify(office, hook, change):
    made = office.hook(hook.url)
    office.escalation()
    office.settle()
    ((headers, body),) = hook.requests
    changed = headers | {name: value for name, value in change.items() if name != "body"}

    for secret, seen in ((made["secret"], changed), ("whsec_" + "QUFB" * 11, headers)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(change.get("body", body), seen)


def test_the_body_is_the_one_that_server_sent_events_carry(office, hook):
    office.hook(hook.url)
    office.escalation()
    office.settle()

    (one,) = office.database.escalations_heard.find()
    attributes = {f"cloudEvents:{name}": value for name, value in json.loads(one["body"]).items() if name != "data"}
    data = json.dumps(json.loads(one["body"])["data"]).encode()
    told = escalation_event.read(1, "I.44.4401.4401003", "emergency", attributes, data)
    assert hook.requests[0][1].encode() == told.body


def test_an_escalation_that_is_told_twice_is_posted_once(office, hook):
    office.hook(hook.url)

    for _ in range(2):
        office.escalation()
        office.settle()

    assert ids(hook) == [EVENT]


def test_during_a_rotation_both_secrets_verify_and_afterwards_the_new_one(office, hook):
    made = office.hook(hook.url)
    old, new = made["secret"], office.on(made["id"], "rotate_webhook_secret", key="r")["ok"]["body"]["secret"]
    office.escalation(number=1)
    office.settle()
    office.on(made["id"], "end_webhook_rotation")
    office.escalation(number=2)
    office.settle()

    (during, body), (after, later) = hook.requests
    for secret in (old, new):
        Webhook(secret).verify(body, during)
    Webhook(new).verify(later, after)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later, after)


def test_a_subscriber_gets_its_levels_of_its_unit_and_below_and_nothing_else(office, hook, other_hook):
    office.hear("security", "unit_stated", "4401003", {"id": "4401003", "units": list(UNITS)})
    office.hook(hook.url, unit="44", levels=["I", "II"], grants=(Grant("webhook.manage", "44"),))
    office.hook(other_hook.url, unit="35")

    office.escalation("I", number=1)
    office.escalation("III", number=2)
    office.escalation("II", number=3, units=("HQ", "35", "3501"))
    office.escalation("I", number=4, units=("HQ",))
    office.settle()

    assert ids(hook) == [EVENT]
    assert ids(other_hook) == ["emergency:I20261123-0003:2:1"]


def test_events_of_two_services_with_one_id_are_two_deliveries(office, hook):
    office.hook(hook.url)

    for source in ("emergency", "security"):
        office.escalation(source=source)
    office.settle()

    assert sorted(ids(hook)) == [EVENT, EVENT.replace("emergency", "security")]


def test_a_wrong_receiver_is_tried_along_the_ladder_with_the_same_id_and_then_disabled_and_told(office, hook):
    hook.status = 500
    made = office.hook(hook.url)

    office.escalation()
    office.settle()
    ladder(office)

    (delivery,) = office.deliveries(made["id"])
    assert ids(hook) == [EVENT] * 10
    assert (delivery["state"], delivery["tries"]) == ("given_up", 10)
    assert [one["status"] for one in delivery["attempts"]] == [500] * 10
    shown = office.on(made["id"], "webhook")["ok"]["body"]
    assert (shown["state"], shown["because"]) == ("disabled", "failing")
    (said,) = office.said("webhook_disabled")
    assert (said["webhook"], said["because"]) == (made["id"], "failing")
    assert said["failing_since"] == "2026-11-23T01:00:00+00:00"


def test_each_try_waits_for_its_step_and_not_a_millisecond_less(office, hook):
    hook.status = 500
    office.hook(hook.url)
    office.escalation()
    office.settle()

    for number, span in enumerate(LADDER, start=1):
        office.passes(span - timedelta(milliseconds=1))
        assert len(hook.requests) == number
        office.passes(timedelta(milliseconds=1))
        assert len(hook.requests) == number + 1


def test_a_receiver_that_comes_back_gets_it_once_and_is_not_failing_any_more(office, hook):
    hook.status = 503
    made = office.hook(hook.url)
    office.escalation()
    office.settle()
    assert office.on(made["id"], "webhook")["ok"]["body"]["failing_since"] == "2026-11-23T01:00:00+00:00"

    hook.status = 204
    ladder(office)

    assert len(hook.requests) == 2
    assert office.on(made["id"], "webhook")["ok"]["body"]["failing_since"] is None
    assert office.said("webhook_disabled") == []


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "waits"), [("60", timedelta(minutes=1)), ("999999", WAITS_AT_MOST)])
def test_retry_after_puts_a_try_off_within_bounds(office, hook, status, asked, waits):
    hook.status, hook.headers = status, {"Retry-After": asked}
    made = office.hook(hook.url)

    office.escalation()
    office.settle()

    (delivery,) = office.deliveries(made["id"])
    assert delivery["due"] == (NINE + waits).isoformat()


def test_a_receiver_that_answers_410_is_disabled_at_once(office, hook):
    hook.status = 410
    made = office.hook(hook.url)

    office.escalation()
    office.settle()
    office.escalation(number=2)
    office.settle()

    assert len(hook.requests) == 1
    assert office.on(made["id"], "webhook")["ok"]["body"]["because"] == "gone"
    assert [one["because"] for one in office.said("webhook_disabled")] == ["gone"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(office, hook, other_hook, status):
    hook.status, hook.headers = status, {"Location": other_hook.url}
    made = office.hook(hook.url)

    office.escalation()
    office.settle()

    (delivery,) = office.deliveries(made["id"])
    assert (other_hook.requests, delivery["attempts"][0]["status"]) == ([], status)


def test_one_subscription_that_fails_holds_up_no_other(office, hook):
    broken = office.hook(f"http://127.0.0.1:{free_port()}/")
    office.hook(hook.url)

    office.escalation()
    office.settle()

    assert ids(hook) == [EVENT]
    assert office.deliveries(broken["id"])[0]["attempts"][0]["outcome"] == "unreachable"


def test_of_a_backlog_the_gravest_goes_first_and_what_was_not_tried_yet_before_what_was(office, hook):
    hook.status = 500
    office.hook(hook.url)
    office.escalation("IV", number=1)
    office.escalation("I", number=2)
    office.settle()
    hook.status = 204
    office.clock.step(office.clock.now() + LADDER[0])
    for number, level in ((3, "IV"), (4, "III"), (5, "I")):
        office.escalation(level, number=number)

    del hook.requests[:]
    office.settle()

    assert [one.split("-")[1][:4] for one in ids(hook)] == ["0005", "0002", "0004", "0003", "0001"]
