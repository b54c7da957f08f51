"""R9.1: exports taken in, written piece by piece, looked at, cancelled and fetched.

In time order: `start` writes the export as a job; any replica claims it under a lease (`chassis.jobs`) and `work` keeps
the lines of the next records and counts them in one write, which ends the lease; after the last piece it makes the file
and keeps it in parts. A replica that dies in a piece leaves it to the next one. It is no snapshot: a record that
changes meanwhile is written as it was when its piece came. Each piece reads within the units that the asker's grants
reached; the asker needs the grant still to see the export, and over all of these units to fetch it.
"""

import base64
import hashlib
from functools import partial
from typing import Any

from attrs import evolve, frozen
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis import telemetry
from chassis.clock import Clock
from chassis.documents import AWAY
from chassis.frame import Apart, Frame
from chassis.jobs import Jobs
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, OutOfReach
from security.export_sheet import csv_lines, file_of, rows_of
from security.export_store import ExportStore
from security.exports import ExportExpired, Piece, SheetExport, cancel, check_part, collect, finish, stumble
from security.holders import Assignment
from security.sheet_jobs import ONE_AT_A_TIME, check_granted, stamps
from security.units import Unit

PIECE_RECORDS = 1_000
"""D: a piece takes a fraction of a second, far less than its lease."""

LANE = "exports"


@frozen
class ExportDesk:
    """Exports as one service process works on them."""

    exports: Aggregates[SheetExport]
    units: Aggregates[Unit]
    assignments: Aggregates[Assignment]
    store: ExportStore
    clock: Clock
    apart: Apart

    def start(self, call: Call) -> Answer:
        """Take an export in."""
        asked = SheetExport(
            id=call.new_id(),
            kind=call.body["kind"],
            form=call.body["form"],
            by=call.caller.subject,
            reason=call.body["reason"],
            within=call.within,
            expected=self._of(call.body["kind"]).collection.count_documents({"units": {"$in": list(call.within)}}),
            requested_at=call.now,
            due=call.now,
        )
        saved = self.exports.create(asked.id, call.command(), lambda: (asked, []))
        return call.answer(saved, location=f"/v1/exports/{saved.id}")

    def one(self, call: Call) -> Answer:
        """How far it has come."""
        return call.answer(self.exports.load(_own(call), call.reach))

    def page(self, call: Call) -> Answer:
        """The caller's exports, newest first."""
        check_granted(call)
        return call.page(self.exports, {})

    def part(self, call: Call) -> Answer:
        """One part of the file."""
        asked, number = self.exports.load(_own(call), call.reach).state, call.query["part"]
        self._check_covered(asked, call)
        check_part(asked, number, at=call.now)
        content = self.store.part(asked, number)
        if content is None:
            raise ExportExpired(id=asked.id, at=f"{asked.expires_at:%Y-%m-%dT%H:%MZ}")

        digest = hashlib.sha256(content).hexdigest()
        return Answer(
            {
                "part": number,
                "parts": asked.parts,
                "name": asked.name,
                "media_type": asked.media_type,
                "content": base64.b64encode(content).decode(),
                "sha256": digest,
            }
        )

    def cancel(self, call: Call) -> Answer:
        """Stop before the next piece."""
        saved = self.exports.change(
            _own(call), call.command(), lambda now: (cancel(now, at=call.now), []), reach=call.reach
        )
        self._tidy(saved.state)
        return call.answer(saved)

    def work(self, id: str) -> None:
        """Keep the next piece, or the file."""
        asked, now = self.exports.load(id).state, self.clock.now()
        if asked.due is None:
            return
        number, collected = asked.pieces, asked.collected
        try:
            step = self._finishing(asked) if collected else self._collecting(asked)
        except AWAY:
            raise
        except Exception:  # noqa: BLE001 logged; tried again a little later, at most so often
            telemetry.logger().exception("export.piece_failed", job=id, piece=number)
            saved = self.exports.change(
                id, _by_itself(asked, now), lambda at: (stumble(at, number=number, collected=collected, at=now), [])
            )
        else:
            saved = self.exports.change(id, _by_itself(asked, now), lambda at: (step(at, now), []))
        self._tidy(saved.state)

    def _collecting(self, asked: SheetExport) -> Any:
        wanted = {"_id": {"$gt": asked.after}, "units": {"$in": list(asked.within)}}
        found = self._of(asked.kind).find(wanted, sort=[("_id", ASCENDING)], limit=PIECE_RECORDS)
        rows = rows_of(one.state for one in found)
        made = Piece(len(rows), found[-1].id if len(found) == PIECE_RECORDS else None)
        piece = self.store.keep_lines(asked, csv_lines(rows), made)
        return lambda at, now: collect(at, piece, number=asked.pieces, at=now)

    def _finishing(self, asked: SheetExport) -> Any:
        pieces = self.store.all_lines(asked)
        content = self.apart(lambda: file_of(asked.kind, asked.form, pieces, at=asked.requested_at))
        file = self.store.keep_file(asked, content)
        return lambda at, now: finish(at, file, at=now)

    def _check_covered(self, asked: SheetExport, call: Call) -> None:
        """Whoever moved elsewhere meanwhile does not take along what they may not read any more. Raises OutOfReach."""
        granted = set(call.caller.reach(str(call.operation.needs)).within)
        found = self.units.find({"_id": {"$in": list(asked.within)}})
        covered = granted | {one.id for one in found if granted & set(one.state.units)}
        if not covered >= set(asked.within):
            raise OutOfReach(id=asked.id)

    def _of(self, kind: str) -> Aggregates[Any]:
        return self.units if kind == "units" else self.assignments

    def _tidy(self, asked: SheetExport) -> None:
        if asked.due is None:
            self.store.drop_lines(asked)


def export_desk(frame: Frame, units: Aggregates[Unit], assignments: Aggregates[Assignment]) -> tuple[ExportDesk, Jobs]:
    """The exports of this process, and their jobs."""
    exports = frame.aggregates(
        "exports",
        SheetExport,
        stamps=partial(stamps, lane=LANE),
        indexes=(IndexModel([("units", 1), ("at", DESCENDING)]),),
    )
    store = ExportStore.of(frame.database)
    frame.indexing(store.declare_indexes)
    desk = ExportDesk(exports, units, assignments, store, frame.clock, frame.apart)
    return desk, frame.working_off(exports, desk.work, limits=ONE_AT_A_TIME)


def _own(call: Call) -> str:
    """The export that the path names."""
    check_granted(call)
    return call.path["export"]


def _by_itself(asked: SheetExport, now: Any) -> Command:
    """A count of the export's own: that it happens once follows from the piece's number."""
    return evolve(reaction("security", None, actor=asked.by, cause=asked.id, at=now), operation="start_export")
