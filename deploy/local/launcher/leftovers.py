"""Processes of an instance whose supervisor is gone: told apart by the mark in their environment, then ended.

The kernel has asked them to stop already (see `child.py`); this waits for those that still drain, so that the
next start finds ports and data free.
"""

import os
import signal
import time
from pathlib import Path

from launcher.layout import MARK, Layout

GRACE_SECONDS, LOOK_EVERY_SECONDS = 30.0, 0.1


def marked(layout: Layout) -> list[int]:
    """Ids of the processes that carry this instance's mark, this one left out."""
    mark = f"{MARK}={layout.root}".encode()
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if carries(entry, mark)]


def carries(process: Path, mark: bytes) -> bool:
    """Whether this live process of ours has the mark in its environment."""
    if int(process.name) == os.getpid():
        return False
    try:
        return mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def end_leftovers(layout: Layout, *, grace_seconds: float = GRACE_SECONDS) -> int:
    """End them, by SIGTERM and in the end SIGKILL; how many there were."""
    found = marked(layout)
    send(found, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while marked(layout):
        if time.monotonic() > deadline:
            send(marked(layout), signal.SIGKILL)
        time.sleep(LOOK_EVERY_SECONDS)
    return len(found)


def send(pids: list[int], number: signal.Signals) -> None:
    """Signal those that still live."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
