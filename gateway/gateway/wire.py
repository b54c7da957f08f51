"""nameko's RPC wire format: what a request says and what an answer means."""

from collections.abc import Mapping
from typing import Any, Literal

import orjson
from attrs import frozen

from gateway.language import Words
from gateway.problems import Fault

EXCHANGE = "nameko-rpc"
REPLY_TO = "amq.rabbitmq.reply-to"

RefusalKind = Literal["missing", "conflict", "malformed", "forbidden", "stale", "required", "unready"]


class WireFault(Exception):
    """The answer is none of the shapes that were agreed on."""


@frozen
class Call:
    """One request to a service. `deadline` is epoch seconds, `seconds` what is left of it now.

    `address` is where a public call came from; the services guard sign-in by it.
    """

    service: str
    operation: str
    kwargs: Mapping[str, Any]
    assertion: str
    request_id: str
    traceparent: str
    deadline: float
    seconds: float
    address: str | None = None


@frozen
class Done:
    """The service did it, or read it."""

    status: int
    body: Any
    version: int | None
    location: str | None
    replayed: bool
    cursor: str | None


@frozen
class Refused:
    """The service says no."""

    kind: str
    code: str
    words: Words
    faults: tuple[Fault, ...]


@frozen
class Absent:
    """This replica does not have the operation."""


@frozen
class Broken:
    """The service failed. `fault` names the kind of error; its message stays where it happened."""

    fault: str


Answer = Done | Refused | Absent | Broken


def request_body(kwargs: Mapping[str, Any]) -> bytes:
    """The body of a request message. Raises TypeError if it holds what JSON can't."""
    return orjson.dumps({"args": [], "kwargs": kwargs})


def request_headers(call: Call) -> dict[str, Any]:
    """The headers of a request message."""
    headers = {
        "nameko.auth_token": call.assertion,
        "nameko.call_id_stack": [call.request_id],
        "traceparent": call.traceparent,
        "decalog.deadline": int(call.deadline * 1000),
    }
    return headers if call.address is None else {**headers, "decalog.address": call.address}


def answer(body: bytes) -> Answer:
    """What a reply means. Raises WireFault."""
    try:
        reply = orjson.loads(body)
        if reply["error"] is not None:
            return Broken(str(reply["error"].get("exc_type"))[:100])
        return _result(reply["result"])
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise WireFault(f"{type(fault).__name__} in a reply of {len(body)} bytes") from fault


def _result(result: Mapping[str, Any]) -> Answer:
    if (done := result.get("ok")) is not None:
        return Done(
            _status(done["status"]),
            done.get("body"),
            done.get("version"),
            done.get("location"),
            done.get("replayed") is True,
            done.get("next"),
        )
    if (refusal := result.get("refusal")) is not None:
        faults = tuple(
            Fault(one["pointer"], one["code"], Words(one["zh"], one["en"])) for one in refusal.get("fields") or ()
        )
        return Refused(refusal["kind"], refusal["code"], Words(refusal["zh"], refusal["en"]), faults)
    if "absent" in result:
        return Absent()
    raise KeyError("ok, refusal or absent")


def _status(status: object) -> int:
    if not isinstance(status, int) or not 200 <= status <= 299:
        raise ValueError
    return status
