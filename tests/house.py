"""One service in this process, on a real database: nothing moves but when a test says so.

Calls come in as the gateway's do, signed with its key; what a write announces is moved by the service's own relay to an
exchange that remembers; what the service itself hears of that is handed to its inbox; timers fire when the clock is
stepped. So reactions are really wired, and every step can be held, repeated and put into another order.
"""

import atexit
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, frozen
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from chassis import documents
from chassis.bus import ATTEMPT, Inbox, Received
from chassis.clock import SteppedClock, machine_now
from chassis.frame import Frame
from chassis.identity import ASSERTION_AUDIENCE, ASSERTION_ISSUER, Assertions
from chassis.relay import Outgoing, Relay
from chassis.service import Calls, Service
from chassis.timers import Timers
from chassis.uploads import Upload, receipt_for

TRIES = 12
"""How often a message is tried before the test is told that it never succeeds."""


@frozen
class Badge:
    """Who calls: a person, or a system with (action, unit) grants."""

    subject: str
    kind: str = "person"
    grants: tuple[tuple[str, str], ...] = ()


def system(name: str, unit: str, *actions: str) -> Badge:
    """A system with these grants over a unit."""
    return Badge(name, "system", tuple((action, unit) for action in actions))


@define
class Exchange:
    """A broker that remembers."""

    arrived: list[Outgoing] = field(factory=list)

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Confirm everything, in order."""
        self.arrived += messages
        return [True] * len(messages)


@define(eq=False)
class House:
    """One replica of a service, with its clock and exchange."""

    service: Service
    database: Any
    clock: SteppedClock
    exchange: Exchange
    relay: Relay
    timers: Timers
    inbox: Inbox
    calls: Calls
    keys: Path
    frame: Frame
    dead: list[str] = field(factory=list)
    heard: int = 0

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.contract.service

    def answer(
        self,
        operation: str,
        by: Badge,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
        if_match: int | None = None,
        address: str = "192.0.2.1",
    ) -> dict[str, Any]:
        """The wire's answer to one call: it must be plain JSON. `address` is where the gateway saw it come from."""
        request = {"path": path, "query": query, "body": body, "key": key, "if_match": if_match}
        headers = {"nameko.auth_token": signed(self.keys, by), "decalog.address": address}
        given = self.calls.answer(operation, headers, request)
        answer: dict[str, Any] = json.loads(json.dumps(given))
        return answer

    def done(self, operation: str, by: Badge, **request: Any) -> dict[str, Any]:
        """The `ok` of a call that must succeed."""
        answer = self.answer(operation, by, **request)
        assert "ok" in answer, answer
        return dict(answer["ok"])

    def refused(self, operation: str, by: Badge, **request: Any) -> dict[str, Any]:
        """The refusal of a call that must be refused, in both languages."""
        answer = self.answer(operation, by, **request)
        assert "refusal" in answer, answer
        refusal = dict(answer["refusal"])
        assert refusal["zh"], refusal
        assert refusal["en"], refusal
        return refusal

    def receipt(self, by: Badge, content: bytes = b"example", type: str = "image/png") -> str:
        """The receipt that the gateway would give for an upload of these bytes."""
        upload = Upload(hashlib.sha256(content).hexdigest(), len(content), type)
        now = machine_now().timestamp()
        return receipt_for(upload, f"{by.kind}:{by.subject}", signing_key(self.keys), now=now)

    def relayed(self) -> None:
        """Move and mark what was announced."""
        self.relay.stop()
        self.relay.run_moves()
        self.relay.run_marks()

    def settle(self) -> None:
        """Relay, hear, and so on until nothing is left."""
        self.relayed()
        while self.heard < len(self.exchange.arrived):
            fresh, self.heard = self.exchange.arrived[self.heard :], len(self.exchange.arrived)
            for message in fresh:
                self.deliver(message)
            self.relayed()

    def unheard(self) -> list[Outgoing]:
        """What was announced and not heard yet; it is the caller's to deliver."""
        self.relayed()
        fresh, self.heard = self.exchange.arrived[self.heard :], len(self.exchange.arrived)
        return fresh

    def deliver(self, message: Outgoing) -> None:
        """Hand one event to each handler of this service that hears it, again where it asks for that."""
        headers = {f"cloudEvents:{name}": value for name, value in message.attributes.items()}
        source = message.attributes["source"].removeprefix("/decalog/")
        for hearing in self.service.contract.hears:
            if message.attributes["type"] == f"decalog.{hearing.source}.{hearing.event}.v1":
                body = message.body.encode() if isinstance(message.body, str) else message.body
                self._received(Received(f"{self.name}.{hearing.handler}", source, message.key, headers, body))

    def hear(self, source: str, event: str, subject: str, data: Mapping[str, Any], *, sequence: int = 1) -> Outgoing:
        """An event of another service arrives."""
        message = told(source, event, subject, data, sequence=sequence, at=self.clock.now())
        self.deliver(message)
        return message

    def step(self, to: datetime) -> None:
        """Step the clock to each due timer in turn, fire it, settle; at last to `to`."""
        self.settle()
        while (due := self.timers.next_due()) and due <= to:
            self.clock.step(max(due, self.clock.now()))
            self.timers.fire_due()
            self.settle()
            assert self.timers.next_due() != due, f"a timer that was due at {due} has failed"
        self.clock.step(max(to, self.clock.now()))

    def wait(self, **span: float) -> None:
        """Let so much time pass, as `step` does."""
        self.step(self.clock.now() + timedelta(**span))

    def silence(self, **span: float) -> None:
        """Let time pass while nothing fires: an outage."""
        self.settle()
        self.clock.step(self.clock.now() + timedelta(**span))

    def work_off(self, after: timedelta = timedelta(0)) -> None:
        """Let so much time pass, and do the jobs that are due, here and one after the other."""
        self.step(self.clock.now() + after)
        for jobs in self.frame.jobs:
            jobs.start = lambda work: work()
            while jobs.work_off():
                self.settle()
        self.settle()

    def events(self, name: str, *, since: int = 0) -> list[dict[str, Any]]:
        """The bodies of the events of this name, in order, first arrivals only."""
        return [json.loads(message.body) for message in self.messages(name, since=since)]

    def messages(self, name: str, *, since: int = 0) -> list[Outgoing]:
        """The messages of the events of this name, in order, first arrivals only."""
        wanted = f"decalog.{self.name}.{name}.v1"
        found = [one for one in self.exchange.arrived[since:] if one.attributes["type"] == wanted]
        return list({one.attributes["id"]: one for one in found}.values())

    def round(self, name: str) -> None:
        """Do one of the service's rounds now."""
        (wanted,) = (one for one in self.service.rounds() if one.name == name)
        wanted.run()
        self.settle()

    def check(self) -> None:
        """What holds after every test: nothing dead, and each event of ours as the contract says."""
        self.relayed()
        assert self.dead == []
        for message in self.exchange.arrived:
            check_event(self.service, message)
        self.check_ids()

    def check_ids(self) -> None:
        """Ids of events and timers are made from those of aggregates: no two kinds have one in common."""
        seen: dict[str, str] = {}
        for kind in self.frame.kinds:
            for found in self.database[kind.name].find({}, {"_id": 1}):
                marked = f"{kind.mark}{found['_id']}"
                assert seen.setdefault(marked, kind.name) == kind.name, (marked, seen[marked], kind.name)

    def _received(self, message: Received, attempt: int = 0) -> None:
        headers = {**message.headers, ATTEMPT: min(attempt, 3)}
        verdict = self.inbox.receive(Received(message.queue, message.sender, message.key, headers, message.body))
        assert verdict is not None
        if verdict.does == "retry" and attempt < TRIES:
            self._received(message, attempt + 1)
        elif verdict.does != "done":
            self.dead.append(f"{message.queue}: {verdict.reason}")


