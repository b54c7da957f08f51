"""The escalations of the past, in the gateway's database: what the list shows and what a stream resumes from.

Each gateway process projects the stream into it, all of them the same: an event is kept once, by its key, with the
first offset at which it stood; how far the projection has come is written afterwards. Heartbeats are not kept. What
is older than the stream itself goes, and `floor` says up to where something may be missing. The anchors of the
services' journals are kept for ever in a collection of their own, where no service can reach them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from attrs import frozen
from pymongo import DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, PyMongoError

from gateway import limits
from gateway.escalation_event import Event
from gateway.store import StoreDown

Document = dict[str, Any]
_DUPLICATE = 11000
_NEWEST = [("epoch", DESCENDING), ("offset", DESCENDING)]


@frozen
class Reached:
    """How far the projection has come, and up to which offset the past may be incomplete."""

    offset: int
    floor: int


@frozen
class Found:
    """An event in a list: its epoch and offset, and the whole of it as JSON."""

    epoch: int
    offset: int
    body: bytes


class Past(Protocol):
    """Where a stream finds what is no longer in the buffer."""

    async def after(self, offset: int, *, until: int, units: frozenset[str], most: int) -> list[Event]:
        """The next events after `offset` and up to `until` that concern these units. Raises StoreDown."""
        ...


class History:
    """The collections `escalations` and `journal_anchors`, and the projection's place in `escalation_streams`.

    All raise StoreDown.
    """

    def __init__(self, database: AsyncDatabase[Document], epoch: int) -> None:
        self._events = database["escalations"]
        self._anchors = database["journal_anchors"]
        self._places = database["escalation_streams"]
        self._epoch = epoch

    async def declare_indexes(self) -> None:
        """One index for the order, one for the order within units."""
        order = [("epoch", 1), ("offset", 1)]
        async with _bounded():
            await self._events.create_indexes([IndexModel(order), IndexModel([("units", 1), *order])])
            await self._anchors.create_indexes([IndexModel([("service", 1), ("at", 1)])])

    async def reached(self) -> Reached:
        """How far the projection has come; nowhere, in an empty history."""
        async with _bounded():
            found = await self._places.find_one({"_id": self._epoch}) or {}
        return Reached(found.get("offset", -1), found.get("floor", -1))

    async def known(self, most: int) -> dict[str, int]:
        """The newest events' keys with their offsets, oldest first."""
        async with _bounded():
            newest = self._events.find({"epoch": self._epoch}, {"offset": 1}).sort(_NEWEST).limit(most)
            return {one["_id"]: one["offset"] for one in reversed(await newest.to_list())}

    async def project(self, events: Sequence[Event], *, until: int) -> None:
        """Keep these events; there are no others up to that offset."""
        async with _bounded():
            if events:
                await _insert(self._events, [_document(event, self._epoch) for event in events])
            await self._places.update_one({"_id": self._epoch}, {"$max": {"offset": until}}, upsert=True)

    async def keep_anchors(self, events: Sequence[Event]) -> None:
        """Keep these anchors; what is there already stays as it came first."""
        async with _bounded():
            if events:
                await _insert(self._anchors, [_anchor(event, self._epoch) for event in events])

    async def raise_floor(self, offset: int) -> None:
        """What stood in the stream up to this offset may be missing."""
        async with _bounded():
            await self._places.update_one({"_id": self._epoch}, {"$max": {"floor": offset}}, upsert=True)

    async def prune(self, before: datetime) -> None:
        """Forget what is older, and say first that it is going."""
        old = {"epoch": self._epoch, "at": {"$lt": before}}
        async with _bounded():
            last = await self._events.find_one(old, {"offset": 1}, sort=_NEWEST)
        if last is not None:
            await self.raise_floor(last["offset"])
            async with _bounded():
                await self._events.delete_many({"epoch": self._epoch, "offset": {"$lte": last["offset"]}})

    async def after(self, offset: int, *, until: int, units: frozenset[str], most: int) -> list[Event]:
        """See `Past.after`."""
        wanted = {"epoch": self._epoch, "offset": {"$gt": offset, "$lte": until}, **_scope(units)}
        async with _bounded():
            found = self._events.find(wanted).sort([("epoch", 1), ("offset", 1)]).limit(most)
            return [_event(one) for one in await found.to_list()]

    async def page(
        self,
        units: frozenset[str],
        *,
        before: tuple[int, int] | None,
        level: str | None,
        since: datetime | None,
        most: int,
    ) -> list[Found]:
        """Newest first, before the given epoch and offset."""
        wanted: Document = {**_scope(units)}
        if level is not None:
            wanted["level"] = level
        if since is not None:
            wanted["at"] = {"$gte": since}
        if before is not None:
            epoch, offset = before
            wanted["$or"] = [{"epoch": {"$lt": epoch}}, {"epoch": epoch, "offset": {"$lt": offset}}]
        async with _bounded():
            found = await self._events.find(wanted).sort(_NEWEST).limit(most).to_list()
        return [Found(one["epoch"], one["offset"], one["body"].encode()) for one in found]


async def _insert(collection: AsyncCollection[Document], documents: Iterable[Document]) -> None:
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        faults = (error.details or {}).get("writeErrors", [])
        if not faults or any(fault.get("code") != _DUPLICATE for fault in faults):
            raise


@asynccontextmanager
async def _bounded() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limits.STORE_SECONDS):
            yield
    except (PyMongoError, TimeoutError) as fault:
        raise StoreDown(type(fault).__name__) from fault


def _scope(units: frozenset[str]) -> Document:
    """What concerns no unit is kept with the unit `` (nothing), which everybody may read."""
    return {"units": {"$in": ["", *sorted(units)]}}


def _document(event: Event, epoch: int) -> Document:
    return {
        "_id": event.key,
        "epoch": epoch,
        "offset": event.offset,
        "units": list(event.units) or [""],
        "level": event.level,
        "type": event.type,
        "at": event.at,
        "body": event.body.decode(),
    }


def _anchor(event: Event, epoch: int) -> Document:
    return {
        "_id": event.key,
        "epoch": epoch,
        "offset": event.offset,
        "service": event.anchored,
        "at": event.at,
        "body": event.body.decode(),
    }


def _event(one: Document) -> Event:
    units = tuple(unit for unit in one["units"] if unit)
    at = one["at"].replace(tzinfo=UTC)
    return Event(one["offset"], one["_id"], one["type"], one["level"], units, at, one["body"].encode())
