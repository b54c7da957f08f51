"""The wire forms of handling bodies."""

from marshmallow import Schema, fields, validate

from chassis.forms import PageIn
from emergency.bodies import MOST_MEMBERS, Role
from emergency.schemas import PERSON_ID


class MemberIn(Schema):
    """A person in a role."""

    person = fields.String(required=True, validate=PERSON_ID)
    role = fields.Enum(Role, by_value=True, required=True)


class SetBodyIn(Schema):
    """The whole group: one leader, at least one deputy, each person once."""

    members = fields.List(fields.Nested(MemberIn), required=True, validate=validate.Length(1, MOST_MEMBERS))


class BodiesIn(PageIn):
    """A page of handling bodies, the one last confirmed first; `unconfirmed` narrows to those marked so, or not."""

    unconfirmed = fields.Boolean(load_default=None)


class MemberOut(Schema):
    """A member. `in_post` says whether the person holds any post today: whoever has left can't be counted on."""

    person = fields.String(required=True)
    role = fields.String(required=True)
    in_post = fields.Boolean(required=True)


class BodyOut(Schema):
    """The standing emergency group of a unit. Contact points stand with the notifier, never here."""

    unit = fields.String(required=True)
    unit_name = fields.String(required=True)
    members = fields.List(fields.Nested(MemberOut), required=True)
    set_at = fields.AwareDateTime(required=True)
    set_by = fields.String(required=True)
    confirmed_at = fields.AwareDateTime(required=True)
    confirmed_by = fields.String(required=True)
    confirm_by = fields.AwareDateTime(required=True)
    unconfirmed_since = fields.AwareDateTime(required=True, allow_none=True)


class BodiesOut(Schema):
    """A page of handling bodies, or those of an incident from the root of the company down."""

    items = fields.List(fields.Nested(BodyOut), required=True)


class BodyUnconfirmed(Schema):
    """A handling body was not confirmed in time."""

    unit = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    leader = fields.String(required=True)
