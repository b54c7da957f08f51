"""The wire forms of checks of suspected misuse, and what is read of the events that open them."""

from marshmallow import Schema, fields, validate

from chassis.forms import PageIn
from security.activity_schemas import WRITABLE, writable
from security.misuse import LONGEST_WORDS, Ground, Verdict


class VerdictIn(Schema):
    """What the head found, and in words."""

    verdict = fields.Enum(Verdict, by_value=True, required=True)
    words = fields.String(
        required=True, validate=[validate.Length(1, LONGEST_WORDS), writable], metadata={"pattern": WRITABLE}
    )


class MisuseChecksIn(PageIn):
    """A page of checks, those found last first."""

    ground = fields.Enum(Ground, by_value=True, load_default=None)


class MisuseCheckOut(Schema):
    """A check: of whom, where, why, by when; and what was found."""

    id = fields.String(required=True)
    ground = fields.Enum(Ground, by_value=True, required=True)
    subject = fields.String(required=True)
    unit = fields.String(required=True)
    day = fields.Date(required=True)
    found_at = fields.AwareDateTime(required=True)
    due = fields.AwareDateTime(required=True)
    verdict = fields.Enum(Verdict, by_value=True, required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)
    checked_at = fields.AwareDateTime(required=True, allow_none=True)
    checked_by = fields.String(required=True, allow_none=True)


class MisuseChecksOut(Schema):
    """A page of checks."""

    items = fields.List(fields.Nested(MisuseCheckOut), required=True)


class MisuseFound(Schema):
    """A head has found misuse. The head's words stay in the record."""

    level = fields.String(required=True)
    check = fields.String(required=True)
    ground = fields.Enum(Ground, by_value=True, required=True)
    unit = fields.String(required=True)
    checked_at = fields.AwareDateTime(required=True)
    checked_by = fields.String(required=True)


class LimitReachedRead(Schema):
    """Somebody has read as much in clear as a day allows, and wanted more."""

    reader = fields.String(required=True)
    day = fields.Date(required=True)


class SharingRead(Schema):
    """An operator code was in use at these counters at once."""

    person = fields.String(required=True)
    counters = fields.List(fields.String(), required=True)
    day = fields.Date(required=True)
