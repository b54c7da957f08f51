"""The wire forms of activity checks."""

import re

from marshmallow import Schema, ValidationError, fields, validate

from chassis.forms import END, PageIn
from chassis.work.acknowledgement_forms import ToldOut
from security.activity import LONGEST_WORDS, Cause, Finding, State
from security.staff_schemas import PERSON_ID, UNIT_ID

MOST_REPORTED = 500
WRITABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""What JSON Schema can say of a writable text."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WORD = validate.Regexp(r"^[A-Za-z0-9_.:-]{1,64}" + END)
_ROUTE = validate.Regexp(r"^[A-Za-z0-9_.:{}/-]{1,200}" + END)


def writable(text: str) -> None:
    """No control characters but tabs and line ends, and no half of a surrogate pair."""
    if _UNWRITABLE.search(text):
        raise ValidationError("String does not match expected pattern.")


class ActIn(Schema):
    """One act in a business system: who, where, when, and the system's own reference, which names no customer."""

    person = fields.String(required=True, validate=PERSON_ID)
    unit = fields.String(required=True, validate=UNIT_ID)
    at = fields.AwareDateTime(required=True)
    system = fields.String(required=True, validate=_WORD)
    reference = fields.String(required=True, validate=_WORD)


class ActivitiesIn(Schema):
    """Acts to be looked at."""

    acts = fields.List(fields.Nested(ActIn), required=True, validate=validate.Length(1, MOST_REPORTED))


class ActivitiesOut(Schema):
    """How many acts were looked at, and the checks that those not in order belong to."""

    examined = fields.Integer(required=True)
    checks = fields.List(fields.String(), required=True)


class RefusedCallIn(Schema):
    """Somebody who is refused has called: the gateway's word. `operation` is what they wanted."""

    person = fields.String(required=True, validate=PERSON_ID)
    operation = fields.String(required=True, validate=_ROUTE)
    at = fields.AwareDateTime(required=True)


class ResultIn(Schema):
    """What the head found."""

    finding = fields.Enum(Finding, by_value=True, required=True)
    words = fields.String(
        required=True, validate=[validate.Length(1, LONGEST_WORDS), writable], metadata={"pattern": WRITABLE}
    )


class ChecksIn(PageIn):
    """A page of checks, those found last first."""

    state = fields.Enum(State, by_value=True, load_default=None)
    person = fields.String(load_default=None, validate=PERSON_ID)


class ActOut(Schema):
    """One act."""

    at = fields.AwareDateTime(required=True)
    system = fields.String(required=True)
    reference = fields.String(required=True)


class CheckOut(Schema):
    """A check: whose acts, where, why it was opened, what was found."""

    id = fields.String(required=True)
    person = fields.String(required=True)
    unit = fields.String(required=True)
    day = fields.Date(required=True)
    cause = fields.Enum(Cause, by_value=True, required=True)
    state = fields.Enum(State, by_value=True, required=True)
    acts = fields.List(fields.Nested(ActOut), required=True)
    more = fields.Integer(required=True)
    found_at = fields.AwareDateTime(required=True)
    due = fields.AwareDateTime(required=True)
    finding = fields.Enum(Finding, by_value=True, required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)
    checked_at = fields.AwareDateTime(required=True, allow_none=True)
    checked_by = fields.String(required=True, allow_none=True)
    told = fields.List(fields.Nested(ToldOut), required=True)
    received_at = fields.AwareDateTime(required=True, allow_none=True)
    received_by = fields.String(required=True, allow_none=True)


class ChecksOut(Schema):
    """A page of checks."""

    items = fields.List(fields.Nested(CheckOut), required=True)


class ActivityFound(Schema):
    """An act that should not have happened was found: told to the province at once."""

    level = fields.String(required=True)
    check = fields.String(required=True)
    person = fields.String(required=True)
    unit = fields.String(required=True)
    day = fields.Date(required=True)
    cause = fields.Enum(Cause, by_value=True, required=True)
    due = fields.AwareDateTime(required=True)


class ActivityChecked(Schema):
    """The head's result, for the province. The head's words stay in the record."""

    level = fields.String(required=True)
    check = fields.String(required=True)
    unit = fields.String(required=True)
    finding = fields.Enum(Finding, by_value=True, required=True)
    checked_at = fields.AwareDateTime(required=True)
    checked_by = fields.String(required=True)
    late_seconds = fields.Integer(required=True)


class ActivityOverdue(Schema):
    """No result came in time; `addressee` is the level that is told now."""

    level = fields.String(required=True)
    check = fields.String(required=True)
    unit = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    addressee = fields.String(required=True)
