"""R7.6, R7.7: what happened with an inspection or a warning, row by row; nothing is ever taken away."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen

from chassis.entries import AddRow


@frozen
class Note:
    """One row: `seq` counts from 1 without gaps; `words` are a person's own."""

    seq: int
    kind: StrEnum
    actor: str
    data: Mapping[str, str]
    words: str | None = None


def row_of(note: Note, collection: str) -> AddRow:
    """The note as the store keeps it."""
    row: dict[str, Any] = {
        "kind": note.kind.value,
        "actor": note.actor,
        "data": dict(note.data),
        "words": note.words,
    }
    return AddRow(collection, note.seq, row)
