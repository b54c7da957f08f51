"""How each operation of the notifier is made to succeed, and at which unit its thing stands."""

from collections.abc import Callable
from functools import partial
from typing import Any

from chassis.clock import SteppedClock
from chassis.fieldcrypt import FieldKeys, PersonKeys
from notifier.authority import Action
from notifier.contract import CONTRACT
from notifier.service import Notifier
from notifier.settings import MailRelay, Settings
from services.emergency.tests.component.office import NINE
from tests.house import Exchange, Ground, House, system
from tests.scope.rule import PARENTS, Request, chain

COUNTER, PROVINCE, ROOT, PERSON = "4401003", "44", "HQ", "P440100017"
ALL = system("scope-all", ROOT, *Action)
URL = "https://hooks.example.invalid/T01/secret-path"
MAIL = "p440100017@example.invalid"
SETTINGS = Settings(MailRelay("127.0.0.1", 9, "none", "decalog@example.invalid"), "https://decalog.example.invalid")
KEYS, PERSONS = FieldKeys("k1", {"k1": b"1" * 32}, b"L" * 32), PersonKeys("p1", {"p1": b"P" * 32})
TOLD = {
    "step": f"I20261123-0001:1:{PERSON}:1",
    "incident": "I20261123-0001",
    "person": PERSON,
    "channel": "mail",
    "level": "II",
    "kind": "gathering",
    "unit": COUNTER,
    "unit_name": "示例三柜面",
    "drill": False,
    "because": "opening",
    "attempt": 1,
    "due": NINE.isoformat(),
    "late_seconds": 0,
    "collapsed": 0,
}
"""What `emergency.notice_due` carries."""


def scene(ground: Ground, name: str) -> tuple[House, Request]:
    """The notifier with what the operation needs, and the request that then succeeds."""
    kind = partial(Notifier, settings=SETTINGS, keys=KEYS, persons=lambda: PERSONS)
    house = ground.cleared().house(kind, "notifier", clock=SteppedClock(NINE), exchange=Exchange())
    for unit in PARENTS:
        house.hear("security", "unit_stated", unit, {"id": unit, "units": chain(unit)[::-1]})
    post = {"person": PERSON, "post": "teller", "unit": COUNTER, "held_from": "2026-01-01", "held_to": None}
    house.hear("security", "assignment_stated", "scope:teller", {"id": "scope:teller", **post})
    return house, MADE[name](house, name) if name in MADE else on_webhook(house, name)


def reached(house: House) -> None:
    """A person of the counter has a contact point."""
    house.done("set_contact_point", ALL, path={"person": PERSON}, body={"unit": COUNTER, "mail": MAIL})


def on_contact(house: House, name: str) -> Request:
    """An operation on the person's contact point."""
    reached(house)
    operation = CONTRACT.operation(name)
    assert operation is not None
    body = {"unit": COUNTER, "mail": MAIL} if name == "set_contact_point" else operation.example
    return Request(ALL, (COUNTER,), {"person": PERSON}, None, body)


def exported(house: House, _: str) -> Request:
    """What is kept of the person is asked for: the answer names nobody outside the caller's reach."""
    reached(house)
    body = {"mail": MAIL, "reason": "请求编号 17"}
    return Request(ALL, (COUNTER,), None, None, body, let_in=lambda ok: ok["body"]["subjects"])


def disclosed(house: House, _: str) -> Request:
    """The list of disclosures, which stand at head office."""
    on_contact(house, "disclose_contact_point")
    house.done(
        "disclose_contact_point",
        ALL,
        path={"person": PERSON},
        body={"purpose": "delivery_fault", "reason": "退信核对"},
    )
    return Request(ALL)


def subscribed(house: House, body: Any = None) -> str:
    """A subscription of the province."""
    made = {"name": "duty screen", "unit": PROVINCE, "url": URL, **(body or {})}
    return str(house.done("create_webhook", ALL, body=made, key="subscribed")["body"]["id"])


def creating(house: House, _: str) -> Request:
    """A subscription is made."""
    return Request(ALL, (PROVINCE,), None, None, {"name": "duty screen", "unit": PROVINCE, "url": URL})


def listing(house: House, _: str) -> Request:
    """Subscriptions are listed."""
    subscribed(house)
    return Request(ALL)


def on_webhook(house: House, name: str) -> Request:
    """An operation on the province's subscription."""
    operation, path = CONTRACT.operation(name), {"webhook": subscribed(house)}
    assert operation is not None
    if name == "end_webhook_rotation":
        house.done("rotate_webhook_secret", ALL, path=path, body={})
    if name == "enable_webhook":
        house.done("disable_webhook", ALL, path=path, body={})
    bodies = {
        "change_webhook": {"name": "other name", "url": URL, "levels": ["I"]},
        "redeliver": {"since": "2026-11-22T00:00:00Z"},
    }
    body = None if operation.kind == "query" else bodies.get(name, {})
    return Request(ALL, (PROVINCE,), path, None, body)


def by_link(house: House, name: str) -> Request:
    """What a one-time link shows to whoever has it."""
    reached(house)
    house.hear("emergency", "notice_due", "I20261123-0001", TOLD)
    service: Any = house.service
    notice = service.notes.load(TOLD["step"]).state
    link = service.reactions.sender.link(notice).rpartition("/")[2]
    return Request(ALL, (), {"link": link})


MADE: dict[str, Callable[[House, str], Request]] = {
    **dict.fromkeys(("set_contact_point", "contact_point", "disclose_contact_point"), on_contact),
    "export_subject": exported,
    "disclosures": disclosed,
    "create_webhook": creating,
    "webhook_list": listing,
    "link": by_link,
    "acknowledge_link": by_link,
}
