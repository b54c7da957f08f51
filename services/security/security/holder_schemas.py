"""The wire forms of assignments as they are made one by one."""

from marshmallow import Schema, fields, validate

from chassis.forms import END, Count, PageIn
from chassis.work.correction_forms import CorrectIn, CorrectionOut
from security.holders import HOLDER_KINDS, LAST_ORDER
from security.schemas import AssignmentOut
from security.staff_schemas import PERSON_ID, UNIT_ID

POST_ID = validate.Regexp(r"^[a-z][a-z_]{1,63}" + END)


class AssignIn(Schema):
    """Who holds which post where; from today where no day is given; without an end where none is given."""

    person = fields.String(required=True, validate=PERSON_ID)
    post = fields.String(required=True, validate=POST_ID)
    unit = fields.String(required=True, validate=UNIT_ID)
    kind = fields.String(load_default="holder", validate=validate.OneOf(HOLDER_KINDS))
    held_from = fields.Date(load_default=None)
    held_to = fields.Date(load_default=None)
    order = Count(load_default=None, validate=validate.Range(1, LAST_ORDER))


class LendIn(Schema):
    """Where the person works, at which post, from when (today where no day is given), and the first day after it."""

    post = fields.String(required=True, validate=POST_ID)
    unit = fields.String(required=True, validate=UNIT_ID)
    held_from = fields.Date(load_default=None)
    held_to = fields.Date(required=True)


class EndIn(Schema):
    """The first day on which the post is not held any more: today, which ends it now, where none is given."""

    on = fields.Date(load_default=None)


class AssignmentsIn(PageIn):
    """A page of assignments; narrowed to a person, a post or a unit where asked."""

    person = fields.String(load_default=None, validate=PERSON_ID)
    post = fields.String(load_default=None, validate=POST_ID)
    unit = fields.String(load_default=None, validate=UNIT_ID)


class CorrectAssignmentIn(CorrectIn):
    """What is wrong: the fields that are given. Without an end (null) it is held until it is ended."""

    kind = fields.String(validate=validate.OneOf(HOLDER_KINDS))
    order = Count(validate=validate.Range(1, LAST_ORDER), allow_none=True)
    held_to = fields.Date(allow_none=True)


class AssignmentShown(AssignmentOut):
    """An assignment with what was struck through of it."""

    corrections = fields.List(fields.Nested(CorrectionOut), required=True)


class AssignmentsOut(Schema):
    """A page of assignments."""

    items = fields.List(fields.Nested(AssignmentShown), required=True)
