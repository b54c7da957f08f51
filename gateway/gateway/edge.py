"""The outermost layer: every answer gets its trace, its security headers, its log line and its metric here.

What goes wrong below becomes a problem here and nowhere else, so no answer ever shows the inside.
"""

import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import answers, incoming, metrics
from gateway.body import Disconnected
from gateway.dispatch import send_answer
from gateway.incoming import Incoming
from gateway.logs import log, whereabouts
from gateway.manifests import METHODS
from gateway.problems import DEFECT, METHOD_NOT_ALLOWED, NOT_FOUND, Problem

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
)
NO_STORE = (b"cache-control", b"no-store")
CLOSED_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
CLIENT_GONE = 499
_METHODS = frozenset({*METHODS, "HEAD", "OPTIONS"})


class Counts:
    """What this process has at work, and how much it has taken in since it started."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.taken = 0


class Edge:
    """Pure ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, counts: Counts, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._counts = counts
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = scope[incoming.KEY] = incoming.read(scope)
        reply = _Reply(request, send)
        began = self._clock()
        self._counts.in_flight += 1
        self._counts.taken += 1
        try:
            await self._answer(scope, receive, reply)
        finally:
            self._counts.in_flight -= 1
            _record(request, reply, self._clock() - began)

    async def _answer(self, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        request = incoming.of(scope)
        try:
            incoming.check(scope)
            await self._app(scope, receive, reply)
        except Problem as problem:
            await _send_problem(problem, request, reply)
        except HTTPException as fault:
            await _send_problem(_of_starlette(fault), request, reply)
        except Disconnected:
            reply.status = CLIENT_GONE
        except Exception as fault:
            log.error("defect", trace_id=request.trace.trace_id, route=request.route, **whereabouts(fault))
            if reply.status:
                raise  # half an answer is out: closing the connection is all that is left
            await _send_problem(Problem(DEFECT), request, reply)


class _Reply:
    """The `send` of one request: adds what every answer has, and remembers what it was."""

    def __init__(self, request: Incoming, send: Send) -> None:
        self._request = request
        self._send = send
        self.status = 0
        self.code: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.code = message.pop("code", None)
            message["headers"] = [*message["headers"], *self._common(message["headers"])]
        await self._send(message)

    def _common(self, given: object) -> list[tuple[bytes, bytes]]:
        trace = self._request.trace
        names = {name for name, _ in given} if isinstance(given, list | tuple) else set()
        defaults = [header for header in (NO_STORE, CLOSED_CONTENT) if header[0] not in names]
        ids = [(b"x-request-id", trace.request_id.encode()), (b"traceparent", trace.traceparent.encode())]
        return [*defaults, *ids, *self._request.limit_headers, *SECURITY_HEADERS]


async def _send_problem(problem: Problem, request: Incoming, reply: _Reply) -> None:
    await send_answer(reply, answers.of_problem(problem, language=request.language, trace=request.trace))


def _of_starlette(fault: HTTPException) -> Problem:
    if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allow = (fault.headers or {}).get("Allow", "")
        return Problem(METHOD_NOT_ALLOWED, {"allow": allow}, headers=((b"allow", allow.encode()),))
    return Problem(NOT_FOUND)


def _record(request: Incoming, reply: _Reply, seconds: float) -> None:
    method = request.method if request.method in _METHODS else "OTHER"
    metrics.observe_request(method, request.route, reply.status, seconds)
    log.info(
        "request",
        method=method,
        route=request.route,
        status=reply.status,
        code=reply.code,
        ms=round(seconds * 1000, 2),
        principal=request.caller,
        trace_id=request.trace.trace_id,
        request_id=request.trace.request_id,
    )
