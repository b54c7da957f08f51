"""One request's way through the gateway: route, caller, limits, input, service, answer.

Pure ASGI: a request is read straight from its scope. What can be refused cheaply is refused first, and nothing of
the body is read before the caller is known.
"""

import time
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import answers, body, incoming, limits, preconditions, target
from gateway.answers import Answer
from gateway.callers import Callers
from gateway.downloads import Downloads
from gateway.incoming import Incoming
from gateway.language import accepts_json
from gateway.logs import log
from gateway.manifests import RESERVED_SEGMENTS, Operation
from gateway.problems import (
    ANSWER_LOST,
    BODY_UNEXPECTED,
    BUSY,
    DEFECT,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    NOT_YET,
    SERVICE_DOWN,
    TIMED_OUT,
    Kind,
    Problem,
)
from gateway.routes import Found, Route, Standing, Table, WrongMethod
from gateway.rpc import AnswerLost, Rpc, TimedOut, Unsent, ask_present
from gateway.tokens import Bearer
from gateway.wire import Absent, Broken, Call, Done, WireFault
from gateway.wire import Answer as Reply


class Tables(Protocol):
    """Where the present match table is found."""

    @property
    def table(self) -> Table: ...

    @property
    def knows(self) -> bool:
        """Whether a path that is not in the table is known not to exist."""


class Dispatch:
    """The catch-all: requests that a manifest claims go to its service, all others to the gateway's own pages."""

    def __init__(self, tables: Tables, callers: Callers, rpc: Rpc, own: ASGIApp, downloads: Downloads) -> None:
        self._tables = tables
        self._callers = callers
        self._rpc = rpc
        self._own = own
        self._downloads = downloads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = incoming.of(scope)
        segments = target.segments(request.raw_path)
        found = self._tables.table.match(request.method, segments[1:]) if segments[0] == "v1" else None
        if found is None:
            await self._pass_on(segments, scope, receive, send)
        elif isinstance(found, WrongMethod):
            await send_answer(send, _wrong_method(request, found))
        else:
            await self._operate(request, found, receive, send)

    async def _pass_on(self, segments: tuple[str, ...], scope: Scope, receive: Receive, send: Send) -> None:
        claimable = segments[0] == "v1" and segments[1:2] and segments[1] not in RESERVED_SEGMENTS
        if claimable and not self._tables.knows:
            raise _later(NOT_YET, limits.RETRY_NEW_SECONDS)
        await self._own(scope, receive, send)

    async def _operate(self, request: Incoming, found: Found, receive: Receive, send: Send) -> None:
        operation = found.route.operation
        request.route = operation.path
        _check_standing(found.route)
        if not operation.object and not accepts_json(request.headers.get(b"accept", b"").decode("latin-1")):
            raise Problem(NOT_ACCEPTABLE)
        bearer = await self._callers.identify(request, public=operation.public)
        request.caller = bearer.principal.id
        with self._callers.admitted(bearer, operation.quota, request):
            query = target.query(request.query_string)
            kwargs = await _kwargs(request, found, query, receive)
            reply = await self._ask(request, operation, bearer, kwargs)
            if operation.object and isinstance(reply, Done):
                await self._downloads.send(reply, request, send)
                return
        await send_answer(send, _answered(request, operation, query, reply))

    async def _ask(self, request: Incoming, operation: Operation, bearer: Bearer, kwargs: dict[str, Any]) -> Reply:
        seconds, trace = operation.deadline_seconds, request.trace
        call = Call(
            operation.service,
            operation.name,
            kwargs,
            bearer.assertion,
            trace.request_id,
            trace.traceparent,
            time.time() + seconds,
            seconds,
            request.address if operation.public else None,
        )
        try:
            return await ask_present(self._rpc, call)
        except Unsent:
            raise _later(BUSY, limits.RETRY_BUSY_SECONDS, service=operation.service) from None
        except AnswerLost:
            raise _later(ANSWER_LOST, limits.RETRY_BUSY_SECONDS) from None
        except TimedOut:
            raise Problem(TIMED_OUT, {"seconds": round(seconds)}) from None
        except WireFault as fault:
            log.error("answer_malformed", target=operation.service, why=str(fault), trace_id=trace.trace_id)
            raise Problem(DEFECT) from None


async def send_answer(send: Send, answer: Answer) -> None:
    """Send a whole answer."""
    length = (b"content-length", b"%d" % len(answer.body))
    bodiless = answer.status in (204, 304)
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": answer.headers if bodiless else (*answer.headers, length),
        "code": answer.code,
    }
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})


async def _kwargs(request: Incoming, found: Found, query: target.Query, receive: Receive) -> dict[str, Any]:
    """What the service is told of the request: its path, query, body, key and version. Raises a Problem."""
    operation = found.route.operation
    if not operation.command:
        target.check_page(query)
    headers = request.headers
    versions = headers.get(b"if-match") if operation.command else None
    return {
        "path": found.parameters,
        "query": query,
        "key": preconditions.idempotency_key(headers.get(b"idempotency-key"), operation.key),
        "if_match": preconditions.if_match(versions, operation.if_match),
        "body": await _body(request, operation, receive),
    }


async def _body(request: Incoming, operation: Operation, receive: Receive) -> dict[str, Any] | None:
    declared = request.headers.get(b"content-length")
    if declared in (None, b"0") and b"transfer-encoding" not in request.headers:
        return None
    if operation.method == "GET":
        raise Problem(BODY_UNEXPECTED, {"method": request.method})
    content = await body.read(receive, declared)
    if not content:
        return None
    body.check_media_type(request.headers.get(b"content-type"), request.headers.get(b"content-encoding"))
    return body.parse(content)


def _check_standing(route: Route) -> None:
    if route.standing is Standing.SERVED:
        return
    if route.standing is Standing.DOWN:
        raise _later(SERVICE_DOWN, limits.RETRY_DOWN_SECONDS, service=route.operation.service)
    raise _later(NOT_YET, limits.RETRY_NEW_SECONDS)


def _wrong_method(request: Incoming, found: WrongMethod) -> Answer:
    allow = (b"allow", found.allow.encode())
    if request.method == "OPTIONS":
        return Answer(204, (allow,))
    raise Problem(METHOD_NOT_ALLOWED, {"allow": found.allow}, headers=(allow,))


def _answered(request: Incoming, operation: Operation, query: target.Query, reply: Reply) -> Answer:
    if isinstance(reply, Done):
        return answers.of_done(
            reply,
            raw_path=request.raw_path,
            query=query,
            if_none_match=request.headers.get(b"if-none-match"),
            read=operation.method == "GET",
        )
    if isinstance(reply, Absent):
        raise _later(NOT_YET, limits.RETRY_NEW_SECONDS)
    if isinstance(reply, Broken):
        names = {"target": operation.service, "operation": operation.name, "fault": reply.fault}
        log.error("service_failed", trace_id=request.trace.trace_id, **names)
        raise Problem(DEFECT)
    return answers.of_refusal(reply, language=request.language, trace=request.trace)


def _later(kind: Kind, seconds: int, **facts: object) -> Problem:
    return Problem(kind, facts, headers=((b"retry-after", b"%d" % seconds),))
