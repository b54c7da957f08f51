"""The wire forms of exports."""

from marshmallow import Schema, fields, validate

from chassis.forms import PageIn
from security.exports import FORMS, State
from security.imports import KINDS
from security.schemas import encodable


class StartExportIn(Schema):
    """What to export, in which form, and why: the reason stays on record."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    form = fields.String(load_default="csv", validate=validate.OneOf(FORMS))
    reason = fields.String(required=True, validate=[validate.Length(2, 200), encodable])


class SheetExportOut(Schema):
    """How far an export has come. `expected` is how many records there were when it was asked for, of which those that
    a sheet can tell of become `rows`. The file can be fetched in `parts` until `expires_at`."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    form = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in State]))
    expected = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    parts = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)


class ExportsIn(PageIn):
    """A page of exports."""


class SheetExportsOut(Schema):
    """A page of exports."""

    items = fields.List(fields.Nested(SheetExportOut), required=True)


class ExportPartIn(Schema):
    """Which part of the file."""

    part = fields.Integer(load_default=0, validate=validate.Range(0, 100_000))


class ExportPartOut(Schema):
    """One part of the file in Base64, and its SHA-256: all of them one after the other are the file."""

    part = fields.Integer(required=True)
    parts = fields.Integer(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    content = fields.String(required=True)
    sha256 = fields.String(required=True)
