"""Subscriptions and deliveries as the store and callers want them: announcements, bodies, what is shown."""

from datetime import datetime
from typing import Any

import orjson
from attrs import frozen

from chassis.entries import Announce, Announcement, filed_under
from chassis.fieldcrypt import FieldKeys, FieldUnreadable, masked_url
from notifier.deliveries import Delivery
from notifier.escalations import Escalation
from notifier.subscriptions import LEVELS, Decision, Disabled, Subscription, url_of
from notifier.webhook_operations import REDELIVERY_DUE, WEBHOOK_DISABLED

TEST = "test"
TEST_TYPE = "decalog.notifier.webhook_test.v1"
TEST_RANK = 1
"""A test waits for nothing but level I."""

SAYS = {"test": True, "zh": "这是一次测试，不是真实的上报", "en": "a test, not an escalation"}


@frozen
class Redelivery:
    """One event, or those of a range."""

    event: str | None
    since: datetime | None
    until: datetime | None


def outcome(decision: Decision) -> tuple[Subscription, list[Announcement]]:
    """A decision as the store takes it."""
    subscription, effects = decision
    return subscription, [_disabled(subscription, effect) for effect in effects]


def redelivery(subscription: Subscription, wanted: Redelivery) -> Announce:
    """That events are to be delivered again."""
    facts = {"webhook": subscription.id, "event": wanted.event, "since": wanted.since, "until": wanted.until}
    return Announce(REDELIVERY_DUE.name, REDELIVERY_DUE.data(facts), filed_under(subscription.units))


def delivery_of(event: Escalation, subscription: Subscription, *, at: datetime) -> Delivery:
    """The delivery of this event to this subscription, due now."""
    return Delivery(
        id=f"{subscription.id}:{event.id}",
        subscription=subscription.id,
        event=event.id,
        type=event.type,
        level=event.level,
        body=event.body,
        made_at=at,
        due=at,
    )


def rank_of(delivery: Delivery) -> int:
    """How grave it is: 0 for level I."""
    return LEVELS.index(delivery.level) if delivery.level in LEVELS else TEST_RANK


def test_of(subscription: Subscription, *, id: str, at: datetime, actor: str) -> Escalation:
    """An event that says that it is a test, in the form that escalations have."""
    attributes = {
        "specversion": "1.0",
        "id": id,
        "source": "/decalog/notifier",
        "type": TEST_TYPE,
        "subject": subscription.id,
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "units": ",".join(subscription.units),
        "actor": actor,
        "drill": True,
    }
    body = orjson.dumps({**attributes, "data": SAYS}).decode()
    return Escalation(f"notifier:{id}", TEST_TYPE, TEST, subscription.units, at, body)


def shown(one: Subscription, keys: FieldKeys) -> dict[str, Any]:
    """A subscription for callers: its URL masked, its secrets not at all."""
    try:
        url = masked_url(url_of(one, keys))
    except FieldUnreadable:
        url = "***"
    return {
        "id": one.id,
        "name": one.name,
        "unit": one.unit,
        "url": url,
        "levels": one.levels,
        "person": one.person,
        "state": "active" if one.active else "disabled",
        "because": one.because,
        "disabled_at": one.disabled_at,
        "failing_since": one.failing_since,
        "rotating": len(one.secrets) > 1,
        "created_by": one.created_by,
        "created_at": one.created_at,
    }


def shown_delivery(one: Delivery) -> dict[str, Any]:
    """A delivery for callers."""
    names = ("event", "type", "level", "state", "tries", "made_at", "due", "delivered_at", "given_up_at", "attempts")
    return {name: getattr(one, name) for name in names}


def _disabled(subscription: Subscription, effect: Disabled) -> Announce:
    facts = {
        "webhook": subscription.id,
        "unit": subscription.unit,
        "because": effect.because.value,
        "at": effect.at,
        "failing_since": effect.failing_since,
        "created_by": subscription.created_by,
        "person": subscription.person,
    }
    return Announce(WEBHOOK_DISABLED.name, WEBHOOK_DISABLED.data(facts), filed_under(subscription.units))
