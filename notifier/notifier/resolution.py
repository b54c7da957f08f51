"""Names to addresses, by the system's resolver.

A name that is a number costs nothing. Another one is asked for in the caller's thread, which waits as long as the
system's resolver does: `options timeout` and `attempts` in resolv.conf are the limit of what a name service that hangs
can cost this process.
"""

import socket
from collections.abc import Callable

Resolve = Callable[[str, int], tuple[str, ...]]
"""The addresses of host and port, in the order to try them, at least one; OSError where there are none."""


def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses that the system's resolver gives."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
