"""How many escalations a service has sent on each business day, counted once each.

The relay notes an escalation when the broker has confirmed it and before its entry is marked, by the entry's own id:
however often and by whichever replica it is sent again, it counts once, and none that was marked is missing. So what
the tally counts has reached the stream before.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from attrs import frozen
from pymongo import IndexModel
from pymongo.database import Database

from chassis.clock import business_day, machine_now
from chassis.documents import ignoring_duplicates

COLLECTION = "escalations_sent"
KEPT = timedelta(days=40)


@frozen
class Sent:
    """The escalations of one business day, and the id of the last one that was sent on any day (40 days back)."""

    count: int
    last: str | None


def note_sent(database: Database[Any], entries: Iterable[Mapping[str, Any]]) -> None:
    """Count these escalation entries, which the broker has confirmed."""
    at = machine_now()
    notes = [{"_id": f"{_day(entry)}/{entry['id']}", "at": at} for entry in entries]
    if notes:
        ignoring_duplicates(partial(database[COLLECTION].insert_many, notes, ordered=False))


def sent_on(database: Database[Any], day: date) -> Sent:
    """What was sent on this day."""
    notes = database[COLLECTION]
    last = notes.find_one({}, {"_id": 1}, sort=[("at", -1)])
    of_that_day = {"_id": {"$gte": f"{day}/", "$lt": f"{day}0"}}  # 0 follows / in Unicode
    return Sent(notes.count_documents(of_that_day), last and last["_id"].partition("/")[2])


def declare_indexes(database: Database[Any]) -> None:
    """One for the last, which also forgets what is old; the days stand first in the ids."""
    forgets = IndexModel([("at", 1)], expireAfterSeconds=int(KEPT.total_seconds()))
    database[COLLECTION].create_indexes([forgets])


def _day(entry: Mapping[str, Any]) -> str:
    return business_day(datetime.fromisoformat(entry["attributes"]["time"])).isoformat()
