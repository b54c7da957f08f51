"""The wire forms of warnings, their measures and receipts."""

from marshmallow import Schema, fields, validate

from chassis.forms import Count, Flag, PageIn
from chassis.work.acknowledgement_forms import ToldOut
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.schemas import PERSON_ID, UNIT_ID, instant, text
from emergency.texts import LONGEST_REASON
from emergency.warning_life import MOST_ADDRESSED, MOST_FINDINGS, MOST_MEASURES

ID = validate.Regexp(r"^[A-Za-z0-9_.:-]{1,80}$(?!\n)")


class MeasureIn(Schema):
    """What is done against the risk, by whom, by when. The text holds no personal data."""

    text = text(LONGEST_REASON, required=True)
    owner = fields.String(required=True, validate=PERSON_ID)
    due = instant(required=True)


class FindingRefIn(Schema):
    """A finding that stands behind the warning."""

    inspection = fields.String(required=True, validate=ID)
    number = Count(required=True, validate=validate.Range(1, 1000))


class IssueWarningIn(Schema):
    """A warning of `unit` to itself and all units below, or to those of `to` with all below them.

    It begins now where nothing is said, and always has an end. The reason holds no personal data.
    """

    unit = fields.String(required=True, validate=UNIT_ID)
    to = fields.List(
        fields.String(validate=UNIT_ID), load_default=None, allow_none=True, validate=validate.Length(1, MOST_ADDRESSED)
    )
    kind = fields.Enum(Kind, by_value=True, required=True)
    level = fields.Enum(Level, by_value=True, required=True)
    reason = text(LONGEST_REASON, required=True)
    begins_at = instant(load_default=None, allow_none=True)
    ends_at = instant(required=True)
    measures = fields.List(fields.Nested(MeasureIn), required=True, validate=validate.Length(1, MOST_MEASURES))
    findings = fields.List(fields.Nested(FindingRefIn), load_default=list, validate=validate.Length(0, MOST_FINDINGS))
    drill = Flag(load_default=False)


class ExtendWarningIn(Schema):
    """The later end, and why."""

    ends_at = instant(required=True)
    reason = text(LONGEST_REASON, required=True)


class SettleMeasureIn(Schema):
    """Whether the measure was taken. One that was not needs the reason."""

    done = Flag(required=True)
    reason = text(LONGEST_REASON, load_default=None, allow_none=True)


class ForetoldIn(Schema):
    """The incident that the warning foretold."""

    incident = fields.String(required=True, validate=ID)


class AcknowledgeWarningIn(Schema):
    """The unit that was warned and knows."""

    unit = fields.String(required=True, validate=UNIT_ID)


class WarningsIn(PageIn):
    """A page of warnings, newest first; `unit` asks for those addressed to that unit, by itself or units above it."""

    unit = fields.String(load_default=None, validate=UNIT_ID)
    in_force = fields.Boolean(load_default=None)
    level = fields.Enum(Level, by_value=True, load_default=None)
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    drill = fields.Boolean(load_default=None)


class ReceiptsIn(PageIn):
    """A page of receipts; `acknowledged` narrows to those that were answered, or not."""

    acknowledged = fields.Boolean(load_default=None)


class MeasureState(Schema):
    """How a measure stands, without anybody's words."""

    number = fields.Integer(required=True)
    owner = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    state = fields.String(required=True)
    overdue = fields.Boolean(required=True)


class MeasureOut(MeasureState):
    """A measure as its readers see it."""

    text = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    settled_by = fields.String(required=True, allow_none=True)


class FindingRefOut(Schema):
    """A finding that stands behind a warning."""

    inspection = fields.String(required=True)
    number = fields.Integer(required=True)


class WarningStated(Schema):
    """The public state of a warning: what the event `warning_stated` carries."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    to = fields.List(fields.String(), required=True)
    kind = fields.String(required=True)
    level = fields.String(required=True)
    colour = fields.String(required=True)
    drill = fields.Boolean(required=True)
    state = fields.String(required=True)
    begins_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    issued_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    measures = fields.List(fields.Nested(MeasureState), required=True)
    findings = fields.List(fields.Nested(FindingRefOut), required=True)
    incidents = fields.List(fields.String(), required=True)


class WarningOut(WarningStated):
    """One warning as its readers see it. `spread_at` is when every unit addressed had its receipt."""

    unit_name = fields.String(required=True)
    in_force = fields.Boolean(required=True)
    reason = fields.String(required=True)
    issued_by = fields.String(required=True)
    spread_at = fields.AwareDateTime(required=True, allow_none=True)
    measures = fields.List(fields.Nested(MeasureOut), required=True)


class WarningsOut(Schema):
    """A page of warnings."""

    items = fields.List(fields.Nested(WarningOut), required=True)


class ReceiptOut(Schema):
    """What one unit answered: who was told how, by when it must answer, who did, to which unit its silence was told."""

    warning = fields.String(required=True)
    unit = fields.String(required=True)
    unit_name = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    drill = fields.Boolean(required=True)
    told_at = fields.AwareDateTime(required=True)
    told = fields.List(fields.String(), required=True)
    messages = fields.List(fields.Nested(ToldOut), required=True)
    answer_by = fields.AwareDateTime(required=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True, allow_none=True)
    passed_at = fields.AwareDateTime(required=True, allow_none=True)
    passed_to = fields.String(required=True, allow_none=True)


class ReceiptsOut(Schema):
    """A page of receipts."""

    items = fields.List(fields.Nested(ReceiptOut), required=True)


class WarningSpreading(Schema):
    """The units after this one are to get their receipts."""

    warning = fields.String(required=True)
    after = fields.String(required=True)
    drill = fields.Boolean(required=True)


class WarningUnacknowledged(Schema):
    """A unit has not acknowledged a warning in time; `told` is the unit above, nothing at the company's root."""

    warning = fields.String(required=True)
    unit = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    told = fields.String(required=True, allow_none=True)
    drill = fields.Boolean(required=True)


class MeasureOverdue(Schema):
    """Nobody has said in time what became of a measure."""

    warning = fields.String(required=True)
    number = fields.Integer(required=True)
    unit = fields.String(required=True)
    owner = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    drill = fields.Boolean(required=True)
