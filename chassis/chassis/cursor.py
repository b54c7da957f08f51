"""Pages by cursor: newest first by (`at`, `_id`), so that what is inserted meanwhile is neither doubled nor missed.

A cursor is opaque to callers: the last row's place, base64url. A cursor that was not given out here is refused.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pymongo import DESCENDING

from chassis.errors import Malformed
from chassis.store import Aggregates, Loaded, Reach

State = TypeVar("State")


class CursorUnknown(Malformed):
    """The cursor was not given out by this service."""

    code = "chassis.cursor_unknown"
    zh = "无法识别的游标，请从第一页重新读取"
    en = "this cursor is not known here; start again from the first page"


def page(
    aggregates: Aggregates[State], reach: Reach | None, wanted: Mapping[str, Any], *, limit: int, cursor: str | None
) -> tuple[list[Loaded], str | None]:
    """Up to `limit` aggregates within reach that match, newest first by `at`, and the cursor of the next page."""
    query: dict[str, Any] = dict(wanted)
    if reach is not None:
        query["units"] = {"$in": list(reach.within)}
    if cursor is not None:
        at, last = _place(cursor)
        query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": last}}]
    found = aggregates.find_stamped(query, sort=[("at", DESCENDING), ("_id", DESCENDING)], limit=limit + 1)
    shown = [loaded for _, loaded in found[:limit]]
    return shown, _cursor([found[limit - 1][0].isoformat(), shown[-1].id]) if len(found) > limit else None


def row_cursor(seq: int) -> str:
    """The cursor of rows after number `seq`."""
    return _cursor([seq])


def row_place(cursor: str | None) -> int:
    """The number after which the next rows come (CursorUnknown)."""
    if cursor is None:
        return 0
    match _parts(cursor):
        case [int(seq)] if 0 <= seq < 2**53:
            return seq
    raise CursorUnknown(pointer="/query/cursor")


def _place(cursor: str) -> tuple[datetime, str]:
    match _parts(cursor):
        case [str(at), str(last)]:
            try:
                last.encode()
                return datetime.fromisoformat(at).astimezone(UTC), last
            except (ValueError, OverflowError):
                pass
    raise CursorUnknown(pointer="/query/cursor")


def _cursor(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _parts(cursor: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise CursorUnknown(pointer="/query/cursor") from None
