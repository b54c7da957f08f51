"""GET /v1/my/tasks: the caller's open tasks, gathered from every service that lists some.

In time order: the match table is looked through for operations called `my_tasks`, whatever service offers them; all
are asked at the same time, each within its own short deadline; what they answer is merged, the earliest due first.
A service that is down, late or answers anything else is named in `missing`, and the answer is said to be partial: a
list without it is worth more than none.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Address

from gateway import incoming, limits, target
from gateway.callers import Callers
from gateway.dispatch import Tables
from gateway.incoming import Incoming
from gateway.language import accepts_json
from gateway.logs import log
from gateway.manifests import Operation
from gateway.problems import MALFORMED_QUERY, NOT_ACCEPTABLE, NOT_YET, Problem
from gateway.routes import Route, Standing
from gateway.rpc import AnswerLost, Rpc, TimedOut, Unsent, ask_present
from gateway.tokens import Bearer
from gateway.wire import Answer, Call, Done, WireFault

PATH = "/v1/my/tasks"
OPERATION = "my_tasks"

_NEVER = datetime.max.replace(tzinfo=UTC)


@frozen
class Part:
    """What one service has answered: its items, and whether it has more. `items` None: no usable answer."""

    service: str
    items: Sequence[Any] | None = None
    more: bool = False


class MyTasks:
    """The page that gathers. It knows no service by name."""

    def __init__(self, tables: Tables, callers: Callers, rpc: Rpc) -> None:
        self._tables = tables
        self._callers = callers
        self._rpc = rpc

    async def page(self, request: Request) -> Response:
        """The tasks as JSON; always whole or said to be partial. Raises a Problem."""
        arrived = incoming.of(request.scope)
        if not accepts_json(arrived.headers.get(b"accept", b"").decode("latin-1")):
            raise Problem(NOT_ACCEPTABLE)
        bearer = await self._callers.identify(arrived)
        arrived.caller = bearer.principal.id
        with self._callers.admitted(bearer, "default", arrived):
            _check_query(arrived)
            offered = [route for route in self._tables.table.routes if _lists_tasks(route.operation)]
            if not offered and not self._tables.knows:
                raise Problem(NOT_YET, headers=((b"retry-after", b"%d" % limits.RETRY_NEW_SECONDS),))
            parts = await asyncio.gather(*(self._part(arrived, bearer, route) for route in offered))
        return Response(orjson.dumps(merged(parts)), media_type="application/json")

    def address(self) -> Address:
        """Where it is found."""
        return Address(PATH, self.page, methods=["GET"])

    async def _part(self, arrived: Incoming, bearer: Bearer, route: Route) -> Part:
        operation = route.operation
        if route.standing is not Standing.SERVED:
            return Part(operation.service)
        try:
            answer = await ask_present(self._rpc, _call(arrived, bearer, operation))
        except (Unsent, AnswerLost, TimedOut, WireFault) as fault:
            log.warning("tasks_missing", target=operation.service, why=type(fault).__name__)
            return Part(operation.service)
        return part_of(operation.service, answer)


def part_of(service: str, answer: Answer) -> Part:
    """What the service's answer contributes; nothing where it is not a list of tasks."""
    body = answer.body if isinstance(answer, Done) and isinstance(answer.body, dict) else {}
    items = body.get("items")
    try:
        for item in items or ():
            _due(item)
    except (TypeError, ValueError, KeyError):
        items = None
    if items is None:
        log.warning("tasks_missing", target=service, why=type(answer).__name__)
        return Part(service)
    return Part(service, items, more=bool(body.get("more")))


def merged(parts: Iterable[Part]) -> dict[str, Any]:
    """The whole answer: all items, the earliest due first, at most `TASKS_LISTED`; and which services are missing."""
    known = list(parts)
    items = sorted((item for part in known for item in part.items or ()), key=_due)
    missing = sorted({part.service for part in known if part.items is None})
    more = len(items) > limits.TASKS_LISTED or any(part.more for part in known)
    return {"items": items[: limits.TASKS_LISTED], "more": more, "partial": bool(missing), "missing": missing}


def _due(item: Any) -> datetime:
    due = item["due"]
    return _NEVER if due is None else datetime.fromisoformat(due).astimezone(UTC)


def _lists_tasks(operation: Operation) -> bool:
    return operation.name == OPERATION and operation.method == "GET" and "{}" not in operation.shape


def _call(arrived: Incoming, bearer: Bearer, operation: Operation) -> Call:
    seconds = min(operation.deadline_seconds, limits.TASKS_SECONDS)
    trace = arrived.trace
    kwargs: dict[str, Any] = {"path": {}, "query": {}, "key": None, "if_match": None, "body": None}
    return Call(
        operation.service,
        operation.name,
        kwargs,
        bearer.assertion,
        f"{trace.request_id}.{operation.service}",
        trace.traceparent,
        time.time() + seconds,
        seconds,
    )


def _check_query(arrived: Incoming) -> None:
    for name in target.query(arrived.query_string):
        raise Problem(MALFORMED_QUERY, {"zh": f"没有参数 {name}", "en": f"there is no parameter {name}"})
