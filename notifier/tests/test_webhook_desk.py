"""The operations on webhooks: who may do what over which units, what is shown, and what is refused."""

import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from postroom.office import NINE, UNITS, WEBHOOKS

from chassis.identity import Grant
from notifier import webhook_desk
from notifier.contract import CONTRACT
from notifier.webhook_operations import WEBHOOK_OPERATIONS

pytestmark = pytest.mark.live

URL = "https://hooks.example.invalid/T01/secret-path?token=secret-token"
PROVINCE = (Grant("webhook.manage", "44"), Grant("webhook.read", "44"))
SIBLING = (Grant("webhook.manage", "35"), Grant("webhook.read", "35"))
COUNTER = {"id": "4401003", "units": list(UNITS)}
CHANGED = {"name": "other name", "url": URL, "levels": ["I"]}
ONE = [operation.name for operation in WEBHOOK_OPERATIONS if "{webhook}" in operation.path]
BODIES = {"change_webhook": CHANGED, "redeliver": {"since": "2026-11-22T00:00:00Z"}}


def asked(office, operation, webhook, **rest):
    return office.on(webhook, operation, BODIES.get(operation), **rest)


def test_a_subscription_shows_its_secret_once_and_its_url_masked(office):
    made = office.subscribe(URL, key="a")["ok"]
    again = office.subscribe(URL, key="a")["ok"]
    shown = office.on(made["body"]["id"], "webhook")["ok"]["body"]

    assert (made["status"], made["location"]) == (201, f"/v1/webhooks/{made['body']['id']}")
    assert made["body"]["secret"].startswith("whsec_")
    assert (again["replayed"], again["body"]["secret"]) == (True, None)
    assert (shown["url"], shown["levels"], shown["state"]) == (
        "https://hooks.example.invalid/***",
        ["I", "II", "III", "IV"],
        "active",
    )
    assert "secret" not in shown


def test_nothing_of_url_or_secret_lies_in_clear_in_the_database(office):
    made = office.hook(URL)
    rotated = office.on(made["id"], "rotate_webhook_secret", key="r")["ok"]["body"]
    office.on(made["id"], "disable_webhook")
    office.settle()

    everything = str([list(office.database[name].find()) for name in office.database.list_collection_names()])
    everything += str(office.exchange.taken)
    for secret in ("secret-path", "secret-token", made["secret"], rotated["secret"]):
        assert secret.removeprefix("whsec_") not in everything


@pytest.mark.parametrize("operation", ONE)
def test_whoever_holds_nothing_over_the_unit_sees_nothing_of_its_webhooks(office, operation):
    made = office.hook(URL, unit="44")

    for grants, code in ((SIBLING, "chassis.not_found"), ((), "chassis.not_granted")):
        assert asked(office, operation, made["id"], grants=grants)["refusal"]["code"] == code


@pytest.mark.parametrize("operation", ONE)
def test_a_counter_cannot_touch_the_webhook_of_its_province(office, operation):
    office.hear("security", "unit_stated", "4401003", COUNTER)
    made = office.hook(URL, unit="44")

    below = (Grant("webhook.manage", "4401003"), Grant("webhook.read", "4401003"))
    assert asked(office, operation, made["id"], grants=below)["refusal"]["code"] == "chassis.not_found"


@pytest.mark.parametrize("operation", ONE)
def test_reading_does_not_permit_managing_nor_the_other_way_round(office, operation):
    made = office.hook(URL, unit="44")
    needs = CONTRACT.operation(operation).needs
    other = "webhook.read" if needs == "webhook.manage" else "webhook.manage"

    refusal = asked(office, operation, made["id"], grants=(Grant(other, "HQ"),))["refusal"]

    assert refusal["code"] == "chassis.not_granted"


def test_a_subscription_lies_within_the_callers_reach(office):
    office.hear("security", "unit_stated", "4401003", COUNTER)

    assert office.subscribe(URL, unit="4401003", grants=PROVINCE)["ok"]["status"] == 201
    for unit in ("HQ", "35", "4402001"):
        assert office.subscribe(URL, unit=unit, grants=PROVINCE)["refusal"]["code"] == "chassis.not_permitted"


