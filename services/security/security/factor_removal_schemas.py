"""The wire forms of lost second factors. A pick-up code goes out once, and stands in no event."""

from marshmallow import Schema, fields

from chassis.work.approvals import MOST_CHARACTERS
from security.account_schemas import AccountOut
from security.right_schemas import words


class FactorRemovalReasonIn(Schema):
    """Why, or why not: without personal data."""

    reason = words(MOST_CHARACTERS, required=True)


class PickUpOut(AccountOut):
    """The account with the pick-up code, shown once: a retried call answers null, and it is asked for anew."""

    pick_up_code = fields.String(required=True, allow_none=True)
    pick_up_until = fields.AwareDateTime(required=True, allow_none=True)


class FactorRemovalAskedOut(Schema):
    """Whose second factor is to be taken away, who asks, and until when it may be approved."""

    person = fields.String(required=True)
    asked_by = fields.String(required=True)
    until = fields.AwareDateTime(required=True)


class FactorRemovedOut(Schema):
    """Whose second factor was taken away, and by which two."""

    person = fields.String(required=True)
    asked_by = fields.String(required=True)
    approved_by = fields.String(required=True)
