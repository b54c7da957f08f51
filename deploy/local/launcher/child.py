"""One supervised process: started, watched until ready, restarted when it dies, stopped by signal.

It runs in a session of its own, and the kernel sends it SIGTERM should the supervisor die, so that nothing is
orphaned.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import frozen

from launcher.failures import LaunchError
from launcher.health import Probe, until_healthy
from launcher.layout import tail

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, STEADY_AFTER_SECONDS = 0.2, 5.0, 10.0
HOPELESS_AFTER_DEATHS = 5
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


@frozen
class Spec:
    """What to run, where its output goes, how to see that it is ready, how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ready: Probe
    stop_seconds: float
    folder: Path | None = None
    health_port: int | None = None


def next_delay(delay: float | None, *, lived_seconds: float) -> float:
    """Seconds to wait before a restart: 0.2, doubled at each death up to 5; 0.2 again after 10 s alive."""
    if delay is None or lived_seconds >= STEADY_AFTER_SECONDS:
        return FIRST_DELAY_SECONDS
    return min(delay * 2, LONGEST_DELAY_SECONDS)


def die_with(parent: int) -> Callable[[], None]:
    """What a fresh child runs first: SIGTERM for it as soon as the supervisor is gone."""

    def tie() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return tie


class Child:
    """Keeps the process of a Spec alive from `start` to `stop`. States: stopped, starting, ready, died."""

    def __init__(self, spec: Spec, *, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.state = "stopped"
        self.deaths = 0
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._ready = asyncio.Event()
        self._deaths_unready = 0
        self._hopeless = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The running process' id."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin to keep the process alive; nothing happens where that is so already."""
        if self._keeper is None:
            self._leave.clear()
            self._hopeless.clear()
            self._deaths_unready = 0
            self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Return when the process is ready; LaunchError once it has died five times without being so."""
        outcomes = [asyncio.create_task(event.wait()) for event in (self._ready, self._hopeless)]
        try:
            await asyncio.wait(outcomes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for outcome in outcomes:
                outcome.cancel()
        if not self._ready.is_set():
            end = tail(self.spec.log)
            raise LaunchError(f"{self.spec.name} keeps dying; the end of {self.spec.log}:\n{end}")

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL to its whole session once its time is over; returns when it is gone."""
        if self._keeper is not None:
            self._leave.set()
            await asyncio.wait([self._keeper])
            self._keeper = None
            self._enter("stopped")

    async def _keep(self) -> None:
        delay: float | None = None
        while not self._leave.is_set():
            began = time.monotonic()
            await self._run_once()
            if not self._leave.is_set():
                self._note_death()
                delay = next_delay(delay, lived_seconds=time.monotonic() - began)
                await self._leaves_within(delay)

    def _note_death(self) -> None:
        self.deaths += 1
        self._deaths_unready = 0 if self.state == "ready" else self._deaths_unready + 1
        if self._deaths_unready >= HOPELESS_AFTER_DEATHS:
            self._hopeless.set()
        self._enter("died")

    async def _run_once(self) -> None:
        process = self._process = await self._spawn()
        self._enter("starting")
        gone, leaving = asyncio.create_task(process.wait()), asyncio.create_task(self._leave.wait())
        watching = asyncio.create_task(self._watch())
        await asyncio.wait([gone, leaving], return_when=asyncio.FIRST_COMPLETED)

        watching.cancel()
        leaving.cancel()
        if not gone.done():
            await self._end(process)
        self._process = None

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.spec.stop_seconds)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def _leaves_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leave.wait(), seconds)

    async def _watch(self) -> None:
        await until_healthy(self.spec.ready)
        self._enter("ready")

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self.spec.log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self.spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.spec.environment),
                cwd=self.spec.folder,
                start_new_session=True,
                preexec_fn=die_with(os.getpid()),
            )

    def _enter(self, state: str) -> None:
        self.state = state
        if state == "ready":
            self._hopeless.clear()
            self._ready.set()
        else:
            self._ready.clear()
        self._changed()
