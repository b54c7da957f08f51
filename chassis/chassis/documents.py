"""Domain values to documents and back, and connections to the database with the durability that we promise."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, TypeVar

import orjson
from bson.codec_options import CodecOptions
from cattrs import Converter
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, NotPrimaryError, WTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Kind = TypeVar("Kind")

TEXTS_KEPT = 256
_DUPLICATE = 11000

AWAY = (ConnectionFailure, NotPrimaryError, ExecutionTimeout, WTimeoutError)
"""Errors that say that the database is away or has no majority: try again later, nothing is wrong with the input."""


@cache
def converter() -> Converter:
    """The one converter between attrs values and documents: Decimal as text, dates as ISO text, tuples as lists.

    What has its default value is left out of the document, so a default that stands in documents never changes.
    """
    made = Converter(omit_if_default=True, unstruct_collection_overrides={tuple: list, frozenset: sorted})
    made.register_unstructure_hook(Decimal, str)
    made.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    made.register_unstructure_hook(date, date.isoformat)
    made.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    made.register_unstructure_hook(datetime, lambda value: value)
    made.register_structure_hook(datetime, lambda value, _: value)
    return made


def keep_as_text(kind: type[Kind]) -> None:
    """Let values of this kind stand in documents as JSON text from now on.

    For what is large, never changes and stands in thousands of documents alike (a copied policy): such a text is made
    and read once and then found again, and the database sees one value. To be called before the first use of a kind
    that holds it.
    """
    made = converter()
    to_data, from_data = made.get_unstructure_hook(kind), made.get_structure_hook(kind)
    texts: dict[int, tuple[Kind, str]] = {}

    def text_of(value: Kind) -> str:
        found = texts.get(id(value))
        if found is None or found[0] is not value:
            while len(texts) >= TEXTS_KEPT:
                del texts[next(iter(texts))]
            found = texts[id(value)] = value, orjson.dumps(to_data(value)).decode()
        return found[1]

    @lru_cache(TEXTS_KEPT)
    def value_of(text: str) -> Kind:
        value: Kind = from_data(orjson.loads(text), kind)
        return value

    made.register_unstructure_hook(kind, text_of)
    made.register_structure_hook(kind, lambda text, _: value_of(text))


def ignoring_duplicates(write: Callable[[], Any]) -> None:
    """An unordered bulk of inserts and upserts that are idempotent by their ids: what is there already stays."""
    try:
        write()
    except BulkWriteError as error:
        faults = (error.details or {}).get("writeErrors", [])
        if any(fault.get("code") != _DUPLICATE for fault in faults) or not faults:
            raise


def connect(url: str, *, name: str) -> Database[Any]:
    """The database that the URL's path names: majority and journaled writes, majority reads from the primary.

    Limits: server selection 3 s, socket 12 s, write concern 5 s. The client is lazy: nothing is sent here.
    """
    client: MongoClient[Any] = MongoClient(
        url,
        appname=name,
        retryWrites=True,
        serverSelectionTimeoutMS=3_000,
        connectTimeoutMS=3_000,
        socketTimeoutMS=12_000,
        maxPoolSize=64,
        tz_aware=True,
        tzinfo=UTC,
    )
    return client.get_default_database(
        codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
        write_concern=WriteConcern(w="majority", j=True, wtimeout=5_000),
        read_concern=ReadConcern("majority"),
    )
