"""What belongs to an export and is too much for its document: the collected lines, and the file in parts.

Both are written before the write that counts them, under ids that the same piece has every time. Of lines the first
that were written stay, whoever counts them: a replica that was held up between reading and writing must not put others
in their place, which end at another record. The file is the same whoever makes it. The lines go when the export has
ended, a file when it has expired. Sheets name persons by id only, so nothing is sealed.
"""

import hashlib
from datetime import timedelta
from typing import Any

from attrs import frozen
from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.database import Database

from chassis.clock import machine_now
from security.exports import KEPT, File, Piece, SheetExport

PART_BYTES = 262_144
"""D: a part travels in one answer, in Base64."""

LEFT_OVER = KEPT + timedelta(days=1)
"""D: on machine time, when whatever is left goes by itself."""


@frozen
class ExportStore:
    """The two collections."""

    lines: Collection[Any]
    files: Collection[Any]

    @classmethod
    def of(cls, database: Database[Any]) -> "ExportStore":
        """Those of this database."""
        return cls(database["export_lines"], database["export_files"])

    def declare_indexes(self) -> None:
        """What is left goes by itself."""
        for collection in (self.lines, self.files):
            ends = IndexModel("at", expireAfterSeconds=int(LEFT_OVER.total_seconds()))
            collection.create_indexes([ends, IndexModel([("export", 1), ("seq", 1)])])

    def keep_lines(self, asked: SheetExport, lines: bytes, piece: Piece) -> Piece:
        """Keep the next piece, unless it is there; what is there then."""
        key = _key(asked, asked.pieces)
        made = {"export": asked.id, "seq": asked.pieces, "content": lines, "rows": piece.rows, "after": piece.after}
        self.lines.update_one({"_id": key}, {"$setOnInsert": {**made, "at": machine_now()}}, upsert=True)
        kept = self.lines.find_one({"_id": key}, {"rows": 1, "after": 1})
        if kept is None:
            raise LookupError(f"piece {key} is gone")
        return Piece(kept["rows"], kept["after"])

    def all_lines(self, asked: SheetExport) -> list[bytes]:
        """The pieces that were counted, in order."""
        found = self.lines.find({"export": asked.id, "seq": {"$lt": asked.pieces}}).sort("seq", 1)
        pieces = [bytes(one["content"]) for one in found]
        if len(pieces) < asked.pieces:
            raise LookupError(f"of {asked.pieces} pieces of export {asked.id} {len(pieces)} are there")
        return pieces

    def keep_file(self, asked: SheetExport, content: bytes) -> File:
        """Keep the file."""
        parts = range(0, max(len(content), 1), PART_BYTES)
        for seq, place in enumerate(parts):
            key, part = _key(asked, seq), content[place : place + PART_BYTES]
            document = {"_id": key, "export": asked.id, "seq": seq, "content": part, "at": machine_now()}
            self.files.replace_one({"_id": key}, document, upsert=True)
        return File(len(parts), len(content), hashlib.sha256(content).hexdigest())

    def part(self, asked: SheetExport, seq: int) -> bytes | None:
        """One part of the file; None where it is gone."""
        found = self.files.find_one({"_id": _key(asked, seq)})
        return found and bytes(found["content"])

    def drop_lines(self, asked: SheetExport) -> None:
        """The lines are not needed any more."""
        self.lines.delete_many({"export": asked.id})


def _key(asked: SheetExport, seq: int) -> str:
    return f"{asked.id}:{seq}"
