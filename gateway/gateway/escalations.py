"""GET /v1/escalations, and the parts of the escalation feed put together: reader, buffer, history, streams."""

import re
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import orjson
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import incoming, target
from gateway.answers import next_page
from gateway.callers import Callers
from gateway.edge import Counts
from gateway.escalations_join import Place, place_of
from gateway.escalations_scope import NOT_READY, FeedScope, later
from gateway.history import Found, History
from gateway.problems import MALFORMED_QUERY, Problem
from gateway.sse import Streams
from gateway.store import Store, StoreDown
from gateway.stream import Reader, Stream
from gateway.stream_buffer import Buffer
from gateway.target import Query

PATH, STREAM_PATH = "/v1/escalations", "/v1/escalations/stream"
PAGE = 50
_PARAMETERS = frozenset({"limit", "cursor", "level", "since"})
_LEVEL = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")


@frozen
class Wanted:
    """What a caller asks the list for."""

    limit: int
    before: Place | None
    level: str | None
    since: datetime | None


class Listing:
    """The paged list of the escalations in the caller's units, newest first."""

    def __init__(self, callers: Callers, scope: FeedScope, history: History) -> None:
        self._callers = callers
        self._scope = scope
        self._history = history

    async def page(self, request: Request) -> Response:
        """One page; `position` is where a stream goes on after that event. Raises a Problem."""
        arrived = incoming.of(request.scope)
        bearer = await self._callers.identify(arrived)
        arrived.caller = bearer.principal.id
        with self._callers.admitted(bearer, "default", arrived):
            units = await self._scope.units(bearer, arrived)
            query = target.query(arrived.query_string)
            wanted = wanted_of(query)
            found = await self._find(units, wanted)
        shown = found[: wanted.limit]
        headers = {}
        if len(found) > len(shown):
            cursor = str(Place(shown[-1].epoch, shown[-1].offset))
            headers["link"] = f'<{next_page(arrived.raw_path, query, cursor).decode()}>; rel="next"'
        body = orjson.dumps({"items": [_item(one) for one in shown]})
        return Response(body, media_type="application/json", headers=headers)

    async def _find(self, units: frozenset[str], wanted: Wanted) -> list[Found]:
        before = None if wanted.before is None else (wanted.before.epoch, wanted.before.offset)
        try:
            return await self._history.page(
                units, before=before, level=wanted.level, since=wanted.since, most=wanted.limit + 1
            )
        except StoreDown:
            raise later(NOT_READY) from None


@frozen
class Escalations:
    """The feed of one gateway process."""

    reader: Reader
    streams: Streams
    listing: Listing

    def upkeep(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What has to run as long as the process does."""
        return self.reader.run(), self.reader.project()

    def routes(self) -> list[Route]:
        """The feed's addresses."""
        return [
            Route(STREAM_PATH, self.streams, methods=["GET"]),
            Route(PATH, self.listing.page, methods=["GET"]),
        ]

    def close(self) -> None:
        """End the open streams."""
        self.streams.close()


def assemble(
    amqp_url: str, store: Store, callers: Callers, scope: FeedScope, counts: Counts, *, stream: str
) -> Escalations:
    """The feed over this stream's queue. Connects to nothing yet."""
    log = Stream(stream)
    buffer, history = Buffer(), History(store.database, log.epoch)
    reader = Reader(amqp_url, log, buffer, history)
    streams = Streams(callers, scope, buffer, history, reader, counts, epoch=log.epoch)
    return Escalations(reader, streams, Listing(callers, scope, history))


def wanted_of(query: Query) -> Wanted:
    """What the query asks for. Raises a Problem."""
    target.check_page(query)
    for name, value in query.items():
        if name not in _PARAMETERS or not isinstance(value, str):
            raise _wrong(f"没有参数 {name},或给出了多次", f"there is no parameter {name}, or it comes more than once")
    text = {name: str(value) for name, value in query.items()}
    level = text.get("level")
    if level is not None and not _LEVEL.match(level):
        raise _wrong("level 有误", "level is no level")
    return Wanted(int(text.get("limit", PAGE)), _before(text.get("cursor")), level, _since(text.get("since")))


def _before(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    place = place_of(cursor)
    if place is None:
        raise _wrong("无法识别的游标", "this cursor is not known here")
    return place


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        since = None
    if since is None or since.tzinfo is None:
        raise _wrong("since 须为带时区的时间(RFC 3339)", "since is an instant with its zone (RFC 3339)")
    return since


def _item(one: Found) -> dict[str, Any]:
    return {"position": str(Place(one.epoch, one.offset)), "event": orjson.Fragment(one.body)}


def _wrong(zh: str, en: str) -> Problem:
    return Problem(MALFORMED_QUERY, {"zh": zh, "en": en})
