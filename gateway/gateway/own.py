"""The gateway's own addresses: the token endpoint, its description of itself, and health."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import incoming, openapi, pages
from gateway.discovery import Discovery
from gateway.preconditions import unchanged
from gateway.problems import KINDS, NOT_FOUND, Problem

Endpoint = Callable[[Request], Awaitable[Response]]


class Descriptions:
    """The pages that describe the gateway. The merged document is made once for each match table."""

    def __init__(self, discovery: Discovery, *, public_url: str) -> None:
        self._discovery = discovery
        self._public_url = public_url
        self._made_of: object = None
        self._document: dict[str, object] = {}
        self._text = self._tag = b""

    async def openapi(self, request: Request) -> Response:
        self._refresh()
        headers = {"etag": self._tag.decode(), "cache-control": "no-cache"}
        if unchanged(incoming.of(request.scope).headers.get(b"if-none-match"), self._tag):
            return Response(status_code=304, headers=headers)
        return Response(self._text, media_type="application/json", headers=headers)

    async def docs(self, request: Request) -> Response:
        self._refresh()
        return _html(pages.operations_page(self._document, incoming.of(request.scope).language))

    async def problems(self, request: Request) -> Response:
        return _html(pages.problems_page(pages.all_kinds(), incoming.of(request.scope).language))

    async def problem(self, request: Request) -> Response:
        arrived = incoming.of(request.scope)
        kind = KINDS.get(request.path_params["code"])
        if kind is None:
            raise Problem(NOT_FOUND)
        if b"html" in arrived.headers.get(b"accept", b""):
            return _html(pages.problems_page([kind], arrived.language))
        return Response(orjson.dumps(pages.problem_object(kind, arrived.language)), media_type="application/json")

    def _refresh(self) -> None:
        table = self._discovery.table
        if table is not self._made_of:
            self._document = openapi.merged(self._discovery.registry, table.routes, public_url=self._public_url)
            self._text = orjson.dumps(self._document)
            self._tag = b'"%s"' % hashlib.sha256(self._text).hexdigest()[:32].encode()
            self._made_of = table

    def routes(self) -> list[Route]:
        return [
            Route("/openapi.json", self.openapi),
            Route("/docs", self.docs),
            Route("/problems", self.problems),
            Route("/problems/{code}", self.problem),
        ]


def router(routes: Sequence[Route]) -> ASGIApp:
    """The application of these routes; what fits none of them is a problem, not a page of Starlette's."""
    inner = Router(routes, redirect_slashes=False, default=_nothing)
    templates = {route.path for route in routes}

    async def own(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = inner  # so that a wrong method is raised, and becomes a problem at the edge
        path = scope["path"]
        if path in templates:
            incoming.of(scope).route = path
        elif path.startswith("/problems/"):
            incoming.of(scope).route = "/problems/{code}"
        elif path.startswith("/a/"):
            incoming.of(scope).route = "/a/{link}"
        await inner(scope, receive, send)

    return own


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
    raise Problem(NOT_FOUND)


def _html(page: str) -> Response:
    headers = {"content-security-policy": pages.CONTENT_SECURITY, "vary": "accept-language"}
    return HTMLResponse(page, headers=headers)
