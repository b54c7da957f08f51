"""Webhooks for systems: who gets the escalations of a unit by signed HTTP, and when nobody answers there any more.

A subscription is about one unit and everything below it. Its URL and secrets lie sealed. While a secret is being
exchanged two live, and both sign. Functions take the subscription and give the next one with what it announces; a thing
that has happened already changes nothing.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from attrs import evolve, field, frozen

from chassis.errors import Conflict
from chassis.fieldcrypt import FieldKeys, FieldUnreadable, Place

COLLECTION = "subscriptions"
LEVELS = ("I", "II", "III", "IV")
"""The levels of escalations, the gravest first."""

SECRET_BYTES = 32
"""Of a new secret; Standard Webhooks asks for 24 to 64."""


class RotationUnderWay(Conflict):
    """Two secrets live already."""

    code = "notifier.rotation_under_way"
    zh = "密钥轮换正在进行，请先结束轮换"
    en = "a rotation is under way; end it first"


class NoRotation(Conflict):
    """One secret lives; there is nothing to end."""

    code = "notifier.no_rotation"
    zh = "没有正在进行的密钥轮换"
    en = "no rotation is under way"


class SubscriptionDisabled(Conflict):
    """Nothing is sent to a subscription that is disabled."""

    code = "notifier.subscription_disabled"
    zh = "该订阅已停用，请先启用"
    en = "the subscription is disabled; enable it first"


class Because(StrEnum):
    """Why a subscription is disabled."""

    BY_HAND = "by_hand"
    GONE = "gone"
    """The receiver answered 410."""

    FAILING = "failing"
    """A delivery came to the end of its tries, and nothing was taken since its first one."""


@frozen(kw_only=True)
class Subscription:
    """One webhook. `url` and `secrets` (the newest first) are sealed; `units` are its unit's ancestors, root first."""

    id: str
    name: str
    unit: str
    units: tuple[str, ...]
    levels: tuple[str, ...]
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    created_by: str
    created_at: datetime
    person: str | None = None
    """Who is told when it is disabled: a person's or a duty desk's id among the contact points."""

    disabled_at: datetime | None = None
    because: str | None = None
    failing_since: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether it gets what happens."""
        return self.disabled_at is None

    def wants(self, level: str, units: Sequence[str]) -> bool:
        """Whether it gets an escalation of this level about these units."""
        return level in self.levels and self.unit in units


@frozen
class Disabled:
    """The subscription gets nothing any more."""

    at: datetime
    because: Because
    failing_since: datetime | None


Decision = tuple[Subscription, tuple[Disabled, ...]]


def new_secret(random: bytes) -> str:
    """A secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(random).decode()


def seal(id: str, what: str, value: str, keys: FieldKeys) -> str:
    """The URL (`url`) or a secret (`secret`) of this subscription, sealed."""
    return keys.seal(Place(COLLECTION, id, what), value)


def url_of(subscription: Subscription, keys: FieldKeys) -> str:
    """Where it is posted to (FieldUnreadable)."""
    return keys.open(Place(COLLECTION, subscription.id, "url"), subscription.url)


def secrets_of(subscription: Subscription, keys: FieldKeys) -> tuple[str, ...]:
    """What signs, the newest first (FieldUnreadable)."""
    return tuple(keys.open(Place(COLLECTION, subscription.id, "secret"), one) for one in subscription.secrets)


def replaced(
    subscription: Subscription, *, name: str, levels: tuple[str, ...], url: str, person: str | None, keys: FieldKeys
) -> Decision:
    """The subscription as it is wanted now; the very one given where it is so already."""
    sealed = subscription.url if _says(subscription, url, keys) else seal(subscription.id, "url", url, keys)
    changed = evolve(subscription, name=name, levels=levels, url=sealed, person=person)
    return (subscription if changed == subscription else changed), ()


def rotate(subscription: Subscription, sealed: str) -> Decision:
    """A new secret begins to live beside the old one (RotationUnderWay)."""
    if len(subscription.secrets) > 1:
        raise RotationUnderWay

    return evolve(subscription, secrets=(sealed, *subscription.secrets)), ()


def end_rotation(subscription: Subscription) -> Decision:
    """The old secret ends (NoRotation)."""
    if len(subscription.secrets) == 1:
        raise NoRotation

    return evolve(subscription, secrets=subscription.secrets[:1]), ()


def disable(subscription: Subscription, because: Because, *, at: datetime) -> Decision:
    """It gets nothing from now on."""
    if not subscription.active:
        return subscription, ()
    return (
        evolve(subscription, disabled_at=at, because=because.value),
        (Disabled(at, because, subscription.failing_since),),
    )


def enable(subscription: Subscription) -> Decision:
    """It gets what happens from now on; what failed before is forgotten."""
    if subscription.active:
        return subscription, ()
    return evolve(subscription, disabled_at=None, because=None, failing_since=None), ()


def taken(subscription: Subscription) -> Decision:
    """Something was delivered: it is not failing."""
    return (evolve(subscription, failing_since=None) if subscription.failing_since else subscription), ()


def not_taken(subscription: Subscription, *, at: datetime) -> Decision:
    """A try failed."""
    if not subscription.active or subscription.failing_since:
        return subscription, ()
    return evolve(subscription, failing_since=at), ()


def given_up(subscription: Subscription, *, tried_since: datetime, at: datetime) -> Decision:
    """A delivery came to the end of its tries: that disables, unless something was taken since its first one."""
    failing, _ = not_taken(subscription, at=at)
    if failing.failing_since is None or failing.failing_since > tried_since:
        return failing, ()
    return disable(failing, Because.FAILING, at=at)


def check_active(subscription: Subscription) -> None:
    """Raise SubscriptionDisabled."""
    if not subscription.active:
        raise SubscriptionDisabled


def refiled(subscription: Subscription, units: tuple[str, ...]) -> Decision:
    """Filed under the units that its unit has now."""
    return (subscription if subscription.units == units else evolve(subscription, units=units)), ()


def resealed(subscription: Subscription, keys: FieldKeys) -> Subscription:
    """URL and secrets under the current key; the very one given where that is their key (FieldUnreadable)."""

    def anew(what: str, text: str) -> str:
        return keys.reseal(Place(COLLECTION, subscription.id, what), text)

    secrets = tuple(anew("secret", one) for one in subscription.secrets)
    changed = evolve(subscription, url=anew("url", subscription.url), secrets=secrets)
    return subscription if changed == subscription else changed


def _says(subscription: Subscription, url: str, keys: FieldKeys) -> bool:
    """What no key of ours opens says nothing: it is replaced."""
    try:
        return keys.is_current(subscription.url) and url_of(subscription, keys) == url
    except FieldUnreadable:
        return False
