"""Asking a service: the seam between what the gateway does with a request and how the broker carries it."""

import asyncio
import time
from typing import Any, Protocol

from attrs import evolve

from gateway import limits
from gateway.manifests import Operation
from gateway.trace import Trace
from gateway.wire import Absent, Answer, Call


class Unsent(Exception):
    """The broker did not take the request (full queue, no queue, no connection): nothing was done."""


class AnswerLost(Exception):
    """The connection broke while the answer was awaited: the command may have been done."""


class TimedOut(Exception):
    """No answer by the deadline: the command may have been done."""


class Rpc(Protocol):
    """Carries a call to one replica of a service and brings its answer back."""

    async def ask(self, call: Call) -> Answer:
        """The answer. Raises Unsent, AnswerLost, TimedOut or WireFault."""


def own_call(operation: Operation, assertion: str, trace: Trace, *, seconds: float, **kwargs: Any) -> Call:
    """A question of the gateway's own, beside or without a caller's request: only what is given stands in it."""
    asked = {"path": {}, "query": {}, "key": None, "if_match": None, "body": None, **kwargs}
    seconds = min(seconds, operation.deadline_seconds)
    name = f"{trace.request_id}.{operation.name}"
    deadline = time.time() + seconds
    return Call(operation.service, operation.name, asked, assertion, name, trace.traceparent, deadline, seconds)


async def ask_present(rpc: Rpc, call: Call) -> Answer:
    """Ask until a replica answers that has the operation: a few times, within the deadline.

    While versions are mixed an old replica may get what only the new one knows. The last `Absent` is returned.
    """
    answer = await rpc.ask(call)
    pause = limits.ABSENT_PAUSE_SECONDS
    for attempt in range(limits.ABSENT_RETRIES):
        if not isinstance(answer, Absent) or time.time() + pause >= call.deadline:
            break
        await asyncio.sleep(pause)
        pause *= 2
        again = evolve(call, request_id=f"{call.request_id}.{attempt + 1}", seconds=call.deadline - time.time())
        answer = await rpc.ask(again)
    return answer
