"""The wire forms of incidents."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from chassis.dumps import Sparse
from chassis.forms import END, Count, Flag, PageIn
from chassis.money import Money
from chassis.work.correction_forms import CorrectionOut
from emergency.durations import durations
from emergency.facts import Crime, FactName, MediaReach, OutageScope
from emergency.incidents import Outcome, State
from emergency.kinds import Kind
from emergency.levels import Level
from emergency.reports import LONGEST_TEXT, Control, ReportKind, Trend
from emergency.texts import LONGEST_GUIDANCE, LONGEST_REASON, LONGEST_REFERENCE, LONGEST_SUMMARY

LARGEST_COUNT = 10_000_000
"""The very end, in Python's dialect and in that of JSON Schema."""

UNIT_ID = validate.Regexp(r"^[A-Za-z0-9_-]{1,40}" + END)
PERSON_ID = validate.Regexp(r"^[A-Z]{1,4}[0-9]{4,16}" + END)


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

WRITABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""What JSON Schema can say of it."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _writable(text: str) -> None:
    """No control characters but tabs and line ends, and no half of a surrogate pair."""
    if _UNWRITABLE.search(text):
        raise ValidationError("String does not match expected pattern.")


def _not_ancient(at: datetime) -> None:
    if at < EARLIEST:
        raise ValidationError(f"Must be greater than or equal to {EARLIEST.isoformat()}.")


def text(longest: int, *, shortest: int = 1, **rest: Any) -> fields.String:
    """A free text of at most so many characters."""
    length = validate.Length(shortest, longest)
    return fields.String(validate=[length, _writable], metadata={"pattern": WRITABLE}, **rest)


def instant(**rest: Any) -> fields.AwareDateTime:
    """An instant with its offset; None where none is given and none is required."""
    default = {} if rest.get("required") else {"load_default": None}
    return fields.AwareDateTime(validate=_not_ancient, **{**default, **rest})


def _count() -> Count:
    return Count(validate=validate.Range(0, LARGEST_COUNT))


class FactsIn(Schema):
    """What is known of the event; `unknown` names facts that are stated to be unknown. Money in yuan as text."""

    people_surrendering = _count()
    surrender_amount_cny = Money()
    same_product_surrenders = _count()
    people_gathering = _count()
    people_complaining = _count()
    disputed_cny = Money()
    deaths = _count()
    seriously_injured = _count()
    injured = _count()
    taken_ill = _count()
    counters_damaged = _count()
    counters_shut = _count()
    shut_minutes = _count()
    outage_scope = fields.Enum(OutageScope, by_value=True)
    outage_minutes = _count()
    crime = fields.Enum(Crime, by_value=True)
    loss_cny = Money()
    people_leaked = _count()
    people_leaked_sensitive = _count()
    media_reach = fields.Enum(MediaReach, by_value=True)
    people_waiting = _count()
    wait_minutes = _count()
    unknown_facts = fields.List(
        fields.Enum(FactName, by_value=True),
        validate=validate.Length(0, len(FactName)),
        data_key="unknown",
        attribute="unknown",
    )


class FactsOut(Sparse, FactsIn):
    """The facts that are known, and the names of those stated as unknown; nothing stands for what is missing."""


class ReportIncidentIn(Schema):
    """A report: what kind, where, what is known. The summary holds no personal data."""

    kind = fields.Enum(Kind, by_value=True, required=True)
    unit = fields.String(required=True, validate=UNIT_ID)
    summary = text(LONGEST_SUMMARY, required=True)
    facts = fields.Nested(FactsIn, load_default=dict)
    occurred_at = instant()
    detected_at = instant()
    drill = Flag(load_default=False)
    claims_reference = text(LONGEST_REFERENCE, load_default=None)


class AddFactsIn(Schema):
    """New facts."""

    facts = fields.Nested(FactsIn, required=True)


class JudgeIn(Schema):
    """A level set by a person, and why."""

    level = fields.Enum(Level, by_value=True, required=True)
    reason = text(LONGEST_REASON, required=True)


