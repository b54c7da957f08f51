"""One try of one notice: look up where the person is reached, put it into words, hand it over."""

from collections.abc import Callable

from attrs import frozen
from prometheus_client import Counter

from chassis import telemetry
from chassis.clock import machine_now
from chassis.fieldcrypt import FieldKeys, FieldUnreadable
from chassis.names import Resolve
from notifier import chat, mail, webhooks, wording
from notifier.contact_points import ContactPoint, Contacts, opened
from notifier.links import token_of
from notifier.notices import Channel, Notice, Reason
from notifier.robots import robot_of
from notifier.settings import Settings
from notifier.targets import WebhookMalformed, read_target

TRIES = Counter("decalog_notice_tries_total", "Tries to send a notice", ["channel", "outcome"])


@frozen
class Sender:
    """Sends notices. `point_of` finds the contact point of a person."""

    settings: Settings
    keys: FieldKeys
    point_of: Callable[[str], ContactPoint | None]
    resolve: Resolve

    def send(self, notice: Notice) -> Reason | None:
        """Make one try: None once it was taken, else why not. Ends within a minute."""
        reason = self._tried(notice)
        TRIES.labels(notice.channel, reason or "sent").inc()
        if reason is not None:
            known = {"step": notice.id, "channel": notice.channel, "reason": reason.value}
            telemetry.logger().warning("notice.not_delivered", number=notice.tries + 1, **known)
        return reason

    def link(self, notice: Notice) -> str:
        """The address of the page that acknowledges this notice. It is a secret of the person told."""
        return f"{self.settings.public_url}/a/{token_of(notice.id, self.keys)}"

    def _tried(self, notice: Notice) -> Reason | None:
        point = self.point_of(notice.person)
        try:
            contacts = Contacts() if point is None else opened(point, self.keys)
        except FieldUnreadable as error:
            telemetry.logger().error("contact.unreadable", step=notice.id, error=str(error))
            return Reason.CONTACT_UNREADABLE
        if notice.channel == Channel.MAIL:
            return self._by_mail(notice, contacts)
        if notice.channel == Channel.CHAT or contacts.webhook is None:
            return self._by_chat(notice, contacts)
        return self._by_webhook(notice, contacts)

    def _by_mail(self, notice: Notice, contacts: Contacts) -> Reason | None:
        if contacts.mail is None:
            return Reason.NO_CONTACT_POINT
        relay, words = self.settings.relay, wording.text(notice, self.link(notice))
        letter = mail.message(
            step=notice.id,
            subject=wording.subject(notice),
            text=words,
            sender=relay.sender,
            to=contacts.mail,
            at=notice.accepted_at,
        )
        return mail.send(relay, letter)

    def _by_chat(self, notice: Notice, contacts: Contacts) -> Reason | None:
        robot = robot_of(contacts)
        if robot is None:
            return Reason.NO_CONTACT_POINT
        return chat.send(robot, wording.short(notice, self.link(notice)), self.settings.chat_relay)

    def _by_webhook(self, notice: Notice, contacts: Contacts) -> Reason | None:
        if contacts.webhook is None or contacts.secret is None:
            return Reason.NO_CONTACT_POINT
        plain, private = self.settings.plain_http, self.settings.private_addresses
        try:
            target = read_target(contacts.webhook, plain_http=plain, private_addresses=private)
        except WebhookMalformed:
            return Reason.TARGET_FORBIDDEN
        payload = wording.payload(notice, self.link(notice))
        what = webhooks.request(id=notice.id, payload=payload, secret=contacts.secret, at=machine_now())
        return webhooks.send(target, what, self.resolve, private_addresses=private)
