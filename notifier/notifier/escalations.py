"""The escalations heard, as they are passed on: structured CloudEvents JSON, byte for byte the same for everybody.

Each is kept once for `KEPT`, so that a subscription that was disabled, or made later, can be given what it missed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from attrs import frozen
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.bus import Heard
from chassis.clock import machine_now

COLLECTION = "escalations_heard"
KEPT = timedelta(days=30)
"""How long an escalation can be delivered again (D): as long as facts are kept; the stream has it for 400 days."""

PAGE = 200


@frozen
class Escalation:
    """One escalation. `id` is `<service>:<event id>`: event ids are unique within a service only."""

    id: str
    type: str
    level: str
    units: tuple[str, ...]
    at: datetime
    body: str


def escalation_of(heard: Heard) -> Escalation:
    """What was heard; its level is the first word of its routing key, which may be graver than its grade."""
    attributes = heard.message.attributes()
    whole = orjson.dumps({**attributes, "data": orjson.loads(heard.message.body)})
    level = heard.message.first_key.partition(".")[0]
    name = f"{heard.source}:{heard.id}"
    return Escalation(name, str(attributes["type"]), level, heard.units, heard.at, whole.decode())


class Escalations:
    """Those that were heard."""

    def __init__(self, database: Database[Any]) -> None:
        self._heard: Collection[Any] = database[COLLECTION]

    def keep(self, one: Escalation) -> None:
        """Keep it, once."""
        said = {
            "type": one.type,
            "level": one.level,
            "units": list(one.units),
            "at": one.at,
            "body": one.body,
            "kept_at": machine_now(),
        }
        self._heard.update_one({"_id": one.id}, {"$setOnInsert": said}, upsert=True)

    def about(self, unit: str, id: str) -> Escalation | None:
        """The one of this id, if it is about this unit or one below."""
        found = self._heard.find_one({"_id": id, "units": unit})
        return found and _read(found)

    def page(
        self, unit: str, levels: Sequence[str], *, since: datetime, until: datetime, after: str
    ) -> list[Escalation]:
        """Up to `PAGE` of a unit and below, of these levels, in [since, until), with ids above `after`, in order."""
        wanted = {
            "_id": {"$gt": after},
            "units": unit,
            "level": {"$in": list(levels)},
            "at": {"$gte": since, "$lt": until},
        }
        return [_read(found) for found in self._heard.find(wanted, limit=PAGE, max_time_ms=5_000).sort("_id", 1)]

    def declare_indexes(self) -> None:
        """One for the range, and the end after `KEPT`."""
        forgets = IndexModel("kept_at", expireAfterSeconds=int(KEPT.total_seconds()))
        self._heard.create_indexes([IndexModel([("units", 1), ("at", 1)]), forgets])


def _read(found: Any) -> Escalation:
    return Escalation(found["_id"], found["type"], found["level"], tuple(found["units"]), found["at"], found["body"])
