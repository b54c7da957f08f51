"""Tells the gateways that this process lives and which operations it has."""

import json
import threading
from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any

from chassis.relay import Outgoing, Publishes

EXCHANGE = "manifests"
EVERY_SECONDS = 15.0
SOON_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""After the first announcement: for a gateway that started a moment later."""

FIRST_TRIES_SECONDS = 0.2


class Beacon:
    """One process's announcements: the whole manifest at start, its hash every 15 s, a farewell at a clean stop."""

    def __init__(self, manifest: Mapping[str, Any], publisher: Publishes, stopping: threading.Event) -> None:
        self._manifest = manifest
        self._publisher = publisher
        self._stopping = stopping

    def run(self) -> None:
        """Announce until the process stops."""
        while not self._say(manifest=self._manifest) and not self._stopping.wait(FIRST_TRIES_SECONDS):
            pass
        for pause in chain(SOON_SECONDS, repeat(EVERY_SECONDS)):
            if self._stopping.wait(pause):
                return
            self._say(manifest=None)

    def farewell(self) -> None:
        """Say that this process takes no more requests."""
        self._say(gone=True)

    def _say(self, **rest: Any) -> bool:
        known = {name: self._manifest[name] for name in ("service", "instance", "hash")}
        body = json.dumps({**known, **rest}, ensure_ascii=False)
        return self._publisher.publish([Outgoing(EXCHANGE, "", body, {}, raw_headers=True)]) == [True]
