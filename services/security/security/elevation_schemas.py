"""The wire forms of elevations (R9.6)."""

from marshmallow import Schema, fields, validate

from chassis.work.approvals import MOST_CHARACTERS
from security.elevations import Kind, State
from security.right_schemas import CODE, CURSOR, END, UNIT_ID, words


class RequestElevationIn(Schema):
    """What is asked for. No `until`: to the end of the business day. `reference` names the one transaction, and
    `unable` says why others at the counter who have the permission can't do it."""

    kind = fields.Enum(Kind, by_value=True, required=True)
    right = fields.String(required=True, validate=CODE)
    unit = fields.String(required=True, validate=UNIT_ID)
    reason = words(MOST_CHARACTERS, required=True)
    until = fields.AwareDateTime(load_default=None)
    reference = fields.String(load_default=None, validate=validate.Regexp(r"^[A-Za-z0-9_.:/-]{1,60}" + END))
    unable = words(MOST_CHARACTERS, load_default=None)


class ElevationReasonIn(Schema):
    """Why not, or why no longer."""

    reason = words(MOST_CHARACTERS, required=True)


class ElevationNothingIn(Schema):
    """An empty object."""


class ElevationsIn(Schema):
    """A page of elevations, the newest first: of one unit, in one state, the open ones (requested or approved), the
    caller's own."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(load_default=None, validate=CURSOR)
    unit = fields.String(load_default=None, validate=UNIT_ID)
    state = fields.Enum(State, by_value=True, load_default=None)
    open = fields.Boolean(load_default=None)
    mine = fields.Boolean(load_default=False)


class ElevationOut(Schema):
    """An elevation: `system` is `business` for a permission of the business processing system, `decalog` for an action
    of Decalog's; in force is what is `approved`, from `since` and before `until`."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    right = fields.String(required=True)
    system = fields.String(required=True)
    unit = fields.String(required=True)
    person = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    others = fields.List(fields.String(), required=True)
    unable = fields.String(required=True, allow_none=True)
    requested_at = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


class ElevationsOut(Schema):
    """A page of elevations."""

    items = fields.List(fields.Nested(ElevationOut), required=True)


class ElevationStated(Schema):
    """An elevation's public state. Whoever honours it compares `since` and `until` with the moment of the act."""

    id = fields.String(required=True)
    person = fields.String(required=True)
    kind = fields.String(required=True)
    right = fields.String(required=True)
    system = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    state = fields.String(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    until = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
