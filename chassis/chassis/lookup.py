"""Names to addresses in a process of green threads, without holding it up.

The system's resolver is C: while it waits for a name service, no other green thread runs. So it is asked in a thread of
the system's own, and whoever asked waits at most `SECONDS`: a resolver that hangs costs its caller that long, and
others nothing.
"""

import eventlet
from eventlet import tpool

from chassis import names
from chassis.names import Resolve

SECONDS = 5.0


def addresses(host: str, port: int, *, look: Resolve = names.addresses, seconds: float = SECONDS) -> tuple[str, ...]:
    """The addresses that the resolver gives; OSError where there are none, or none in time."""
    try:
        with eventlet.Timeout(seconds):
            found: tuple[str, ...] = tpool.execute(look, host, port)
    except eventlet.Timeout:
        raise TimeoutError(f"no address within {seconds} s") from None
    return found
