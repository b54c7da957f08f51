"""Objects that no record refers to are set aside, and dropped at last.

In time order: every hour the objects are listed that were uploaded longer ago than any receipt lives; every service
that offers `objects_kept` is asked which of them it keeps; the others are set aside. What has lain there for long is
asked for once more, and then brought back or dropped. Where a single service does not answer, nothing is touched, and
neither is anything before some service has offered the query: what nobody was asked about may be somebody's evidence.
Several gateways may do so at once.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime, timedelta

from attrs import frozen

from chassis.clock import machine_now
from chassis.contract import KEEPING
from chassis.objects import ARRIVING, KEPT, SWEPT, Objects, StoreAway
from gateway import limits, metrics
from gateway.dispatch import Tables
from gateway.logs import log
from gateway.principal import Principal
from gateway.routes import Route, Standing
from gateway.rpc import AnswerLost, Rpc, TimedOut, Unsent, ask_present, own_call
from gateway.tokens import Tokens
from gateway.trace import begin
from gateway.wire import Done, WireFault

SWEEPER = Principal("gateway", "system", ({"action": "object.sweep", "unit": "HQ"},), 0, float("inf"))
"""As whom the gateway asks."""

_HASH = re.compile(r"[0-9a-f]{64}\Z")


class Unsure(Exception):
    """Not every service has said what it keeps."""


@frozen
class Sweep:
    """Looks after one object store. `kept` is how long an object may be there without a record that refers to it."""

    objects: Objects
    tables: Tables
    tokens: Tokens
    rpc: Rpc
    kept: timedelta
    now: Callable[[], datetime] = machine_now

    async def run(self) -> None:
        """Sweep every hour, until cancelled."""
        while True:
            await asyncio.sleep(limits.SWEEP_EVERY.total_seconds())
            try:
                await self.once()
            except (Unsure, StoreAway) as fault:
                log.warning("sweep_put_off", why=f"{type(fault).__name__}: {fault}")

    async def once(self) -> None:
        """One sweep. Unsure, StoreAway."""
        unused, forgotten = self.now() - self.kept, self.now() - limits.SWEPT_KEPT
        async for name in self.objects.old(ARRIVING, unused):
            await self.objects.drop_arriving(name)
        async for hashes in _batches(self.objects.old(KEPT, unused)):
            for name in hashes - await self._referred(hashes):
                await self.objects.set_aside(name)
                metrics.OBJECTS_SET_ASIDE.inc()
                log.info("object_set_aside", hash=name)
        async for hashes in _batches(self.objects.old(SWEPT, forgotten)):
            referred = await self._referred(hashes)
            for name in hashes:
                await (self.objects.bring_back(name) if name in referred else self.objects.drop(name))

    async def _referred(self, hashes: set[str]) -> set[str]:
        """Those that any service keeps. Unsure."""
        offered = [route for route in self.tables.table.routes if route.operation.name == KEEPING]
        if not offered or not self.tables.knows:
            raise Unsure("no service says what it keeps")
        answers = await asyncio.gather(*(self._ask(route, hashes) for route in offered))
        return set().union(*answers)

    async def _ask(self, route: Route, hashes: Iterable[str]) -> set[str]:
        operation = route.operation
        if route.standing is not Standing.SERVED:
            raise Unsure(f"{operation.service} is not there")
        assertion = self.tokens.vouch(SWEEPER).assertion
        query = {"hashes": ",".join(sorted(hashes))}
        call = own_call(operation, assertion, begin(None), seconds=limits.DEADLINE_SECONDS, query=query)
        try:
            answer = await ask_present(self.rpc, call)
        except (Unsent, AnswerLost, TimedOut, WireFault) as fault:
            raise Unsure(f"{operation.service}: {type(fault).__name__}") from fault
        kept = answer.body.get("kept") if isinstance(answer, Done) and isinstance(answer.body, dict) else None
        if not isinstance(kept, list) or not all(isinstance(one, str) for one in kept):
            raise Unsure(f"{operation.service} does not say")
        return set(kept)


async def _batches(names: AsyncIterator[str]) -> AsyncIterator[set[str]]:
    """The hashes among the names, as many at once as a question takes; what is no object of ours is let be."""
    batch: set[str] = set()
    async for name in names:
        if _HASH.match(name):
            batch.add(name)
        if len(batch) == limits.SWEPT_AT_ONCE:
            yield batch
            batch = set()
    if batch:
        yield batch
