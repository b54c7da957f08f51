"""What a service does by itself, as the store wants it: a timer that fires, an event heard, a round; never a caller.

The id is what makes it happen once: a timer's `firing.command`, or `<event id>:<what is changed>` where one event
changes several things. The ring of what is changed remembers it, as it remembers a caller's idempotency key.
"""

from datetime import datetime

from chassis.entries import Origin
from chassis.store import Command
from chassis.telemetry import current_traceparent


def reaction(service: str, id: str | None, *, actor: str, cause: str, at: datetime) -> Command:
    """A command of the service's own under this id (None: not remembered), within the trace that runs.

    `actor` is what events name as who did it, such as `timer`; `cause` is the timer or event that it follows from.
    """
    traceparent = current_traceparent()
    origin = Origin(service, actor, traceparent[3:35], cause, traceparent)
    return Command(id, service, "reaction", "", at, origin)
