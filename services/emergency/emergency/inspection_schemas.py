"""The wire forms of inspections for hidden risks, and of their findings."""

from marshmallow import Schema, fields, validate

from chassis.forms import Count, PageIn
from chassis.work.rectifications import LONGEST_NOTE, MOST_HASHES, Severity
from emergency.hidden_risks import CATEGORIES
from emergency.inspecting import MOST_FINDINGS
from emergency.inspection_plans import LAST_DAY, Every
from emergency.inspections import InspectionState
from emergency.kinds import Kind
from emergency.schemas import PERSON_ID, UNIT_ID, instant, text
from emergency.texts import LONGEST_REASON

HASH = validate.Regexp(r"^[0-9a-f]{64}$(?!\n)")
"""SHA-256, in hexadecimal digits."""

_CODES = validate.OneOf(tuple(CATEGORIES))


class SetPlanIn(Schema):
    """How the unit, and those below it without a plan of their own, inspect. `due_day` counts from the first day."""

    every = fields.Enum(Every, by_value=True, required=True)
    due_day = Count(required=True, validate=validate.Range(1, max(LAST_DAY.values())))
    categories = fields.List(
        fields.String(validate=_CODES), required=True, validate=validate.Length(1, len(CATEGORIES))
    )


class PlanOut(Schema):
    """The plan in force for a unit: `set_for` is the unit that it was set for, nothing where it is the default."""

    unit = fields.String(required=True)
    set_for = fields.String(required=True, allow_none=True)
    every = fields.String(required=True)
    due_day = fields.Integer(required=True)
    categories = fields.List(fields.String(), required=True)
    basis = fields.String(required=True)
    set_at = fields.AwareDateTime(required=True, allow_none=True)
    set_by = fields.String(required=True, allow_none=True)


class CategoryOut(Schema):
    """One thing to look at, with the basis of its being on the list (S the company's text, D our default)."""

    code = fields.String(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)
    ask_zh = fields.String(required=True)
    ask_en = fields.String(required=True)
    basis = fields.String(required=True)


class CategoriesOut(Schema):
    """The list of hidden risks that is in force."""

    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(CategoryOut), required=True)


class OpenInspectionIn(Schema):
    """The counter, and a day of the period that is meant; today where none is given."""

    unit = fields.String(required=True, validate=UNIT_ID)
    day = fields.Date(load_default=None, allow_none=True)


class FindingIn(Schema):
    """A hidden risk that was found. The description holds no personal data."""

    severity = fields.Enum(Severity, by_value=True, required=True)
    description = text(LONGEST_REASON, required=True)


class ResultIn(Schema):
    """What was seen of one item of the checklist; an empty list says that it is clear."""

    category = fields.String(required=True, validate=_CODES)
    findings = fields.List(fields.Nested(FindingIn), required=True, validate=validate.Length(0, MOST_FINDINGS))


class RecordInspectionIn(Schema):
    """The day on which the inspection was held, and every item of its checklist."""

    occurred_on = fields.Date(required=True)
    results = fields.List(fields.Nested(ResultIn), required=True, validate=validate.Length(1, len(CATEGORIES)))


class RescheduleIn(Schema):
    """The new due time of this one inspection, and why."""

    due = instant(required=True)
    reason = text(LONGEST_REASON, required=True)


class ReasonIn(Schema):
    """Why."""

    reason = text(LONGEST_REASON, required=True)


class AssignFindingIn(Schema):
    """Who is to put it right, and by when; without a due time the one that it carries stays."""

    owner = fields.String(required=True, validate=PERSON_ID)
    due = instant(load_default=None, allow_none=True)


class FixFindingIn(Schema):
    """What was done, and the SHA-256 of what shows it. The note holds no personal data."""

    note = text(LONGEST_NOTE, load_default="", shortest=0)
    hashes = fields.List(fields.String(validate=HASH), load_default=list, validate=validate.Length(0, MOST_HASHES))


