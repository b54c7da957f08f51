"""What callers do with webhooks: each method loads, decides, saves."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen

from chassis.copies import Copies
from chassis.cursor import page
from chassis.fieldcrypt import FieldKeys
from chassis.service import Answer, Call
from chassis.store import EVERYWHERE, Aggregates, Command, OutOfReach
from notifier import subscriptions, webhook_outgoing
from notifier.contact_points import ContactPoint
from notifier.deliveries import Delivery
from notifier.directory import UnitCopy, filing
from notifier.escalations import KEPT, Escalations
from notifier.settings import Settings
from notifier.subscriptions import LEVELS, Because, Decision, Subscription
from notifier.targets import WebhookMalformed, read_target
from notifier.webhook_outgoing import Redelivery, delivery_of, outcome, shown, shown_delivery, test_of
from notifier.webhook_refusals import EventUnknown, PersonUnreached, RangeUnclear, TooManyWebhooks

MOST = 200
"""Active subscriptions (D): each escalation becomes as many deliveries as there are."""


@frozen
class WebhookDesk:
    """The operations on subscriptions and their deliveries."""

    subscriptions: Aggregates[Subscription]
    deliveries: Aggregates[Delivery]
    escalations: Escalations
    points: Aggregates[ContactPoint]
    units: Copies[UnitCopy]
    settings: Settings
    keys: FieldKeys
    look: Callable[[], None]

    def create(self, call: Call) -> Answer:
        """A new subscription to a unit of the caller's; its secret is in this answer and in no other."""
        unit, name, secret = call.body["unit"], call.new_id(), self._secret()
        units = filing(unit, self.units.get(unit))
        if not set(units) & set(call.within):
            raise OutOfReach(id=unit)
        self._check_url(call.body["url"])
        self._check_person(call)
        self._check_number(name)
        made = self._made(call, name, units, secret)
        saved = self.subscriptions.create(name, self._private(call), lambda: (made, ()))
        body = self._shown(saved.state) | {"secret": None if saved.replayed else secret}
        return call.answer(saved, body, location=f"/v1/webhooks/{name}")

    def list(self, call: Call) -> Answer:
        """The subscriptions to units of the caller's."""
        answer = call.page(self.subscriptions, {})
        return evolve(answer, body={"items": [self._shown(one) for one in answer.body["items"]]})

    def one(self, call: Call) -> Answer:
        """A subscription."""
        loaded = self.subscriptions.load(call.path["webhook"], call.reach)
        return call.answer(loaded, self._shown(loaded.state))

    def change(self, call: Call) -> Answer:
        """Name, URL, levels and person, anew."""
        said = call.body
        self._check_url(said["url"])
        self._check_person(call)

        def replaced(one: Subscription) -> Decision:
            levels = _in_order(said["levels"])
            return subscriptions.replaced(
                one, name=said["name"], levels=levels, url=said["url"], person=said["person"], keys=self.keys
            )

        return self._changed(call, replaced)

    def rotate(self, call: Call) -> Answer:
        """A second secret, which is in this answer and in no other."""
        name, secret = call.path["webhook"], self._secret()
        sealed = subscriptions.seal(name, "secret", secret, self.keys)
        command = self._private(call)
        saved = self.subscriptions.change(
            name, command, lambda one: outcome(subscriptions.rotate(one, sealed)), reach=call.reach
        )
        return call.answer(saved, self._shown(saved.state) | {"secret": None if saved.replayed else secret})

    def end_rotation(self, call: Call) -> Answer:
        """The old secret signs no more."""
        return self._changed(call, subscriptions.end_rotation)

    def disable(self, call: Call) -> Answer:
        """Nothing is sent from now on."""
        return self._changed(call, lambda one: subscriptions.disable(one, Because.BY_HAND, at=call.now))

    def enable(self, call: Call) -> Answer:
        """What happens from now on is sent."""
        return self._changed(call, subscriptions.enable)

    def test(self, call: Call) -> Answer:
        """A delivery that is marked as a test, sent at once and tried again as any other."""
        loaded = self.subscriptions.load(call.path["webhook"], call.reach)
        subscriptions.check_active(loaded.state)
        event = test_of(loaded.state, id=f"test-{call.new_id()}", at=call.now, actor=call.caller.subject)
        made = delivery_of(event, loaded.state, at=call.now)
        saved = self.deliveries.create(made.id, call.command(), lambda: (made, ()))
        self.look()
        return Answer(shown_delivery(saved.state), status=saved.status, replayed=saved.replayed)

    def deliveries_of(self, call: Call) -> Answer:
        """A page of a subscription's deliveries."""
        self.subscriptions.load(call.path["webhook"], call.reach)
        wanted: dict[str, Any] = {"lane": call.path["webhook"]}
        if call.query["state"]:
            wanted["way"] = call.query["state"]
        limit, cursor = call.query["limit"], call.query["cursor"]
        found, further = page(self.deliveries, EVERYWHERE, wanted, limit=limit, cursor=cursor)
        return Answer({"items": [shown_delivery(loaded.state) for loaded in found]}, next=further)

    def redeliver(self, call: Call) -> Answer:
        """Have what was missed delivered again; one write, from which a reaction makes the deliveries."""
        wanted = self._wanted(call)

        def asked(one: Subscription) -> Any:
            subscriptions.check_active(one)
            if wanted.event and not self.escalations.about(one.unit, wanted.event):
                raise EventUnknown(pointer="/body/event")
            return one, [webhook_outgoing.redelivery(one, wanted)]

        saved = self.subscriptions.change(call.path["webhook"], call.command(), asked, reach=call.reach)
        return call.answer(saved, self._shown(saved.state))

    def _wanted(self, call: Call) -> Redelivery:
        event, since, until = (call.body[name] for name in ("event", "since", "until"))
        if (event is None) == (since is None) or (event and until):
            raise RangeUnclear(pointer="/body")
        if event:
            return Redelivery(event, None, None)
        since, until = max(since, call.now - KEPT), min(until or call.now, call.now)
        if since >= until:
            raise RangeUnclear(pointer="/body")
        return Redelivery(None, since, until)

    def _changed(self, call: Call, decide: Callable[[Subscription], Decision]) -> Answer:
        command = self._private(call)
        saved = self.subscriptions.change(
            call.path["webhook"], command, lambda one: outcome(decide(one)), reach=call.reach
        )
        return call.answer(saved, self._shown(saved.state))

    def _made(self, call: Call, id: str, units: tuple[str, ...], secret: str) -> Subscription:
        return Subscription(
            id=id,
            name=call.body["name"],
            unit=call.body["unit"],
            units=units,
            levels=_in_order(call.body["levels"]),
            url=subscriptions.seal(id, "url", call.body["url"], self.keys),
            secrets=(subscriptions.seal(id, "secret", secret, self.keys),),
            created_by=call.caller.subject,
            created_at=call.now,
            person=call.body["person"],
        )

    def _check_number(self, id: str) -> None:
        others = {"active": True, "_id": {"$ne": id}}
        if self.subscriptions.collection.count_documents(others, limit=MOST) >= MOST:
            raise TooManyWebhooks(most=MOST)

    def _check_url(self, url: str) -> None:
        plain, private = self.settings.plain_http, self.settings.private_addresses
        try:
            read_target(url, plain_http=plain, private_addresses=private)
        except WebhookMalformed as fault:
            raise fault.at("/body/url") from None

    def _check_person(self, call: Call) -> None:
        """Who is told must be somebody of the caller's own units: nobody can have strangers written to."""
        person = call.body["person"]
        if person and not self.points.find({"_id": person, "units": {"$in": list(call.within)}}, limit=1):
            raise PersonUnreached(pointer="/body/person")

    def _shown(self, one: Subscription) -> dict[str, Any]:
        return shown(one, self.keys)

    def _private(self, call: Call) -> Command:
        """The call with a keyed fingerprint: a plain hash of a URL could be found by trying URLs."""
        command = call.command()
        return evolve(command, fingerprint=self.keys.derive("fingerprint", command.fingerprint).hex())

    def _secret(self) -> str:
        return subscriptions.new_secret(secrets.token_bytes(subscriptions.SECRET_BYTES))


def _in_order(levels: Sequence[str]) -> tuple[str, ...]:
    return tuple(level for level in LEVELS if level in levels)
