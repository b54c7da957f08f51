"""Ours: the instance's own gateway and emergency service, with every guarantee on."""

import time
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.bench.arms.arm import GATEWAY, OURS, SERVICE, Trail
from tests.bench.children import ChildFailed
from tests.bench.payload import EVENT
from tests.bench.place import NoInstance, Place

SERVED_SECONDS, LOOK_EVERY_SECONDS = 60.0, 0.5


class Ours:
    """Measured as it runs; the bench starts and stops nothing of it."""

    name = OURS
    path = "/v1/incidents"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._served = False
        if place.state["gateway_url"] is None or set(self.pids()) != {GATEWAY, SERVICE}:
            raise NoInstance("the instance runs no gateway-1 and emergency-1, which are what is measured")
        self.trail = Trail(
            database="emergency",
            collection="incidents",
            exchange="emergency.events",
            key=f"{EVENT}.#",
            queue="bench-ours.count",
            event_of=first_statement,
            waiting={"outbox_since": {"$exists": True}},
            reactions=("emergency.correlate",),
            wakes="next_step",
            sequels=("timers",),
        )

    @property
    def address(self) -> tuple[str, int]:
        url = urlsplit(self._place.state["gateway_url"])
        return str(url.hostname), int(url.port or 80)

    def pids(self) -> dict[str, int]:
        pids = self._place.pids()
        roles = {GATEWAY: "gateway-1", SERVICE: "emergency-1"}
        return {role: pids[name] for role, name in roles.items() if name in pids}

    def prepare(self, workers: int) -> None:
        if self._served:
            return
        ends = time.monotonic() + SERVED_SECONDS
        while (status := self._status()) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            if time.monotonic() > ends:
                raise ChildFailed(f"the gateway answers {status} to {self.path}")
            time.sleep(LOOK_EVERY_SECONDS)
        self._served = True

    def _status(self) -> int:
        """What a request without a token is answered: 5xx for as long as the gateway knows of no emergency service."""
        connection = HTTPConnection(*self.address, timeout=SERVED_SECONDS)
        with closing(connection):
            connection.request("GET", self.path)
            return connection.getresponse().status

    def stop(self) -> None:
        pass


def first_statement(headers: Mapping[str, Any], _: bytes) -> tuple[str, str] | None:
    """CloudEvents: the event of a record's first version; later versions are reactions, and not the report's."""
    if headers["cloudEvents:sequence"] != 1:
        return None
    return str(headers["cloudEvents:id"]), str(headers["cloudEvents:subject"])