def test_a_unit_that_is_stated_files_its_webhooks_under_its_ancestors(office):
    made = office.hook(URL, unit="4401003")
    assert office.on(made["id"], "webhook", grants=PROVINCE)["refusal"]["kind"] == "missing"

    office.hear("security", "unit_stated", "4401003", COUNTER)

    assert office.on(made["id"], "webhook", grants=PROVINCE)["ok"]["body"]["unit"] == "4401003"


def test_a_list_shows_what_lies_in_reach_newest_first_page_by_page(office):
    ids = []
    for number, unit in enumerate(("44", "35", "44")):
        office.clock.step(NINE + timedelta(minutes=number))
        ids.append(office.hook(f"{URL}{number}", unit=unit)["id"])

    first = office.ask("webhook_list", PROVINCE, query={"limit": 1})["ok"]
    second = office.ask("webhook_list", PROVINCE, query={"limit": 1, "cursor": first["next"]})["ok"]

    assert [one["id"] for page in (first, second) for one in page["body"]["items"]] == [ids[2], ids[0]]
    assert second["next"] is None


def test_a_change_says_everything_but_the_unit_anew(office):
    made = office.hook(URL)

    changed = office.on(made["id"], "change_webhook", CHANGED, if_match=1)["ok"]
    again = office.on(made["id"], "change_webhook", CHANGED)["ok"]
    stale = office.on(made["id"], "change_webhook", CHANGED, if_match=1)["refusal"]

    assert (changed["version"], again["version"], stale["kind"]) == (2, 2, "stale")
    assert (changed["body"]["name"], changed["body"]["levels"], changed["body"]["unit"]) == ("other name", ["I"], "HQ")


def test_a_rotation_repeated_with_its_key_makes_no_third_secret(office):
    made = office.hook(URL)

    first = office.on(made["id"], "rotate_webhook_secret", key="r")["ok"]
    again = office.on(made["id"], "rotate_webhook_secret", key="r")["ok"]
    other = office.on(made["id"], "rotate_webhook_secret", key="s")["refusal"]

    assert (first["body"]["rotating"], again["replayed"], again["body"]["secret"]) == (True, True, None)
    assert other["code"] == "notifier.rotation_under_way"


def test_disabling_and_enabling_say_so_once(office):
    made = office.hook(URL)

    states = [
        office.on(made["id"], operation)["ok"]["body"]["state"]
        for operation in ("disable_webhook", "disable_webhook", "enable_webhook", "enable_webhook")
    ]
    office.settle()

    assert states == ["disabled", "disabled", "active", "active"]
    assert [one["because"] for one in office.said("webhook_disabled")] == ["by_hand"]


def test_a_test_is_marked_as_one_and_is_delivered(office, hook):
    made = office.hook(hook.url)

    asked_for = office.on(made["id"], "test_webhook", key="t")["ok"]
    office.settle()

    ((headers, body),) = hook.requests
    said = json.loads(body)
    assert (asked_for["status"], asked_for["body"]["event"]) == (202, headers["webhook-id"])
    assert (said["type"], said["drill"], said["data"]["test"]) == ("decalog.notifier.webhook_test.v1", True, True)
    assert office.deliveries(made["id"], state="delivered")[0]["event"] == headers["webhook-id"]
    assert office.deliveries(made["id"], state="given_up") == []


def disabled(office):
    made = office.hook(URL)
    office.on(made["id"], "disable_webhook")
    return made["id"]


def one(office):
    return office.hook(URL)["id"]


