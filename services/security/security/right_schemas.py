"""The wire forms of what can be permitted: the catalogue, the pairs kept apart, Decalog's own table."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

END = r"$(?!\n)"
"""The very end, in Python's dialect and in that of JSON Schema."""

UNIT_ID = validate.Regexp(r"^[A-Za-z0-9_-]{1,40}" + END)
CODE = validate.Regexp(r"^[a-z][a-z0-9_.]{0,59}" + END)
CURSOR = validate.Regexp(r"^[A-Za-z0-9_=-]{1,200}" + END)

_WRITABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _writable(text: str) -> None:
    """No control characters but tabs and line ends, and no half of a surrogate pair."""
    if _UNWRITABLE.search(text):
        raise ValidationError("String does not match expected pattern.")


def words(longest: int, **rest: Any) -> fields.String:
    """A free text of so many characters."""
    return fields.String(validate=[validate.Length(1, longest), _writable], metadata={"pattern": _WRITABLE}, **rest)


class PermissionOut(Schema):
    """A permission of the business processing system; `elevatable` may be given for a time (R9.6)."""

    code = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    elevatable = fields.Boolean(required=True)
    basis = fields.String(required=True)


class SeparationOut(Schema):
    """A pair (of `permissions` or `posts`) kept apart: in one `post`, or in one `person` by whatever posts."""

    id = fields.String(required=True)
    of = fields.String(required=True)
    first = fields.String(required=True)
    second = fields.String(required=True)
    binds = fields.String(required=True)
    why_zh = fields.String(required=True)
    why_en = fields.String(required=True)
    basis = fields.String(required=True)


class CatalogueOut(Schema):
    """All permissions, and all pairs that are kept apart."""

    permissions = fields.List(fields.Nested(PermissionOut), required=True)
    separations = fields.List(fields.Nested(SeparationOut), required=True)


class PartOut(Schema):
    """What a post does by an action: C creates, S submits or signs, A approves or checks, V sees; and up to where."""

    post = fields.String(required=True)
    marks = fields.String(required=True)
    limit = fields.String(required=True, allow_none=True)


class DecalogActionOut(Schema):
    """One of Decalog's own actions, and the posts that have a part in it."""

    service = fields.String(required=True)
    action = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    elevatable = fields.Boolean(required=True)
    parts = fields.List(fields.Nested(PartOut), required=True)


class DecalogMatrixOut(Schema):
    """Decalog's own post–permission table, over all services: our default."""

    basis = fields.String(required=True)
    actions = fields.List(fields.Nested(DecalogActionOut), required=True)
