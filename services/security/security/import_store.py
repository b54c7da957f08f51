"""What belongs to an import and is too much for its document: the sheet's pieces, and the faults.

Both are written before the write that counts them (as large imports of rows are, ADR 0006), under ids that the same
piece has every time: what lies beyond the count is not shown, and is written over. Pieces go when the import has ended;
whatever is left goes after `KEPT`. A sheet names persons by id only, so nothing is sealed.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import asdict, frozen
from pymongo import IndexModel, ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.clock import machine_now
from security.imports import SheetImport
from security.sheets import Lines, RowFault

KEPT = timedelta(days=30)
"""D: how long faults can be read, on machine time."""


@frozen
class ImportStore:
    """The two collections."""

    pieces: Collection[Any]
    faults: Collection[Any]

    @classmethod
    def of(cls, database: Database[Any]) -> "ImportStore":
        """Those of this database."""
        return cls(database["import_pieces"], database["import_faults"])

    def declare_indexes(self) -> None:
        """What is left goes by itself."""
        ends = IndexModel("at", expireAfterSeconds=int(KEPT.total_seconds()))
        for collection in (self.pieces, self.faults):
            collection.create_indexes([ends, IndexModel([("import", 1), ("seq", 1)])])

    def keep_pieces(self, asked: SheetImport, pieces: Sequence[Lines]) -> None:
        """Keep the sheet; a retry writes the same again."""
        for seq, piece in enumerate(pieces):
            lines = [[number, line] for number, line in piece.lines]
            key = _piece(asked, seq)
            document = {"_id": key, "import": asked.id, "seq": seq, "header": piece.header, "lines": lines}
            self.pieces.replace_one({"_id": key}, {**document, "at": machine_now()}, upsert=True)

    def piece(self, asked: SheetImport) -> Lines:
        """The next piece to carry out."""
        found = self.pieces.find_one({"_id": _piece(asked, asked.next)})
        if found is None:
            raise LookupError(f"piece {asked.next} of import {asked.id} is gone")
        return Lines(bytes(found["header"]), tuple((number, bytes(line)) for number, line in found["lines"]))

    def drop_pieces(self, asked: SheetImport) -> None:
        """The sheet is not needed any more."""
        self.pieces.delete_many({"import": asked.id})

    def keep_faults(self, asked: SheetImport, faults: Sequence[RowFault]) -> None:
        """Keep the faults of the next piece, numbered after those that were counted."""
        at = machine_now()
        writes = []
        for seq, fault in enumerate(faults, start=asked.faults + 1):
            key = f"{asked.id}:{seq}"
            document = {"_id": key, "import": asked.id, "seq": seq, "at": at, "fault": asdict(fault)}
            writes.append(ReplaceOne({"_id": key}, document, upsert=True))
        if writes:
            self.faults.bulk_write(writes, ordered=False)

    def fault_page(self, asked: SheetImport, *, after: int, limit: int) -> list[Mapping[str, Any]]:
        """Faults that were counted, in the order in which their pieces were worked off."""
        wanted = {"import": asked.id, "seq": {"$gt": after, "$lte": asked.faults}}
        return list(self.faults.find(wanted).sort("seq", 1).limit(limit))


def _piece(asked: SheetImport, seq: int) -> str:
    """Another sheet under the same idempotency key is another sheet here, until the store refuses it."""
    return f"{asked.id}:{asked.sheet}:{seq}"
