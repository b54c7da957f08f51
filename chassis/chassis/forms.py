"""Fields that take exactly what their JSON Schema says, where marshmallow's own take more or less; common forms."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

END = r"$(?!\n)"
"""The very end, in Python's dialect and in that of JSON Schema."""

_Data = Mapping[str, Any] | None


class Count(fields.Integer):
    """A whole JSON number; 5.0 is one too (JSON Schema, 6.1.1), text is none."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(strict=True, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: _Data, **rest: Any) -> int:
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        return super()._deserialize(whole, attr, data, **rest)


class Flag(fields.Boolean):
    """`true` or `false`; neither 0 and 1, nor words."""

    def _deserialize(self, value: Any, attr: str | None, data: _Data, **rest: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **rest)


class NothingIn(Schema):
    """A command that needs no more words: an empty object."""


class PageIn(Schema):
    """A page: how many, and the cursor of the last answer."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(load_default=None, validate=validate.Regexp(r"^[A-Za-z0-9_=-]{1,200}" + END))