class GuidanceIn(Schema):
    """Guidance in the person's own words."""

    words = text(LONGEST_GUIDANCE, required=True)


class CloseIn(Schema):
    """How the incident ends. A false alarm needs its reason."""

    outcome = fields.String(required=True, validate=validate.OneOf([Outcome.HANDLED.value, Outcome.FALSE_ALARM.value]))
    reason = text(LONGEST_REASON, load_default=None)


class ReferClaimIn(Schema):
    """The reference under which the claims case was handed over."""

    reference = text(LONGEST_REFERENCE, required=True)


class FileReportIn(Schema):
    """A first, follow-up or final report; figures, place and times come from the incident itself."""

    kind = fields.Enum(ReportKind, by_value=True, required=True)
    course = text(LONGEST_TEXT, required=True)
    signer = fields.String(required=True, validate=PERSON_ID)
    contact = fields.String(required=True, validate=PERSON_ID)
    consequence = text(LONGEST_TEXT, load_default=None)
    measures = text(LONGEST_TEXT, load_default=None)
    help_needed = text(LONGEST_TEXT, load_default=None)
    control = fields.Enum(Control, by_value=True, load_default=None)
    trend = fields.Enum(Trend, by_value=True, load_default=None)


class ReportContentOut(Schema):
    """What the author of a report said."""

    course = fields.String()
    signer = fields.String()
    contact = fields.String()
    consequence = fields.String(allow_none=True)
    measures = fields.String(allow_none=True)
    help_needed = fields.String(allow_none=True)
    control = fields.String(allow_none=True)
    trend = fields.String(allow_none=True)


class ReportOut(Schema):
    """One report as it was filed, with the incident as it stood: a row of the reports."""

    number = fields.Integer()
    kind = fields.String()
    at = fields.AwareDateTime()
    filed_by = fields.String()
    event = fields.String()
    unit = fields.String()
    occurred_at = fields.AwareDateTime(allow_none=True)
    level = fields.String()
    state = fields.String()
    drill = fields.Boolean()
    facts = fields.Nested(FactsOut)
    content = fields.Nested(ReportContentOut)
    late_seconds = fields.Integer()


class IncidentsIn(PageIn):
    """A page of incidents, newest first, narrowed where asked."""

    level = fields.Enum(Level, by_value=True, load_default=None)
    state = fields.Enum(State, by_value=True, load_default=None)
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    drill = fields.Boolean(load_default=None)


class ReasonOut(Schema):
    """One ground of a grading, with the basis of its number."""

    criterion = fields.String()
    level = fields.String()
    clause = fields.String()
    basis = fields.String()


class GradingOut(Schema):
    """The level that the facts give, the clause that decided, and the facts that are unknown."""

    level = fields.String()
    clause = fields.String()
    reasons = fields.List(fields.Nested(ReasonOut))
    unknown_facts = fields.List(fields.String(), data_key="unknown", attribute="unknown")
    version = fields.Integer()


class LevelChangeOut(Schema):
    """One step of the level's history."""

    at = fields.AwareDateTime()
    level = fields.String()
    cause = fields.String()
    clause = fields.String()
    actor = fields.String()
    reason = fields.String(allow_none=True)
    together = fields.List(fields.String())


class TellingOut(Schema):
    """One person told: when next, seen when, guided when. No contact point stands here."""

    person = fields.String()
    post = fields.String()
    unit = fields.String()
    addressee = fields.String()
    level = fields.String()
    state = fields.String()
    attempts = fields.Integer()
    next_due = fields.AwareDateTime(allow_none=True)
    acknowledged_at = fields.AwareDateTime(allow_none=True)
    guided_at = fields.AwareDateTime(allow_none=True)


class VacancyOut(Schema):
    """A post that nobody holds, so that the next one up was told."""

    addressee = fields.String()
    post = fields.String()
    unit = fields.String(allow_none=True)


