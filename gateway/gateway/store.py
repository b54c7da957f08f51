"""What the gateway remembers in its own database, so that a restarted one serves at once: one document a service.

Nothing here is on a command's way. Manifests are kept as text, because field names such as `$ref` mean something
to the database's drivers.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from attrs import frozen
from pymongo import AsyncMongoClient, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from gateway import limits
from gateway.manifests import Manifest, ManifestFault, parse
from gateway.registry import Instance, Kept, Registry

Document = dict[str, Any]


class StoreDown(Exception):
    """The database can't be reached."""


@frozen
class KnownDenials:
    """Who is or was refused, and the offset of the stream up to which that holds."""

    people: list[Document]
    offset: int


class Store:
    """The gateway's database."""

    def __init__(self, url: str) -> None:
        milliseconds = round(limits.STORE_SECONDS * 1000)
        self._client: AsyncMongoClient[Document] = AsyncMongoClient(
            url, serverSelectionTimeoutMS=milliseconds, w="majority", journal=True, appname="gateway"
        )
        self._database = self._client.get_default_database("gateway")

    @property
    def database(self) -> AsyncDatabase[Document]:
        """The database itself, for what keeps a collection of its own."""
        return self._database

    async def load(self) -> list[Document]:
        """All services' documents. Raises StoreDown."""
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                return await self._database["services"].find({}).to_list()
        except (PyMongoError, TimeoutError) as fault:
            raise StoreDown(type(fault).__name__) from fault

    async def save(self, document: Document) -> None:
        """Put one service's document in the place of the last. Raises StoreDown."""
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                await self._database["services"].replace_one({"_id": document["_id"]}, document, upsert=True)
        except (PyMongoError, TimeoutError) as fault:
            raise StoreDown(type(fault).__name__) from fault

    async def client(self, client_id: str) -> Document | None:
        """A branch system's document, for the token endpoint. Raises StoreDown."""
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                return await self._database["clients"].find_one({"_id": client_id})
        except (PyMongoError, TimeoutError) as fault:
            raise StoreDown(type(fault).__name__) from fault

    async def denials(self, stream: str) -> KnownDenials:
        """Who is or was refused, as far as this stream was read. Raises StoreDown."""
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                place = await self._database["denial_streams"].find_one({"_id": stream}) or {}
                people = await self._database["denials"].find({}).to_list()
        except (PyMongoError, TimeoutError) as fault:
            raise StoreDown(type(fault).__name__) from fault
        return KnownDenials(people, place.get("offset", -1))

    async def keep_denials(self, stream: str, people: list[Document], offset: int) -> None:
        """Keep these people, unless something later is known of them, and then the offset. Raises StoreDown."""
        newer = [UpdateOne({"_id": one["_id"]}, [{"$replaceWith": _later(one)}], upsert=True) for one in people]
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                if newer:
                    await self._database["denials"].bulk_write(newer, ordered=False)
                places = self._database["denial_streams"]
                await places.update_one({"_id": stream}, {"$max": {"offset": offset}}, upsert=True)
        except (PyMongoError, TimeoutError) as fault:
            raise StoreDown(type(fault).__name__) from fault

    async def close(self) -> None:
        await self._client.close()


def _later(one: Document) -> Document:
    """This document, or the present one where that has a later sequence: other processes write too."""
    return {"$cond": [{"$gt": [{"$ifNull": ["$sequence", -1]}, one["sequence"]]}, "$$ROOT", {"$literal": one}]}


def documents(registry: Registry) -> dict[str, Document]:
    """One document a service: its instances, its routes and the manifests they need."""
    services = sorted({key[0] for key in registry.kept} | {key[0] for key in registry.instances})
    return {service: _document(registry, service) for service in services}


def _document(registry: Registry, service: str) -> Document:
    routes = [
        {
            "hash": kept.hash,
            "name": kept.operation.name,
            "method": kept.operation.method,
            "shape": list(kept.operation.shape),
            "established": kept.established,
            "first": kept.first,
        }
        for key, kept in sorted(registry.kept.items())
        if key[0] == service
    ]
    manifests = [
        {"hash": one.hash, "since": registry.since[one.hash], "text": one.text}
        for one in sorted(registry.manifests.values(), key=lambda one: one.hash)
        if one.service == service
    ]
    instances = [
        {"name": one.name, "hash": one.hash} for key, one in sorted(registry.instances.items()) if key[0] == service
    ]
    return {"_id": service, "instances": instances, "routes": routes, "manifests": manifests}


def restored(found: Iterable[Mapping[str, Any]], *, now: float) -> Registry:
    """The registry that these documents tell of. Instances get the benefit of the doubt until their next beacon."""
    manifests: dict[str, Manifest] = {}
    since: dict[str, float] = {}
    instances: dict[tuple[str, str], Instance] = {}
    kept: dict[tuple[str, str, str, tuple[str, ...]], Kept] = {}
    for document in found:
        service = str(document["_id"])
        for one in document["manifests"]:
            try:
                manifests[one["hash"]] = parse(orjson.loads(one["text"]))
            except (ManifestFault, ValueError):
                continue  # written by another version of the gateway: the next beacon brings it again
            since[one["hash"]] = one["since"]
        for one in document["instances"]:
            instances[service, one["name"]] = Instance(service, one["name"], one["hash"], now)
        for route in document["routes"]:
            _restore_route(service, route, manifests, since, kept, now)
    return Registry(manifests=manifests, since=since, instances=instances, kept=kept)


def _restore_route(
    service: str,
    route: Mapping[str, Any],
    manifests: Mapping[str, Manifest],
    since: Mapping[str, float],
    kept: dict[tuple[str, str, str, tuple[str, ...]], Kept],
    now: float,
) -> None:
    key = (service, route["name"], route["method"], tuple(route["shape"]))
    manifest = manifests.get(route["hash"])
    for operation in manifest.operations if manifest else ():
        if operation.identity == key:
            kept[key] = Kept(operation, route["hash"], route["established"], now, route["first"], since[route["hash"]])
