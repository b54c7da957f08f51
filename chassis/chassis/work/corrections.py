"""Corrections: what was entered wrongly is struck through in red and the right words written beside it.

In time order: somebody says which entries are wrong, what they should say, and why; each of them is kept with what
stood there before, what stands there now, who said so and when, and the entry takes its new value in the same write.
Nothing is deleted: what was entered at first is known for good. A value that turns out wrong again is corrected again.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from attrs import frozen

from chassis.errors import Conflict, Malformed
from chassis.work.approvals import reason_given

Value = str | int | date | datetime | None
"""What an entry can hold that is corrected; it is kept as text."""

MOST_CORRECTIONS = 20
"""D: of one record; it lies in the record's own document."""


class NothingCorrected(Malformed):
    """Everything that was given stands there already."""

    code = "chassis.nothing_corrected"
    zh = "更正内容与现有记录相同，没有需要更正的内容"
    en = "what was given stands there already; there is nothing to correct"


class CorrectionsTooMany(Conflict):
    """The record was corrected too often."""

    code = "chassis.corrections_too_many"
    zh = "该记录的更正已达 {limit} 项上限，请另行登记"
    en = "{limit} corrections of this record are the most; enter it anew"


@frozen(kw_only=True)
class Correction:
    """One entry, struck through: `before` and `after` as text, None where nothing stood or stands."""

    field: str
    before: str | None
    after: str | None
    reason: str
    by: str
    at: datetime


def correct(
    made: tuple[Correction, ...],
    stands: Mapping[str, Value],
    said: Mapping[str, Value],
    *,
    reason: str,
    by: str,
    at: datetime,
) -> tuple[Correction, ...]:
    """The corrections with those that make of what stands what is said; an entry that stands so already is none.

    Refused: nothing that differs, too many of one record, no reason.
    """
    names = [name for name, value in said.items() if value != stands[name]]
    if not names:
        raise NothingCorrected(pointer="/body")
    if len(made) + len(names) > MOST_CORRECTIONS:
        raise CorrectionsTooMany(limit=MOST_CORRECTIONS)

    words = reason_given(reason)
    return (*made, *(_one(name, stands[name], said[name], words, by, at) for name in names))


def entered_first(made: Iterable[Correction], field: str, stands: Value) -> str | None:
    """What stood there before anybody corrected it; what stands there now where nobody has."""
    own = [one for one in made if one.field == field]
    return own[0].before if own else as_text(stands)


def as_text(value: Value) -> str | None:
    """How a value is kept: days and instants in the form of ISO 8601."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _one(field: str, before: Value, after: Value, reason: str, by: str, at: datetime) -> Correction:
    return Correction(field=field, before=as_text(before), after=as_text(after), reason=reason, by=by, at=at)
