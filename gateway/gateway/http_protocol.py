"""uvicorn's HTTP protocol with what it leaves open: time and size of a request's head, and answers in our shape.

A request has 10 s from its first byte for its headers and 30 s for all of it, an upload 300 s; an idle connection has
uvicorn's keep-alive time. What isn't HTTP gets a problem document like everything else.
"""

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway import limits
from gateway.language import Language
from gateway.problems import HEADERS_TOO_LARGE, MALFORMED_REQUEST, Kind

UPLOADS_PATH = b"/v1/uploads"


class GuardedProtocol(HttpToolsProtocol):
    """One client connection."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = self._discarded = 0
        self._discards = limits.DISCARD_BYTES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._within(limits.HEAD_SECONDS)
        if len(self.connections) > limits.CONNECTIONS:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > limits.HEADER_BYTES + limits.URL_BYTES:
                self._refuse(HEADERS_TOO_LARGE, {"count": limits.HEADER_COUNT, "most": limits.HEADER_BYTES})

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = self._discarded = 0
        self._within(limits.HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._in_head = False
        upload = self.url.partition(b"?")[0] == UPLOADS_PATH
        self._discards = limits.UPLOAD_DISCARD_BYTES if upload else limits.DISCARD_BYTES
        self._within(limits.UPLOAD_SECONDS if upload else limits.MESSAGE_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > self._discards:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unset()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words stay inside
        self._refuse(MALFORMED_REQUEST, {})

    def _within(self, seconds: float) -> None:
        self._unset()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _unset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, kind: Kind, facts: dict[str, object]) -> None:
        """Answer a request that never became one, and close."""
        if self.transport.is_closing():
            return
        language: Language = "zh"
        detail = kind.detail.of(language).format(**facts)
        words = {"title": kind.title.of(language), "detail": detail}
        content = orjson.dumps({"type": f"/problems/{kind.code}", "status": kind.status, "code": kind.code, **words})
        head = [
            STATUS_LINE[kind.status],
            b"content-type: application/problem+json\r\ncontent-language: zh\r\ncache-control: no-store\r\n",
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(content),
        ]
        self.transport.write(b"".join([*head, content]))
        self.transport.close()
