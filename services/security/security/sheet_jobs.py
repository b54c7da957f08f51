"""R9.1: what imports and exports of sheets have in common as jobs (`chassis.jobs`) of whoever asked for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chassis.jobs import Limits, stamped
from chassis.service import Call

RANK = 1
ONE_AT_A_TIME = Limits(together=1, lane=1, reserved=0, lane_reserved=0)
"""D: a sheet holds up nobody: one of each kind in each process, a piece at a time, none of which takes as long as the
lease."""


class SheetJob(Protocol):
    """An import or an export."""

    @property
    def by(self) -> str: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def due(self) -> datetime | None: ...
    @property
    def tries(self) -> int: ...


def stamps(asked: SheetJob, *, lane: str) -> Mapping[str, Any]:
    """It is seen by whoever asked for it, and is a job until it ends."""
    job = stamped(due=asked.due, rank=RANK, lane=lane, tries=asked.tries)
    return {"units": [f"own:{asked.by}"], "at": asked.requested_at, **job}


def check_granted(call: Call) -> None:
    """Whoever asked has the grant still: what was theirs to ask for may not be theirs to see. Raises NotGranted."""
    call.caller.reach(str(call.operation.needs))
