"""From plain data to the wire, along a marshmallow schema, at a fraction of what `Schema.dump` takes.

In time order: the first dump by a schema turns its fields into one function each; every further dump only runs them.
What it gives is what `Schema.dump` would give (a test compares them for every field that the house uses): a field that
brings its own `_serialize` keeps it, one that computes its value is asked for it, and a schema with hooks of its own is
left to marshmallow.
"""

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from marshmallow import Schema, fields, missing, post_dump
from marshmallow.utils import ensure_text_type

Shape = Callable[[Any], Any]
"""Gives the wire form of one value that is not None."""

_DUMPS: WeakKeyDictionary[Schema, Shape] = WeakKeyDictionary()


class Sparse(Schema):
    """A schema whose dumps leave out what has no value."""

    @post_dump
    def leave_out_missing(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Drop what has no value."""
        return {name: value for name, value in data.items() if value is not None}


def dump(schema: Schema, value: Any) -> Any:
    """The wire form of `value`, an object or a mapping: JSON values only."""
    made = _DUMPS.get(schema)
    if made is None:
        made = _DUMPS[schema] = _whole(schema)
    return made(value)


def _whole(schema: Schema) -> Shape:
    hooks = {name for kind in ("pre_dump", "post_dump") for name, *_ in schema._hooks[kind]}
    sparse = isinstance(schema, Sparse)
    own_ways = type(schema).get_attribute is not Schema.get_attribute or schema.many
    if own_ways or hooks - ({"leave_out_missing"} if sparse else set()):
        return schema.dump
    steps = [
        (field.attribute or name, field.data_key or name, field, _shape(field), _pull(field))
        for name, field in schema.dump_fields.items()
    ]

    def whole(value: Any) -> dict[str, Any]:
        mapping = isinstance(value, Mapping)
        out: dict[str, Any] = {}
        for name, key, field, shape, pull in steps:
            if pull is not None:
                found = pull(value, name)
            else:
                found = value.get(name, missing) if mapping else getattr(value, name, missing)
            if found is missing:
                found = field.dump_default() if callable(field.dump_default) else field.dump_default
                if found is missing:
                    continue
            if found is not None:
                out[key] = shape(found)
            elif not sparse:
                out[key] = None
        return out

    return whole


def _pull(field: fields.Field[Any]) -> Callable[[Any, str], Any] | None:
    """How the field itself takes its value from the whole object, where it does so."""
    return None if type(field).get_value is fields.Field.get_value else field.get_value


def _shape(field: fields.Field[Any]) -> Shape:
    match field:
        case fields.Nested() if _keeps(field, fields.Nested) and not field.many:
            return lambda value: dump(field.schema, value)
        case fields.List() if _keeps(field, fields.List):
            inner = _shape(field.inner)
            return lambda values: [None if each is None else inner(each) for each in values]
        case fields.String() if _keeps(field, fields.String):
            return _text
        case fields.DateTime() if _keeps(field, fields.DateTime) and field.format in (None, "iso"):
            return lambda at: at.isoformat()
        case fields.Integer() if _keeps(field, fields.Integer) and not field.as_string:
            return int
        case fields.Boolean() if _keeps(field, fields.Boolean):
            return lambda flag: flag
    return lambda value: field._serialize(value, field.name, None)


def _keeps(field: fields.Field[Any], kind: type[fields.Field[Any]]) -> bool:
    """Whether the field's own class leaves the serialising to `kind`."""
    return type(field)._serialize is kind._serialize


def _text(value: Any) -> str:
    return value if value.__class__ is str else str(ensure_text_type(value))
