"""One try to hand one escalation to one subscription: a signed request, and what came of it."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from attrs import frozen
from prometheus_client import Counter

from chassis import telemetry
from chassis.clock import machine_now
from chassis.fieldcrypt import FieldKeys, FieldUnreadable
from chassis.names import Resolve
from notifier import webhooks
from notifier.deliveries import Delivery, Outcome, Result
from notifier.settings import Settings
from notifier.subscriptions import Subscription, secrets_of, url_of
from notifier.targets import TargetForbidden, WebhookMalformed, read_target
from notifier.webhooks import Answered, Limits

LIMITS = Limits(connect_seconds=3.0, whole_seconds=10.0)
"""A receiver takes the connection within 3 s and has answered after 10 s (D)."""

KIND = "application/cloudevents+json; charset=utf-8"
GONE, LATER = 410, (429, 503)

TRIES = Counter("decalog_webhook_tries_total", "Tries to deliver an escalation", ["outcome"])


@frozen
class Posting:
    """Posts deliveries."""

    settings: Settings
    keys: FieldKeys
    resolve: Resolve

    def send(self, subscription: Subscription, delivery: Delivery) -> Result:
        """Make one try. Ends within 20 s."""
        result = self._sent(subscription, delivery) if subscription.active else Result(Outcome.DISABLED)
        TRIES.labels(result.outcome.value).inc()
        if result.outcome is not Outcome.DELIVERED:
            known = {"delivery": delivery.id, "outcome": result.outcome.value, "status": result.status}
            telemetry.logger().warning("webhook.not_delivered", number=delivery.tries + 1, **known)
        return result

    def _sent(self, subscription: Subscription, delivery: Delivery) -> Result:
        plain, private, at = self.settings.plain_http, self.settings.private_addresses, machine_now()
        try:
            target = read_target(url_of(subscription, self.keys), plain_http=plain, private_addresses=private)
            secrets = secrets_of(subscription, self.keys)
            what = webhooks.signed(id=delivery.event, body=delivery.body, kind=KIND, secrets=secrets, at=at)
            answered = webhooks.post(target, what, self.resolve, private_addresses=private, limits=LIMITS)
        except FieldUnreadable as error:
            telemetry.logger().error("webhook.unreadable", delivery=delivery.id, error=str(error))
            return Result(Outcome.UNREADABLE)
        except (WebhookMalformed, TargetForbidden):
            return Result(Outcome.FORBIDDEN)
        except webhooks.UNREACHED:
            return Result(Outcome.UNREACHABLE)
        return result_of(answered, at)


def result_of(answered: Answered, at: datetime) -> Result:
    """What an answer means."""
    if 200 <= answered.status < 300:
        return Result(Outcome.DELIVERED, answered.status)
    if answered.status == GONE:
        return Result(Outcome.GONE, answered.status)
    asked = wait_asked(answered.retry_after, at) if answered.status in LATER else timedelta(0)
    return Result(Outcome.REFUSED, answered.status, asked)


def wait_asked(retry_after: str, at: datetime) -> timedelta:
    """What Retry-After asks for (RFC 9110, 10.2.3: seconds or a date); nothing where it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 10**6))
    try:
        return max(parsedate_to_datetime(text) - at, timedelta(0))
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
