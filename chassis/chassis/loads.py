"""From the wire to plain data, along a marshmallow schema, without visiting the fields that are not there.

`load` gives what `Schema.load` gives (a test compares them). In time order: the first load by a schema notes which key
belongs to which field, and what a missing field stands for; every load then looks only at the keys that came. Whatever
is not plainly right (an unknown key, a missing one that is required, a value that a field refuses) is given to
`Schema.load`, which finds every fault and names it.
"""

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from marshmallow import RAISE, Schema, ValidationError, fields, missing

Load = Callable[[Any], dict[str, Any]]

_HOOKS = ("pre_load", "post_load", "validates", "validates_schema")
_LOADS: WeakKeyDictionary[Schema, Load] = WeakKeyDictionary()


def load(schema: Schema, data: Any) -> Any:
    """The schema's plain data. Raises marshmallow's ValidationError with every fault."""
    made = _LOADS.get(schema)
    if made is None:
        made = _LOADS[schema] = _whole(schema)
    try:
        return made(data)
    except ValidationError:
        return schema.load(data)


def _whole(schema: Schema) -> Load:
    if schema.many or schema.partial or schema.unknown != RAISE or any(schema._hooks[kind] for kind in _HOOKS):
        return schema.load
    named = {field.data_key or name: (field.attribute or name, field, _read(field)) for name, field in _fields(schema)}
    required = {key for key, (_, field, _) in named.items() if field.required}
    defaults = {
        key: (name, field.load_default) for key, (name, field, _) in named.items() if field.load_default is not missing
    }

    def whole(data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping) or not required <= data.keys():
            raise ValidationError("")
        out: dict[str, Any] = {}
        for key, (name, default) in defaults.items():
            if key not in data:
                out[name] = default() if callable(default) else default
        for key, value in data.items():
            found = named.get(key)
            if found is None:
                raise ValidationError("")
            name, field, read = found
            if value is not None:
                value = read(value, key, data)
                for validator in field.validators:
                    validator(value)
            elif not field.allow_none:
                raise ValidationError("")
            out[name] = value
        return out

    return whole


def _fields(schema: Schema) -> list[tuple[str, fields.Field[Any]]]:
    return list(schema.load_fields.items())


def _read(field: fields.Field[Any]) -> Callable[..., Any]:
    if isinstance(field, fields.Nested) and type(field)._deserialize is fields.Nested._deserialize and not field.many:
        made: list[Load] = []

        def nested(value: Any, *_: Any) -> dict[str, Any]:
            """Made at its first use: a schema may nest itself."""
            if not made:
                made.append(_whole(field.schema))
            return made[0](value)

        return nested
    return field._deserialize
