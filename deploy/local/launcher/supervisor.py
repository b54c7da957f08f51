"""The background process of an instance.

Broker and database come first (`foundation.py`), then all processes of the product at once. From then on it
restarts what dies and obeys commands, until SIGTERM or `down`: the product's processes finish their work,
then broker and database close.
"""

import asyncio
import signal
import traceback
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from launcher import control, foundation
from launcher.child import Child, Spec
from launcher.failures import LaunchError
from launcher.family import Family
from launcher.instance import Instance, described, further_ports, record_state
from launcher.processes import Program, instances, product_spec

READY_WITHIN_SECONDS = 60.0
Question = dict[str, Any]


class Supervisor:
    """Keeps the processes of one instance. Phases: starting, ready, failed, stopping, stopped."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.phase, self.why = "starting", ""
        self.replicas = dict(instance.replicas)
        self.family = Family(changed=self._record)
        self._over = asyncio.Event()
        self._commands: dict[str, Callable[[Question], Awaitable[None]]] = {
            "status": self._tell,
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
            "scale": self._scale,
            "down": self._end,
        }

    async def run(self) -> None:
        """From the first process started to the last one gone."""
        server = await control.listen(self.instance.layout, self.answer)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._over.set)
        coming_up = asyncio.create_task(self._come_up())
        coming_up.add_done_callback(self._own_up)
        await self._over.wait()

        coming_up.cancel()
        await asyncio.wait([coming_up])
        self._enter("stopping")
        await self.family.stop()
        self._enter("stopped")
        server.close()

    async def answer(self, question: Question) -> dict[str, Any]:
        """Obey one command, then tell the state; `{"error": sentence}` for one that cannot be obeyed."""
        try:
            await self._commands[question["do"]](question)
        except LaunchError as reason:
            return {"error": str(reason)}
        return described(self.instance, self.phase, self.family.children) | {
            "why": self.why,
            "amiss": await self.family.amiss(),
        }

    async def _come_up(self) -> None:
        try:
            await foundation.lay(self.instance, self.family)
            await self.family.bring_up(
                self._spec(program, name)
                for program in self.instance.programs
                for name in instances(program, self.replicas)
            )
        except LaunchError as reason:
            self.why = str(reason)
            self._enter("failed")
        else:
            self._enter("ready")

    def _own_up(self, coming_up: "asyncio.Task[None]") -> None:
        """A defect while coming up is told to whoever waits, and logged with its traceback."""
        if not coming_up.cancelled() and (defect := coming_up.exception()):
            traceback.print_exception(defect)
            self.why = f"{defect!r}; more in {self.instance.layout.log('supervisor')}"
            self._enter("failed")

    async def _tell(self, _: Question) -> None:
        """Nothing to do: the answer is the state."""

    async def _start(self, question: Question) -> None:
        children = self.family.named(question["name"])
        for child in children:
            child.start()
        await all_ready(children)

    async def _stop(self, question: Question) -> None:
        await asyncio.gather(*(child.stop() for child in self.family.named(question["name"])))

    async def _restart(self, question: Question) -> None:
        """One after another, so that a program with several processes is never wholly away."""
        for child in self.family.named(question["name"]):
            await child.stop()
            child.start()
            await all_ready([child])

    async def _scale(self, question: Question) -> None:
        program, count = self._program(question["name"]), question["count"]
        self.replicas[program.name] = count
        wanted = instances(program, self.replicas)
        self.instance.ports.update(further_ports(self.instance, program, self.replicas))
        fresh = [self.family.start(self._spec(program, name)) for name in wanted]
        present = {child.spec.name for child in self.family.of_program(program.name)}
        await self.family.drop(present.difference(wanted))
        await all_ready(fresh)

    async def _end(self, _: Question) -> None:
        """Begin to stop; the answer does not wait for it."""
        self._over.set()

    def _program(self, name: str) -> Program:
        for program in self.instance.programs:
            if program.name == name:
                return program
        raise LaunchError(f"no program is called {name}")

    def _spec(self, program: Program, name: str) -> Spec:
        here = self.instance
        return product_spec(
            name,
            program,
            layout=here.layout,
            kind=here.kind,
            ports=here.ports,
            amqp=here.amqp[program.name],
            mongo=here.mongo[program.name],
        )

    def _enter(self, phase: str) -> None:
        self.phase = phase
        self._record()

    def _record(self) -> None:
        record_state(self.instance, self.phase, self.family.children)


async def all_ready(children: Iterable[Child]) -> None:
    """Return when all are ready; LaunchError, naming those that are not, after a minute."""
    waited = list(children)
    try:
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            await asyncio.gather(*(child.ready() for child in waited))
    except TimeoutError:
        late = ", ".join(child.spec.name for child in waited if child.state != "ready")
        raise LaunchError(f"not ready after {READY_WITHIN_SECONDS:.0f} s: {late}") from None
