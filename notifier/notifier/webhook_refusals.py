"""What is refused of webhooks beside what a subscription's own state forbids."""

from chassis.errors import Conflict, Malformed, Missing


class TooManyWebhooks(Conflict):
    """There are as many as the notifier serves."""

    code = "notifier.too_many_webhooks"
    zh = "启用中的订阅已达上限 {most} 个，请先停用不再需要的订阅"
    en = "there are {most} active subscriptions, which is the most: disable those that nobody needs"


class PersonUnreached(Malformed):
    """The person to be told has no contact point in the caller's units. The id is not repeated."""

    code = "notifier.person_unreached"
    zh = "在您的机构范围内没有该人员或值班台的联系方式"
    en = "no contact point of this person or desk lies in your units"


class RangeUnclear(Malformed):
    """Neither one event nor a range is named, or both are."""

    code = "notifier.range_unclear"
    zh = "请给出 event，或给出 since（可加 until，须晚于 since）"
    en = "name an event, or since (and until, which must be later)"


class EventUnknown(Missing):
    """The event is not kept here any more, or is not about the subscription's unit."""

    code = "notifier.event_unknown"
    zh = "找不到该上报信息，可能已超过 30 天或不在订阅范围内"
    en = "no such escalation is kept: it may be older than 30 days, or out of the subscription's scope"
