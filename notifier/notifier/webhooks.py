"""A notice by webhook: one signed POST (Standard Webhooks 1.0), and a reason where it was not taken.

The name is looked up, its addresses are checked, and the connection goes to a checked address, while certificate and
Host header stay those of the name. Redirects are not followed, the answer's body is not read, each step ends within
`STEP_SECONDS` and the whole within `WHOLE_SECONDS`, however slowly the other side answers.
"""

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

from attrs import frozen
from standardwebhooks import Webhook

from notifier.notices import Reason
from notifier.resolution import Resolve
from notifier.targets import PORTS, Target, TargetForbidden, check_addresses

STEP_SECONDS = 10.0
WHOLE_SECONDS = 20.0


@frozen
class Request:
    """What is posted."""

    body: str
    headers: Mapping[str, str]


def request(*, id: str, payload: Mapping[str, Any], secret: str, at: datetime) -> Request:
    """The signed request. `id` is the same however often it is sent; `at` is machine time, which receivers check."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "decalog-notifier",
        "Connection": "close",
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body),
    }
    return Request(body, headers)


def send(
    target: Target,
    what: Request,
    resolve: Resolve,
    *,
    private_addresses: bool = False,
    secure: ssl.SSLContext | None = None,
    whole_seconds: float = WHOLE_SECONDS,
) -> Reason | None:
    """Post it: None once it was answered with 2xx, else why not."""
    try:
        addresses = resolve(target.host, target.port)
        check_addresses(addresses, private_addresses=private_addresses)
        status = _post(target, addresses[0], what, secure, whole_seconds)
    except TargetForbidden:
        return Reason.TARGET_FORBIDDEN
    except (OSError, HTTPException, ValueError, IndexError):
        return Reason.TARGET_UNREACHABLE
    return None if 200 <= status < 300 else Reason.TARGET_REFUSED


class _Pinned(HTTPConnection):
    """A connection to a checked address in the name of the target's host."""

    def __init__(self, target: Target, address: str, secure: ssl.SSLContext | None) -> None:
        self.default_port = PORTS[target.scheme]
        super().__init__(target.host, target.port, timeout=STEP_SECONDS)
        self._address = address
        self._secure = (secure or ssl.create_default_context()) if target.scheme == "https" else None

    def connect(self) -> None:
        """Connect to the checked address, and nowhere else."""
        self.sock = socket.create_connection((self._address, self.port), STEP_SECONDS)
        if self._secure is not None:
            self.sock = self._secure.wrap_socket(self.sock, server_hostname=self.host)


def _post(target: Target, address: str, what: Request, secure: ssl.SSLContext | None, seconds: float) -> int:
    connection = _Pinned(target, address, secure)
    with _within(seconds, connection):
        connection.request("POST", target.path, what.body.encode(), dict(what.headers))
        return connection.getresponse().status


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
