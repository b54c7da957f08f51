"""What somebody with the database's password may do to the journal, and what `verify` says of it then."""

import json
from datetime import timedelta
from typing import Any

from attrs import evolve, frozen

from chassis import anchors, journal
from chassis.clock import machine_now
from decalog.journal_check import Anchor, Report, anchor_told, verify
from probe.bench import Bench

DAY = timedelta(days=1)


def anchored(bench: Bench, *, times: int = 1) -> None:
    """Let the daily round look, once on each of so many days."""
    round_ = anchors.anchoring(bench.name, bench.database, kinds(bench), bench.publisher, bench.clock)
    for _ in range(times):
        bench.clock.step(bench.clock.now() + DAY)
        round_.run()


def kinds(bench: Bench) -> list[Any]:
    """The probe's aggregates."""
    return [bench.service.tallies, bench.service.echoes]


def elsewhere(bench: Bench) -> list[Anchor]:
    """The anchors that reached the exchange, newest first."""
    sent = [message for message in bench.publisher.arrived if message.key == f"anchor.{bench.name}"]
    return [anchor_told(json.loads(message.body)) for message in reversed(sent)]


def verified(bench: Bench) -> Report:
    """What `decalog journal verify` finds."""
    return verify(bench.database, bench.name, elsewhere(bench), machine_now())


def found(bench: Bench) -> list[tuple[str, str, int]]:
    """Each fault: what it is, of which aggregate, and its first bad entry."""
    return [(fault.kind, fault.aggregate, fault.version) for fault in verified(bench).faults]


@frozen
class Vandal:
    """Changes one aggregate's journal. `tidy`: whoever does it also makes each entry that they touch hash right."""

    database: Any
    aggregate: str = "t1"
    tidy: bool = False

    def chain(self) -> list[dict[str, Any]]:
        """The entries that the journal keeps, in order."""
        return list(journal.chain(self.database, "tallies", self.aggregate))

    def write(self, entries: list[dict[str, Any]]) -> None:
        """Put these entries in the place of all that are there."""
        for entry in self.chain():
            self.database.journal.delete_one({"_id": entry["_id"]})
        if entries:
            self.database.journal.insert_many(entries)

    def edit(self, version: int, **changes: Any) -> None:
        """Let an entry say something else."""
        self.write([self._as(entry, **changes) if entry["_id"]["v"] == version else entry for entry in self.chain()])

    def delete(self, version: int, *, close: bool = False) -> None:
        """Take an entry away; `close` moves those behind it down."""
        kept = [entry for entry in self.chain() if entry["_id"]["v"] != version]
        self.write([self._moved(entry, -1) if close and entry["_id"]["v"] > version else entry for entry in kept])

    def insert(self, version: int, **changes: Any) -> None:
        """Put a copy of the entry at `version` there, built on the one before, and move it and the others up."""
        chain = self.chain()
        (copied,) = (entry for entry in chain if entry["_id"]["v"] == version)
        before = [entry for entry in chain if entry["_id"]["v"] < version]
        after = [self._moved(entry, 1) for entry in chain if entry["_id"]["v"] >= version]
        self.write([*before, self._as(copied, **changes), *after])

    def swap(self, version: int, other: int) -> None:
        """Let two entries stand in each other's place."""
        places = {version: other, other: version}
        chain = [self._moved(entry, places.get(v := entry["_id"]["v"], v) - v) for entry in self.chain()]
        self.write(sorted(chain, key=lambda entry: entry["_id"]["v"]))

    def truncate(self, version: int) -> None:
        """Take the entries from this one on away."""
        self.write([entry for entry in self.chain() if entry["_id"]["v"] < version])

    def _moved(self, entry: dict[str, Any], by: int) -> dict[str, Any]:
        place = entry["_id"]
        return self._as(entry, _id=journal.entry_id(place["c"], place["a"], place["v"] + by)) if by else entry

    def _as(self, entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
        changed = {**entry, **changes}
        return {**changed, "hash": journal.kept(changed).hash()} if self.tidy else changed


def tidy(vandal: Vandal) -> Vandal:
    """The same, done with more care."""
    return evolve(vandal, tidy=True)


def rewritten(bench: Bench, id: str, version: int, **changes: Any) -> None:
    """Let an entry say something else, and build everything after it anew, with the document's head."""
    document = bench.database.tallies.find_one({"_id": id})
    vandal = Vandal(bench.database, id, tidy=True)
    previous, chain = journal.birth("tallies", id, document["born"]).hash(), []
    for entry in vandal.chain():
        more = changes if entry["_id"]["v"] == version else {}
        chain.append(vandal._as(entry, previous=previous, **more))
        previous = chain[-1]["hash"]
    vandal.write(chain)
    bench.database.tallies.update_one({"_id": id}, {"$set": {"journal.hash": previous}})
