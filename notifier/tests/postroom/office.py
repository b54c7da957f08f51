"""The notifier in this process: its queues are worked off when a test says so, its clock is stepped."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from chassis import names
from chassis.bus import Inbox, Received, Verdict
from chassis.clock import SteppedClock
from chassis.contract import ESCALATIONS
from chassis.entries import Announce, Announcement, Escalate, Origin, Subject, filed_under, outbox_entries
from chassis.fieldcrypt import FieldKeys, PersonKeys
from chassis.frame import Frame
from chassis.identity import Caller, Grant, system_caller
from chassis.names import Resolve
from chassis.relay import Outgoing, Relay
from chassis.resealing import Resealing
from chassis.service import Calls
from chassis.timers import Timers
from notifier.service import Notifier
from notifier.settings import Settings

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""

KEYS = FieldKeys("k1", {"k1": b"1" * 32}, b"L" * 32)
PERSONS = PersonKeys("p1", {"p1": b"P" * 32})
UNITS = ("HQ", "44", "4401", "4401003")
PERSON = "P440100017"
STEP = f"I20261123-0001:1:{PERSON}:1"
EVERYTHING = (Grant("contact.write", "HQ"), Grant("contact.read", "HQ"))

NOTICE = {
    "step": STEP,
    "incident": "I20261123-0001",
    "person": PERSON,
    "channel": "mail",
    "level": "II",
    "kind": "gathering",
    "unit": "4401003",
    "unit_name": "示例三柜面",
    "drill": False,
    "because": "opening",
    "attempt": 1,
    "due": "2026-11-23T01:00:00+00:00",
    "late_seconds": 0,
    "collapsed": 0,
}
"""What `emergency.notice_due` carries."""

ESCALATED = {"kind": "gathering", "unit": "4401003", "because": "opening", "drill": False}
"""What an escalation carries, as far as anybody here looks."""

WEBHOOKS = (Grant("webhook.manage", "HQ"), Grant("webhook.read", "HQ"))


READING = ("webhook", "webhook_deliveries")


@define
class Exchange:
    """A broker that remembers all it took, and keeps for the notifier what it has not handled."""

    taken: list[Outgoing] = field(factory=list)
    queue: deque[Outgoing] = field(factory=deque)

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Confirm everything."""
        self.taken += messages
        self.queue += messages
        return [True] * len(messages)


@frozen
class Callers:
    """Everybody is this caller."""

    caller_of_all: Caller

    def caller(self, assertion: str | None, at: datetime) -> Caller:
        """The caller."""
        return self.caller_of_all


