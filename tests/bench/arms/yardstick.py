"""What both yardsticks are: two processes that the bench starts, with names of their own on broker and database."""

import json
import time
from collections.abc import Mapping
from typing import Any

from amqp.exceptions import NotFound

from decalog.broker import connected
from tests.bench.arms.arm import Trail
from tests.bench.children import LOOK_EVERY_SECONDS, READY_SECONDS, ChildFailed


def trail_of(name: str) -> Trail:
    """The traces of the yardstick of this name."""
    return Trail(
        database=f"bench_{name}",
        collection="incidents",
        exchange=f"bench-{name}.events",
        key="#",
        queue=f"bench-{name}.count",
        event_of=_named_in_body,
    )


def _named_in_body(_: Mapping[str, Any], body: bytes) -> tuple[str, str]:
    """A yardstick's events have no id of their own: one a record is what is expected."""
    record_id = str(json.loads(body)["id"])
    return record_id, record_id


def await_consumer(amqp_url: str, queue: str) -> None:
    """Return when somebody consumes the queue. Raises ChildFailed after 30 s."""
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        with connected(amqp_url) as channel:
            try:
                if channel.queue_declare(queue, passive=True).consumer_count:
                    return
            except NotFound:
                pass
        time.sleep(LOOK_EVERY_SECONDS)
    raise ChildFailed(f"nobody consumes {queue}")
