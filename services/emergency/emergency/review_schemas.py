"""The wire forms of reviews. What people write in them holds no personal data and travels in no event."""

from marshmallow import Schema, fields, validate

from chassis.work.my_tasks import OwnerOut
from emergency.reviews import LONGEST_ACTION, LONGEST_REVIEW, MOST_ACTIONS
from emergency.schemas import PERSON_ID, UNIT_ID
from emergency.texts import LONGEST_REASON

_POST = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}\Z")


class OwnerIn(Schema):
    """Either a person, or a post at one of the incident's units."""

    person = fields.String(load_default=None, validate=PERSON_ID)
    post = fields.String(load_default=None, validate=_POST)
    unit = fields.String(load_default=None, validate=UNIT_ID)


class ActionIn(Schema):
    """What is done so that it does not happen again, by whom, until when."""

    what = fields.String(required=True, validate=validate.Length(1, LONGEST_ACTION))
    owner = fields.Nested(OwnerIn, required=True)
    due = fields.AwareDateTime(required=True)


class ReviewIn(Schema):
    """Findings, lessons, and actions. No personal data: the lessons are offered to the knowledge base."""

    findings = fields.String(required=True, validate=validate.Length(1, LONGEST_REVIEW))
    lessons = fields.String(required=True, validate=validate.Length(1, LONGEST_REVIEW))
    actions = fields.List(fields.Nested(ActionIn), load_default=list, validate=validate.Length(0, MOST_ACTIONS))


class CompleteActionIn(Schema):
    """A note, without personal data, where there is something to say."""

    note = fields.String(load_default="", validate=validate.Length(0, LONGEST_REASON))


class ReassignActionIn(Schema):
    """Whose it is from now on."""

    owner = fields.Nested(OwnerIn, required=True)


class DelegateActionIn(Schema):
    """Who stands in for the owner, from when until when (not included)."""

    person = fields.String(required=True, validate=PERSON_ID)
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)


class StandInOut(Schema):
    """Who stands in for a time."""

    person = fields.String(required=True)
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)


class ActionOut(Schema):
    """An action as it stands."""

    id = fields.String(required=True)
    what = fields.String(required=True)
    owner = fields.Nested(OwnerOut, required=True)
    due = fields.AwareDateTime(required=True)
    stand_in = fields.Nested(StandInOut, required=True, allow_none=True)
    state = fields.String(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)


class ReviewOut(Schema):
    """The review of an incident; before there is one, until when it is due, where one is required."""

    incident = fields.String(required=True)
    state = fields.String(required=True)
    due = fields.AwareDateTime(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    findings = fields.String(required=True, allow_none=True)
    lessons = fields.String(required=True, allow_none=True)
    actions = fields.List(fields.Nested(ActionOut), required=True)


class ReviewOverdue(Schema):
    """A review that is required was not filed in time; `to_unit` is the company in charge."""

    incident = fields.String(required=True)
    level = fields.String(required=True)
    unit = fields.String(required=True)
    to_unit = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    drill = fields.Boolean(required=True)


class ActionOverdue(ReviewOverdue):
    """An action of a review was not done in time; `to_unit` is the unit above its owner's."""

    action = fields.String(required=True)
    owner = fields.Nested(OwnerOut, required=True)


class CaseOfferedOut(Schema):
    """A reviewed incident for the knowledge base; `review` is where its lessons are read."""

    incident = fields.String(required=True)
    kind = fields.String(required=True)
    level = fields.String(required=True)
    unit = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    review = fields.String(required=True)
    drill = fields.Boolean(required=True)
