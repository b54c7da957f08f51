"""The wire forms of webhooks. A URL is shown masked; a secret in the answer that makes it, and never again."""

from marshmallow import Schema, fields, validate

from chassis.forms import END, PageIn
from notifier.contact_points import PERSON_ID
from notifier.schemas import UNIT_ID
from notifier.subscriptions import LEVELS
from notifier.targets import LONGEST_URL

EVENT = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}" + END)
NAME = validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}" + END)
PERSON = validate.Regexp(rf"^{PERSON_ID.pattern}{END}")


class DeliveriesIn(PageIn):
    """A page of deliveries, of one state if wanted."""

    state = fields.String(load_default=None, validate=validate.OneOf(("waiting", "delivered", "given_up")))


class ChangeWebhookIn(Schema):
    """What a subscription is to be: what its owner calls it, where it is posted to, and which levels it gets."""

    name = fields.String(required=True, validate=NAME)
    url = fields.String(required=True, validate=validate.Length(1, LONGEST_URL))
    levels = fields.List(
        fields.String(validate=validate.OneOf(LEVELS)),
        load_default=lambda: list(LEVELS),
        validate=validate.Length(1, len(LEVELS)),
    )
    person = fields.String(load_default=None, allow_none=True, validate=PERSON)


class NewWebhookIn(ChangeWebhookIn):
    """A new subscription, to what happens in this unit and below it."""

    unit = fields.String(required=True, validate=UNIT_ID)


class RedeliveryIn(Schema):
    """One event by its id, or every event in [since, until); until now, where no end is given."""

    event = fields.String(load_default=None, allow_none=True, validate=EVENT)
    since = fields.AwareDateTime(load_default=None, allow_none=True)
    until = fields.AwareDateTime(load_default=None, allow_none=True)


class WebhookOut(Schema):
    """A subscription."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    url = fields.String(required=True)
    levels = fields.List(fields.String(), required=True)
    person = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(("active", "disabled")))
    because = fields.String(required=True, allow_none=True)
    disabled_at = fields.AwareDateTime(required=True, allow_none=True)
    failing_since = fields.AwareDateTime(required=True, allow_none=True)
    rotating = fields.Boolean(required=True)
    created_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class WebhookWithSecretOut(WebhookOut):
    """A subscription with the secret that was made just now; null where the request is a repetition."""

    secret = fields.String(required=True, allow_none=True)


class WebhooksOut(Schema):
    """A page of subscriptions, newest first."""

    items = fields.List(fields.Nested(WebhookOut), required=True)


class AttemptOut(Schema):
    """One try."""

    number = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    outcome = fields.String(required=True)
    status = fields.Integer(required=True, allow_none=True)


class DeliveryOut(Schema):
    """One event on its way to one subscription; `event` is its `webhook-id`."""

    event = fields.String(required=True)
    type = fields.String(required=True)
    level = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("waiting", "delivered", "given_up")))
    tries = fields.Integer(required=True)
    made_at = fields.AwareDateTime(required=True)
    due = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    given_up_at = fields.AwareDateTime(required=True, allow_none=True)
    attempts = fields.List(fields.Nested(AttemptOut), required=True)


class DeliveriesOut(Schema):
    """A page of deliveries, newest first."""

    items = fields.List(fields.Nested(DeliveryOut), required=True)


class EscalationRead(Schema):
    """Nothing is read of an escalation: it is passed on whole."""


class DisabledOut(Schema):
    """A subscription was disabled."""

    webhook = fields.String(required=True)
    unit = fields.String(required=True)
    because = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    failing_since = fields.AwareDateTime(required=True, allow_none=True)
    created_by = fields.String(required=True)
    person = fields.String(required=True, allow_none=True)


class RedeliveryDueOut(Schema):
    """Events are to be delivered to a subscription again: one, or those of a range."""

    webhook = fields.String(required=True)
    event = fields.String(required=True, allow_none=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
