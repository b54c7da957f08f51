"""The wire forms of signals, early-warning rules and drafts."""

from marshmallow import Schema, fields, validate

from chassis.forms import Count, PageIn
from emergency.drafts import DraftStatus
from emergency.kinds import Kind
from emergency.schemas import LARGEST_COUNT, UNIT_ID, FactsIn, instant, text
from emergency.texts import LONGEST_REASON, LONGEST_SUMMARY
from emergency.watch_rules import SignalKind


class SignalIn(Schema):
    """What a branch system noticed. Product and category are codes; nothing personal stands here."""

    counter = fields.String(required=True, validate=UNIT_ID)
    kind = fields.Enum(SignalKind, by_value=True, required=True)
    occurred_at = instant(required=True)
    count = Count(load_default=1, validate=validate.Range(1, LARGEST_COUNT))
    product = fields.String(load_default=None, validate=UNIT_ID)
    category = fields.String(load_default=None, validate=UNIT_ID)


class SignalsIn(PageIn):
    """A page of signals, the one that happened last first."""

    kind = fields.Enum(SignalKind, by_value=True, load_default=None)


class SignalOut(Schema):
    """A signal as it was kept."""

    id = fields.String(required=True)
    counter = fields.String(required=True)
    kind = fields.Enum(SignalKind, by_value=True, required=True)
    occurred_at = fields.AwareDateTime(required=True)
    count = fields.Integer(required=True)
    product = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True)
    reporter = fields.String(required=True)


class SignalsOut(Schema):
    """A page of signals."""

    items = fields.List(fields.Nested(SignalOut), required=True)


class WatchRuleOut(Schema):
    """One rule: `number` of what it counts, alike by `by`, within `hours` in one `area` suggest an incident."""

    id = fields.String(required=True)
    signals = fields.String(required=True, allow_none=True)
    incidents = fields.String(required=True, allow_none=True)
    by = fields.String(required=True)
    area = fields.String(required=True)
    hours = fields.Integer(required=True)
    number = fields.Integer(required=True)
    proposes = fields.String(required=True, allow_none=True)
    suggests = fields.String(required=True)
    basis = fields.String(required=True)


class WatchRulesOut(Schema):
    """The version of the rules that is in force."""

    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(WatchRuleOut), required=True)


class DraftsIn(PageIn):
    """A page of drafts, the one proposed last first."""

    status = fields.Enum(DraftStatus, by_value=True, load_default=None)


class ConfirmDraftIn(Schema):
    """The report that the draft becomes; kind and unit are the draft's where none are given."""

    summary = text(LONGEST_SUMMARY, required=True)
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    unit = fields.String(load_default=None, validate=UNIT_ID)
    facts = fields.Nested(FactsIn, load_default=dict)


class DismissDraftIn(Schema):
    """Why it is nothing."""

    reason = text(LONGEST_REASON, required=True)


class SightedOut(Schema):
    """One thing that counted: `signal:<id>` or `incident:<id>`."""

    id = fields.String(required=True)
    unit = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    count = fields.Integer(required=True)


class DraftState(Schema):
    """The public state of a draft: what the event `draft_stated` carries."""

    id = fields.String(required=True)
    rule = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    level = fields.String(required=True)
    group = fields.String(required=True)
    area = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    total = fields.Integer(required=True)
    window_ends = fields.AwareDateTime(required=True)
    proposed_at = fields.AwareDateTime(required=True)
    status = fields.Enum(DraftStatus, by_value=True, required=True)
    incident = fields.String(required=True, allow_none=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    settled_by = fields.String(required=True, allow_none=True)


class DraftOut(DraftState):
    """A draft as its readers see it: with the newest of what counted, and the reason of a dismissal."""

    counted = fields.List(fields.Nested(SightedOut), required=True)
    told = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)


class DraftsOut(Schema):
    """A page of drafts."""

    items = fields.List(fields.Nested(DraftOut), required=True)


class SignalTaken(Schema):
    """A signal was kept: the rules look at it."""

    id = fields.String(required=True)


class DraftFound(Schema):
    """A rule reached its number: a draft is to be proposed, or added to."""

    draft = fields.String(required=True)
    rule = fields.String(required=True)
    area = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    group = fields.String(required=True)
    window_ends = fields.AwareDateTime(required=True)
    sightings = fields.List(fields.Nested(SightedOut), required=True)


class DraftUndecided(Schema):
    """Nobody has decided on a draft: the unit `addressee` is told, each level once."""

    id = fields.String(required=True)
    rule = fields.String(required=True)
    kind = fields.String(required=True)
    level = fields.String(required=True)
    area = fields.String(required=True)
    addressee = fields.String(required=True)


class IncidentWatched(Schema):
    """What the rules need to know of an incident that matters to them: that it changed."""

    id = fields.String(required=True)
