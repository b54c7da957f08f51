"""Fields that take exactly what their JSON Schema says, where marshmallow's own take more or less."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

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
