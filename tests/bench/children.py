"""Child processes of the bench: ended with it, watched by the clock, spoken to in lines of JSON."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

READY_SECONDS, STOP_SECONDS, LOOK_EVERY_SECONDS = 30.0, 10.0, 0.05
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)

Process = subprocess.Popen[str]


class ChildFailed(Exception):
    """A child ended, or fell silent, before it had done its work."""


def spawn(
    arguments: list[str], *, log: Path, environment: Mapping[str, str] | None = None, talks: bool = False
) -> Process:
    """`python -m <arguments>`; what it says goes to the log, and to us where it talks."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else output,
            stderr=output,
            text=True,
            env={**os.environ, **(environment or {})},
            preexec_fn=_ends_with_us,
        )


def stop(process: Process) -> None:
    """SIGTERM, then SIGKILL; returns when it is gone."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


@contextmanager
def talking(module: str, spec: Mapping[str, Any], *, log: Path, seconds: float) -> Iterator[Process]:
    """A child that has been told `spec`; killed after `seconds`, stopped at the end of the block."""
    process = spawn([module], log=log, talks=True)
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    try:
        pipe_to(process).write(json.dumps(spec) + "\n")
        pipe_to(process).flush()
        yield process
    finally:
        watch.cancel()
        stop(process)


def hear(process: Process) -> Any:
    """The child's next line, read as JSON. Raises ChildFailed if there is none."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ChildFailed(f"{process.args!r} ended with {process.wait()} before its work was done")
    return json.loads(line)


def pipe_to(process: Process) -> IO[str]:
    """The child's standard input; closing it tells the child to finish."""
    assert process.stdin is not None
    return process.stdin


def await_port(process: Process, port: int, log: Path) -> None:
    """Return when something listens on the port. Raises ChildFailed if the process ends or takes 30 s."""
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(LOOK_EVERY_SECONDS)
    raise ChildFailed(f"{process.args!r} does not listen on {port}; see {log}")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ends_with_us() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
