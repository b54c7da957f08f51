"""Signed POSTs (Standard Webhooks 1.0): of notices to persons, and of escalations to subscriptions.

The name is looked up, its addresses are checked, and the connection goes to a checked address, while certificate and
Host header stay those of the name. Redirects are not followed, the answer's body is not read, and connecting and the
whole end within `Limits`, however slowly the other side answers.
"""

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

from attrs import frozen
from standardwebhooks import Webhook

from chassis.names import Resolve
from notifier.notices import Reason
from notifier.targets import PORTS, Target, TargetForbidden, check_addresses

UNREACHED = (OSError, HTTPException, ValueError, IndexError)
"""What `post` raises where nobody answered, or not in HTTP, or not in time."""


@frozen
class Limits:
    """How long connecting may take, and everything together."""

    connect_seconds: float = 10.0
    whole_seconds: float = 20.0


@frozen
class Request:
    """What is posted."""

    body: str
    headers: Mapping[str, str]


@frozen
class Answered:
    """What came back: the status, and the header Retry-After as it is."""

    status: int
    retry_after: str = ""


def request(*, id: str, payload: Mapping[str, Any], secret: str, at: datetime) -> Request:
    """A notice's request."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return signed(id=id, body=body, kind="application/json", secrets=(secret,), at=at)


def signed(*, id: str, body: str, kind: str, secrets: Sequence[str], at: datetime) -> Request:
    """The request, signed by every secret.

    `id` is the same however often it is sent; `at` is machine time, which receivers check.
    """
    headers = {
        "Content-Type": kind,
        "User-Agent": "decalog-notifier",
        "Connection": "close",
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(id, at, body) for secret in secrets),
    }
    return Request(body, headers)


def send(
    target: Target,
    what: Request,
    resolve: Resolve,
    *,
    private_addresses: bool = False,
    limits: Limits | None = None,
) -> Reason | None:
    """Post a notice: None once it was answered with 2xx, else why not."""
    try:
        status = post(target, what, resolve, private_addresses=private_addresses, limits=limits or Limits()).status
    except TargetForbidden:
        return Reason.TARGET_FORBIDDEN
    except UNREACHED:
        return Reason.TARGET_UNREACHABLE
    return None if 200 <= status < 300 else Reason.TARGET_REFUSED


def post(
    target: Target,
    what: Request,
    resolve: Resolve,
    *,
    private_addresses: bool,
    limits: Limits,
    secure: ssl.SSLContext | None = None,
) -> Answered:
    """Post it to the first of the target's addresses (TargetForbidden, UNREACHED)."""
    addresses = resolve(target.host, target.port)
    check_addresses(addresses, private_addresses=private_addresses)
    connection = _Pinned(target, addresses[0], secure, limits)
    with _within(limits.whole_seconds, connection):
        connection.request("POST", target.path, what.body.encode(), dict(what.headers))
        answer = connection.getresponse()
        return Answered(answer.status, answer.getheader("Retry-After", ""))


class _Pinned(HTTPConnection):
    """A connection to a checked address in the name of the target's host."""

    def __init__(self, target: Target, address: str, secure: ssl.SSLContext | None, limits: Limits) -> None:
        self.default_port = PORTS[target.scheme]
        super().__init__(target.host, target.port, timeout=limits.whole_seconds)
        self._address, self._connect_seconds = address, limits.connect_seconds
        self._secure = (secure or ssl.create_default_context()) if target.scheme == "https" else None

    def connect(self) -> None:
        """Connect to the checked address, and nowhere else."""
        self.sock = socket.create_connection((self._address, self.port), self._connect_seconds)
        self.sock.settimeout(self.timeout)
        if self._secure is not None:
            self.sock = self._secure.wrap_socket(self.sock, server_hostname=self.host)


@contextmanager
def _within(seconds: float, connection: HTTPConnection) -> Iterator[None]:
    """Close the connection at the end; cut it when the time is over (TimeoutError, whatever was answered till then)."""
    over = threading.Event()

    def cut() -> None:
        over.set()
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        connection.close()
    if over.is_set():
        raise TimeoutError
