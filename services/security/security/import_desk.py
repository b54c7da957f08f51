"""R7.5, R9.1: imports taken in, worked off piece by piece, looked at and cancelled.

In time order: `start` cuts the sheet, keeps the pieces, and writes the import as a job; any replica claims it under a
lease (`chassis.jobs`) and `work` carries out the next piece, keeps its faults and counts it in one write, which ends
the lease. A replica that dies in a piece leaves it to the next one: each row's write has an id of its own.
"""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis import telemetry
from chassis.clock import Clock
from chassis.cursor import row_cursor, row_place
from chassis.documents import AWAY
from chassis.frame import Apart, Frame
from chassis.jobs import Jobs
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command
from security.import_store import ImportStore
from security.imports import Outcome, SheetImport, advance, begun, cancel, stumble
from security.piece_desk import PieceDesk, PieceMandate
from security.sheet_desk import SheetDesk
from security.sheet_jobs import ONE_AT_A_TIME, check_granted, stamps
from security.sheet_pieces import CODES, PIECE_ROWS, cut
from security.sheets import MAX_ROWS, Lines, check_rows, lines_of
from security.workbook_refusals import SheetNotOne
from security.workbooks import unpacked, workbook_lines

LANE = "imports"


@frozen
class ImportDesk:
    """Imports as one service process works on them."""

    imports: Aggregates[SheetImport]
    store: ImportStore
    pieces: PieceDesk
    clock: Clock
    apart: Apart

    def start(self, call: Call) -> Answer:
        """Take a sheet in."""
        kind, dry_run = call.body["kind"], call.body["dry_run"]
        content, pieces = self.apart(lambda: _sheet(call.body))
        assert call.reach is not None
        asked = begun(
            SheetImport(
                id=call.new_id(),
                kind=kind,
                by=call.caller.subject,
                within=call.reach.within,
                visible=call.reach.visible,
                dry_run=dry_run,
                sheet=hashlib.sha256(f"{kind} {dry_run}\n".encode() + content).hexdigest(),
                rows=sum(len(piece.lines) for piece in pieces),
                pieces=len(pieces),
                requested_at=call.now,
                due=call.now,
            )
        )
        self.store.keep_pieces(asked, pieces)
        saved = self.imports.create(asked.id, call.command(), lambda: (asked, []))
        self._tidy(saved.state)
        return call.answer(saved, location=f"/v1/imports/{saved.id}")

    def one(self, call: Call) -> Answer:
        """How far it has come."""
        check_granted(call)
        return call.answer(self.imports.load(call.path["import"], call.reach))

    def page(self, call: Call) -> Answer:
        """The caller's imports, newest first."""
        check_granted(call)
        return call.page(self.imports, {})

    def bad_rows(self, call: Call) -> Answer:
        """Every fault that was found so far."""
        check_granted(call)
        asked, limit = self.imports.load(call.path["import"], call.reach).state, call.query["limit"]
        found = self.store.fault_page(asked, after=row_place(call.query["cursor"]), limit=limit)
        items = [one["fault"] for one in found]
        return Answer({"items": items}, next=row_cursor(found[-1]["seq"]) if len(found) == limit else None)

    def cancel(self, call: Call) -> Answer:
        """Stop before the next piece."""
        check_granted(call)
        saved = self.imports.change(
            call.path["import"],
            call.command(),
            lambda now: (cancel(now, at=call.now), []),
            reach=call.reach,
        )
        self._tidy(saved.state)
        return call.answer(saved)

    def work(self, id: str) -> None:
        """Carry out the next piece."""
        asked = self.imports.load(id).state
        if asked.due is None:
            return
        piece, now = asked.next, self.clock.now()
        try:
            carried = self.pieces.carry_out(PieceMandate(asked, now), self.store.piece(asked))
            self.store.keep_faults(asked, carried.faults)
        except AWAY:
            raise
        except Exception:  # noqa: BLE001 logged; tried again a little later, at most so often
            telemetry.logger().exception("import.piece_failed", job=id, piece=piece)
            saved = self.imports.change(id, _own(asked, now), lambda at: (stumble(at, piece=piece, at=now), []))
        else:
            outcome = Outcome(carried.done, carried.unchanged, len(carried.faults))
            saved = self.imports.change(
                id, _own(asked, now), lambda at: (advance(at, outcome, piece=piece, at=now), [])
            )
        self._tidy(saved.state)

    def _tidy(self, asked: SheetImport) -> None:
        if asked.due is None:
            self.store.drop_pieces(asked)


def import_desk(frame: Frame, sheets: SheetDesk) -> tuple[ImportDesk, Jobs]:
    """The imports of this process, and their jobs."""
    imports = frame.aggregates(
        "imports",
        SheetImport,
        stamps=partial(stamps, lane=LANE),
        indexes=(IndexModel([("units", 1), ("at", DESCENDING)]),),
    )
    store = ImportStore.of(frame.database)
    frame.indexing(store.declare_indexes)
    desk = ImportDesk(imports, store, PieceDesk(sheets), frame.clock, frame.apart)
    return desk, frame.working_off(imports, desk.work, limits=ONE_AT_A_TIME)


def _sheet(body: Mapping[str, Any]) -> tuple[bytes, list[Lines]]:
    """What was sent, and the pieces of the sheet that it holds."""
    kind, dry_run = body["kind"], body["dry_run"]
    if (body["csv"] is None) == (body["xlsx"] is None):
        raise SheetNotOne(pointer="/body")
    if body["csv"] is not None:
        content = body["csv"].encode()
        lines = lines_of(content)
    else:
        content, worksheet = unpacked(body["xlsx"]), body["worksheet"]
        lines = workbook_lines(content, worksheet=worksheet, codes=CODES[kind])
        content = f"{worksheet}\n".encode() + content
    return content, cut(kind, lines, size=_size(lines, whole=dry_run and kind == "units"))


def _size(lines: Lines, *, whole: bool) -> int:
    """A dry run of units is one piece, because children are held against parents that are not opened."""
    if not whole:
        return PIECE_ROWS
    check_rows(lines)
    return MAX_ROWS


def _own(asked: SheetImport, now: Any) -> Command:
    """A count of the import's own: that it happens once follows from the piece's number."""
    return evolve(reaction("security", None, actor=asked.by, cause=asked.id, at=now), operation="start_import")
