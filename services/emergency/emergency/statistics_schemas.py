"""The wire forms of statistics and their reports."""

from marshmallow import Schema, fields, validate

from chassis.forms import PageIn
from emergency.schemas import UNIT_ID, text
from emergency.statistical_reports import ReportStatus
from emergency.texts import LONGEST_REASON, LONGEST_REFERENCE

PERIOD = validate.Regexp(r"^20[0-9]{2}(-H1)?$(?!\n)")


class StatisticsIn(Schema):
    """Business dates: from the first one on, until the day before the second."""

    unit = fields.String(required=True, validate=UNIT_ID)
    since = fields.Date(required=True, data_key="from")
    until = fields.Date(required=True, data_key="to")


class SpanOut(Schema):
    """How long a stage took, over the incidents that came to its end."""

    count = fields.Integer(required=True)
    median_seconds = fields.Integer(required=True, allow_none=True)
    p90_seconds = fields.Integer(required=True, allow_none=True)
    max_seconds = fields.Integer(required=True, allow_none=True)


def _counts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class FiguresOut(Schema):
    """What the incidents come to: drills are only counted, and false alarms stand apart."""

    incidents = fields.Integer(required=True)
    false_alarms = fields.Integer(required=True)
    drills = fields.Integer(required=True)
    by_level = _counts()
    by_kind = _counts()
    by_area = _counts()
    by_outcome = _counts()
    to_report = fields.Nested(SpanOut, required=True)
    to_grade = fields.Nested(SpanOut, required=True)
    to_guide = fields.Nested(SpanOut, required=True)
    to_contain = fields.Nested(SpanOut, required=True)
    to_close = fields.Nested(SpanOut, required=True)
    clocks_missed = fields.Integer(required=True)


class StatisticsOut(Schema):
    """The figures of one unit and range, as they are now."""

    unit = fields.String(required=True)
    since = fields.Date(required=True, data_key="from")
    until = fields.Date(required=True, data_key="to")
    figures = fields.Nested(FiguresOut, required=True)


class DrawUpIn(Schema):
    """Of whom, and of which half-year (`2026-H1`) or year (`2026`)."""

    unit = fields.String(required=True, validate=UNIT_ID)
    period = fields.String(required=True, validate=PERIOD)


class SubmitIn(Schema):
    """The reference that the report got where it was handed in."""

    reference = text(LONGEST_REFERENCE, required=True)


class CorrectIn(Schema):
    """Why the figures are drawn up again."""

    reason = text(LONGEST_REASON, required=True)


class StatisticalReportsIn(PageIn):
    """A page of reports, the one due last first."""

    status = fields.Enum(ReportStatus, by_value=True, load_default=None)
    overdue = fields.Boolean(load_default=None)


class StatisticalReportState(Schema):
    """The public state of a report: what the event `statistical_report_stated` carries."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    period = fields.String(required=True)
    status = fields.String(required=True)
    revision = fields.Integer(required=True)
    due = fields.Date(required=True)
    overdue_since = fields.AwareDateTime(required=True, allow_none=True)


class RevisionOut(Schema):
    """One revision, with the figures that are frozen in it."""

    number = fields.Integer(required=True)
    status = fields.String(required=True)
    figures = fields.Nested(FiguresOut, required=True)
    drawn_up_at = fields.AwareDateTime(required=True)
    drawn_up_by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    confirmed_by = fields.String(required=True, allow_none=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    submitted_by = fields.String(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)


class StatisticalReportOut(StatisticalReportState):
    """One report with all its revisions, the last of which holds."""

    since = fields.Date(required=True, data_key="from")
    until = fields.Date(required=True, data_key="to")
    revisions = fields.List(fields.Nested(RevisionOut), required=True)


class StatisticalReportsOut(Schema):
    """A page of reports."""

    items = fields.List(fields.Nested(StatisticalReportState), required=True)


class StatisticalReportOverdue(Schema):
    """A report was not submitted on its day: head office is told."""

    report = fields.String(required=True)
    unit = fields.String(required=True)
    period = fields.String(required=True)
    due = fields.Date(required=True)
