"""The wire forms of checks of suspected misuse, and what is read of the events that open them."""

from marshmallow import Schema, fields, validate

from chassis.forms import PageIn
from chassis.work.rectifications import RectificationState
from security.activity_schemas import WRITABLE, writable
from security.misuse import LONGEST_WORDS, Ground, Verdict


def _words() -> fields.String:
    return fields.String(
        required=True, validate=[validate.Length(1, LONGEST_WORDS), writable], metadata={"pattern": WRITABLE}
    )


class VerdictIn(Schema):
    """What the head found, and in words."""

    verdict = fields.Enum(Verdict, by_value=True, required=True)
    words = _words()


class PutRightIn(Schema):
    """What was done about it, and what shows it."""

    note = _words()


class NotRightIn(Schema):
    """Why it is not put right."""

    reason = _words()


class MisuseChecksIn(PageIn):
    """A page of checks, those found last first."""

    ground = fields.Enum(Ground, by_value=True, load_default=None)


class DoneOut(Schema):
    """What shows that it was put right."""

    note = fields.String(required=True)


class PuttingRightOut(Schema):
    """How far misuse is put right (整改): whose it is, until when, what was done, and who has seen it."""

    state = fields.Enum(RectificationState, by_value=True, required=True)
    owner = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    fixed_by = fields.String(required=True, allow_none=True)
    fixed_at = fields.AwareDateTime(required=True, allow_none=True)
    evidence = fields.Nested(DoneOut, required=True, allow_none=True)
    verifier = fields.String(required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True, allow_none=True)
    rejections = fields.Integer(required=True)
    rejection = fields.String(required=True, allow_none=True)


class MisuseCheckOut(Schema):
    """A check: of whom, where, why, by when; what was found; and how far it is put right, where misuse was found."""

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
    rectification = fields.Nested(PuttingRightOut, required=True, allow_none=True)


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
