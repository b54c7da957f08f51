"""The frame of one service process: database, clock, relay and timers, wired by explicit arguments.

A service gets a frame and takes from it what it stands on: aggregates, growing rows, copies. `declare_indexes` is run
at start, after the service has said what it uses.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import field, frozen
from pymongo import IndexModel
from pymongo.database import Database

from chassis.clock import Clock
from chassis.copies import Copies
from chassis.inserts import Inserts
from chassis.relay import Relay
from chassis.rows import Rows
from chassis.store import Aggregates
from chassis.timers import Timers

State = TypeVar("State")


@frozen
class Frame:
    """What a service stands on."""

    service: str
    database: Database[Any]
    clock: Clock
    relay: Relay
    _indexing: list[Callable[[], None]] = field(factory=list, init=False)

    def aggregates(
        self,
        name: str,
        kind: type[State],
        *,
        stamps: Callable[[State], Mapping[str, Any]],
        indexes: tuple[IndexModel, ...] = (),
    ) -> Aggregates[State]:
        """The aggregates of one kind; their outboxes are swept by this process too."""
        made = Aggregates(
            self.database,
            name,
            kind,
            relay=self.relay,
            inserts=Inserts(self.database[name]).insert,
            stamps=stamps,
            service=self.service,
        )
        self.relay.serve(name)
        self._indexing.append(lambda: made.declare_indexes(*indexes))
        return made

    def rows(self, name: str, aggregates: str) -> Rows:
        """A growing collection of the named aggregates."""
        made = Rows(self.database, name, aggregates)
        self._indexing.append(made.declare_indexes)
        return made

    def copies(self, name: str, kind: type[State], *, indexes: tuple[str | tuple[str, ...], ...] = ()) -> Copies[State]:
        """Copies of another service's public state."""
        made = Copies(self.database, name, kind, service=self.service)
        self._indexing.append(lambda: made.declare_indexes(*indexes))
        return made

    def declare_indexes(self, timers: Timers) -> None:
        """Create every index that the service and the chassis use; a repeated call changes nothing."""
        timers.declare_indexes()
        for declare in self._indexing:
            declare()
