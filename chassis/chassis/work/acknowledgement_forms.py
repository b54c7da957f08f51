"""The wire forms of acknowledgements, the same in every service."""

from marshmallow import Schema, fields


class ToldOut(Schema):
    """One message: `whom` is a person's id, or `post:<unit>:<post>` for whoever holds that post."""

    whom = fields.String(required=True)
    channel = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
