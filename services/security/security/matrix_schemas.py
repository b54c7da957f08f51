"""The wire forms of the post–permission matrix (R9.5)."""

from marshmallow import Schema, fields, validate

from chassis.work.approvals import MOST_CHARACTERS
from security.matrix_rows import MOST_ROWS, Scope
from security.right_schemas import CODE, CURSOR, END, words

MOST_EXPLANATIONS = 200
"""A version with more differences than that is returned and set again."""

MOST_VERSIONS = 10
"""Versions on one page: each is a whole table."""


class RowIn(Schema):
    """A post has a permission, as far as `scope`."""

    post = fields.String(required=True, validate=CODE)
    permission = fields.String(required=True, validate=CODE)
    scope = fields.Enum(Scope, by_value=True, required=True)


class DraftIn(Schema):
    """All rows of the version."""

    rows = fields.List(fields.Nested(RowIn), required=True, validate=validate.Length(1, MOST_ROWS))


class SettingIn(Schema):
    """What IT has set: the digest of the export that was set, and every row as it stands in the system."""

    digest = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}" + END))
    rows = fields.List(fields.Nested(RowIn), required=True, validate=validate.Length(0, MOST_ROWS))


class ExplanationIn(Schema):
    """Why one row may stay as it was set."""

    post = fields.String(required=True, validate=CODE)
    permission = fields.String(required=True, validate=CODE)
    words = words(MOST_CHARACTERS, required=True)


class AcceptanceIn(Schema):
    """An explanation of each difference."""

    explanations = fields.List(
        fields.Nested(ExplanationIn), load_default=list, validate=validate.Length(0, MOST_EXPLANATIONS)
    )


class ReturnIn(Schema):
    """Why it goes back."""

    reason = words(MOST_CHARACTERS, required=True)


class MatrixNothingIn(Schema):
    """An empty object."""


class MatricesIn(Schema):
    """A page of matrices, the one last worked on first; narrowed to those overdue for recertification, or not."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 50))
    cursor = fields.String(load_default=None, validate=CURSOR)
    overdue = fields.Boolean(load_default=None)


class VersionsIn(Schema):
    """A page of versions, in order."""

    limit = fields.Integer(load_default=5, validate=validate.Range(1, MOST_VERSIONS))
    cursor = fields.String(load_default=None, validate=CURSOR)


class RowOut(Schema):
    """A post has a permission."""

    post = fields.String(required=True)
    permission = fields.String(required=True)
    scope = fields.String(required=True)


class DifferenceOut(Schema):
    """A row that was set otherwise than wanted; null where it is missing on one side."""

    post = fields.String(required=True)
    permission = fields.String(required=True)
    wanted = fields.String(required=True, allow_none=True)
    found = fields.String(required=True, allow_none=True)


class ExplanationOut(Schema):
    """Why a row was accepted as it was set."""

    post = fields.String(required=True)
    permission = fields.String(required=True)
    words = fields.String(required=True)


class VersionOut(Schema):
    """A version that came into force."""

    version = fields.Integer(required=True)
    rows = fields.List(fields.Nested(RowOut), required=True)
    digest = fields.String(required=True)
    drafters = fields.List(fields.String(), required=True)
    submitted_by = fields.String(required=True)
    set_by = fields.String(required=True)
    accepted_by = fields.String(required=True)
    in_force_from = fields.AwareDateTime(required=True)
    explained = fields.List(fields.Nested(ExplanationOut), required=True)
    recertified_at = fields.AwareDateTime(required=True)
    recertified_by = fields.String(required=True)


class InForceOut(VersionOut):
    """The version in force, and when it must be recertified."""

    recertify_by = fields.AwareDateTime(required=True)


class ReturnedOut(Schema):
    """That the version came back, from which stage, and why."""

    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    stage = fields.String(required=True)
    reason = fields.String(required=True)


class DraftOut(Schema):
    """The version in the making; `differences` are between `rows` and what IT has set."""

    version = fields.Integer(required=True)
    stage = fields.String(required=True)
    rows = fields.List(fields.Nested(RowOut), required=True)
    drafters = fields.List(fields.String(), required=True)
    changed_at = fields.AwareDateTime(required=True)
    setters = fields.List(fields.String(), required=True)
    reported_at = fields.AwareDateTime(required=True, allow_none=True)
    differences = fields.List(fields.Nested(DifferenceOut), required=True)
    returned = fields.Nested(ReturnedOut, required=True, allow_none=True)


class MatrixOut(Schema):
    """The matrix of a province."""

    unit = fields.String(required=True)
    in_force = fields.Nested(InForceOut, required=True, allow_none=True)
    draft = fields.Nested(DraftOut, required=True, allow_none=True)
    unrecertified_since = fields.AwareDateTime(required=True, allow_none=True)


class MatrixLineOut(Schema):
    """A matrix in a list, without its rows."""

    unit = fields.String(required=True)
    version = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)
    in_force_from = fields.AwareDateTime(required=True, allow_none=True)
    recertify_by = fields.AwareDateTime(required=True, allow_none=True)
    unrecertified_since = fields.AwareDateTime(required=True, allow_none=True)
    draft_version = fields.Integer(required=True, allow_none=True)
    stage = fields.String(required=True, allow_none=True)


class MatricesOut(Schema):
    """A page of matrices."""

    items = fields.List(fields.Nested(MatrixLineOut), required=True)


class KeptVersionOut(Schema):
    """A version as it came into force."""

    seq = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    row = fields.Nested(VersionOut, required=True)


class VersionsOut(Schema):
    """A page of versions."""

    items = fields.List(fields.Nested(KeptVersionOut), required=True)


class ExportOut(Schema):
    """What IT is to set: the rows, the same as CSV, and the digest (SHA-256) of that CSV."""

    unit = fields.String(required=True)
    version = fields.Integer(required=True)
    digest = fields.String(required=True)
    rows = fields.List(fields.Nested(RowOut), required=True)
    csv = fields.String(required=True)


class MatrixStated(MatrixLineOut):
    """A matrix's public state; its rows are read by its digest."""

    units = fields.List(fields.String(), required=True)


class RecertificationOverdue(Schema):
    """A matrix in force was not recertified in time; `above` is the unit that is to see to it."""

    unit = fields.String(required=True)
    above = fields.String(required=True)
    version = fields.Integer(required=True)
    due = fields.AwareDateTime(required=True)
