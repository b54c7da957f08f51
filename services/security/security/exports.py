"""R9.1: exports of units and assignments that are written in the background, piece by piece.

In time order: queued; each piece of rows that was kept is counted by one write, which also says after which record the
next one goes on; after the last one the rows are `collected`; then the file is made of them and it is ready, until
`expires_at`. A cancelled export stops before its next piece. A piece that fails is tried again a little later, and
after `MOST_TRIES` times the export has failed. The record of who exported what, and why, stays.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from attrs import evolve, frozen

from chassis.errors import Conflict, Missing
from security.imports import MOST_TRIES, REST, Kind

KEPT = timedelta(days=7)
"""D: how long the file can be fetched."""

Form = Literal["csv", "xlsx"]
FORMS: tuple[Form, ...] = ("csv", "xlsx")
MEDIA: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class State(StrEnum):
    """How far an export has come."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExportEnded(Conflict):
    code = "security.export_ended"
    zh = "导出 {id} 已结束（{state}），无法取消"
    en = "the export {id} has ended ({state}) and cannot be cancelled"


class ExportNotReady(Conflict):
    code = "security.export_not_ready"
    zh = "导出 {id} 尚无文件（{state}）"
    en = "the export {id} has no file ({state})"


class ExportExpired(Missing):
    code = "security.export_expired"
    zh = "导出 {id} 的文件已于 {at} 到期删除，请重新导出"
    en = "the file of export {id} was removed at {at}; export again"


class PartUnknown(Missing):
    code = "security.export_part_unknown"
    zh = "导出 {id} 的文件共 {parts} 部分，编号从 0 起"
    en = "the file of export {id} has {parts} parts, numbered from 0"


@frozen(kw_only=True)
class SheetExport:
    """One export. `within` are the units that the asker's grants reached when it was asked for; `after` is the record
    up to which rows are collected."""

    id: str
    kind: Kind
    form: Form
    by: str
    reason: str
    within: tuple[str, ...]
    expected: int
    requested_at: datetime
    due: datetime | None
    state: State = State.QUEUED
    pieces: int = 0
    rows: int = 0
    after: str = ""
    collected: bool = False
    tries: int = 0
    parts: int = 0
    bytes: int = 0
    sha256: str = ""
    ended_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"{self.kind}-{self.requested_at:%Y%m%d-%H%M%S}.{self.form}"

    @property
    def media_type(self) -> str:
        """Of what type it is."""
        return MEDIA[self.form]


@frozen
class Piece:
    """Rows that were kept: how many, and the record after which the next piece goes on; None after the last."""

    rows: int
    after: str | None


@frozen
class File:
    """The file as it was kept."""

    parts: int
    bytes: int
    sha256: str


def collect(now: SheetExport, piece: Piece, *, number: int, at: datetime) -> SheetExport:
    """A piece was kept. One that was counted before, or whose export has ended meanwhile, changes nothing."""
    if number != now.pieces or now.collected or now.ended_at is not None:
        return now

    return evolve(
        now,
        state=State.RUNNING,
        pieces=number + 1,
        rows=now.rows + piece.rows,
        after=now.after if piece.after is None else piece.after,
        collected=piece.after is None,
        tries=0,
        due=at,
    )


def finish(now: SheetExport, file: File, *, at: datetime) -> SheetExport:
    """The file was kept. One that has ended meanwhile changes nothing."""
    if not now.collected or now.ended_at is not None:
        return now

    done = evolve(now, parts=file.parts, bytes=file.bytes, sha256=file.sha256, expires_at=at + KEPT)
    return _ended(done, State.READY, at)


def stumble(now: SheetExport, *, number: int, collected: bool, at: datetime) -> SheetExport:
    """A piece, or the file, could not be made."""
    if (number, collected) != (now.pieces, now.collected) or now.ended_at is not None:
        return now

    tries = now.tries + 1
    if tries == MOST_TRIES:
        return _ended(evolve(now, tries=tries), State.FAILED, at)
    return evolve(now, state=State.RUNNING, tries=tries, due=at + REST * tries)


def cancel(now: SheetExport, *, at: datetime) -> SheetExport:
    """It stops before its next piece. Raises ExportEnded; to cancel it again changes nothing."""
    if now.state is State.CANCELLED:
        return now
    if now.ended_at is not None:
        raise ExportEnded(id=now.id, state=now.state)

    return _ended(now, State.CANCELLED, at)


def check_part(now: SheetExport, part: int, *, at: datetime) -> None:
    """Raises ExportNotReady, ExportExpired or PartUnknown where this part of the file is not to be had."""
    if now.state is not State.READY or now.expires_at is None:
        raise ExportNotReady(id=now.id, state=now.state)
    if at >= now.expires_at:
        raise ExportExpired(id=now.id, at=f"{now.expires_at:%Y-%m-%dT%H:%MZ}")
    if not 0 <= part < now.parts:
        raise PartUnknown(id=now.id, parts=now.parts)


def _ended(now: SheetExport, state: State, at: datetime) -> SheetExport:
    return evolve(now, state=state, ended_at=at, due=None)
