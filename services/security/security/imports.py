"""R7.5, R9.1: imports that are worked off in the background, piece by piece.

In time order: queued with the number of pieces; each piece that was carried out is counted by one write, in
order; after the last one it is done. A cancelled import stops before its next piece. A piece that fails is tried
again a little later, and after `MOST_TRIES` times the import has failed; what was carried out before stays in every
case, and the same sheet imported again does the rest.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from attrs import evolve, frozen

from chassis.errors import Conflict

MOST_TRIES = 5
"""D: how often a piece is tried; between tries more and more time passes, 100 s in all."""

REST = timedelta(seconds=10)
"""D: before the second try; before the third twice as long, and so on."""

Kind = Literal["units", "holders"]
KINDS: tuple[Kind, ...] = ("units", "holders")


class State(StrEnum):
    """How far an import has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ImportEnded(Conflict):
    code = "security.import_ended"
    zh = "导入 {id} 已结束（{state}），无法取消"
    en = "the import {id} has ended ({state}) and cannot be cancelled"


@frozen
class Outcome:
    """What one piece came to, in rows."""

    done: int
    unchanged: int
    faults: int


@frozen(kw_only=True)
class SheetImport:
    """One import. `within` and `visible` are the units that the asker's grants reached when it was asked for."""

    id: str
    kind: Kind
    by: str
    within: tuple[str, ...]
    visible: tuple[str, ...]
    dry_run: bool
    sheet: str
    rows: int
    pieces: int
    requested_at: datetime
    due: datetime | None
    state: State = State.QUEUED
    next: int = 0
    done: int = 0
    unchanged: int = 0
    faults: int = 0
    tries: int = 0
    ended_at: datetime | None = None


def begun(asked: SheetImport) -> SheetImport:
    """As it is stored first: a sheet without rows has nothing to be done."""
    return asked if asked.pieces else _ended(asked, State.DONE, asked.requested_at)


def advance(now: SheetImport, outcome: Outcome, *, piece: int, at: datetime) -> SheetImport:
    """A piece was carried out. One that was counted before changes nothing; one that ran while the import was
    cancelled is counted, because its rows are there."""
    if piece != now.next or piece == now.pieces or now.state is State.FAILED:
        return now

    counted = evolve(
        now,
        next=piece + 1,
        done=now.done + outcome.done,
        unchanged=now.unchanged + outcome.unchanged,
        faults=now.faults + outcome.faults,
        tries=0,
    )
    if now.state is State.CANCELLED:
        return counted
    if counted.next == now.pieces:
        return _ended(counted, State.DONE, at)
    return evolve(counted, state=State.RUNNING, due=at)


def stumble(now: SheetImport, *, piece: int, at: datetime) -> SheetImport:
    """A piece could not be carried out."""
    if piece != now.next or now.ended_at is not None:
        return now

    tries = now.tries + 1
    if tries == MOST_TRIES:
        return _ended(evolve(now, tries=tries), State.FAILED, at)
    return evolve(now, state=State.RUNNING, tries=tries, due=at + REST * tries)


def cancel(now: SheetImport, *, at: datetime) -> SheetImport:
    """It stops before its next piece. Raises ImportEnded; to cancel it again changes nothing."""
    if now.state is State.CANCELLED:
        return now
    if now.ended_at is not None:
        raise ImportEnded(id=now.id, state=now.state)

    return _ended(now, State.CANCELLED, at)


def _ended(now: SheetImport, state: State, at: datetime) -> SheetImport:
    return evolve(now, state=state, ended_at=at, due=None)
