"""What everybody has to do, listed: a copy of the open tasks of all aggregates of one service.

In time order: a write that changed its aggregate's open tasks announced them all (`SetTasks`); the relay stores them
as one document an aggregate, which keeps the version that said so: an older word never overwrites a newer one, in
whatever order and however often they come. When nothing is open any more, the document stays as a tombstone for
`TOMBSTONE`. The truth is with the aggregates; the board is only read for lists, and says what was so a moment ago.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import frozen
from pymongo import IndexModel, InsertOne, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.documents import converter
from chassis.work.tasks import Owner, Task, person_key, post_key

COLLECTION = "tasks"
TOMBSTONE = timedelta(days=35)
LISTED = 200
"""How many tasks a list has at most: the earliest due. It says whether there are more."""

_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Role(StrEnum):
    """How a person stands to a task: it is the person's own or of a post held, or somebody else is stood in for."""

    OWNER = "owner"
    STAND_IN = "stand_in"
    HOLDER = "holder"
    ACTING = "acting"
    DEPUTY = "deputy"
    LENT = "lent"


@frozen
class Seat:
    """A post at a unit that a person holds today, acts in, is lent for, or is a deputy of."""

    post: str
    unit: str
    role: Role = Role.HOLDER


@frozen
class Listed:
    """An open task of `aggregate`, and how the person stands to it."""

    aggregate: str
    task: Task
    role: Role


class TaskBoard:
    """The open tasks of one service."""

    def __init__(self, database: Database[Any]) -> None:
        self._tasks: Collection[Any] = database[COLLECTION]

    def of(self, person: str, seats: Iterable[Seat], *, at: datetime) -> tuple[list[Listed], bool]:
        """The person's open tasks at this moment, the earliest due first and at most `LISTED`; whether there are more.

        They are those owned by the person, by a post that one of the seats is at, or stood in for.
        """
        roles = {post_key(seat.post, seat.unit): seat.role for seat in seats} | {person_key(person): Role.OWNER}
        found = list(self._tasks.aggregate(_pipeline(person, list(roles), at), maxTimeMS=5_000))
        listed = [_listed(one, roles) for one in found[:LISTED]]
        return listed, len(found) > LISTED

    def declare_indexes(self) -> None:
        """One for the lists, and the end of tombstones after `TOMBSTONE`."""
        ended = IndexModel(
            "ended_at",
            expireAfterSeconds=int(TOMBSTONE.total_seconds()),
            partialFilterExpression={"ended_at": {"$type": "date"}},
        )
        self._tasks.create_indexes([IndexModel("persons_and_posts"), ended])


def open_tasks(tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """The open ones among these tasks as an outbox entry holds them."""
    return [converter().unstructure(task) for task in tasks if task.open]


def task_write(collection: str, aggregate: str, entry: Mapping[str, Any]) -> UpdateOne | InsertOne[Any]:
    """Newer versions win: an older entry matches nothing and its upsert runs into the existing id."""
    tasks = [_filed(task) for task in entry["tasks"]]
    board = {
        "version": entry["version"],
        "aggregate": aggregate,
        "persons_and_posts": sorted({key for task in tasks for key in task["keys"]}),
        "tasks": tasks,
        "ended_at": None if tasks else entry["at"],
    }
    subject = f"{collection}:{aggregate}"
    if entry["version"] == 1:  # no older one can be there
        return InsertOne({"_id": subject, **board})
    return UpdateOne({"_id": subject, "version": {"$lt": entry["version"]}}, {"$set": board}, upsert=True)


def _filed(task: Mapping[str, Any]) -> dict[str, Any]:
    """The task with the words by which it is found; from its stored form, because it is on the way of every report."""
    key, stand_in = Owner(**task["owner"]).key, task.get("stand_in")
    keys = [key, person_key(stand_in["person"])] if stand_in else [key]
    return {"task": task, "key": key, "keys": keys, "by": task.get("due") or _NEVER}


def _pipeline(person: str, keys: list[str], at: datetime) -> list[dict[str, Any]]:
    stands_in = {
        "tasks.task.stand_in.person": person,
        "tasks.task.stand_in.since": {"$lte": at},
        "tasks.task.stand_in.until": {"$gt": at},
    }
    return [
        {"$match": {"persons_and_posts": {"$in": keys}}},
        {"$unwind": "$tasks"},
        {"$match": {"$or": [{"tasks.key": {"$in": keys}}, stands_in]}},
        {"$sort": {"tasks.by": 1, "_id": 1, "tasks.task.id": 1}},
        {"$limit": LISTED + 1},
        {"$project": {"aggregate": 1, "key": "$tasks.key", "task": "$tasks.task"}},
    ]


def _listed(found: Mapping[str, Any], roles: Mapping[str, Role]) -> Listed:
    task = converter().structure(found["task"], Task)
    return Listed(found["aggregate"], task, roles.get(found["key"], Role.STAND_IN))