BACKWARDS = {"since": "2026-11-22T00:00:00Z", "until": "0001-01-01T00:00:00+14:00"}
REFUSED = [
    ("end_webhook_rotation", one, None, "notifier.no_rotation", None),
    ("test_webhook", disabled, None, "notifier.subscription_disabled", None),
    ("redeliver", disabled, {"since": "2026-11-22T00:00:00Z"}, "notifier.subscription_disabled", None),
    ("redeliver", one, {}, "notifier.range_unclear", "/body"),
    ("redeliver", one, {"event": "e", "since": "2026-11-22T00:00:00Z"}, "notifier.range_unclear", "/body"),
    ("redeliver", one, {"event": "e", "until": "2026-11-22T00:00:00Z"}, "notifier.range_unclear", "/body"),
    ("redeliver", one, {"since": "2026-11-23T01:00:00Z"}, "notifier.range_unclear", "/body"),
    ("redeliver", one, {"event": "emergency:I1:1:1"}, "notifier.event_unknown", "/body/event"),
    ("change_webhook", one, CHANGED | {"url": "ftp://x.invalid/"}, "notifier.webhook_malformed", "/body/url"),
    ("change_webhook", one, CHANGED | {"person": "P440100018"}, "notifier.person_unreached", "/body/person"),
    ("redeliver", one, {"since": "9999-12-31T23:59:59-14:00"}, "notifier.range_unclear", "/body"),
    (
        "redeliver",
        one,
        {"since": "2026-11-22T00:00:00Z", "until": "0001-01-01T00:00:00+14:00"},
        "notifier.range_unclear",
        "/body",
    ),
    ("redeliver", one, {"event": "a\ud800"}, "chassis.input_faulty", "/body/event"),
    ("change_webhook", one, CHANGED | {"levels": []}, "chassis.input_faulty", "/body/levels"),
    ("change_webhook", one, CHANGED | {"levels": ["V"]}, "chassis.input_faulty", "/body/levels/0"),
    ("change_webhook", one, CHANGED | {"name": "张三"}, "chassis.input_faulty", "/body/name"),
    ("change_webhook", one, CHANGED | {"person": "zhang.san"}, "chassis.input_faulty", "/body/person"),
]


@pytest.mark.parametrize(("operation", "made", "body", "code", "pointer"), REFUSED)
def test_what_is_refused_names_what_is_at_fault(office, operation, made, body, code, pointer):
    refusal = office.on(made(office), operation, body)["refusal"]

    assert (refusal["code"], [one["pointer"] for one in refusal["fields"]]) == (code, [pointer] if pointer else [])


def test_who_is_told_lies_within_the_callers_units(office):
    office.set_contact("P440100017", mail="p440100017@example.invalid", unit="35")

    refusal = office.subscribe(URL, unit="44", grants=PROVINCE, person="P440100017")["refusal"]

    assert refusal["code"] == "notifier.person_unreached"
    assert office.subscribe(URL, unit="35", grants=SIBLING, person="P440100017")["ok"]["status"] == 201


def test_a_range_from_the_beginning_of_time_to_its_end_is_what_is_kept(office, hook):
    made = office.hook(hook.url)
    office.escalation()
    office.settle()
    office.clock.step(NINE + timedelta(minutes=1))

    ever = {"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00"}
    assert office.on(made["id"], "redeliver", ever)["ok"]["status"] == 202
    office.settle()

    assert len(hook.requests) == 2


def test_an_event_of_another_province_cannot_be_asked_for(office):
    made = office.hook(URL, unit="35")
    office.escalation()
    office.settle()

    refusal = office.on(made["id"], "redeliver", {"event": "emergency:I20261123-0001:2:1"})["refusal"]

    assert refusal["code"] == "notifier.event_unknown"


def test_there_are_so_many_active_subscriptions_and_no_more(office, monkeypatch):
    monkeypatch.setattr(webhook_desk, "MOST", 2)
    first = office.hook(f"{URL}1")
    office.hook(f"{URL}2")

    assert office.subscribe(f"{URL}3")["refusal"]["code"] == "notifier.too_many_webhooks"
    office.on(first["id"], "disable_webhook")
    assert office.subscribe(f"{URL}3")["ok"]["status"] == 201


def test_of_two_who_rotate_at_once_one_begins_and_the_other_is_told_so(office):
    made, answers, together = office.hook(URL), [], Barrier(2)

    def rotate(key):
        together.wait()
        answers.append(office.on(made["id"], "rotate_webhook_secret", key=key))

    threads = [Thread(target=rotate, args=(key,)) for key in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted("ok" in answer for answer in answers) == [False, True]
    assert len(office.database.subscriptions.find_one()["state"]["secrets"]) == 2


def test_every_refusal_that_the_contract_declares_is_seen_here():
    declared = {refusal.code for operation in WEBHOOK_OPERATIONS for refusal in operation.refuses}

    seen = {code for _, _, _, code, _ in REFUSED} | {"notifier.too_many_webhooks", "notifier.rotation_under_way"}
    assert declared <= seen


def test_webhooks_have_two_grants():
    assert {grant.action for grant in WEBHOOKS} == {operation.needs for operation in WEBHOOK_OPERATIONS}
