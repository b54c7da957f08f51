"""Leases: at most one replica at a time does a piece of background work.

A lease only saves work: everything done under one is idempotent, so a process that is paused past its lease does no
harm. Leases are on machine time.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis.clock import machine_now


class Leases:
    """Leases of one process, which `owner` names."""

    def __init__(self, database: Database[Any], owner: str) -> None:
        self._leases = database.leases
        self._owner = owner

    def take(self, name: str, span: timedelta) -> bool:
        """Take or prolong the lease; False while another owner holds it."""
        now = machine_now()
        free = {"_id": name, "$or": [{"owner": self._owner}, {"until": {"$lt": now}}]}
        try:
            self._leases.update_one(free, {"$set": {"owner": self._owner, "until": now + span}}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    def running(self, names: Sequence[str]) -> frozenset[str]:
        """Those of the names whose lease, or last turn, is not over yet, whoever has it."""
        taken = self._leases.find({"_id": {"$in": list(names)}, "until": {"$gt": machine_now()}}, {"_id": 1})
        return frozenset(each["_id"] for each in taken)

    def turn(self, name: str, every: timedelta) -> bool:
        """True for one process once in each span: whose turn it is to do what is done every so often."""
        now = machine_now()
        try:
            self._leases.update_one(
                {"_id": name, "until": {"$lte": now}},
                {"$set": {"owner": self._owner, "until": now + every}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False
        return True
