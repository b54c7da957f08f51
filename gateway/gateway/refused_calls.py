"""R9.8: a call of somebody who is refused is told to the service that looks into such things.

The service is whichever offers the operation `refused_call`. One call an hour is told of each person and route: more
would say nothing new. What cannot be told at once is tried a few times, and then logged and counted.
"""

import asyncio
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import frozen

from gateway import limits, metrics
from gateway.dispatch import Tables
from gateway.incoming import Incoming
from gateway.logs import log
from gateway.principal import Principal
from gateway.rpc import AnswerLost, Rpc, TimedOut, Unsent, ask_present, own_call
from gateway.tokens import Tokens
from gateway.trace import begin
from gateway.wire import Done, Refused, WireFault

OPERATION = "refused_call"
PASSING = "unready"
"""The kind of refusal that means: not now."""

WITNESS = Principal("gateway", "system", ({"action": "call.refused", "unit": "HQ"},), 0, float("inf"))
"""As whom the gateway tells: the one grant that it gives itself."""


@frozen
class RefusedCall:
    """Somebody's call, and when."""

    person: str
    route: str
    at: float


class RefusedCalls:
    """What is to be told, and the task that tells it (`run`)."""

    def __init__(self, tables: Tables, tokens: Tokens, rpc: Rpc, *, clock: Callable[[], float] = time.time) -> None:
        self._tables = tables
        self._tokens = tokens
        self._rpc = rpc
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}
        self._waiting: asyncio.Queue[RefusedCall] = asyncio.Queue(limits.REFUSED_WAITING)

    def note(self, principal: Principal, request: Incoming) -> None:
        """Remember to tell of this call; not where the same was told within the hour."""
        route, now = request.route or "-", self._clock()
        name = (principal.sub, route)
        if now - self._told.get(name, float("-inf")) < limits.REFUSED_AGAIN_SECONDS:
            return
        while len(self._told) >= limits.REFUSED_KNOWN:
            del self._told[next(iter(self._told))]
        self._told[name] = now
        try:
            self._waiting.put_nowait(RefusedCall(principal.sub, route, now))
        except asyncio.QueueFull:
            metrics.REFUSED_UNTOLD.inc()
            log.error("refused_call_not_told", why="too many are waiting")

    async def run(self) -> None:
        """Tell what is to be told, until cancelled."""
        while True:
            refused = await self._waiting.get()
            for pause in (*limits.BACKOFF_SECONDS, None):
                if await self._tell(refused):
                    break
                if pause is None:
                    metrics.REFUSED_UNTOLD.inc()
                    log.error("refused_call_not_told", why="no service took it")
                else:
                    await asyncio.sleep(pause)

    async def _tell(self, refused: RefusedCall) -> bool:
        offered = [one.operation for one in self._tables.table.routes if one.operation.name == OPERATION]
        if len(offered) != 1:
            return False
        at = datetime.fromtimestamp(refused.at, UTC).isoformat(timespec="milliseconds")
        body = {"person": refused.person, "operation": refused.route, "at": at}
        assertion = self._tokens.vouch(WITNESS).assertion
        call = own_call(
            offered[0], assertion, begin(None), seconds=limits.DEADLINE_SECONDS, key=uuid.uuid4().hex, body=body
        )
        try:
            answer = await ask_present(self._rpc, call)
        except (Unsent, AnswerLost, TimedOut, WireFault):
            return False
        if isinstance(answer, Refused) and answer.kind != PASSING:
            log.error("refused_call_not_taken", why=answer.code)
            return True
        return isinstance(answer, Done)
