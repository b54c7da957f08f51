"""The query for which objects are kept, which every service that takes uploads offers alike.

The gateway finds it by its name in the manifests and asks before it sets an unused object aside. A service that could
not be asked would lose what it refers to, so a contract that takes uploads without offering this is refused.
"""

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, validate

from chassis.contract import KEEPING, Operation, Words, query
from chassis.service import Answer, Call
from chassis.store import Aggregates

STAMP = "objects"
"""The stamp of an aggregate that names the hashes it refers to; left out where there are none, and indexed sparsely."""

SWEEP = "object.sweep"
"""The grant of the gateway, and of whoever looks after the object store; no post has it."""

MOST_HASHES = 100
HASHES = rf"^[0-9a-f]{{64}}(,[0-9a-f]{{64}}){{0,{MOST_HASHES - 1}}}$"


class HashesIn(Schema):
    """Hashes, parted by commas."""

    hashes = fields.String(required=True, validate=validate.Regexp(HASHES + r"(?!\n)"), metadata={"pattern": HASHES})


class KeptOut(Schema):
    """Those of them that a record refers to."""

    kept = fields.List(fields.String(), required=True)


def objects_kept_operation(service: str) -> Operation:
    """The declaration: the gateway asks, and whoever looks after the object store."""
    return query(
        KEEPING,
        f"/v1/{service}/objects-kept",
        says=Words("哪些文件仍被引用", "which of these files are referred to"),
        needs=SWEEP,
        asks=HashesIn(),
        gives=KeptOut(),
    )


def answer_objects_kept(call: Call, kinds: Iterable[Aggregates[Any]]) -> Answer:
    """Which of the hashes asked for are stamped on any document of these kinds, whatever its unit."""
    asked = set(call.query["hashes"].split(","))
    kept: set[str] = set()
    for kind in kinds:
        found = kind.collection.find({STAMP: {"$in": sorted(asked)}}, {STAMP: 1}, max_time_ms=5_000)
        for document in found:
            kept |= asked & set(document[STAMP])
    return Answer({"kept": sorted(kept)})
