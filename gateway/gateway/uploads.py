"""POST /v1/uploads: bytes go past the broker into the object store; what services get is the receipt of them.

In time order: the caller is known and has quota left; type and declared length are looked at before any byte is taken;
the bytes are counted, hashed and looked at as they are streamed to the store, never held as a whole. Whatever is wrong
ends the stream, and nothing stays. What came whole is answered with its hash and a receipt for the same caller.
"""

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any

import orjson
from joserfc.jwk import OKPKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Address
from starlette.types import Receive

from chassis.objects import Objects, StoreAway
from chassis.uploads import RECEIPT_SECONDS, Upload, receipt_for
from gateway import incoming, limits
from gateway.body import Disconnected
from gateway.callers import Callers
from gateway.incoming import Incoming
from gateway.language import accepts_json
from gateway.logs import log
from gateway.media import PERMITTED, NotAsDeclared, Sight
from gateway.problems import (
    BODY_TIMEOUT,
    DIGEST_DIFFERS,
    NOT_ACCEPTABLE,
    OBJECTS_AWAY,
    UPLOAD_DIFFERS,
    UPLOAD_EMPTY,
    UPLOAD_TOO_LARGE,
    UPLOAD_TYPE,
    Problem,
)

PATH = "/v1/uploads"
QUOTA = "upload"

_DIGEST = re.compile(rb"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]+={0,2}):")


class Uploads:
    """Takes uploads. `most` is the size in bytes that is taken."""

    def __init__(
        self,
        callers: Callers,
        objects: Objects | None,
        key: OKPKey,
        *,
        most: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._callers = callers
        self._objects = objects
        self._key = key
        self._most = most
        self._clock = clock
        self._room = asyncio.Semaphore(limits.UPLOADS)

    async def take(self, request: Request) -> Response:
        """One upload: 201 with its hash, size, type and receipt. Raises a Problem, or Disconnected."""
        arrived = incoming.of(request.scope)
        if not accepts_json(arrived.headers.get(b"accept", b"").decode("latin-1")):
            raise Problem(NOT_ACCEPTABLE)
        bearer = await self._callers.identify(arrived)
        arrived.caller = bearer.principal.id
        with self._callers.admitted(bearer, QUOTA, arrived):
            upload = await self._kept(arrived, request.receive)
        now = self._clock()
        receipt = receipt_for(upload, bearer.principal.id, self._key, now=now)
        return Response(orjson.dumps(_shown(upload, receipt, now)), 201, media_type="application/json")

    def address(self) -> Address:
        """Where it is found."""
        return Address(PATH, self.take, methods=["POST"])

    async def _kept(self, arrived: Incoming, receive: Receive) -> Upload:
        content = Content(declared_type(arrived), self._most, arrived.headers.get(b"content-digest"))
        content.check_length(arrived.headers.get(b"content-length"))
        if self._objects is None:
            raise away("no store is configured")
        try:
            async with self._room:
                stored = await self._objects.take(content.chunks(receive))
        except StoreAway as fault:
            raise away(str(fault)) from fault
        return Upload(stored.hash, stored.size, content.type)


class Content:
    """The bytes of one upload on their way: counted, hashed and looked at."""

    def __init__(self, type: str, most: int, digest: bytes | None) -> None:
        self.type = type
        self._most = most
        self._digest = digest
        self._size = 0
        self._hash = sha256()
        self._sight = Sight(type)

    def check_length(self, declared: bytes | None) -> None:
        """Refuse what says of itself that it is empty or too large."""
        if declared is not None and int(declared) > self._most:
            raise self._too_large()
        if declared == b"0":
            raise Problem(UPLOAD_EMPTY)

    async def chunks(self, receive: Receive) -> AsyncIterator[bytes]:
        """What comes, until all of it is there and right. Raises a Problem, or Disconnected."""
        try:
            async for chunk in _received(receive):
                self._see(chunk)
                yield chunk
            if not self._size:
                raise Problem(UPLOAD_EMPTY)
            self._sight.end()
        except NotAsDeclared:
            raise Problem(UPLOAD_DIFFERS, {"type": self.type, "types": ", ".join(PERMITTED)}) from None
        if self._digest is not None and not _states(self._digest, self._hash.digest()):
            raise Problem(DIGEST_DIFFERS, {"hash": self._hash.hexdigest()})

    def _see(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > self._most:
            raise self._too_large()
        if self._digest is not None:
            self._hash.update(chunk)
        self._sight.see(chunk)

    def _too_large(self) -> Problem:
        return Problem(UPLOAD_TOO_LARGE, {"most": self._most, "megabytes": f"{self._most / 1024 / 1024:g}"})


def declared_type(arrived: Incoming) -> str:
    """The media type that the request declares. Raises a Problem for one that is not permitted, or compressed."""
    given = arrived.headers.get(b"content-type", b"").decode("latin-1")
    name = given.partition(";")[0].strip().lower()
    if name not in PERMITTED or arrived.headers.get(b"content-encoding", b"identity") != b"identity":
        raise Problem(UPLOAD_TYPE, {"types": ", ".join(PERMITTED)})
    return name


def away(why: str) -> Problem:
    """The 503 while the object store can not be used."""
    log.error("objects_away", why=why)
    return Problem(OBJECTS_AWAY, headers=((b"retry-after", b"%d" % limits.RETRY_DOWN_SECONDS),))


async def _received(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        try:
            async with asyncio.timeout(limits.UPLOAD_PAUSE_SECONDS):
                message = await receive()
        except TimeoutError:
            raise Problem(BODY_TIMEOUT, {"seconds": round(limits.UPLOAD_PAUSE_SECONDS)}) from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        if chunk := message.get("body", b""):
            yield chunk
        more = message.get("more_body", False)


def _states(header: bytes, digest: bytes) -> bool:
    """Whether a Content-Digest (RFC 9530) states this SHA-256."""
    stated = _DIGEST.search(header)
    return stated is not None and stated[1] == base64.b64encode(digest)


def _shown(upload: Upload, receipt: str, now: float) -> dict[str, Any]:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(now) + RECEIPT_SECONDS))
    shown = {"hash": upload.hash, "size": upload.size, "type": upload.type}
    return {**shown, "receipt": receipt, "receipt_until": until}