class RaiseFindingIn(Schema):
    """The kind of incident that it becomes; what is known of it is added to the incident."""

    kind = fields.Enum(Kind, by_value=True, required=True)


class InspectionsIn(PageIn):
    """A page of inspections, the last opened first, narrowed where asked."""

    unit = fields.String(load_default=None, validate=UNIT_ID)
    state = fields.Enum(InspectionState, by_value=True, load_default=None)
    missed = fields.Boolean(load_default=None)


class FindingsIn(PageIn):
    """A page of inspections that have open findings; `severity` is that of the gravest open one."""

    unit = fields.String(load_default=None, validate=UNIT_ID)
    severity = fields.Enum(Severity, by_value=True, load_default=None)
    overdue = fields.Boolean(load_default=None)


class FindingState(Schema):
    """How a finding stands, without anybody's words."""

    number = fields.Integer(required=True)
    category = fields.String(required=True)
    severity = fields.String(required=True)
    state = fields.String(required=True)
    owner = fields.String(required=True, allow_none=True)
    due = fields.AwareDateTime(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)
    incident = fields.String(required=True, allow_none=True)
    warnings = fields.List(fields.String(), required=True)


class EvidenceOut(Schema):
    """What shows a fix."""

    note = fields.String(required=True)
    hashes = fields.List(fields.String(), required=True)


class FindingOut(FindingState):
    """A finding as its readers see it."""

    finding = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    assigned_at = fields.AwareDateTime(required=True, allow_none=True)
    assigned_by = fields.String(required=True, allow_none=True)
    fixed_at = fields.AwareDateTime(required=True, allow_none=True)
    fixed_by = fields.String(required=True, allow_none=True)
    evidence = fields.Nested(EvidenceOut, required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True, allow_none=True)
    verifier = fields.String(required=True, allow_none=True)
    rejections = fields.Integer(required=True)
    rejection = fields.String(required=True, allow_none=True)


class InspectionStated(Schema):
    """The public state of an inspection: what the event `inspection_stated` carries."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    period = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    state = fields.String(required=True)
    missed = fields.Boolean(required=True)
    occurred_on = fields.Date(required=True, allow_none=True)
    recorded_at = fields.AwareDateTime(required=True, allow_none=True)
    findings = fields.List(fields.Nested(FindingState), required=True)


class InspectionOut(InspectionStated):
    """One inspection as its readers see it."""

    unit_name = fields.String(required=True)
    starts = fields.Date(required=True)
    first_due = fields.AwareDateTime(required=True)
    catalogue = fields.Integer(required=True)
    checklist = fields.List(fields.String(), required=True)
    opened_at = fields.AwareDateTime(required=True)
    recorded_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)


class InspectionsOut(Schema):
    """A page of inspections."""

    items = fields.List(fields.Nested(InspectionOut), required=True)


class OpenFindingsOut(Schema):
    """The open findings of one inspection."""

    inspection = fields.String(required=True)
    unit = fields.String(required=True)
    unit_name = fields.String(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)


class FindingRegisterOut(Schema):
    """A page of inspections that have open findings, each with all of those."""

    items = fields.List(fields.Nested(OpenFindingsOut), required=True)


class InspectionMissed(Schema):
    """An inspection was not held in time; `told` is the unit that is told of it at this step."""

    inspection = fields.String(required=True)
    unit = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    step = fields.Integer(required=True)
    told = fields.String(required=True)


class FindingOverdue(InspectionMissed):
    """A finding was not put right, or not seen to be, in time."""

    number = fields.Integer(required=True)
    severity = fields.String(required=True)
    owner = fields.String(required=True, allow_none=True)


class FindingRaised(Schema):
    """A finding becomes an incident of this id."""

    inspection = fields.String(required=True)
    number = fields.Integer(required=True)
    unit = fields.String(required=True)
    incident = fields.String(required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
