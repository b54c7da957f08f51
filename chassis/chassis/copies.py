"""A service's own copy of another service's public state, and facts kept once.

A copy is a document `{_id: subject, sequence, state}` and nothing else, so that a copy rebuilt by a replay is byte for
byte the one that was lost. Only a higher sequence overwrites: redelivery and any order of delivery end alike. States
that arrive together are kept together (`gathering.py`), because a company's directory comes as tens of thousands.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from pymongo import IndexModel, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from chassis import telemetry
from chassis.clock import machine_now
from chassis.documents import converter
from chassis.gathering import Gathering, Outcomes, share_out

Kind = TypeVar("Kind")

TOUCHES_KEPT = timedelta(hours=1)


class Touched:
    """Which copies of one collection changed lately, for those who hold them in memory.

    Noted after each keeping, also of a message that was seen before, so that a crash in between loses no note.
    """

    def __init__(self, database: Database[Any], name: str) -> None:
        self._touched: Collection[Any] = database["touched"]
        self._name = name

    def touch(self, *subjects: str) -> None:
        """Note that these copies may have changed."""
        self._touched.bulk_write([self._note(subject) for subject in dict.fromkeys(subjects)], ordered=False)

    def since(self, at: datetime) -> list[tuple[str, datetime]]:
        """The copies touched after this instant (machine time), and when."""
        found = self._touched.find({"copies": self._name, "at": {"$gt": at}}, {"_id": 0, "subject": 1, "at": 1})
        return [(note["subject"], note["at"]) for note in found]

    def declare_indexes(self) -> None:
        """One that answers `since` by itself, and the end of notes after `TOUCHES_KEPT`."""
        forgets = IndexModel("at", expireAfterSeconds=int(TOUCHES_KEPT.total_seconds()))
        self._touched.create_indexes([IndexModel([("copies", 1), ("at", 1), ("subject", 1)]), forgets])

    def _note(self, subject: str) -> UpdateOne:
        note = {"copies": self._name, "subject": subject, "at": machine_now()}
        return UpdateOne({"_id": f"{self._name}:{subject}"}, {"$set": note}, upsert=True)


class _State(NamedTuple):
    """A state on its way into its copy."""

    subject: str
    sequence: int
    raw: Any

    @property
    def earlier(self) -> dict[str, Any]:
        """An earlier state of the same subject."""
        return {"_id": self.subject, "sequence": {"$lt": self.sequence}}

    @property
    def update(self) -> dict[str, Any]:
        """What puts this one in its place."""
        return {"$set": {"sequence": self.sequence, "state": self.raw}}


class Copies(Generic[Kind]):
    """Copies of one state-carrying event, structured as `kind`."""

    def __init__(self, database: Database[Any], name: str, kind: type[Kind], *, service: str) -> None:
        self.collection: Collection[Any] = database[name]
        self.touched = Touched(database, name)
        self._kind = kind
        self._service = service
        self._gathering: Gathering[_State] = Gathering(self._keep_all)

    def keep(self, subject: str, sequence: int, state: Kind) -> bool:
        """Keep this state unless a later one is here; whether it was new."""
        told = _State(subject, sequence, converter().unstructure(state))
        try:
            self._gathering.put(told)
        except DuplicateKeyError:
            return self._overwritten(told)
        return True

    def get(self, subject: str) -> Kind | None:
        """The copy of this subject, if there is one."""
        found = self.collection.find_one({"_id": subject})
        return None if found is None else self.structured(found)

    def find(self, query: Mapping[str, Any], *, limit: int = 1_000) -> list[Kind]:
        """Copies whose `state.…` fields match, in order of subject."""
        found = self.collection.find(query, max_time_ms=5_000, limit=limit).sort("_id", 1)
        return [self.structured(document) for document in found]

    def structured(self, document: Mapping[str, Any]) -> Kind:
        """The state that a document of the collection holds."""
        return converter().structure(document["state"], self._kind)

    def declare_indexes(self, *fields: Sequence[str] | str) -> None:
        """Create an index for each named field (or tuple of fields) of the state."""
        keys = [(field,) if isinstance(field, str) else tuple(field) for field in fields]
        models = [IndexModel([(f"state.{part}", 1) for part in key]) for key in keys]
        if models:
            self.collection.create_indexes(models)
        self.touched.declare_indexes()

    def _keep_all(self, states: Sequence[_State]) -> Outcomes:
        writes = [UpdateOne(told.earlier, told.update, upsert=True) for told in states]
        try:
            self.collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            return share_out(error, len(states))
        finally:
            self.touched.touch(*(told.subject for told in states))
        return [None] * len(states)

    def _overwritten(self, told: _State) -> bool:
        """Whether this state is later than the one that is there; another replica may have put that there meanwhile."""
        if not self.collection.update_one(told.earlier, told.update).modified_count:
            telemetry.DUPLICATES.labels(self._service, "copy").inc()
            return False
        self.touched.touch(told.subject)
        return True
