"""One call's way through a service: decode, authorise, validate, run, encode, map refusals.

`Calls.answer` takes what came over RPC and gives what goes back (see the wire forms in docs/wire.md); it knows no
transport. A service is a table of contents: one method an operation, which loads, calls one domain function, saves,
and answers. Refusals are answers; anything else that is raised is a defect and is left to the transport to log.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import uuid_utils
from attrs import evolve, frozen

from chassis import telemetry, validation
from chassis.clock import Clock, machine_now
from chassis.contract import Contract, Operation
from chassis.cursor import page, row_cursor, row_place
from chassis.documents import AWAY
from chassis.dumps import dump
from chassis.entries import Origin
from chassis.errors import Refusal, Unready
from chassis.identity import ANYBODY, Assertions, Caller, CallerUnproven, Grant, NotAdmitted
from chassis.refused_calls import UNPROVEN
from chassis.ring import command_id, fingerprint
from chassis.rounds import Round
from chassis.rows import Rows
from chassis.store import Aggregates, Command, Loaded, Reach, Saved
from chassis.timers import Firing
from chassis.uploads import Upload

GATEWAY = "gateway"
"""The broker's user from whom alone calls are taken."""

Notes = Callable[[str | None, str, str], None]
"""Takes note of a refused call: who sent it, for which operation, why."""


class DatabaseAway(Unready):
    """The database is away or has no majority."""

    code = "chassis.database_away"
    zh = "数据库暂时不可用，请稍后用同一幂等键重试"
    en = "the database is away for the moment; try again with the same idempotency key"


class DeadlinePassed(Unready):
    """The call came after its deadline; nothing was done."""

    code = "chassis.deadline_passed"
    zh = "请求已超过时限，未作处理"
    en = "the call came after its deadline and was not begun"


@frozen
class Answer:
    """What a handler answers with: `body` is dumped by the operation's `gives` schema."""

    body: Any = None
    status: int = 200
    version: int | None = None
    location: str | None = None
    replayed: bool = False
    next: str | None = None


@frozen(kw_only=True)
class Call:
    """One call, authorised and validated."""

    operation: Operation
    service: str
    caller: Caller
    reach: Reach | None
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    key: str | None
    if_match: int | None
    now: datetime
    traceparent: str
    print: str
    address: str = ""
    """Where a public call came from, as the gateway saw it; never stored in clear. Empty for all other calls."""
    upload: Upload | None = None
    """What the caller uploaded, where the operation takes an upload."""

    @property
    def within(self) -> tuple[str, ...]:
        """The units over which the caller may do this."""
        return () if self.reach is None else self.reach.within

    @property
    def command_id(self) -> str | None:
        """The id under which rings know this command; None without an idempotency key."""
        return self.key and command_id(self.caller.subject, self.operation.name, self.key)

    def new_id(self) -> str:
        """The id for what this call creates: from its key, so that every retry means the same; else a new UUIDv7."""
        if self.command_id is None:
            return str(uuid_utils.uuid7())
        return _uuid8(bytes.fromhex(self.command_id)[:16])

    def command(self) -> Command:
        """This call as the store wants it."""
        correlation = self.traceparent[3:35]
        return Command(
            id=self.command_id,
            principal=self.caller.subject,
            operation=self.operation.name,
            fingerprint=self.print,
            now=self.now,
            origin=Origin(
                self.service, self.caller.subject, correlation, self.command_id or correlation, self.traceparent
            ),
            if_match=self.if_match,
            status=self.operation.status,
        )

    def step(self, part: str) -> Command:
        """This call as one of several writes, each with an id of its own, so that a retry repeats none of them."""
        command = self.command()
        return evolve(command, id=command.id and f"{command.id}:{part}")

    def answer(self, saved: Saved | Loaded, body: Any = None, *, location: str | None = None) -> Answer:
        """The answer that shows what was saved or loaded (its state, where no other body is given)."""
        return Answer(
            body=saved.state if body is None else body,
            status=saved.status if isinstance(saved, Saved) else self.operation.status,
            version=saved.version,
            location=location,
            replayed=isinstance(saved, Saved) and saved.replayed,
        )

    def page(self, aggregates: Aggregates[Any], wanted: Mapping[str, Any]) -> Answer:
        """The answer to a paged query: the matching aggregates' states under `items`, newest first."""
        limit, cursor = self.query["limit"], self.query["cursor"]
        shown, further = page(aggregates, self.reach, wanted, limit=limit, cursor=cursor)
        return Answer({"items": [loaded.state for loaded in shown]}, next=further)

    def rows(self, rows: Rows, aggregate: str) -> Answer:
        """The answer to a paged query for the rows of one aggregate, in order."""
        limit = self.query["limit"]
        found = rows.page(aggregate, after=row_place(self.query["cursor"]), limit=limit)
        return Answer({"items": found}, next=row_cursor(found[-1]["seq"]) if len(found) == limit else None)


