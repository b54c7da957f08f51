"""The wire forms of plans."""

from typing import Any

from marshmallow import Schema, fields, validate

from chassis.forms import Count, PageIn
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.plans import LONGEST_LINE, LONGEST_STEP_MINUTES, MOST_LINES, MOST_STEPS
from emergency.texts import LONGEST_REASON

_NAME = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}\Z")
_UNIT = validate.Regexp(r"^[A-Za-z0-9_-]{1,40}\Z")


class LineIn(Schema):
    """One line in both languages. It names posts and public numbers, never a person or a person's own number."""

    zh = fields.String(required=True, validate=validate.Length(1, LONGEST_LINE))
    en = fields.String(required=True, validate=validate.Length(1, LONGEST_LINE))


class StepIn(Schema):
    """A step: needed from `level` on, closing waits for it from `mandatory_from` on, never where it is null."""

    id = fields.String(required=True, validate=_NAME)
    what = fields.Nested(LineIn, required=True)
    post = fields.String(required=True, validate=_NAME)
    tier = fields.Enum(Tier, by_value=True, required=True)
    minutes = Count(required=True, validate=validate.Range(0, LONGEST_STEP_MINUTES))
    level = fields.Enum(Level, by_value=True, load_default=Level.IV)
    mandatory_from = fields.Enum(Level, by_value=True, load_default=None, allow_none=True)


def _lines() -> Any:
    return fields.List(fields.Nested(LineIn), load_default=list, validate=validate.Length(0, MOST_LINES))


class CardIn(Schema):
    """Who leads; the steps; what not to do; whom to call; what to have; how business goes on; when it is over."""

    lead = fields.String(required=True, validate=_NAME)
    lead_tier = fields.Enum(Tier, by_value=True, required=True)
    steps = fields.List(fields.Nested(StepIn), required=True, validate=validate.Length(1, MOST_STEPS))
    do_not = _lines()
    contacts = _lines()
    materials = _lines()
    substitute = _lines()
    recovery = _lines()


class AdoptPlanIn(Schema):
    """A version of a plan, and the day from which it holds."""

    effective_from = fields.Date(required=True)
    card = fields.Nested(CardIn, required=True)


class PlansIn(PageIn):
    """A page of adopted versions, narrowed where asked."""

    unit = fields.String(load_default=None, validate=_UNIT)
    kind = fields.Enum(Kind, by_value=True, load_default=None)


class InForceIn(Schema):
    """The day asked for; today where none is given."""

    on = fields.Date(load_default=None)


class LineOut(Schema):
    """One line in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class StepOut(Schema):
    """One step."""

    id = fields.String(required=True)
    what = fields.Nested(LineOut, required=True)
    post = fields.String(required=True)
    tier = fields.String(required=True)
    minutes = fields.Integer(required=True)
    level = fields.String(required=True)
    mandatory_from = fields.String(required=True, allow_none=True)


class CardOut(Schema):
    """What a plan says."""

    lead = fields.String(required=True)
    lead_tier = fields.String(required=True)
    steps = fields.List(fields.Nested(StepOut), required=True)
    do_not = fields.List(fields.Nested(LineOut), required=True)
    contacts = fields.List(fields.Nested(LineOut), required=True)
    materials = fields.List(fields.Nested(LineOut), required=True)
    substitute = fields.List(fields.Nested(LineOut), required=True)
    recovery = fields.List(fields.Nested(LineOut), required=True)


class PlanState(Schema):
    """One version of a plan; what the event `plan_stated` carries. `shipped`: it came with the product (basis D)."""

    id = fields.String(required=True)
    line = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    effective_from = fields.Date(required=True)
    card = fields.Nested(CardOut, required=True)
    adopted_by = fields.String(required=True)
    adopted_at = fields.AwareDateTime(required=True)
    shipped = fields.Boolean(required=True)


class PlansOut(Schema):
    """A page of adopted versions."""

    items = fields.List(fields.Nested(PlanState), required=True)


class PlanRead(Schema):
    """What the service keeps at hand of a version, for the plan that is in force."""

    id = fields.String(required=True)
    line = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    effective_from = fields.String(required=True)
    card = fields.Nested(CardOut, required=True)
    adopted_by = fields.String(required=True)
    adopted_at = fields.AwareDateTime(required=True)


class StepStandsOut(StepOut):
    """A step of an incident's plan: whose it is, due when, and whether it is open, done or cancelled (waived)."""

    unit = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    mandatory = fields.Boolean(required=True)
    state = fields.String(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.String(required=True, allow_none=True)


class IncidentPlanOut(Schema):
    """The plan that is active in an incident, and how the steps that its level has needed stand."""

    incident = fields.String(required=True)
    plan = fields.String(required=True)
    card = fields.Nested(CardOut, required=True)
    steps = fields.List(fields.Nested(StepStandsOut), required=True)


class CompleteStepIn(Schema):
    """A note, without personal data, where there is something to say."""

    note = fields.String(load_default="", validate=validate.Length(0, LONGEST_REASON))


class WaiveStepIn(Schema):
    """Why the step does not apply here, without personal data."""

    reason = fields.String(required=True, validate=validate.Length(1, LONGEST_REASON))
