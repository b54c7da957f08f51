"""What emergency does by itself, as the store wants it: a timer, a round or an event heard, never a caller."""

from datetime import datetime

from chassis.entries import Origin
from chassis.store import Command
from chassis.telemetry import current_traceparent


def reaction(id: str | None, *, actor: str, cause: str, now: datetime) -> Command:
    """A command of the service's own, under this id in the aggregate's ring (None: not remembered)."""
    traceparent = current_traceparent()
    origin = Origin("emergency", actor, traceparent[3:35], cause, traceparent)
    return Command(id, "emergency", "reaction", "", now, origin)
