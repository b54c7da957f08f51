"""The wire form of a file that is attached."""

from marshmallow import Schema, fields

from chassis.uploads import receipt_field
from emergency.attachments import DocumentKind
from emergency.schemas import text

LONGEST_GIVEN_NAME = 255
"""What file systems take; of this, less is kept."""


class AttachIn(Schema):
    """The receipt of an upload of the caller's own, what the file is called, and what it is. The name holds no personal
    data; it is cleaned, cut to 120 characters, and ends in what files of its type end in."""

    receipt = receipt_field()
    name = text(LONGEST_GIVEN_NAME, required=True)
    kind = fields.Enum(DocumentKind, by_value=True, required=True)
