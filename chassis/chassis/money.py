"""Money on the wire: yuan as text with at most two decimals, because a JSON number may lose a cent."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import fields

MONEY = r"^[0-9]{1,15}(\.[0-9]{1,2})?$"
"""Up to 999999999999999.99; also in the dialect of JSON Schema."""

_TEXT = re.compile(MONEY.removesuffix("$") + r"\Z")


class Money(fields.Decimal):
    """A Decimal of yuan, never negative; anything but such text is refused."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(places=2, as_string=True, error_messages={"money": "Not an amount of money."}, **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Decimal:
        if not isinstance(value, str) or not _TEXT.match(value):
            raise self.make_error("money")
        return Decimal(super()._deserialize(value, attr, data, **rest))
