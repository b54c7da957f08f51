"""What a person's command does: bring an instance up and follow it until it is ready, or take it down."""

import fcntl
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launcher.broker import find_broker
from launcher.child import die_with
from launcher.control import ask
from launcher.database import find_mongod
from launcher.failures import LaunchError
from launcher.instance import BROKER_ADMIN, DATABASE_ADMIN
from launcher.layout import MARK, Layout, keep_last_log, tail
from launcher.leftovers import end_leftovers

UP_WITHIN_SECONDS, LOOK_EVERY_SECONDS = 120.0, 0.1
Status = dict[str, Any]


def up(layout: Layout, arguments: list[str], *, fresh: bool = False, tied: bool = False) -> Status:
    """The status once every process is ready; LaunchError, and nothing left running, if one is not.

    A tied instance stops when this process ends, however it ends, and refuses to be one that runs already.
    """
    began = time.monotonic()
    layout.make()
    with only_one(layout.start_lock):
        if ask(layout, "status"):
            if tied:
                raise LaunchError(f"an instance runs in {layout.root} already")
            return follow(layout, began)

        supervisor = begin(layout, arguments, fresh=fresh, tied=tied)
        try:
            return follow(layout, began, supervisor)
        except BaseException:
            down(layout)
            raise


def begin(layout: Layout, arguments: list[str], *, fresh: bool, tied: bool) -> "subprocess.Popen[bytes]":
    """A supervisor for a folder where none runs, with everything found that it will need."""
    if left := end_leftovers(layout):
        print(f"Ended {left} process(es) that a start before had left.")
    if fresh:
        forget_data(layout)
    find_programs(layout)
    return spawn_supervisor(layout, arguments, tied=tied)


def find_programs(layout: Layout) -> None:
    """Broker and database programs found, or installed, in the sight of the caller."""
    if BROKER_ADMIN not in os.environ:
        find_broker(layout)
    if DATABASE_ADMIN not in os.environ:
        find_mongod()


def forget_data(layout: Layout) -> None:
    """Remove what broker and database had stored; secrets and ports stay."""
    for folder in (layout.broker, layout.database, layout.crashes, layout.objects):
        shutil.rmtree(folder)
    layout.make()


def spawn_supervisor(layout: Layout, arguments: list[str], *, tied: bool) -> "subprocess.Popen[bytes]":
    """The background process, in a session of its own, with its own log."""
    log = layout.log("supervisor")
    keep_last_log(log)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "launcher", "supervise", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, MARK: str(layout.root)},
            start_new_session=True,
            preexec_fn=die_with(os.getpid()) if tied else None,
        )


def follow(layout: Layout, began: float, supervisor: "subprocess.Popen[bytes] | None" = None) -> Status:
    """Say what becomes ready as it does; the status when all is."""
    told: set[str] = set()
    while True:
        status = ask(layout, "status") or {"phase": "starting", "processes": {}, "amiss": {}}
        tell_ready(status["processes"], told, time.monotonic() - began)
        if status["phase"] == "ready" and not status["amiss"]:
            return status
        if status["phase"] == "failed":
            raise LaunchError(status["why"])
        if supervisor and supervisor.poll() is not None:
            raise LaunchError(f"the supervisor ended; the end of its log:\n{tail(layout.log('supervisor'))}")
        if time.monotonic() - began > UP_WITHIN_SECONDS:
            raise LaunchError(late(status))
        time.sleep(LOOK_EVERY_SECONDS)


def tell_ready(processes: Mapping[str, Mapping[str, Any]], told: set[str], seconds: float) -> None:
    """Print each process that has become ready since the last look."""
    for name, process in processes.items():
        if process["state"] == "ready" and name not in told:
            told.add(name)
            print(f"{seconds:6.1f} s  {name} is ready", flush=True)


def late(status: Status) -> str:
    """What is not ready, what it says of it, and how its log ends."""
    parts = [f"not everything is ready after {UP_WITHIN_SECONDS:.0f} s:"]
    for name, reason in status["amiss"].items():
        log = status["processes"][name]["log"]
        parts.append(f"{name}: {reason}\n  the end of {log}:\n{indented_tail(Path(log))}")
    return "\n".join(parts)


def indented_tail(log: Path) -> str:
    """The end of a log, set off."""
    return textwrap.indent(tail(log), "    ")


def down(layout: Layout) -> bool:
    """Stop everything of the instance; whether anything ran. Returns when all of it is gone."""
    if not layout.root.exists():
        return False
    ran = ask(layout, "down") is not None
    with only_one(layout.supervisor_lock):
        return end_leftovers(layout) > 0 or ran


@contextmanager
def only_one(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock; LaunchError if another process holds it and we are not to wait."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise LaunchError(f"another supervisor holds {lock}") from None
        yield


def run(layout: Layout, command: list[str]) -> int:
    """Run a command that finds the instance through its environment; gives its exit code."""
    told = {"DECALOG_INSTANCE_FILE": str(layout.state), "DECALOG_TEST_INSTANCE": str(layout.state)}
    process = subprocess.Popen(command, env=os.environ | told)
    try:
        return waited(process)
    finally:
        process.terminate()
        process.wait()


def waited(process: "subprocess.Popen[bytes]") -> int:
    """Its exit code. Ctrl-C reaches it too, so it is left the time to end by itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
