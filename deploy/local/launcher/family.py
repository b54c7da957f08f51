"""The processes that one supervisor keeps, by name."""

import asyncio
from collections.abc import Callable, Iterable

from launcher.child import Child, Spec
from launcher.failures import LaunchError
from launcher.layout import keep_last_log

FOUNDATION = ("broker", "database", "epmd")
"""What the product stands on; the port mapper outlives the broker that is registered with it."""


class Family:
    """Starts and stops processes in the order that they need; calls `changed` at every change of state."""

    def __init__(self, *, changed: Callable[[], None]) -> None:
        self.children: dict[str, Child] = {}
        self._changed = changed

    def start(self, spec: Spec) -> Child:
        """Keep the process of this spec alive from now on."""
        if spec.name not in self.children:
            keep_last_log(spec.log)
            self.children[spec.name] = Child(spec, changed=self._changed)
        self.children[spec.name].start()
        return self.children[spec.name]

    async def bring_up(self, specs: Iterable[Spec]) -> None:
        """Start all at once; returns when all are ready."""
        started = [self.start(spec) for spec in specs]
        await asyncio.gather(*(child.ready() for child in started))

    def named(self, name: str) -> list[Child]:
        """The process of this name, or all processes of the program of this name; LaunchError for neither."""
        found = [self.children[name]] if name in self.children else self.of_program(name)
        if not found:
            raise LaunchError(f"no process is called {name}; there are {', '.join(self.children) or 'none'}")
        return found

    def of_program(self, program: str) -> list[Child]:
        """The processes called `<program>-<number>`."""
        return [child for name, child in self.children.items() if name.rpartition("-")[0] == program]

    async def drop(self, names: Iterable[str]) -> None:
        """Stop these and forget them."""
        gone = [self.children[name] for name in names]
        await asyncio.gather(*(child.stop() for child in gone))
        for child in gone:
            del self.children[child.spec.name]
        self._changed()

    async def stop(self) -> None:
        """The product's processes first, all at once; then broker and database; the port mapper last."""
        product = [child for name, child in self.children.items() if name not in FOUNDATION]
        await asyncio.gather(*(child.stop() for child in product))
        *servers, mapper = FOUNDATION
        await asyncio.gather(*(self.children[name].stop() for name in servers if name in self.children))
        if mapper in self.children:
            await self.children[mapper].stop()

    async def amiss(self) -> dict[str, str]:
        """What each process that is not ready says of it."""
        unready = [child for child in self.children.values() if child.state != "ready"]
        reasons = await asyncio.gather(*(child.spec.ready() for child in unready))
        told = zip(unready, reasons, strict=True)
        return {child.spec.name: reason or "about to be ready" for child, reason in told}
