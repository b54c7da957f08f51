"""What a service offers, said once: operations, events, and what it hears from others.

From a contract come validation, the manifest that gives the gateway its routes, OpenAPI, AsyncAPI, and the broker's
topology. A service whose methods and contract differ refuses to start. So does one of whose operations one names no
grant and is not public, or names a grant that the service does not have: what nobody allowed is denied.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from attrs import field, frozen
from marshmallow import Schema

from chassis.dumps import dump
from chassis.entries import FACT, STATE
from chassis.errors import Refusal
from chassis.uploads import ObjectOut

Need = Literal["none", "optional", "required"]
ESCALATIONS = "escalations"
"""The exchange of escalations, and the source of a hearing of them."""
WITHIN = "within"
"""The relation that a grant over a unit gives to the things of that unit and below."""

KEEPING = "objects_kept"
"""The query that a service offers which takes uploads: see `chassis.objects_kept`."""

_PATH = re.compile(r"/v1(/([a-z][a-z0-9-]*|\{[a-z_]+\}))+")


@frozen
class Words:
    """One thing said in both languages."""

    zh: str
    en: str


@frozen(kw_only=True)
class Operation:
    """One command or query. Deadline 1 to 30 s; `needs` is the grant; `public` operations need none and say so."""

    name: str
    kind: Literal["command", "query"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    says: Words
    needs: str | None
    takes: Schema | None = None
    asks: Schema | None = None
    gives: Schema | None = None
    key: Need = "none"
    if_match: Need = "none"
    quota: str = "default"
    deadline_seconds: int = 10
    status: int = 200
    also: tuple[int, ...] = ()
    """Further statuses of success: 201 where a PUT may make what it sets."""
    paged: bool = False
    public: bool = False
    relations: tuple[str, ...] = (WITHIN,)
    """How the caller may stand to the thing: within a unit of a grant, or `own`, `told` and the like, which a record
    carries among its units as `<relation>:<caller>`."""
    refuses: tuple[type[Refusal], ...] = ()
    announces: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None
    takes_upload: bool = False
    """Whether the body's `receipt` proves an upload of the caller, which the handler finds in `call.upload`."""
    answers_with_object: bool = False
    """Whether the answer names an object (`chassis.uploads.ObjectOut`), which the gateway streams instead."""

    def __attrs_post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"{self.name}: the path {self.path} is not of the form /v1/things/{{thing}}")
        if self.needs is None and not self.public:
            raise ValueError(f"{self.name} names no grant")
        if self.needs is not None and self.public:
            raise ValueError(f"{self.name} is public and names a grant")
        if not self.relations:
            raise ValueError(f"{self.name} names no relation to the thing")
        if not 1 <= self.deadline_seconds <= 30:
            raise ValueError(f"{self.name}: the deadline must lie between 1 and 30 s")
        if self.takes_upload and (self.takes is None or "receipt" not in self.takes.fields):
            raise ValueError(f"{self.name} takes an upload, and no receipt of it")
        if self.answers_with_object and (self.kind != "query" or not isinstance(self.gives, ObjectOut)):
            raise ValueError(f"{self.name} answers with an object, so it is a query that gives ObjectOut")

    @property
    def granted(self) -> bool:
        """Whether a grant over a unit opens it; else it is public, or only for who stands otherwise to the thing."""
        return not self.public and WITHIN in self.relations

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path's braces, in order."""
        return tuple(re.findall(r"\{([a-z_]+)\}", self.path))

    def routing(self) -> dict[str, Any]:
        """What the gateway needs to know of the operation."""
        return {
            "name": self.name,
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "needs": self.needs,
            "key": self.key,
            "if_match": self.if_match,
            "quota": self.quota,
            "deadline_seconds": self.deadline_seconds,
            "status": self.status,
            "public": self.public,
            "object": self.answers_with_object,
        }


def command(name: str, method: Literal["POST", "PUT", "PATCH", "DELETE"], path: str, **rest: Any) -> Operation:
    """Declare an operation that changes something. Its key is optional unless said otherwise."""
    return Operation(name=name, kind="command", method=method, path=path, **{"key": "optional", **rest})


def query(name: str, path: str, **rest: Any) -> Operation:
    """Declare an operation that only reads."""
    return Operation(name=name, kind="query", method="GET", path=path, **rest)


@frozen(kw_only=True)
class Event:
    """An event on `<service>.events`, or on `escalations` where `escalation`.

    `kind` is `state` (the whole public state and its sequence: a consumer keeps the highest) or `fact` (kept once by
    event id). Nobody may depend on the order of delivery.
    """

    name: str
    kind: Literal["state", "fact"]
    carries: Schema
    says: Words
    escalation: bool = False

    def data(self, value: Any) -> Any:
        """What the event carries of this value, as JSON values."""
        return dump(self.carries, value)


@frozen(kw_only=True)
class Hearing:
    """An event of another service (or of this one) that a handler of this service consumes from its own queue.

    Where `source` is `ESCALATIONS`, it is every escalation, of any service and type, whose routing key begins with
    `event`.
    """

    source: str
    event: str
    handler: str
    reads: Schema
    """A tolerant schema of what this consumer needs; unknown fields are ignored."""

    acts: bool = True
    """Whether it acts, or only copies: an acting handler ignores replayed events."""

    @property
    def exchange(self) -> str:
        """Where it is published."""
        return ESCALATIONS if self.source == ESCALATIONS else f"{self.source}.events"


def _names(grants: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str, grants))


@frozen(kw_only=True)
class Contract:
    """Everything one service offers and hears."""

    service: str
    version: str
    says: Words
    operations: tuple[Operation, ...]
    grants: frozenset[str] = field(converter=_names)
    """The names of the grants that this service gives a meaning; all that an operation may need within a unit."""

    events: tuple[Event, ...] = ()
    hears: tuple[Hearing, ...] = ()
    _by_name: dict[str, Operation] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {operation.name: operation for operation in self.operations})
        if len(self._by_name) != len(self.operations):
            raise ValueError(f"{self.service}: two operations have one name")
        for operation in self.operations:
            if operation.granted and operation.needs not in self.grants:
                raise ValueError(f"{self.service}: {operation.name} needs {operation.needs}, which is no grant of it")
        if KEEPING not in self._by_name and any(operation.takes_upload for operation in self.operations):
            raise ValueError(f"{self.service} takes uploads and does not say which it keeps: {KEEPING} is missing")

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, if it exists."""
        return self._by_name.get(name)

    def event(self, name: str) -> Event:
        """The event of that name (KeyError)."""
        return {event.name: event for event in self.events}[name]

    def manifest(self, instance: str, openapi: Mapping[str, Any]) -> dict[str, Any]:
        """What the gateway is told. The hash covers everything but the instance."""
        body = {
            "service": self.service,
            "version": self.version,
            "operations": [operation.routing() for operation in self.operations],
            "openapi": openapi,
        }
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return {**body, "instance": instance, "hash": hashlib.sha256(canonical.encode()).hexdigest()}


__all__ = ["ESCALATIONS", "FACT", "STATE", "Contract", "Event", "Hearing", "Operation", "Words", "command", "query"]
