"""The ids that tie a request's answer, its log lines and its messages together (W3C Trace Context)."""

import re
import secrets

import uuid_utils
from attrs import frozen

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})\Z")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


@frozen
class Trace:
    """`request_id` is this request's own; `trace_id` may span several; `traceparent` is what is passed on."""

    request_id: str
    trace_id: str
    traceparent: str


def begin(traceparent: str | None) -> Trace:
    """Go on with the caller's trace if it gives a valid one, else begin another."""
    fresh = secrets.token_hex(24)
    trace_id, flags = _continued(traceparent) or (fresh[16:], "01")
    return Trace(str(uuid_utils.uuid7()), trace_id, f"00-{trace_id}-{fresh[:16]}-{flags}")


def _continued(traceparent: str | None) -> tuple[str, str] | None:
    match = _TRACEPARENT.match(traceparent) if traceparent else None
    if match is None or match[1] == _NO_TRACE or match[2] == _NO_SPAN:
        return None
    return match[1], match[3]
