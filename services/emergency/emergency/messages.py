"""The messages that emergency sends and reads. What it reads is as little as it needs: the rest is ignored."""

from marshmallow import Schema, fields

from emergency.facts import FactName
from emergency.levels import Level


class NoticeDue(Schema):
    """Somebody is to be told on one channel; `step` is the same whenever the same step is decided again.

    `about` is what it is about (incident, warning, measure, inspection, finding), and `incident` the id of that.
    """

    step = fields.String(required=True)
    about = fields.String(required=True)
    incident = fields.String(required=True)
    person = fields.String(required=True)
    channel = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    unit = fields.String(required=True)
    unit_name = fields.String(required=True)
    drill = fields.Boolean(required=True)
    because = fields.String(required=True)
    attempt = fields.Integer(required=True)
    due = fields.AwareDateTime(required=True)
    late_seconds = fields.Integer(required=True)
    collapsed = fields.Integer(required=True)


class IncidentEscalated(Schema):
    """One addressee is reported to: the message that head office subscribes to."""

    incident = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    unit = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    unit_known = fields.Boolean(required=True)
    addressee = fields.String(required=True)
    addressee_unit = fields.String(required=True)
    because = fields.String(required=True)
    step = fields.String(required=True)
    clause = fields.String(required=True)
    unknown_facts = fields.List(fields.String(), required=True, data_key="unknown", attribute="unknown")
    reported_at = fields.AwareDateTime(required=True)
    drill = fields.Boolean(required=True)
    late_seconds = fields.Integer(required=True)


class ReportDueSoon(Schema):
    """Half, or four fifths, of the time for a report have gone."""

    incident = fields.String(required=True)
    level = fields.String(required=True)
    unit = fields.String(required=True)
    clock = fields.String(required=True)
    stage = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    drill = fields.Boolean(required=True)


class ReportOverdue(ReportDueSoon):
    """The time for a report is over, and none has come."""


class ReportFiledOut(Schema):
    """A report was filed."""

    incident = fields.String(required=True)
    number = fields.Integer(required=True)
    kind = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    filed_by = fields.String(required=True)
    level = fields.String(required=True)
    unit = fields.String(required=True)
    drill = fields.Boolean(required=True)
    late_seconds = fields.Integer(required=True)


class CorrelationFound(Schema):
    """Reports that together reach a threshold: this one's level must rise."""

    incident = fields.String(required=True)
    level = fields.Enum(Level, by_value=True, required=True)
    clause = fields.String(required=True)
    criterion = fields.String(required=True)
    fact = fields.Enum(FactName, by_value=True, required=True)
    total = fields.String(required=True)
    incidents = fields.List(fields.String(), required=True)


class EscalationMissed(Schema):
    """The auditor found an escalation that should have run."""

    incident = fields.String(required=True)
    level = fields.String(required=True)
    miss = fields.String(required=True)
    due = fields.AwareDateTime(required=True)
    late_seconds = fields.Integer(required=True)
    drill = fields.Boolean(required=True)


class UnitRead(Schema):
    """What is needed of a unit."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    open_from = fields.Date(load_default=None, allow_none=True)
    open_to = fields.Date(load_default=None, allow_none=True)
    merged_into = fields.String(load_default=None, allow_none=True)


class AssignmentRead(Schema):
    """What is needed of an assignment."""

    id = fields.String(required=True)
    person = fields.String(required=True)
    post = fields.String(required=True)
    unit = fields.String(required=True)
    kind = fields.String(required=True)
    order = fields.Integer(required=True, allow_none=True)
    held_from = fields.Date(required=True)
    held_to = fields.Date(required=True, allow_none=True)


class StaffRead(Schema):
    """What is needed of a person's standing."""

    standing = fields.String(required=True)


class ElevationRead(Schema):
    """An elevation, as security states it: of use here as far as it gives one of our actions."""

    id = fields.String(required=True)
    person = fields.String(required=True)
    right = fields.String(required=True)
    unit = fields.String(required=True)
    state = fields.String(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    until = fields.AwareDateTime(required=True)


class IncidentRead(Schema):
    """What correlation needs to know of a stated incident: that it changed."""

    id = fields.String(required=True)


class NoticeFailed(Schema):
    """A notice was given up by the notifier; `reason` is one of its reasons."""

    step = fields.String(required=True)
    about = fields.String(load_default="incident")
    incident = fields.String(required=True)
    reason = fields.String(required=True)


class LinkFollowed(Schema):
    """A person told has opened the one-time link."""

    about = fields.String(load_default="incident")
    incident = fields.String(required=True)
    person = fields.String(required=True)
    acknowledged_at = fields.AwareDateTime(required=True)
