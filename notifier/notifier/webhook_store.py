"""Where subscriptions, deliveries and the escalations heard lie, and by what they are found."""

from datetime import timedelta
from typing import Any, NamedTuple

from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.clock import machine_now
from chassis.fieldcrypt import FieldKeys
from chassis.frame import Frame
from chassis.jobs import stamped
from chassis.resealing import Sealed
from chassis.store import Aggregates
from notifier import subscriptions
from notifier.deliveries import Delivery
from notifier.escalations import Escalations
from notifier.subscriptions import Subscription
from notifier.webhook_outgoing import rank_of

KEPT = timedelta(days=30)
"""How long a delivery that has ended is remembered (D)."""

_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]


class WebhookStore(NamedTuple):
    """The three collections."""

    subscriptions: Aggregates[Subscription]
    deliveries: Aggregates[Delivery]
    escalations: Escalations


def webhook_store(frame: Frame, keys: FieldKeys) -> WebhookStore:
    """The collections, with their indexes."""
    forgets = IndexModel(
        "touched_at", expireAfterSeconds=int(KEPT.total_seconds()), partialFilterExpression={"open": False}
    )
    made = WebhookStore(
        frame.aggregates(
            subscriptions.COLLECTION,
            Subscription,
            stamps=_subscription_stamps,
            indexes=(IndexModel([("unit", ASCENDING)]), IndexModel([("units", ASCENDING), *_NEWEST])),
            sealed=Sealed(
                lambda: keys.older,
                lambda one: (one.url, *one.secrets),
                lambda one: subscriptions.resealed(one, keys),
            ),
        ),
        frame.aggregates(
            "deliveries",
            Delivery,
            stamps=_delivery_stamps,
            indexes=(IndexModel([("lane", ASCENDING), *_NEWEST]), forgets),
        ),
        Escalations(frame.database),
    )
    frame.indexing(made.escalations.declare_indexes)
    return made


def _subscription_stamps(one: Subscription) -> dict[str, Any]:
    return {
        "unit": one.unit,
        "units": list(one.units),
        "levels": list(one.levels),
        "active": one.active,
        "at": one.created_at,
    }


def _delivery_stamps(one: Delivery) -> dict[str, Any]:
    job = stamped(due=one.due, rank=rank_of(one), lane=one.subscription, tries=one.tries)
    return {**job, "way": one.state, "at": one.made_at, "touched_at": machine_now()}