class Service:
    """A service: `contract`, and one method named like each operation and each hearing's handler."""

    contract: Contract

    def fire(self, firing: Firing) -> None:
        """A timer of this service is due. Services that set timers override this."""
        raise NotImplementedError(f"{self.contract.service} sets no timers, and {firing.id} fired")

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:  # noqa: ARG002 the base knows no directory
        """A person's grants at this moment. Services that keep a copy of the directory override this."""
        return ()

    def admits(self, person: str) -> bool:  # noqa: ARG002 the base knows no directory
        """Whether this person may do anything at all. Services that know of people who may not override this."""
        return True

    def rounds(self) -> Sequence[Round]:
        """What this service does every so often, by one replica."""
        return ()

    def check(self) -> None:
        """Refuse to start (TypeError) where methods and contract differ."""
        wanted = {operation.name for operation in self.contract.operations}
        wanted |= {hearing.handler for hearing in self.contract.hears}
        missing = sorted(name for name in wanted if not inspect.ismethod(getattr(self, name, None)))
        if missing:
            raise TypeError(f"{self.contract.service} has no method for: {', '.join(missing)}")


class Calls:
    """Answers the calls that arrive for one service."""

    def __init__(
        self, service: Service, assertions: Assertions, clock: Clock, *, refused: Notes = lambda *_: None
    ) -> None:
        self._service = service
        self._assertions = assertions
        self._clock = clock
        self._refused = refused

    def answer(self, name: str, headers: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        """The wire answer to one call. Raises only for defects."""
        operation = self._service.contract.operation(name)
        if operation is None:
            return {"absent": name}
        with telemetry.tracing(headers.get("traceparent")) as traceparent:
            try:
                call = self._call(operation, headers, request, traceparent)
                handler: Callable[[Call], Answer] = getattr(self._service, name)
                return {"ok": _encoded(operation, handler(call))}
            except CallerUnproven as refusal:
                self._refused(GATEWAY, name, UNPROVEN)
                return {"refusal": refusal.wire()}
            except Refusal as refusal:
                return {"refusal": refusal.wire()}
            except AWAY as error:
                telemetry.logger().warning("call.database_away", operation=name, error=type(error).__name__)
                return {"refusal": DatabaseAway().wire()}

    def _call(
        self, operation: Operation, headers: Mapping[str, Any], request: Mapping[str, Any], traceparent: str
    ) -> Call:
        if headers.get("decalog.deadline", 2**53) < machine_now().timestamp() * 1000:
            raise DeadlinePassed
        now = self._clock.now()
        caller = ANYBODY if operation.public else self._assertions.caller(headers.get("nameko.auth_token"), now)
        if caller.kind == "person" and not self._service.admits(caller.subject):
            raise NotAdmitted
        reach = None if operation.needs is None else caller.reach(operation.needs, operation.relations)
        path, body = request.get("path") or {}, request.get("body")
        validation.check_path(path)
        loaded: Any = validation.load(operation.takes, body, root="/body") if operation.takes else None
        return Call(
            operation=operation,
            service=self._service.contract.service,
            caller=caller,
            reach=reach,
            path=path,
            query=validation.load(operation.asks, request.get("query") or {}, root="/query") if operation.asks else {},
            body=loaded,
            key=request.get("key"),
            if_match=request.get("if_match"),
            now=now,
            traceparent=traceparent,
            print=fingerprint(path, body),
            address=str(headers.get("decalog.address", "")) if operation.public else "",
            upload=self._assertions.upload(loaded["receipt"], caller) if operation.takes_upload else None,
        )


def _encoded(operation: Operation, answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "body": None if operation.gives is None else dump(operation.gives, answer.body),
        "version": answer.version,
        "location": answer.location,
        "replayed": answer.replayed,
        "next": answer.next,
    }


def _uuid8(value: bytes) -> str:
    """A UUID of version 8 (RFC 9562: contents of our own) from 16 bytes."""
    number = int.from_bytes(value) & ~(0xF000 << 64) & ~(0xC000 << 48) | (0x8000 << 64) | (0x8000 << 48)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
