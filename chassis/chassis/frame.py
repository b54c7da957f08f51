"""The frame of one service process: database, clock, relay and timers, wired by explicit arguments.

A service gets a frame and takes from it what it stands on: aggregates, growing rows, tasks, copies.
`declare_indexes` is run at start, after the service has said what it uses.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from attrs import field, frozen
from pymongo import IndexModel
from pymongo.database import Database

from chassis import names
from chassis.clock import Clock
from chassis.copies import Copies
from chassis.inserts import Inserts
from chassis.jobs import Jobs, Limits
from chassis.mirror import Mirror
from chassis.names import Resolve
from chassis.relay import Relay
from chassis.resealing import INDEX, Resealing, Sealed
from chassis.rows import Rows
from chassis.store import Aggregates, Restates
from chassis.timers import Timers
from chassis.work.board import TaskBoard

State = TypeVar("State")
Result = TypeVar("Result")


class Apart(Protocol):
    """Does work that holds a processor for long without holding up the other calls of the process."""

    def __call__(self, work: Callable[[], Result], /) -> Result:
        """What the work gives; what it raises is raised here."""
        ...


def here(work: Callable[[], Result], /) -> Result:
    """Does the work at once: where nobody else waits."""
    return work()


@frozen
class Frame:
    """What a service stands on."""

    service: str
    database: Database[Any]
    clock: Clock
    relay: Relay
    apart: Apart = here
    resolve: Resolve = names.addresses
    mirrors: list[Mirror[Any]] = field(factory=list, init=False)
    jobs: list[Jobs] = field(factory=list, init=False)
    restated: dict[str, Aggregates[Any]] = field(factory=dict, init=False)
    resealed: list[Resealing[Any]] = field(factory=list, init=False)
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
        mark: str = "",
        sealed: Sealed[State] | None = None,
    ) -> Aggregates[State]:
        """The aggregates of one kind; their outboxes are swept by this process too.

        Where another kind of the same service may have the same ids, `mark` (such as `account/`) stands before them in
        the ids of events and timers, which are unique within a service. What `sealed` names is
        sealed anew after a rotation of keys.
        """
        if sealed is not None:
            stamps, indexes = _also(stamps, sealed.stamps), (*indexes, INDEX)
        made = Aggregates(
            self.database,
            name,
            kind,
            relay=self.relay,
            inserts=Inserts(self.database[name]),
            stamps=stamps,
            service=self.service,
            restates=restates,
            mark=mark,
        )
        if restates is not None:
            self.restated[restates.event] = made
        if sealed is not None:
            self.resealed.append(Resealing(made, sealed, self.clock, service=self.service))
        self.relay.serve(name)
        self.kinds.append(made)
        self._indexing.append(lambda: made.declare_indexes(*indexes))
        return made

    def rows(self, name: str, aggregates: str) -> Rows:
        """A growing collection of the named aggregates."""
        made = Rows(self.database, name, aggregates)
        self._indexing.append(made.declare_indexes)
        return made

    def tasks(self) -> TaskBoard:
        """The open tasks of this service's aggregates, for lists."""
        made = TaskBoard(self.database)
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

    def indexing(self, declare: Callable[[], None]) -> None:
        """Create these indexes too: of a collection that is neither aggregates nor copies."""
        self._indexing.append(declare)

    def working_off(
        self, aggregates: Aggregates[Any], do: Callable[[str], None], *, limits: Limits | None = None
    ) -> Jobs:
        """The aggregates that are stamped as jobs, done by this process too."""
        made = Jobs(aggregates.collection, self.clock, do, limits=limits)
        self.jobs.append(made)
        self._indexing.append(made.declare_indexes)
        return made

    def declare_indexes(self, timers: Timers) -> None:
        """Create every index that the service and the chassis use; a repeated call changes nothing."""
        timers.declare_indexes()
        for declare in self._indexing:
            declare()


def _also(
    stamps: Callable[[State], Mapping[str, Any]], further: Callable[[State], Mapping[str, Any]]
) -> Callable[[State], Mapping[str, Any]]:
    return lambda state: {**stamps(state), **further(state)}
