"""A sign of life of each service that can escalate: head office can tell silence, calm and a gap apart.

Once a minute one replica sends `heartbeat.<service>` to the exchange `escalations` with the number of escalations of
this business day and the id of the last one. No heartbeat is silence; a heartbeat whose count and last id a subscriber
has too is calm; one that counts more than the subscriber has is a gap, because all that it counts came before it.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo.database import Database

from chassis import tally, telemetry
from chassis.clock import Clock, business_day, machine_now
from chassis.contract import Contract
from chassis.relay import Outgoing, Publishes
from chassis.rounds import Round

EVERY = timedelta(minutes=1)


def heartbeats(contract: Contract, database: Database[Any], publisher: Publishes, clock: Clock) -> Sequence[Round]:
    """The round that sends them, where the service can escalate. Creates the tally's indexes."""
    if not any(event.escalation for event in contract.events):
        return ()

    tally.declare_indexes(database)

    def beat() -> None:
        if publisher.publish([heartbeat(contract.service, database, clock)]) != [True]:
            telemetry.logger().warning("heartbeat.unsent", service=contract.service)

    return (Round("heartbeat", EVERY, beat),)


def heartbeat(service: str, database: Database[Any], clock: Clock) -> Outgoing:
    """The heartbeat of this moment. Its time is machine time; the day and its count are business time's."""
    day, at = business_day(clock.now()), machine_now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sent = tally.sent_on(database, day)
    attributes = {
        "specversion": "1.0",
        "id": f"{service}:heartbeat:{at}",
        "source": f"/decalog/{service}",
        "type": f"decalog.{service}.heartbeat.v1",
        "subject": service,
        "time": at,
        "datacontenttype": "application/json",
    }
    body = {
        "service": service,
        "day": day.isoformat(),
        "count": sent.count,
        "last": sent.last,
        "every_seconds": int(EVERY.total_seconds()),
    }
    return Outgoing("escalations", f"heartbeat.{service}", json.dumps(body, separators=(",", ":")), attributes)
