"""Ports of an instance: chosen once, kept for its life, all on loopback.

They lie below the range from which Linux takes the local ports of outgoing connections, so that a process
that restarts finds its port free. Where the search begins depends on the instance's folder, so that two
instances starting at the same moment do not meet.
"""

import hashlib
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping

LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(
    names: Iterable[str], *, kept: Mapping[str, int], seed: str, free: Callable[[int], bool] = is_free
) -> dict[str, int]:
    """A port for each name: the kept one while it is free, else the next free one that no other name has."""
    wanted = list(names)
    chosen = {name: kept[name] for name in wanted if name in kept and free(kept[name])}
    reserved = {*kept.values(), *chosen.values()}
    fresh = (port for port in candidates(seed) if port not in reserved and free(port))
    return {name: chosen[name] if name in chosen else next(fresh) for name in wanted}


def candidates(seed: str) -> Iterator[int]:
    """Every port of the range once, beginning where the seed says."""
    width = HIGHEST - LOWEST
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % width
    for step in range(width):
        yield LOWEST + (start + step) % width
