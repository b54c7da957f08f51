"""The wire forms of imports that are worked off in the background."""

from marshmallow import Schema, fields, validate

from chassis.forms import PageIn
from security.imports import KINDS, State
from security.schemas import RowFaultOut, SheetIn, encodable
from security.sheets import MAX_BYTES
from security.workbooks import MAX_WORKBOOK_BYTES


class StartImportIn(SheetIn):
    """A sheet to import, as CSV or as a workbook (XLSX in Base64), and of what it is. Of a workbook the named
    worksheet is taken, or else the first."""

    csv = fields.String(load_default=None, validate=[validate.Length(1, MAX_BYTES), encodable])
    xlsx = fields.String(load_default=None, validate=validate.Length(1, 4 * MAX_WORKBOOK_BYTES // 3))
    worksheet = fields.String(load_default=None, validate=[validate.Length(1, 31), encodable])
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))


class SheetImportOut(Schema):
    """How far an import has come. `done` rows were written, `unchanged` ones were so already; `faults` counts what
    can be read under `/faults`, of which one row may have several."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    state = fields.String(required=True, validate=validate.OneOf([one.value for one in State]))
    rows = fields.Integer(required=True)
    pieces = fields.Integer(required=True)
    pieces_done = fields.Integer(required=True, attribute="next")
    done = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    faults = fields.Integer(required=True)
    requested_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class ImportsIn(PageIn):
    """A page of imports or of faults."""


class SheetImportsOut(Schema):
    """A page of imports."""

    items = fields.List(fields.Nested(SheetImportOut), required=True)


class FaultsOut(Schema):
    """A page of faults."""

    items = fields.List(fields.Nested(RowFaultOut), required=True)
