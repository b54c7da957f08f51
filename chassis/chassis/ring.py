"""The ring: which commands a document has already applied.

It lies in the document itself, so that it is written by the same write as the effect. It keeps the last
`RING_LENGTH` commands of the last `RING_AGE`; what created the document (`born`) stays for ever.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from attrs import frozen

from chassis.errors import Malformed

RING_LENGTH = 64
RING_AGE = timedelta(hours=24)


class KeyReused(Malformed):
    """The idempotency key was used before for another request."""

    code = "chassis.key_reused"
    zh = "幂等键已用于另一个不同的请求"
    en = "the idempotency key was used before with a different request"


@frozen
class Mark:
    """One applied command as the ring keeps it."""

    id: str
    principal: str
    operation: str
    fingerprint: str
    status: int
    version: int
    at: datetime


def command_id(principal: str, operation: str, key: str) -> str:
    """The id of a command that carries an idempotency key: the same for every retry by the same principal."""
    return hashlib.sha256("\x00".join((principal, operation, key)).encode()).hexdigest()


def fingerprint(path: Mapping[str, Any], body: Any) -> str:
    """What makes two requests the same request: the canonical form of path and body, hashed."""
    return hashlib.sha256(orjson.dumps([path, body], option=orjson.OPT_SORT_KEYS)).hexdigest()


def find(ring: tuple[Mark, ...], mark_id: str, print_: str) -> Mark | None:
    """The mark of this command if the document has applied it; KeyReused if it was another request."""
    for mark in ring:
        if mark.id == mark_id:
            if mark.fingerprint != print_:
                raise KeyReused
            return mark
    return None


def remember(ring: tuple[Mark, ...], mark: Mark, *, now: datetime) -> tuple[Mark, ...]:
    """The ring with one more mark, cut to its length and age. `now` and the marks' `at` are machine time."""
    fresh = tuple(old for old in ring if now - old.at < RING_AGE)
    return (*fresh[-(RING_LENGTH - 1) :], mark)