def check_event(service: Service, message: Outgoing) -> None:
    """An event of this service's has the form that its contract declares, and no more than that."""
    attributes, contract = message.attributes, service.contract
    if attributes["source"] != f"/decalog/{contract.service}":
        return
    name = attributes["type"].removeprefix(f"decalog.{contract.service}.").removesuffix(".v1")
    event, body = contract.event(name), json.loads(message.body)
    assert event.carries.validate(body) == {}, (name, body)
    assert set(body) == {one.data_key or wire for wire, one in event.carries.fields.items()}
    assert message.exchange == ("escalations" if event.escalation else f"{contract.service}.events")
    assert message.key.split(".")[0] == (body["level"] if event.escalation else name)
    assert len(message.key.split(".")) == 4
    if "drill" in body:
        assert attributes["drill"] is body["drill"]


def told(
    source: str, event: str, subject: str, data: Mapping[str, Any], *, sequence: int = 1, at: datetime
) -> Outgoing:
    """An event as another service sends it."""
    attributes = {
        "specversion": "1.0",
        "id": f"{subject}:{sequence}:1",
        "source": f"/decalog/{source}",
        "type": f"decalog.{source}.{event}.v1",
        "subject": subject,
        "time": at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "sequence": sequence,
        "units": "HQ",
        "actor": source,
        "correlationid": "c",
        "causationid": "c",
        "traceparent": "",
        "drill": False,
    }
    return Outgoing(f"{source}.events", event, json.dumps(data, ensure_ascii=False), attributes)


