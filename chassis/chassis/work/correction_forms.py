"""The wire forms of corrections, the same in every service."""

from marshmallow import Schema, fields, validate

from chassis.work.approvals import MOST_CHARACTERS


class CorrectIn(Schema):
    """Why. What is wrong is named by the fields of the operation's own form: only those given are corrected."""

    reason = fields.String(required=True, validate=validate.Length(1, MOST_CHARACTERS))


class CorrectionOut(Schema):
    """One entry struck through; null where nothing stood or stands there."""

    field = fields.String(required=True)
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
