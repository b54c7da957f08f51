"""The wire forms of drills and their programmes."""

from marshmallow import Schema, fields, validate

from chassis.forms import Count, Flag, PageIn
from emergency.drill_conduct import LONGEST_CONTENT, MOST_COUNTERS, MOST_ITEMS, MOST_PARTICIPANTS
from emergency.drill_programmes import MOST_MONTHS, Scenario
from emergency.drills import FULL_SCORE, DrillStatus, Neglect
from emergency.kinds import Kind
from emergency.schemas import PERSON_ID, UNIT_ID, FactsIn, instant, text
from emergency.texts import LONGEST_REASON, LONGEST_SUMMARY


class RequirementIn(Schema):
    """At least one drill of the scenario in so many months."""

    scenario = fields.Enum(Scenario, by_value=True, required=True)
    months = Count(required=True, validate=validate.Range(1, MOST_MONTHS))


class SetProgrammeIn(Schema):
    """What the unit asks for beyond what is asked above: the whole of it."""

    requirements = fields.List(fields.Nested(RequirementIn), required=True, validate=validate.Length(0, len(Scenario)))


class RequirementOut(Schema):
    """What is asked, by which unit (none: the default of ours), from which day, on which basis."""

    scenario = fields.String(required=True)
    months = fields.Integer(required=True)
    unit = fields.String(required=True, allow_none=True)
    since = fields.Date(required=True, allow_none=True)
    basis = fields.String(required=True)


class ProgrammeOut(Schema):
    """What is in force for the unit, the strictest along its ancestors; `set_at` where it asks for something itself."""

    unit = fields.String(required=True)
    unit_name = fields.String(required=True)
    default_version = fields.Integer(required=True)
    requirements = fields.List(fields.Nested(RequirementOut), required=True)
    set_at = fields.AwareDateTime(required=True, allow_none=True)
    set_by = fields.String(required=True, allow_none=True)


class ScheduleDrillIn(Schema):
    """A drill of a unit, at these of its counters."""

    scenario = fields.Enum(Scenario, by_value=True, required=True)
    unit = fields.String(required=True, validate=UNIT_ID)
    counters = fields.List(fields.String(validate=UNIT_ID), required=True, validate=validate.Length(1, MOST_COUNTERS))
    leader = fields.String(required=True, validate=PERSON_ID)
    announced = Flag(load_default=True)
    starts_at = instant(required=True)
    ends_at = instant(required=True)


class PostponeDrillIn(Schema):
    """The new time, and why."""

    starts_at = instant(required=True)
    ends_at = instant(required=True)
    reason = text(LONGEST_REASON, required=True)


class CancelDrillIn(Schema):
    """Why the drill is not held."""

    reason = text(LONGEST_REASON, required=True)


class DrillIncidentIn(Schema):
    """An incident that the drill plays, at one of its counters. The summary holds no personal data."""

    kind = fields.Enum(Kind, by_value=True, required=True)
    unit = fields.String(required=True, validate=UNIT_ID)
    summary = text(LONGEST_SUMMARY, required=True)
    facts = fields.Nested(FactsIn, load_default=dict)


class RecordDrillIn(Schema):
    """When it took place, what was practised, who took part."""

    started_at = instant(required=True)
    ended_at = instant(required=True)
    content = text(LONGEST_CONTENT, required=True)
    participants = fields.List(
        fields.String(validate=PERSON_ID), required=True, validate=validate.Length(1, MOST_PARTICIPANTS)
    )


class ScoreIn(Schema):
    """One item and its score."""

    item = text(LONGEST_REASON, required=True)
    score = Count(required=True, validate=validate.Range(0, FULL_SCORE))


class ImprovementIn(Schema):
    """What must become better, by whom, until which day."""

    what = text(LONGEST_REASON, required=True)
    owner = fields.String(required=True, validate=PERSON_ID)
    due = fields.Date(required=True)


class EvaluateDrillIn(Schema):
    """How it went."""

    scores = fields.List(fields.Nested(ScoreIn), required=True, validate=validate.Length(1, MOST_ITEMS))
    problems = fields.List(text(LONGEST_REASON), load_default=list, validate=validate.Length(0, MOST_ITEMS))
    improvements = fields.List(fields.Nested(ImprovementIn), load_default=list, validate=validate.Length(0, MOST_ITEMS))


