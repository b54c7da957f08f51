"""Names to addresses in a process of green threads, without holding it up.

The system's resolver is C: while it waits for a name service, no other green thread runs. So from `install` on it is
asked in a thread of the system's own, by whatever library looks up a name, and whoever asked waits at most `SECONDS`: a
resolver that hangs costs its caller that long, and others nothing. What is a number is looked up at once.
"""

import socket
from contextlib import suppress
from typing import Any

import eventlet
from eventlet import patcher, tpool
from eventlet.green import socket as green_socket

SECONDS = 5.0

_resolver = patcher.original("socket")


def install() -> None:
    """Let the patched socket module, and eventlet's own connecting, look up names here."""
    socket.getaddrinfo = green_socket.getaddrinfo = getaddrinfo


def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
    """As the standard library's; OSError where there is no address, or none in time."""
    with suppress(socket.gaierror):
        return _resolver.getaddrinfo(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)
    try:
        with eventlet.Timeout(SECONDS):
            return tpool.execute(_resolver.getaddrinfo, host, port, family, type, proto, flags)
    except eventlet.Timeout:
        raise TimeoutError(f"no address within {SECONDS} s") from None
