"""The wire forms of A/B pairs."""

from marshmallow import Schema, fields

from chassis.forms import PageIn
from security.staff_schemas import PERSON_ID, UNIT_ID


class PairIn(Schema):
    """Two people who hold posts at the unit."""

    unit = fields.String(required=True, validate=UNIT_ID)
    a = fields.String(required=True, validate=PERSON_ID)
    b = fields.String(required=True, validate=PERSON_ID)


class AwayIn(Schema):
    """Who is away, from when (today where no day is given), and the first day after it, where that is known."""

    person = fields.String(required=True, validate=PERSON_ID)
    since = fields.Date(load_default=None)
    to = fields.Date(load_default=None)


class BackIn(Schema):
    """Who is back from today on."""

    person = fields.String(required=True, validate=PERSON_ID)


class PairsIn(PageIn):
    """A page of pairs; narrowed to a unit where asked."""

    unit = fields.String(load_default=None, validate=UNIT_ID)


class AbsenceOut(Schema):
    """Who is away, and when."""

    person = fields.String(required=True)
    since = fields.Date(required=True)
    to = fields.Date(required=True, allow_none=True)


class PairOut(Schema):
    """A pair's whole public state."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    a = fields.String(required=True)
    b = fields.String(required=True)
    since = fields.Date(required=True)
    ended = fields.Date(required=True, allow_none=True)
    absences = fields.List(fields.Nested(AbsenceOut), required=True)


class PairsOut(Schema):
    """A page of pairs."""

    items = fields.List(fields.Nested(PairOut), required=True)
