"""R7.5: one notice to one person over one channel: sent, tried again for a while, followed by an acknowledgement.

A notice's id is its step, which is the same whenever the same step is decided again, so it is kept once. Functions take
the notice and give the next one with what it announces; a thing that has happened already changes nothing.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen

from chassis.errors import Conflict, Missing

RETRY_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""How long after a try that failed the next one begins; after the last one the notice has failed."""

LINK_LIFE = timedelta(days=7)

INCIDENT, WEBHOOK = "incident", "webhook"
"""What a notice is about."""


class LinkUnknown(Missing):
    """No notice was sent with this link. The link is not repeated."""

    code = "notifier.link_unknown"
    zh = "链接无效"
    en = "there is no such link"


class LinkExpired(Conflict):
    """The link was not followed in time."""

    code = "notifier.link_expired"
    zh = "链接已于 {at} 失效，请在系统中确认事件 {incident}"
    en = "the link ended at {at}; acknowledge incident {incident} in the system"


class Channel(StrEnum):
    """The channels that the notifier serves."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    """At once: a webhook, or where there is none a group robot."""

    CHAT = "chat"
    """A group robot."""


class Reason(StrEnum):
    """Why a try failed. Nothing of a person or an address is in it."""

    NO_CONTACT_POINT = "no_contact_point"
    CONTACT_UNREADABLE = "contact_unreadable"
    ADDRESS_REFUSED = "address_refused"
    RELAY_REFUSED = "relay_refused"
    RELAY_UNREACHABLE = "relay_unreachable"
    CHAT_REFUSED = "chat_refused"
    TARGET_FORBIDDEN = "target_forbidden"
    TARGET_REFUSED = "target_refused"
    TARGET_UNREACHABLE = "target_unreachable"

    @property
    def lasting(self) -> bool:
        """Whether another try within minutes cannot help."""
        return self in (Reason.NO_CONTACT_POINT, Reason.ADDRESS_REFUSED, Reason.TARGET_FORBIDDEN)


@frozen(kw_only=True)
class Notice:
    """One notice. `about` says of what kind the thing is whose id `incident` holds: an incident, a warning, or another.

    `link` is the SHA-256 of its link's token; `tries` counts the tries that have ended.

    One about a webhook names the subscription as `incident`, carries no link, and nobody waits to hear what came of it.
    """

    id: str
    incident: str
    person: str
    channel: str
    level: str
    kind: str
    unit: str
    unit_name: str
    units: tuple[str, ...]
    drill: bool
    because: str
    attempt: int
    due: datetime
    late_seconds: int
    collapsed: int
    link: str
    accepted_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    reason: str | None = None
    acknowledged_at: datetime | None = None
    about: str = INCIDENT

    @property
    def open(self) -> bool:
        """Whether it is still to be sent."""
        return not (self.sent_at or self.failed_at or self.acknowledged_at)

    @property
    def link_ends_at(self) -> datetime:
        """From when on the link acknowledges no more."""
        return self.accepted_at + LINK_LIFE

    def awaits(self, number: int) -> bool:
        """Whether this try is the one to be made now."""
        return self.open and number == self.tries + 1


@frozen
class TryDue:
    """Try number `number` (from 1) is to be made now."""

    number: int


@frozen
class RetryDue:
    """The next try is to be made at `at`."""

    at: datetime


@frozen
class RetryDropped:
    """No further try is needed."""


@frozen
class Sent:
    """The mail relay or the webhook has taken the notice."""

    at: datetime


@frozen
class Failed:
    """The notice was given up."""

    at: datetime
    reason: Reason


@frozen
class Followed:
    """The person has acknowledged by the link."""

    at: datetime


Effect = TryDue | RetryDue | RetryDropped | Sent | Failed | Followed
Decision = tuple[Notice, tuple[Effect, ...]]


def accept(notice: Notice) -> Decision:
    """R7.5: a notice is to be sent at once; over a channel that is not served here it has failed."""
    if notice.channel not in set(Channel):
        return _failed(notice, Reason.NO_CONTACT_POINT, at=notice.accepted_at)
    return notice, (TryDue(1),)


def try_again(notice: Notice) -> Decision:
    """R7.5: the time for the next try has come; nothing where the notice is sent, followed or given up."""
    return notice, (TryDue(notice.tries + 1),) if notice.open else ()


def delivered(notice: Notice, *, at: datetime) -> Decision:
    """R7.5: a try succeeded. Said twice, or after it was given up, it changes nothing."""
    if not notice.open:
        return notice, ()
    dropped = (RetryDropped(),) if notice.tries else ()
    return evolve(notice, tries=notice.tries + 1, sent_at=at), (Sent(at), *dropped)


def not_delivered(notice: Notice, number: int, reason: Reason, *, at: datetime) -> Decision:
    """R7.5: a try failed: the next one follows, unless it was the last or none can help."""
    if not notice.awaits(number):
        return notice, ()
    tried = evolve(notice, tries=number, reason=reason.value)
    if reason.lasting or number > len(RETRY_AFTER):
        return _failed(tried, reason, at=at)
    return tried, (RetryDue(at + RETRY_AFTER[number - 1]),)


def acknowledge(notice: Notice, *, at: datetime) -> Decision:
    """R7.5: the link counts once; followed again it changes nothing. Who follows it has the notice. LinkExpired."""
    if notice.acknowledged_at:
        return notice, ()
    if at >= notice.link_ends_at:
        raise LinkExpired(at=notice.link_ends_at.isoformat(timespec="seconds"), incident=notice.incident)

    sent: tuple[Effect, ...] = (Sent(at), RetryDropped()) if notice.open else ()
    followed = evolve(notice, acknowledged_at=at, sent_at=notice.sent_at or at)
    return followed, (*sent, Followed(at))


def _failed(notice: Notice, reason: Reason, *, at: datetime) -> Decision:
    return evolve(notice, failed_at=at, reason=reason.value), (Failed(at, reason),)
