"""The notifier in this process: its queues are worked off when a test says so, its clock is stepped."""

import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from chassis.bus import Inbox, Received, Verdict
from chassis.clock import SteppedClock
from chassis.entries import Announce, Origin, filed_under, outbox_entries
from chassis.fieldcrypt import FieldKeys
from chassis.frame import Frame
from chassis.identity import Caller, Grant, system_caller
from chassis.relay import Outgoing, Relay
from chassis.service import Calls
from chassis.timers import Timers
from notifier.service import Notifier
from notifier.settings import Settings

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""

KEYS = FieldKeys("k1", {"k1": b"1" * 32}, b"L" * 32)
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
    """Everybody is a system with these grants."""

    grants: tuple[Grant, ...] = EVERYTHING

    def caller(self, assertion: str | None, at: datetime) -> Caller:
        """The caller."""
        return system_caller("directory-loader", self.grants)


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

    def ask(self, operation: str, grants: tuple[Grant, ...] = EVERYTHING, **request: Any) -> dict[str, Any]:
        """The wire answer to a call."""
        return Calls(self.service, Callers(grants), self.clock).answer(operation, {}, request)  # type: ignore[arg-type]

    def set_contact(self, person: str = PERSON, **given: Any) -> dict[str, Any]:
        """Set a contact point, filed under the counter unless said otherwise."""
        key = given.pop("key", None)
        grants = given.pop("grants", EVERYTHING)
        body = {"unit": "4401003", **given}
        return self.ask("set_contact_point", grants, path={"person": person}, body=body, key=key)

    def hear(self, source: str, event: str, subject: str, data: Any, **how: Any) -> Verdict | None:
        """Let the notifier hear an event of another service."""
        origin = Origin(source, "tests", "c", "c", "")
        said = Announce(event, data, filed_under(how.pop("units", UNITS), drill=bool(data.get("drill"))))
        version = how.pop("version", 1)
        (entry,) = outbox_entries([said], aggregate=subject, version=version, origin=origin, at=NINE, noted=NINE)
        return self._deliver(Outgoing(entry["exchange"], entry["key"], entry["body"], entry["attributes"]), source)

    def notice(self, **changed: Any) -> Verdict | None:
        """Somebody is to be told."""
        data = NOTICE | changed
        return self.hear("emergency", "notice_due", data["incident"], data)

    def settle(self) -> None:
        """Relay what was written and handle what arrives, until nothing is left."""
        self.relay.stop()
        while True:
            self.relay.run_moves()
            self.relay.settle()
            if not self.exchange.queue:
                return
            self._deliver(self.exchange.queue.popleft(), "notifier")

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
            if message.attributes["type"] == f"decalog.{hearing.source}.{hearing.event}.v1":
                body = message.body.encode() if isinstance(message.body, str) else message.body
                received = Received(f"notifier.{hearing.handler}", sender, message.key, headers, body)
                verdict = self.inbox.receive(received)
        return verdict


def office_on(
    database: Any,
    settings: Settings,
    *,
    keys: FieldKeys = KEYS,
    clock: SteppedClock | None = None,
) -> Office:
    """The notifier on this database."""
    clock, exchange = clock or SteppedClock(NINE), Exchange()
    relay = Relay(database, exchange, service="notifier", owner="notifier-1")
    frame = Frame("notifier", database, clock, relay)
    service = Notifier(frame, settings, keys)
    timers = Timers(database, clock, service.fire, service="notifier")
    frame.declare_indexes(timers)
    return Office(database, clock, exchange, relay, service, timers, Inbox(service))