@cache
def signing_key(keys: Path) -> OKPKey:
    """The key by which the gateway vouches for callers and uploads."""
    (key,) = KeySet.import_key_set(json.loads((keys / "assertion.private.json").read_text())).keys
    assert isinstance(key, OKPKey)
    return key


@cache
def signed(keys: Path, badge: Badge) -> str:
    """The caller assertion that the gateway would sign."""
    key = signing_key(keys)
    now = int(machine_now().timestamp())
    claims = {
        "iss": ASSERTION_ISSUER,
        "aud": ASSERTION_AUDIENCE,
        "sub": badge.subject,
        "kind": badge.kind,
        "grants": [{"action": action, "unit": unit} for action, unit in badge.grants],
        "epoch": 0,
        "iat": now,
        "exp": now + 3_600,
    }
    return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])


@frozen
class Ground:
    """A database for the tests of one process, and the keys of the instance that it belongs to."""

    database: Any
    keys: Path

    def house(
        self,
        kind: Callable[[Frame], Any],
        name: str,
        *,
        clock: SteppedClock,
        exchange: Exchange | None = None,
    ) -> House:
        """A replica of a service; on the same clock and exchange where they are another's."""
        exchange = exchange or Exchange()
        relay = Relay(self.database, exchange, service=name, owner=secrets.token_hex(4))
        frame = Frame(name, self.database, clock, relay)
        service = kind(frame)
        service.check()
        timers = Timers(self.database, clock, service.fire, service=name)
        frame.declare_indexes(timers)
        calls = Calls(service, Assertions(self.keys, service.grants_of), clock)
        return House(service, self.database, clock, exchange, relay, timers, Inbox(service), calls, self.keys, frame)

    def cleared(self) -> "Ground":
        """The same, with nothing stored; indexes stay. What is empty is not written to: that would cost most of it."""
        for name in self.database.list_collection_names():
            if self.database[name].estimated_document_count():
                self.database[name].delete_many({})
        return self


@cache
def ground(name: str) -> Ground:
    """A fresh database, of this name's own, of the instance that `make test` starts; dropped when the process ends.

    Without an instance the test is skipped, or fails where CI says that it runs.
    """
    path = os.environ.get("DECALOG_TEST_INSTANCE")
    if path is None:
        missing = "no database for tests: run it by `make test`"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    state = json.loads(Path(path).read_text())
    given = documents.connect(state["mongo"]["deploy"], name="tests")
    database = given.client.get_database(
        f"test_{name}_{secrets.token_hex(6)}",
        codec_options=given.codec_options,
        write_concern=given.write_concern,
        read_concern=given.read_concern,
    )
    atexit.register(_drop, database)
    return Ground(database, Path(state["keys"]))


def _drop(database: Any) -> None:
    database.client.drop_database(database.name)
    database.client.close()
