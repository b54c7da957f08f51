"""The wire forms of the staff."""

from marshmallow import Schema, fields, validate

from chassis.forms import END, PageIn
from security.staff import Ground, Standing

UNIT_ID = validate.Regexp(r"^[A-Za-z0-9_-]{1,32}" + END)
PERSON_ID = validate.Regexp(r"^[A-Z]{1,4}[0-9]{4,16}" + END)


class JoinIn(Schema):
    """Who joins, and at which unit they belong."""

    person = fields.String(required=True, validate=PERSON_ID)
    unit = fields.String(required=True, validate=UNIT_ID)


class PlaceIn(Schema):
    """The unit at which somebody belongs from now on."""

    unit = fields.String(required=True, validate=UNIT_ID)


class SuspendIn(Schema):
    """Why somebody is suspended, in a word."""

    ground = fields.Enum(Ground, by_value=True, required=True)


class LeaveIn(Schema):
    """When somebody leaves: at once where nothing is said, else an instant up to 366 days back or ahead."""

    at = fields.AwareDateTime(load_default=None)


class StaffIn(PageIn):
    """A page of the staff, those whose standing changed last first; `standing` narrows."""

    standing = fields.Enum(Standing, by_value=True, load_default=None)


class StaffState(Schema):
    """A person's standing, as the other services and the gateway know it."""

    person = fields.String(required=True, attribute="id", data_key="person")
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    standing = fields.Enum(Standing, by_value=True, required=True)
    since = fields.AwareDateTime(required=True)
    leaves_at = fields.AwareDateTime(required=True, allow_none=True)


class SinceOut(Schema):
    """A standing and the instant from which it held."""

    standing = fields.Enum(Standing, by_value=True, required=True)
    at = fields.AwareDateTime(required=True)


class StaffOut(StaffState):
    """A person on the staff; `ground` is why they are suspended, `standings` every standing so far."""

    ground = fields.Enum(Ground, by_value=True, required=True, allow_none=True)
    standings = fields.List(fields.Nested(SinceOut), required=True)


class StaffListOut(Schema):
    """A page of the staff."""

    items = fields.List(fields.Nested(StaffOut), required=True)


class StaffRead(Schema):
    """What this service itself needs to know of a stated member."""

    person = fields.String(required=True)
    standing = fields.Enum(Standing, by_value=True, required=True)
    since = fields.AwareDateTime(required=True)
