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
from chassis.mirror import Mirror
from chassis.relay import Relay
from chassis.rows import Rows
from chassis.store import Aggregates, Restates
from chassis.timers import Timers

State = TypeVar("State")


@frozen
class Frame:
    """What a service stands on."""

    service: str
    database: Database[Any]
    clock: Clock
    relay: Relay
    mirrors: list[Mirror[Any]] = field(factory=list, init=False)
    restated: dict[str, Aggregates[Any]] = field(factory=dict, init=False)
    kinds: list[Aggregates[Any]] = field(factory=list, init=False)
    """All aggregates: what the journal's anchors cover."""

    _indexing: list[Callable[[], None]] = field(factory=list, init=False)

    def aggregates(
        self,
        name: str,
        kind: type[State],
        *,
        stamps: Callable[[State], Mapping[str, Any]],
        indexes: tuple[IndexModel, ...] = (),
        restates: Restates | None = None,
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
            restates=restates,
        )
        if restates is not None:
            self.restated[restates.event] = made
        self.relay.serve(name)
        self.kinds.append(made)
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

    def mirror(self, name: str, kind: type[State], *, by: tuple[str, ...] = ()) -> Mirror[State]:
        """Copies of another service's public state, held in memory and found by the fields `by`."""
        made = Mirror(self.copies(name, kind, indexes=by), by=by)
        self.mirrors.append(made)
        return made

    def declare_indexes(self, timers: Timers) -> None:
        """Create every index that the service and the chassis use; a repeated call changes nothing."""
        timers.declare_indexes()
        for declare in self._indexing:
            declare()
