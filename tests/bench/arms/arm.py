"""An arm as the rounds see it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import frozen

GATEWAY, SERVICE = "gateway", "service"
OURS, STOCK, PLAIN = "ours", "stock", "plain"


@frozen
class Trail:
    """Where an arm leaves its traces: a collection whose `_id` is the record's id, and the events about it.

    `event_of` gives (event id, record id) of a message's headers and body, or None for one that is not the record's
    first; `waiting` is the query for records whose event is still to go out, and `reactions` are the queues from which
    the arm hears its own events, where it has such: work that a command causes, though its answer does not wait for it.
    `wakes` is the field, and `sequels` are the collections (by `aggregate`), from which it would begin work later.
    """

    database: str
    collection: str
    exchange: str
    key: str
    queue: str
    event_of: Callable[[Mapping[str, Any], bytes], tuple[str, str] | None]
    waiting: Mapping[str, Any] | None = None
    reactions: tuple[str, ...] = ()
    wakes: str | None = None
    sequels: tuple[str, ...] = ()


class Arm(Protocol):
    """One way from an HTTP request to a record and an event."""

    name: str
    trail: Trail

    @property
    def address(self) -> tuple[str, int]:
        """Where its gateway listens."""

    @property
    def path(self) -> str:
        """The path of its incidents."""

    def pids(self) -> dict[str, int]:
        """Its processes by role: `gateway` and `service`."""

    def prepare(self, workers: int) -> None:
        """Run, with this many workers where the arm has such a number; nothing happens where that is so."""

    def stop(self) -> None:
        """End what the bench started for it."""