class EscalationOut(Schema):
    """How the escalation stands."""

    round = fields.Integer()
    level = fields.String()
    units_told = fields.List(fields.String())
    tellings = fields.List(fields.Nested(TellingOut))
    vacancies = fields.List(fields.Nested(VacancyOut))
    unanswered_at = fields.AwareDateTime(allow_none=True)


class CommanderOut(Schema):
    """Who has command."""

    person = fields.String()
    tier = fields.String()
    at = fields.AwareDateTime()


class DurationsOut(Schema):
    """How long each stage took, in whole seconds; nothing while an end is not known."""

    detect_seconds = fields.Integer(allow_none=True)
    report_seconds = fields.Integer(allow_none=True)
    grade_seconds = fields.Integer(allow_none=True)
    escalate_seconds = fields.Integer(allow_none=True)
    acknowledge_seconds = fields.Integer(allow_none=True)
    guide_seconds = fields.Integer(allow_none=True)
    respond_seconds = fields.Integer(allow_none=True)
    contain_seconds = fields.Integer(allow_none=True)
    close_seconds = fields.Integer(allow_none=True)


class _Computed(fields.Nested):
    """Computed from the whole object when it is dumped."""

    def __init__(self, schema: type[Schema], compute: Callable[[Any], object]) -> None:
        super().__init__(schema)
        self._compute = compute

    def get_value(self, obj: Any, *_: Any, **__: Any) -> object:
        """What the object comes to."""
        return self._compute(obj)


class ClaimsOut(Schema):
    """The notice that governs a claims case, and its reference."""

    notice = fields.String()
    reference = fields.String(allow_none=True)


class AttachmentOut(Schema):
    """A file of the incident; its bytes are at `/v1/incidents/{incident}/attachments/{hash}`."""

    hash = fields.String()
    size = fields.Integer()
    type = fields.String()
    name = fields.String()
    kind = fields.String()
    at = fields.AwareDateTime()
    by = fields.String()


class IncidentState(Schema):
    """The public state of an incident: what the event `incident_stated` carries."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    drill = fields.Boolean(required=True)
    drill_id = fields.String(required=True, allow_none=True)
    drill_until = fields.AwareDateTime(required=True, allow_none=True)
    draft_id = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    unit_known = fields.Boolean(required=True)
    level = fields.String(required=True)
    state = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    occurred_at = fields.AwareDateTime(required=True, allow_none=True)
    reported_at = fields.AwareDateTime(required=True)
    escalated_at = fields.AwareDateTime(required=True, allow_none=True)
    first_acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    first_guided_at = fields.AwareDateTime(required=True, allow_none=True)
    contained_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class IncidentOut(IncidentState):
    """One incident as its readers see it."""

    reporter = fields.String()
    summary = fields.String()
    facts = fields.Nested(FactsOut)
    grading = fields.Nested(GradingOut)
    levels = fields.List(fields.Nested(LevelChangeOut))
    escalation = fields.Nested(EscalationOut)
    commander = fields.Nested(CommanderOut, allow_none=True)
    claims = fields.Nested(ClaimsOut, allow_none=True)
    detected_at = fields.AwareDateTime(allow_none=True)
    graded_at = fields.AwareDateTime()
    responding_at = fields.AwareDateTime(allow_none=True)
    closing_reason = fields.String(allow_none=True)
    durations = _Computed(DurationsOut, durations)
    timeline_count = fields.Integer()
    attachments = fields.List(fields.Nested(AttachmentOut))
    corrections = fields.List(fields.Nested(CorrectionOut))


class IncidentsOut(Schema):
    """A page of incidents; the next page's address stands in the Link header."""

    items = fields.List(fields.Nested(IncidentState), required=True)


class RowOut(Schema):
    """One row of a growing record: its number, its instant, what it says."""

    seq = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    row = fields.Dict(required=True)


class RowsOut(Schema):
    """A page of rows in order."""

    items = fields.List(fields.Nested(RowOut), required=True)
