"""The wire forms of the directory."""

from marshmallow import Schema, ValidationError, fields, validate

from chassis.forms import END, Flag
from security.sheets import MAX_BYTES


def encodable(text: str) -> None:
    """Half of a surrogate pair is no text in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError("String does not match expected pattern.") from None


class SheetIn(Schema):
    """A sheet to import: the CSV's text, and whether only to say what would be done."""

    csv = fields.String(required=True, validate=[validate.Length(1, MAX_BYTES), encodable])
    dry_run = Flag(load_default=False)


class RowFaultOut(Schema):
    """What is wrong in one place of the sheet."""

    line = fields.Integer(required=True)
    column = fields.String(required=True)
    code = fields.String(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)


class ImportOut(Schema):
    """What an import did: rows carried out, rows that were so already, and every faulty row."""

    done = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    dry_run = fields.Boolean(required=True)
    faults = fields.List(fields.Nested(RowFaultOut), required=True)


class UnitOut(Schema):
    """A unit's whole public state."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    units = fields.List(fields.String(), required=True)
    region = fields.String(required=True, allow_none=True)
    open_from = fields.Date(required=True, allow_none=True)
    open_to = fields.Date(required=True, allow_none=True)
    merged_into = fields.String(required=True, allow_none=True)


class AssignmentOut(Schema):
    """An assignment's whole public state: who holds which post where, and from when to when."""

    id = fields.String(required=True)
    person = fields.String(required=True)
    post = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    kind = fields.String(required=True)
    order = fields.Integer(required=True, allow_none=True)
    held_from = fields.Date(required=True)
    held_to = fields.Date(required=True, allow_none=True)


class ReachIn(Schema):
    """The action that is asked about, such as `escalation.read`."""

    action = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z_]*\.[a-z][a-z_]*" + END))


class ReachOut(Schema):
    """The units over which the caller may do it, with all below them; none where nowhere."""

    units = fields.List(fields.String(), required=True)


class AssignmentRead(Schema):
    """What this service itself needs to know of a stated assignment."""

    person = fields.String(required=True)
    unit = fields.String(required=True)
    held_from = fields.Date(required=True)
