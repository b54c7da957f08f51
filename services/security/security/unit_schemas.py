"""The wire forms of units as they are opened, moved and closed one by one."""

from marshmallow import Schema, fields, validate

from chassis.forms import END, PageIn
from security.schemas import UnitOut
from security.staff_schemas import UNIT_ID
from security.units import NAME_LENGTH, UNIT_KINDS

_NAME = validate.Length(1, NAME_LENGTH)


class OpenIn(Schema):
    """A unit: below head office each has a parent of the level above. Without a day it is open since ever."""

    id = fields.String(required=True, validate=UNIT_ID)
    kind = fields.String(required=True, validate=validate.OneOf(UNIT_KINDS))
    name = fields.String(required=True, validate=_NAME)
    parent = fields.String(load_default=None, validate=UNIT_ID)
    region = fields.String(load_default=None, validate=validate.Regexp(r"^[1-9][0-9]{5}" + END))
    open_from = fields.Date(load_default=None)


class NameIn(Schema):
    """Another name."""

    name = fields.String(required=True, validate=_NAME)


class ParentIn(Schema):
    """Another parent."""

    parent = fields.String(required=True, validate=UNIT_ID)


class CloseIn(Schema):
    """The first day on which it is not open any more."""

    on = fields.Date(required=True)


class MergeIn(Schema):
    """The unit that goes on, of the same kind, and the first day on which it does; today where none is given."""

    into = fields.String(required=True, validate=UNIT_ID)
    on = fields.Date(load_default=None)


class UnitsIn(PageIn):
    """A page of units; narrowed to a parent or a kind where asked."""

    parent = fields.String(load_default=None, validate=UNIT_ID)
    kind = fields.String(load_default=None, validate=validate.OneOf(UNIT_KINDS))


class UnitsOut(Schema):
    """A page of units."""

    items = fields.List(fields.Nested(UnitOut), required=True)


class UnitRead(Schema):
    """What this service itself needs to know of a stated unit."""

    id = fields.String(required=True)
