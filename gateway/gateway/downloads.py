"""Objects on their way out: what a service has answered with is streamed from the store, and never part of a message.

The service has decided that the caller may have it, and names its hash, size, media type and file name. Its bytes are
hashed as they go; the last of them are sent only when the hash is right. So altered bytes of up to one chunk are
answered with a problem, and a larger object breaks off before its end, which no client takes for the whole of it.
"""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from urllib.parse import quote

from attrs import frozen
from starlette.types import Send

from chassis.objects import Damaged, Objects, StoreAway
from gateway import limits, metrics
from gateway.body import Disconnected
from gateway.incoming import Incoming
from gateway.logs import log
from gateway.problems import DEFECT, OBJECT_DAMAGED, Header, Problem
from gateway.uploads import away
from gateway.wire import Done

_HASH = re.compile(r"[0-9a-f]{64}\Z")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+\Z")


@frozen
class Found:
    """The object that a service has answered with."""

    hash: str
    size: int
    type: str
    name: str

    def headers(self) -> tuple[Header, ...]:
        """It is saved and never shown in place, whatever it is."""
        digest = base64.b64encode(bytes.fromhex(self.hash))
        return (
            (b"content-type", self.type.encode()),
            (b"content-length", b"%d" % self.size),
            (b"content-disposition", b"attachment; filename*=UTF-8''" + quote(self.name, safe="").encode()),
            (b"repr-digest", b"sha-256=:" + digest + b":"),
        )


@frozen
class Downloads:
    """Sends objects."""

    objects: Objects | None

    async def send(self, reply: Done, request: Incoming, send: Send) -> None:
        """Stream what the service has answered with. Raises a Problem; Damaged, Disconnected after the first byte."""
        found = _found(reply.body, request)
        if self.objects is None:
            raise away("no store is configured")
        async with aclosing(self.objects.chunks(found.hash, found.size)) as chunks:
            first = b"" if request.method == "HEAD" else await _first(chunks, found, request)
            await send({"type": "http.response.start", "status": reply.status, "headers": found.headers()})
            if first:
                await _stream(first, chunks, found, request, send)
            await send({"type": "http.response.body", "body": b""})


async def _first(chunks: AsyncGenerator[bytes, None], found: Found, request: Incoming) -> bytes:
    try:
        return await anext(chunks)
    except StoreAway as fault:
        raise away(str(fault)) from fault
    except Damaged as fault:
        _report(fault, found, request)
        raise Problem(OBJECT_DAMAGED, {"hash": found.hash}) from fault


async def _stream(
    first: bytes, chunks: AsyncGenerator[bytes, None], found: Found, request: Incoming, send: Send
) -> None:
    try:
        await _one(first, send)
        async for chunk in chunks:
            await _one(chunk, send)
    except Damaged as fault:
        _report(fault, found, request)
        raise


async def _one(chunk: bytes, send: Send) -> None:
    """A client that takes nothing for so long is dropped."""
    try:
        async with asyncio.timeout(limits.STREAM_SEND_SECONDS):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except TimeoutError:
        raise Disconnected from None


def _found(body: object, request: Incoming) -> Found:
    """What the service says, checked: it goes into headers and into a path."""
    try:
        assert isinstance(body, Mapping)
        found = Found(str(body["hash"]), int(body["size"]), str(body["type"]), str(body["name"]))
    except (AssertionError, KeyError, TypeError, ValueError):
        found = None
    if found is None or not _HASH.match(found.hash) or not _TYPE.match(found.type) or found.size < 1:
        log.error("answer_malformed", target=request.route, why="no object", trace_id=request.trace.trace_id)
        raise Problem(DEFECT)
    return found


def _report(fault: Damaged, found: Found, request: Incoming) -> None:
    metrics.OBJECTS_DAMAGED.inc()
    log.error("object_damaged", hash=found.hash, why=str(fault), trace_id=request.trace.trace_id)
