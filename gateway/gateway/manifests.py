"""A service's manifest: what it offers over HTTP, checked before the gateway believes it.

A manifest comes from the wire, so each part is checked for shape and size here; what is wrong with one operation
refuses that operation, what is wrong with the whole refuses the whole.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal, cast

import orjson
from attrs import frozen

from gateway import limits
from gateway.preconditions import Need

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE")
QUOTAS = ("default", "incident", "sign_in")
NEEDS = ("none", "optional", "required")
RESERVED_SEGMENTS = frozenset({"token", "escalations", "my", "uploads"})  # the gateway's own, below /v1

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_HASH = re.compile(r"[A-Za-z0-9:_-]{16,128}\Z")
_LITERAL = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}\Z")
_PARAMETER = re.compile(r"\{([a-z][a-z0-9_]{0,62})\}\Z")


class ManifestFault(Exception):
    """The manifest, or one operation of it, can't be served. The text says why."""


@frozen
class Operation:
    """One operation. `template` is the path's segments after `/v1`; a parameter keeps its braces: `{incident}`."""

    service: str
    name: str
    method: Method
    template: tuple[str, ...]
    command: bool
    key: Need
    if_match: Need
    quota: str
    deadline_seconds: float
    public: bool
    object: bool = False
    """Whether its answer names an object, which is streamed instead."""

    @property
    def path(self) -> str:
        return "/v1/" + "/".join(self.template)

    @property
    def shape(self) -> tuple[str, ...]:
        """The template with the parameters' names left out: what decides which requests it takes."""
        return tuple("{}" if segment.startswith("{") else segment for segment in self.template)

    @property
    def identity(self) -> tuple[str, str, str, tuple[str, ...]]:
        """What makes it the same operation in another replica's or another version's manifest."""
        return self.service, self.name, self.method, self.shape


@frozen
class Manifest:
    """What one build of a service offers. `refused` says which of its operations are not served, and why."""

    service: str
    version: str
    hash: str
    operations: tuple[Operation, ...]
    refused: tuple[str, ...]
    raw: Mapping[str, Any]

    @cached_property
    def text(self) -> str:
        """The whole as JSON, made once: every second it is asked for whether anything has changed."""
        return orjson.dumps(self.raw).decode()


def parse(raw: object) -> Manifest:
    """A manifest as it came from the wire. Raises ManifestFault if the whole can't be believed."""
    whole = _mapping(raw)
    service, entries = _named(whole, "service", _NAME), whole.get("operations")
    if service == "gateway":
        raise ManifestFault("a service can't be called gateway")
    if not isinstance(entries, list) or len(entries) > limits.OPERATIONS:
        raise ManifestFault(f"{service}: operations is a list of at most {limits.OPERATIONS}")
    operations, refused = _operations(service, entries)
    return Manifest(
        service, str(whole.get("version", ""))[:100], _named(whole, "hash", _HASH), operations, refused, whole
    )


def check_names(service: object, instance: object, manifest_hash: object) -> tuple[str, str, str]:
    """The names in a beacon. Raises ManifestFault."""
    beacon = {"service": service, "instance": instance, "hash": manifest_hash}
    return _named(beacon, "service", _NAME), _named(beacon, "instance", _INSTANCE), _named(beacon, "hash", _HASH)


def _operations(service: str, entries: Iterable[object]) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    accepted: list[Operation] = []
    refused: list[str] = []
    for entry in entries:
        try:
            operation = _operation(service, _mapping(entry))
            _check_unambiguous(operation, accepted)
            accepted.append(operation)
        except ManifestFault as fault:
            refused.append(str(fault))
    return tuple(accepted), tuple(refused)


def _operation(service: str, entry: Mapping[str, Any]) -> Operation:
    name = _named(entry, "name", _NAME)
    return Operation(
        service=service,
        name=name,
        method=cast(Method, _one_of(entry, "method", METHODS)),
        template=_template(service, name, entry.get("path")),
        command=_one_of(entry, "kind", ("command", "query")) == "command",
        key=cast(Need, _one_of(entry, "key", NEEDS, "none")),
        if_match=cast(Need, _one_of(entry, "if_match", NEEDS, "none")),
        quota=_one_of(entry, "quota", QUOTAS, "default"),
        deadline_seconds=_deadline(name, entry.get("deadline_seconds", limits.DEADLINE_SECONDS)),
        public=entry.get("public") is True,
        object=entry.get("object") is True,
    )


def _template(service: str, name: str, path: object) -> tuple[str, ...]:
    if not isinstance(path, str) or not path.startswith("/v1/"):
        raise ManifestFault(f"{service}.{name}: the path starts with /v1/")
    template = tuple(path.split("/")[2:])
    parameters = [segment for segment in template if _PARAMETER.match(segment)]
    literals = [segment for segment in template if _LITERAL.match(segment)]
    if len(parameters) + len(literals) != len(template) or len(set(parameters)) != len(parameters):
        raise ManifestFault(f"{service}.{name}: {path!a} has a segment that is neither a word nor one parameter")
    if template[0] in parameters or template[0] in RESERVED_SEGMENTS:
        raise ManifestFault(f"{service}.{name}: {path!a} does not start with a segment of its own")
    return template


def _check_unambiguous(operation: Operation, others: Iterable[Operation]) -> None:
    for other in others:
        if other.name == operation.name:
            raise ManifestFault(f"{operation.service}.{operation.name}: the name comes twice")
        if other.method == operation.method and ambiguous(other.shape, operation.shape):
            raise ManifestFault(f"{operation.service}.{operation.name}: {operation.path} clashes with {other.path}")


def ambiguous(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether some path fits both shapes and neither is plainly the more particular one.

    `/a/b` beside `/a/{x}` is plain; `/a/{x}/c` beside `/a/b/{y}` is not, and neither is a shape beside itself.
    """
    if len(one) != len(other):
        return False
    first_wins = second_wins = False
    for left, right in zip(one, other, strict=True):
        if left == right:
            continue
        if "{}" not in (left, right):
            return False
        first_wins |= right == "{}"
        second_wins |= left == "{}"
    return first_wins == second_wins


def _deadline(name: str, given: object) -> float:
    most = limits.DEADLINE_MAXIMUM_SECONDS
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= most:
        raise ManifestFault(f"{name}: deadline_seconds is more than 0 and at most {most:g}")
    return float(given)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ManifestFault("not an object")
    return value


def _named(value: Mapping[str, Any], member: str, pattern: re.Pattern[str]) -> str:
    given = value.get(member)
    if not isinstance(given, str) or not pattern.match(given):
        raise ManifestFault(f"{member} is {str(given)[:100]!a}")
    return given


def _one_of(value: Mapping[str, Any], member: str, choices: tuple[str, ...], default: str | None = None) -> str:
    given = value.get(member, default)
    if not isinstance(given, str) or given not in choices:
        raise ManifestFault(f"{value.get('name')}: {member} is one of {', '.join(choices)}, not {given!a}")
    return given
