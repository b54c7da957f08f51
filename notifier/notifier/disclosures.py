"""Who read what of a person unmasked: one record of a reader and a day, with purpose, and a limit of how many.

PIPL articles 6 and 51: the least that the purpose needs, and known to the company. No value that was read is kept. The
reason is sealed, because people write names into free text.
"""

from datetime import date, datetime
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Forbidden
from chassis.fieldcrypt import FieldKeys, Place

COLLECTION = "disclosures"
MOST_A_DAY = 30
"""Readings of one reader on one business day (D): more than an hour of calls needs, too few to copy a list."""


class Purpose(StrEnum):
    """What contact data may be read for (D)."""

    EMERGENCY_CALL = "emergency_call"
    DELIVERY_FAULT = "delivery_fault"
    CORRECTION = "correction"
    SUBJECT_REQUEST = "subject_request"
    INVESTIGATION = "investigation"


class LimitReached(Forbidden):
    """The reader has had a day's readings."""

    code = "notifier.disclosure_limit_reached"
    zh = "当日查看明文联系方式已达上限 {most} 次，请次日再试，或请同岗位其他人员查看"
    en = "this is more than the {most} disclosures of a day: go on tomorrow, or ask somebody else who may"


@frozen(kw_only=True)
class Reading:
    """One reading: of whom, which fields, what for; `reason` is sealed."""

    id: str
    at: datetime
    persons: tuple[str, ...]
    fields: tuple[str, ...]
    purpose: str
    reason: str


@frozen(kw_only=True)
class Disclosure:
    """What one reader has read on one business day."""

    id: str
    reader: str
    day: str
    readings: tuple[Reading, ...] = ()
    limit_reached_at: datetime | None = None

    def reading(self, id: str) -> Reading | None:
        """The reading of this id, where it was granted."""
        return next((one for one in self.readings if one.id == id), None)


@frozen
class LimitWasReached:
    """For the first time on this day a reading was refused."""

    at: datetime


Decision = tuple[Disclosure, tuple[LimitWasReached, ...]]


def id_of(reader: str, day: date) -> str:
    """The id of the reader's record of the day."""
    return f"{reader}:{day.isoformat()}"


def begun(reader: str, day: date) -> Disclosure:
    """The record of a day on which nothing was read yet."""
    return Disclosure(id=id_of(reader, day), reader=reader, day=day.isoformat())


def read(disclosure: Disclosure, reading: Reading, *, at: datetime) -> Decision:
    """The record with the reading; without it where the day's are used up, which is made known once.

    A reading that is there already is not counted again: the record of a day is made by its first reading, whose
    command stands in no ring.
    """
    if disclosure.reading(reading.id) is not None:
        return disclosure, ()
    if len(disclosure.readings) < MOST_A_DAY:
        return evolve(disclosure, readings=(*disclosure.readings, reading)), ()
    if disclosure.limit_reached_at is not None:
        return disclosure, ()
    return evolve(disclosure, limit_reached_at=at), (LimitWasReached(at),)


def seal_reason(disclosure: str, reading: str, reason: str, keys: FieldKeys) -> str:
    """A reading's reason, sealed."""
    return keys.seal(_place(disclosure, reading), reason)


def reason_of(disclosure: Disclosure, reading: Reading, keys: FieldKeys) -> str:
    """A reading's reason (FieldUnreadable)."""
    return keys.open(_place(disclosure.id, reading.id), reading.reason)


def resealed(disclosure: Disclosure, keys: FieldKeys) -> Disclosure:
    """The record with its reasons under the current key; the very one given where they are (FieldUnreadable)."""
    anew = tuple(
        evolve(one, reason=keys.reseal(_place(disclosure.id, one.id), one.reason)) for one in disclosure.readings
    )
    return disclosure if anew == disclosure.readings else evolve(disclosure, readings=anew)


def _place(disclosure: str, reading: str) -> Place:
    return Place(COLLECTION, disclosure, f"reason.{reading}")