class DrillsIn(PageIn):
    """A page of drills, the one planned last first, narrowed where asked."""

    scenario = fields.Enum(Scenario, by_value=True, load_default=None)
    status = fields.Enum(DrillStatus, by_value=True, load_default=None)
    neglected = fields.Boolean(load_default=None)


class StandingsIn(PageIn):
    """A page of counters; `overdue` narrows to those that owe a drill, or not."""

    overdue = fields.Boolean(load_default=None)


class DrillState(Schema):
    """The public state of a drill: what the event `drill_stated` carries. `held_on` is the day it took place on."""

    id = fields.String(required=True)
    scenario = fields.Enum(Scenario, by_value=True, required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    counters = fields.List(fields.String(), required=True)
    leader = fields.String(required=True)
    announced = fields.Boolean(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    status = fields.Enum(DrillStatus, by_value=True, required=True)
    held_on = fields.Date(required=True, allow_none=True)
    neglected = fields.List(fields.Enum(Neglect, by_value=True), required=True)


class PostponementOut(Schema):
    """A drill was put off."""

    starts_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class RecordOut(Schema):
    """What was recorded."""

    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True)
    content = fields.String(required=True)
    participants = fields.List(fields.String(), required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class ScoreOut(Schema):
    """One item and its score."""

    item = fields.String(required=True)
    score = fields.Integer(required=True)


class EvaluationOut(Schema):
    """How it went."""

    scores = fields.List(fields.Nested(ScoreOut), required=True)
    problems = fields.List(fields.String(), required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class ImprovementOut(Schema):
    """What must become better."""

    number = fields.Integer(required=True)
    what = fields.String(required=True)
    owner = fields.String(required=True)
    due = fields.Date(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    done_by = fields.String(required=True, allow_none=True)


class DrillOut(DrillState):
    """One drill as its readers see it. `incidents_until` is when incidents of it end by themselves."""

    scheduled_at = fields.AwareDateTime(required=True)
    scheduled_by = fields.String(required=True)
    incidents_until = fields.AwareDateTime(required=True)
    postponements = fields.List(fields.Nested(PostponementOut), required=True)
    record = fields.Nested(RecordOut, required=True, allow_none=True)
    evaluation = fields.Nested(EvaluationOut, required=True, allow_none=True)
    improvements = fields.List(fields.Nested(ImprovementOut), required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    cancelled_at = fields.AwareDateTime(required=True, allow_none=True)
    cancelled_because = fields.String(required=True, allow_none=True)


class DrillsOut(Schema):
    """A page of drills."""

    items = fields.List(fields.Nested(DrillOut), required=True)


class DueOut(RequirementOut):
    """What is asked of a counter, when it was last drilled, and until when it must be drilled next."""

    last_held = fields.Date(required=True, allow_none=True)
    due = fields.Date(required=True)
    overdue = fields.Boolean(required=True)


class StandingOut(Schema):
    """How one counter stands to what is asked of it."""

    unit = fields.String(required=True)
    unit_name = fields.String(required=True)
    drills = fields.List(fields.Nested(DueOut), required=True)


class StandingsOut(Schema):
    """A page of counters, the one whose next drill is due last first."""

    items = fields.List(fields.Nested(StandingOut), required=True)


class DrillDueSoon(Schema):
    """A counter must hold a drill soon: `addressee` is told."""

    unit = fields.String(required=True)
    scenario = fields.String(required=True)
    due = fields.Date(required=True)
    step = fields.Integer(required=True)
    addressee = fields.String(required=True)


class DrillOverdue(DrillDueSoon):
    """A counter has not held a drill in time: the unit `addressee` above it is told, each step once."""


class DrillNeglected(Schema):
    """A step of a drill was not taken in time: its record, its evaluation, or an improvement."""

    drill_id = fields.String(required=True)
    unit = fields.String(required=True)
    leader = fields.String(required=True)
    what = fields.String(required=True)


class DrillHeard(Schema):
    """What a counter's standing needs to know of a drill."""

    scenario = fields.Enum(Scenario, by_value=True, required=True)
    counters = fields.List(fields.String(), required=True)
    held_on = fields.Date(required=True, allow_none=True)
