"""The wire forms of the notifier. Links and contact points are shown without anything that tells who a person is."""

from marshmallow import Schema, fields, validate

from chassis.forms import END
from notifier.robots import Platform
from notifier.targets import LONGEST_URL

UNIT_ID = validate.Regexp(r"^[A-Za-z0-9_-]{1,32}" + END)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = validate.Regexp(rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+{END}")
"""A dot-atom at a domain of at least two labels (RFC 5321), ASCII only."""

LONGEST_ADDRESS = 254


class WebhookIn(Schema):
    """A webhook: where it is posted to, and the secret that signs it (Standard Webhooks: `whsec_` and base64)."""

    url = fields.String(required=True, validate=validate.Length(1, LONGEST_URL))
    secret = fields.String(required=True, validate=validate.Length(1, 100))


class ChatIn(Schema):
    """A group robot: its platform, what its URL ends with, and DingTalk's signing secret where it has one."""

    platform = fields.String(required=True, validate=validate.OneOf([platform.value for platform in Platform]))
    key = fields.String(required=True, validate=validate.Length(1, 128))
    secret = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 128))


class ContactPointIn(Schema):
    """A person's contact point: the unit that it belongs to, and at least one of mail, webhook and chat."""

    unit = fields.String(required=True, validate=UNIT_ID)
    mail = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=LONGEST_ADDRESS), ADDRESS])
    webhook = fields.Nested(WebhookIn, load_default=None, allow_none=True)
    chat = fields.Nested(ChatIn, load_default=None, allow_none=True)


class ContactPointOut(Schema):
    """A person's contact point, masked."""

    person = fields.String(required=True)
    unit = fields.String(required=True)
    mail = fields.String(required=True, allow_none=True)
    webhook = fields.String(required=True, allow_none=True)
    chat = fields.String(required=True, allow_none=True)


class LinkOut(Schema):
    """What a link is for: the incident or warning, and whether it was acknowledged. Nothing of the person told."""

    about = fields.String(required=True)
    incident = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    drill = fields.Boolean(required=True)
    ends_at = fields.AwareDateTime(required=True)
    expired = fields.Boolean(required=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)


class UnitRead(Schema):
    """What is read of a unit's state."""

    id = fields.String(required=True)
    units = fields.List(fields.String(), required=True, validate=validate.Length(1))


class AssignmentRead(Schema):
    """What is needed of an assignment."""

    id = fields.String(required=True)
    person = fields.String(required=True)
    post = fields.String(required=True)
    unit = fields.String(required=True)
    held_from = fields.Date(required=True)
    held_to = fields.Date(required=True, allow_none=True)


class StaffRead(Schema):
    """What is needed of a person's standing."""

    standing = fields.String(required=True)


class NoticeDueRead(Schema):
    """Somebody is to be told over one channel; `step` is the same whenever the same step is decided again."""

    step = fields.String(required=True, validate=validate.Length(1, 200))
    about = fields.String(load_default="incident")
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


class TryDueOut(Schema):
    """A try of a notice is to be made now: its number counts from 1."""

    step = fields.String(required=True)
    number = fields.Integer(required=True)


class NoticeSentOut(Schema):
    """A notice was taken by the mail relay or the webhook."""

    step = fields.String(required=True)
    about = fields.String(required=True)
    incident = fields.String(required=True)
    person = fields.String(required=True)
    channel = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class NoticeFailedOut(NoticeSentOut):
    """A notice was given up; `reason` is one of the notifier's reasons."""

    reason = fields.String(required=True)


class LinkFollowedOut(Schema):
    """The person told has acknowledged by the link of a notice, which is named by its step."""

    notice = fields.String(required=True)
    about = fields.String(required=True)
    person = fields.String(required=True)
    incident = fields.String(required=True)
    acknowledged_at = fields.AwareDateTime(required=True)
