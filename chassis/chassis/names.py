"""Names to addresses, by the system's resolver."""

import socket
from collections.abc import Callable

Resolve = Callable[[str, int], tuple[str, ...]]
"""The addresses of host and port, in the order to try them, at least one; OSError where there are none."""


def addresses(host: str, port: int) -> tuple[str, ...]:
    """The addresses that the system's resolver gives; only the caller's thread waits (`lookup`)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
