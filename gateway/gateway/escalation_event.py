"""One message of the escalation stream, as the gateway tells it on: structured CloudEvents JSON and what scopes it.

On the wire it is in AMQP's binary mode (attributes as `cloudEvents:*` headers, the body is the data). What comes from
a service carries that service's user, checked by the broker; a message that names another source is not believed.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from attrs import frozen

SIGNED = "cloudEvents:"
SOURCE = "/decalog/"
OPERATIONS = "decalog.ops."  # the types of what operators send, such as the test of the bell
_TYPE = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
HEARTBEAT = ".heartbeat.v1"
ANCHOR = ".journal_anchored.v1"


class Unreadable(Exception):
    """The message is none of the events that belong into the stream. The text says why, for the log."""


@frozen
class Event:
    """One escalation, test of the bell, heartbeat or anchor. `body` is the whole event as JSON.

    `key` tells copies apart. `units` is empty for what concerns no unit: heartbeats, anchors and tests, which everybody
    hears who may hear anything.
    """

    offset: int
    key: str
    type: str
    level: str
    units: tuple[str, ...]
    at: datetime
    body: bytes

    @property
    def heartbeat(self) -> bool:
        """A service's sign of life: told to those who ask for it, and not kept."""
        return self.type.endswith(HEARTBEAT)

    @property
    def anchored(self) -> str:
        """The service whose journal this anchor sums up, and which sent it; nothing for what is no anchor."""
        service = self.key.partition("#")[0].removeprefix(SOURCE)
        return service if self.type == f"decalog.{service}{ANCHOR}" else ""

    @property
    def quiet(self) -> bool:
        """Whether it is no news: only those are told who ask for it, and no list shows it."""
        return self.heartbeat or self.type.endswith(ANCHOR)

    def seen_by(self, units: frozenset[str]) -> bool:
        """Whether somebody who may read these units, and what lies below them, may read this."""
        return not self.units or not units.isdisjoint(self.units)


def read(offset: int, routing_key: str, sender: str | None, headers: Mapping[str, Any], body: bytes) -> Event:
    """The event in one message. Raises Unreadable."""
    attributes = {name.removeprefix(SIGNED): value for name, value in headers.items() if name.startswith(SIGNED)}
    try:
        event_id, source, type_ = (_text(attributes, name) for name in ("id", "source", "type"))
        if not _TYPE.match(type_):
            raise Unreadable("its type is no name")
        if source != f"{SOURCE}{sender}" and not type_.startswith(OPERATIONS):
            raise Unreadable(f"{source} does not speak as {sender}")
        at = datetime.fromisoformat(_text(attributes, "time"))
        if at.tzinfo is None:
            raise Unreadable("its time has no zone")
        units = tuple(unit for unit in str(attributes.get("units", "")).split(",") if unit)
        whole = orjson.dumps({**attributes, "data": orjson.loads(body)})
    except (ValueError, TypeError) as fault:
        raise Unreadable(type(fault).__name__) from fault
    return Event(offset, f"{source}#{event_id}", type_, routing_key.partition(".")[0], units, at, whole)


def _text(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"attribute {name} is missing")
    return value
