"""From an escalation to every subscription that wants it, and what is tried of it.

In time order: an escalation is kept once, and then becomes one delivery for each active subscription that wants its
level and watches one of its units; a crash in between leaves the message in its queue, and what was made is made once.
Deliveries are jobs: any replica takes one under a lease, posts it, notes at the subscription what that says of it, and
then writes what came of the try, which sets when the next one is due. A crash between posting and writing sends the
same again, by the same `webhook-id`.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from attrs import frozen

from chassis.bus import Heard
from chassis.clock import Clock
from chassis.entries import Origin
from chassis.store import Aggregates, Command, TakenByAnother
from chassis.telemetry import current_traceparent
from notifier import deliveries, subscriptions
from notifier.deliveries import Delivery, Outcome, Result
from notifier.directory import UnitCopy
from notifier.escalations import Escalation, Escalations, escalation_of
from notifier.posting import Posting
from notifier.subscriptions import Because, Subscription
from notifier.webhook_outgoing import delivery_of, outcome


@frozen
class FanOut:
    """Reactions on escalations, and the work on deliveries. `look` wakes those who work off deliveries."""

    subscriptions: Aggregates[Subscription]
    deliveries: Aggregates[Delivery]
    escalations: Escalations
    posting: Posting
    clock: Clock
    jitter: Callable[[], float]
    look: Callable[[], None]

    def escalated(self, heard: Heard) -> None:
        """R7.4: keep the escalation, and make its deliveries."""
        event = escalation_of(heard)
        self.escalations.keep(event)
        wanted = {"active": True, "unit": {"$in": list(event.units)}, "levels": event.level}
        for found in self.subscriptions.find(wanted):
            self._begin(event, found.state, f"heard:{event.id}")
        self.look()

    def redelivery_due(self, heard: Heard) -> None:
        """Deliver one event, or those of a range, again."""
        subscription = self.subscriptions.load(heard.data["webhook"]).state
        for event in self._events(subscription, heard):
            self._begin(event, subscription, f"again:{heard.id}", again=True)
        self.look()

    def refile(self, unit: UnitCopy) -> None:
        """File the subscriptions to this unit under its ancestors."""
        for found in self.subscriptions.find({"unit": unit.id, "units": {"$ne": [*unit.units]}}):
            self.subscriptions.change(
                found.id, self._command(None), lambda one: outcome(subscriptions.refiled(one, unit.units))
            )

    def attempt(self, id: str) -> None:
        """Make the next try of this delivery, and write what came of it."""
        delivery = self.deliveries.load(id).state
        if delivery.due is None or delivery.due > self.clock.now():
            return
        subscription = self.subscriptions.load(delivery.subscription).state
        rounds, number = delivery.rounds, delivery.tries + 1
        result = self.posting.send(subscription, delivery)
        at, jitter = self.clock.now(), self.jitter()
        self._note(delivery, result, at)

        def settled(one: Delivery) -> tuple[Delivery, tuple[()]]:
            return deliveries.settle(one, result, rounds=rounds, number=number, at=at, jitter=jitter), ()

        self.deliveries.change(id, self._command(f"try:{rounds}:{number}:{result.outcome.value}"), settled)

    def _note(self, delivery: Delivery, result: Result, at: datetime) -> None:
        """What a try says of the subscription; written before the try is, so that a crash in between repeats it."""
        subscription = self.subscriptions.load(delivery.subscription).state
        since = delivery.failing_since or at
        ended = deliveries.is_last(delivery.tries + 1)

        def noted(one: Subscription) -> subscriptions.Decision:
            match result.outcome:
                case Outcome.DELIVERED:
                    return subscriptions.taken(one)
                case Outcome.GONE:
                    return subscriptions.disable(one, Because.GONE, at=at)
                case _ if ended:
                    return subscriptions.given_up(one, tried_since=since, at=at)
            return subscriptions.not_taken(one, at=at)

        if result.outcome is not Outcome.DISABLED and noted(subscription)[0] is not subscription:
            self.subscriptions.change(subscription.id, self._command(None), lambda one: outcome(noted(one)))

    def _begin(self, event: Escalation, subscription: Subscription, id: str, *, again: bool = False) -> None:
        """Make the delivery, once; begin one that has ended anew where that was asked for."""
        at, command = self.clock.now(), self._command(id)
        made = delivery_of(event, subscription, at=at)
        with suppress(TakenByAnother):
            self.deliveries.create(made.id, command, lambda: (made, ()))
            return
        if again:
            self.deliveries.change(made.id, command, lambda one: (deliveries.redeliver(one, at=at), ()))

    def _events(self, subscription: Subscription, heard: Heard) -> Iterable[Escalation]:
        asked, after = heard.data, ""
        if asked["event"]:
            found = self.escalations.about(subscription.unit, asked["event"])
            yield from () if found is None else (found,)
            return
        since, until = asked["since"], asked["until"]
        while events := self.escalations.page(
            subscription.unit, subscription.levels, since=since, until=until, after=after
        ):
            yield from events
            after = events[-1].id

    def _command(self, id: str | None) -> Command:
        traceparent = current_traceparent()
        origin = Origin("notifier", "notifier", traceparent[3:35], id or traceparent[3:35], traceparent)
        return Command(id, "notifier", "reaction", "", self.clock.now(), origin)