@frozen
class Office:
    """One replica of the notifier."""

    database: Any
    clock: SteppedClock
    exchange: Exchange
    relay: Relay
    service: Notifier
    timers: Timers
    inbox: Inbox
    resealed: Sequence[Resealing[Any]] = ()

    def ask(self, operation: str, grants: tuple[Grant, ...] = EVERYTHING, **request: Any) -> dict[str, Any]:
        """The wire answer to a call of a system with these grants."""
        return self.as_caller(system_caller("directory-loader", grants), operation, **request)

    def as_caller(self, caller: Caller, operation: str, **request: Any) -> dict[str, Any]:
        """The wire answer to a call."""
        return Calls(self.service, Callers(caller), self.clock).answer(operation, {}, request)  # type: ignore[arg-type]

    def set_contact(self, person: str = PERSON, **given: Any) -> dict[str, Any]:
        """Set a contact point, filed under the counter unless said otherwise."""
        key = given.pop("key", None)
        grants = given.pop("grants", EVERYTHING)
        body = {"unit": "4401003", **given}
        return self.ask("set_contact_point", grants, path={"person": person}, body=body, key=key)

    def subscribe(self, url: str, *, grants: tuple[Grant, ...] = WEBHOOKS, **given: Any) -> dict[str, Any]:
        """Subscribe to escalations of head office and below; the wire answer."""
        key = given.pop("key", f"subscribe {url} {given}")
        body = {"name": "duty screen", "unit": "HQ", "url": url, **given}
        return self.ask("create_webhook", grants, body=body, key=key)

    def hook(self, url: str, **given: Any) -> dict[str, Any]:
        """A new subscription, with its secret."""
        shown: dict[str, Any] = self.subscribe(url, **given)["ok"]["body"]
        return shown

    def on(self, webhook: str, operation: str, body: Any = None, **rest: Any) -> dict[str, Any]:
        """The wire answer to an operation on a subscription."""
        body = {} if body is None and operation not in READING else body
        return self.ask(operation, rest.pop("grants", WEBHOOKS), path={"webhook": webhook}, body=body, **rest)

    def deliveries(self, webhook: str, **query: Any) -> list[dict[str, Any]]:
        """What a subscription's deliveries are, newest first."""
        items: list[dict[str, Any]] = self.on(webhook, "webhook_deliveries", query=query)["ok"]["body"]["items"]
        return items

    def hear(self, source: str, event: str, subject: str, data: Any, **how: Any) -> Verdict | None:
        """Let the notifier hear an event of another service."""
        said = Announce(event, data, filed_under(how.pop("units", UNITS), drill=bool(data.get("drill"))))
        return self._deliver(outgoing(said, source, subject, how.pop("version", 1), self.clock.now()), source)

    def notice(self, **changed: Any) -> Verdict | None:
        """Somebody is to be told."""
        data = NOTICE | changed
        return self.hear("emergency", "notice_due", data["incident"], data)

    def escalation(
        self, level: str = "I", *, number: int = 1, units: tuple[str, ...] = UNITS, source: str = "emergency"
    ) -> Verdict | None:
        """An incident is escalated."""
        incident = f"I20261123-{number:04}"
        subject = filed_under(units)
        said = Escalate(
            "incident_escalated",
            ESCALATED | {"incident": incident, "level": level},
            Subject(units, (level, *subject.words)),
        )
        return self._deliver(outgoing(said, source, incident, 2, self.clock.now()), source)

    def settle(self) -> None:
        """Relay what was written, handle what arrives and do what is due, until nothing is left."""
        self.relay.stop()
        while True:
            self.relay.run_moves()
            self.relay.settle()
            if self.exchange.queue:
                self._deliver(self.exchange.queue.popleft(), "notifier")
            elif not self.service.jobs.work_off():
                return

    def passes(self, span: timedelta) -> None:
        """Business time passes; what falls due is done."""
        self.clock.step(self.clock.now() + span)
        self.timers.fire_due()
        self.settle()

    def said(self, event: str) -> list[dict[str, Any]]:
        """What the notifier has announced under this name, each once."""
        known = {message.attributes["id"]: message for message in self.exchange.taken}
        return [
            json.loads(one.body) for one in known.values() if one.attributes["type"] == f"decalog.notifier.{event}.v1"
        ]

    def token(self, step: str = STEP) -> str:
        """The token of a notice's link, as its mail carries it."""
        notice = self.service.notes.load(step).state
        return self.service.reactions.sender.link(notice).rpartition("/")[2]

    def _deliver(self, message: Outgoing, sender: str) -> Verdict | None:
        headers = {f"cloudEvents:{name}": value for name, value in message.attributes.items()}
        verdict = None
        for hearing in self.service.contract.hears:
            if message.attributes["type"] == f"decalog.{hearing.source}.{hearing.event}.v1" or (
                message.exchange == hearing.exchange == ESCALATIONS and message.key.startswith(f"{hearing.event}.")
            ):
                body = message.body.encode() if isinstance(message.body, str) else message.body
                received = Received(f"notifier.{hearing.handler}", sender, message.key, headers, body)
                verdict = self.inbox.receive(received)
        return verdict


def outgoing(said: Announcement, source: str, subject: str, version: int, at: datetime) -> Outgoing:
    """What is said as its service's relay sends it."""
    origin = Origin(source, "tests", "c", "c", "")
    (entry,) = outbox_entries([said], aggregate=subject, version=version, origin=origin, at=at, noted=NINE)
    return Outgoing(entry["exchange"], entry["key"], entry["body"], entry["attributes"])


def office_on(
    database: Any,
    settings: Settings,
    *,
    keys: FieldKeys = KEYS,
    persons: Callable[[], PersonKeys] | None = None,
    clock: SteppedClock | None = None,
    resolve: Resolve = names.addresses,
) -> Office:
    """The notifier on this database."""
    clock, exchange = clock or SteppedClock(NINE), Exchange()
    relay = Relay(database, exchange, service="notifier", owner="notifier-1")
    frame = Frame("notifier", database, clock, relay, resolve=resolve)
    service = Notifier(frame, settings, keys, persons or (lambda: PERSONS))
    service.jobs.start = lambda work: work()
    timers = Timers(database, clock, service.fire, service="notifier")
    frame.declare_indexes(timers)
    return Office(database, clock, exchange, relay, service, timers, Inbox(service), frame.resealed)
