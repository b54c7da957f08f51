"""Domain values to documents and back, and connections to the database with the durability that we promise."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from bson.codec_options import CodecOptions
from cattrs import Converter
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, ExecutionTimeout, NotPrimaryError, WTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

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
