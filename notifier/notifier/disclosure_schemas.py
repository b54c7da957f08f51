"""The wire forms of disclosures and of the look-up for a person's request. Values and addresses are in bodies alone."""

from marshmallow import Schema, fields, validate

from notifier.disclosures import Purpose
from notifier.schemas import ADDRESS, LONGEST_ADDRESS

PURPOSES = validate.OneOf([purpose.value for purpose in Purpose])


class DisclosureIn(Schema):
    """What for, from the list, and why in the reader's own words."""

    purpose = fields.String(required=True, validate=PURPOSES)
    reason = fields.String(required=True, validate=validate.Length(4, 200))


class DisclosedOut(Schema):
    """A contact point in clear. A repeated answer to the same key shows nothing: the values are told once."""

    person = fields.String(required=True)
    mail = fields.String(required=True, allow_none=True)
    webhook = fields.String(required=True, allow_none=True)


class SubjectExportIn(Schema):
    """The mail address of whoever asks what is kept of them, and why it is looked up."""

    mail = fields.String(required=True, validate=[validate.Length(max=LONGEST_ADDRESS), ADDRESS])
    reason = fields.String(required=True, validate=validate.Length(4, 200))


class HeldOut(Schema):
    """What is kept of one person: the fields of the contact point, and the webhooks that tell this person."""

    person = fields.String(required=True)
    unit = fields.String(required=True)
    fields_held = fields.List(fields.String(), required=True)
    webhooks = fields.List(fields.String(), required=True)


class SubjectExportOut(Schema):
    """The persons who have this address, without the address."""

    subjects = fields.List(fields.Nested(HeldOut), required=True)


class ReadingOut(Schema):
    """One reading."""

    at = fields.AwareDateTime(required=True)
    persons = fields.List(fields.String(), required=True)
    fields_read = fields.List(fields.String(), required=True)
    purpose = fields.String(required=True)
    reason = fields.String(required=True)


class DisclosureOut(Schema):
    """What one reader has read on one business day; none of the values."""

    reader = fields.String(required=True)
    day = fields.String(required=True)
    limit_reached_at = fields.AwareDateTime(required=True, allow_none=True)
    readings = fields.List(fields.Nested(ReadingOut), required=True)


class DisclosuresOut(Schema):
    """A page of disclosures."""

    items = fields.List(fields.Nested(DisclosureOut), required=True)


class LimitReachedOut(Schema):
    """A reader was refused a further disclosure, for the first time on this day."""

    reader = fields.String(required=True)
    day = fields.String(required=True)
    readings = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
