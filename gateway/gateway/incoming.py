"""One request as the gateway knows it while it is at work."""

from typing import Any

from attrs import define
from starlette.types import Scope

from gateway import limits, trace
from gateway.language import Language, language_of
from gateway.problems import HEADERS_TOO_LARGE, MALFORMED_REQUEST, URL_TOO_LONG, Header, Problem
from gateway.trace import Trace

UNMATCHED = "(none)"
KEY = "decalog.incoming"  # where it stands in the ASGI scope

_ONCE = frozenset(
    {b"authorization", b"content-type", b"content-length", b"host", b"idempotency-key", b"if-match", b"traceparent"}
)


@define
class Incoming:
    """A request's head. `route` and `caller` become known on its way; `limit_headers` go into its answer."""

    method: str
    raw_path: bytes
    query_string: bytes
    headers: dict[bytes, bytes]
    address: str
    trace: Trace
    language: Language
    route: str = UNMATCHED
    caller: str = "-"
    limit_headers: tuple[Header, ...] = ()


def read(scope: Scope) -> Incoming:
    """The head of the request in this scope, not yet checked."""
    given: list[Header] = scope["headers"]
    headers = dict(given)
    if len(headers) != len(given):
        headers = _joined(given)
    client = scope.get("client")
    return Incoming(
        method=scope["method"],
        raw_path=scope["raw_path"],
        query_string=scope["query_string"],
        headers=headers,
        address=client[0] if client else "local",
        trace=trace.begin(_text(headers.get(b"traceparent"))),
        language=language_of(_text(headers.get(b"accept-language")) or ""),
    )


def of(scope: Scope) -> Incoming:
    """The request that the edge has read from this scope."""
    found: Any = scope[KEY]
    assert isinstance(found, Incoming)
    return found


def check(scope: Scope) -> None:
    """The head is within limits and says each thing once. Raises a Problem."""
    headers: list[Header] = scope["headers"]
    if len(scope["raw_path"]) + len(scope["query_string"]) > limits.URL_BYTES:
        raise Problem(URL_TOO_LONG, {"most": limits.URL_BYTES})
    size = sum([len(name) + len(value) for name, value in headers])
    if size > limits.HEADER_BYTES or len(headers) > limits.HEADER_COUNT:
        raise Problem(HEADERS_TOO_LARGE, {"count": limits.HEADER_COUNT, "most": limits.HEADER_BYTES})
    names = [name for name, _ in headers]
    if len(set(names)) != len(names) and any(names.count(name) > 1 for name in _ONCE):
        raise Problem(MALFORMED_REQUEST)


def _joined(headers: list[Header]) -> dict[bytes, bytes]:
    """Headers given several times are one list (RFC 9110, 5.3)."""
    joined: dict[bytes, bytes] = {}
    for name, value in headers:
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value is not None else None
