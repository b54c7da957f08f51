"""What is offered of webhooks, and what is heard for them: a part of the contract."""

from typing import Any

from chassis.contract import ESCALATIONS, Event, Hearing, Operation, Words, command, query
from chassis.forms import NothingIn, PageIn
from notifier import webhook_schemas as wire
from notifier.authority import Action
from notifier.subscriptions import LEVELS, NoRotation, RotationUnderWay, SubscriptionDisabled
from notifier.targets import WebhookMalformed
from notifier.webhook_refusals import EventUnknown, PersonUnreached, RangeUnclear, TooManyWebhooks

MANAGE, READ = Action.MANAGE_WEBHOOKS.value, Action.READ_WEBHOOKS.value

WEBHOOK_DISABLED = Event(
    name="webhook_disabled",
    kind="fact",
    carries=wire.DisabledOut(),
    says=Words("Webhook 订阅已停用", "a webhook was disabled"),
)
REDELIVERY_DUE = Event(
    name="redelivery_due",
    kind="fact",
    carries=wire.RedeliveryDueOut(),
    says=Words("须重新投递上报信息", "escalations are to be delivered again"),
)
WEBHOOK_EVENTS = (WEBHOOK_DISABLED, REDELIVERY_DUE)

_ALL = "/v1/webhooks"
_ONE = f"{_ALL}/{{webhook}}"


def _step(name: str, path: str, says: Words, **rest: Any) -> Operation:
    """A command on one subscription without anything to say beside it."""
    rest = {"takes": NothingIn(), "gives": wire.WebhookOut(), "if_match": "optional", "example": {}, **rest}
    return command(name, "POST", f"{_ONE}/{path}", says=says, needs=MANAGE, **rest)


WEBHOOK_OPERATIONS = (
    command(
        "create_webhook",
        "POST",
        _ALL,
        says=Words("订阅上报信息（Webhook）；密钥只显示这一次", "subscribe; the secret is shown this once"),
        needs=MANAGE,
        takes=wire.NewWebhookIn(),
        gives=wire.WebhookWithSecretOut(),
        key="required",
        status=201,
        refuses=(WebhookMalformed, PersonUnreached, TooManyWebhooks),
        example={
            "name": "head office duty screen",
            "unit": "HQ",
            "url": "https://hooks.example.invalid/decalog",
            "levels": ["I", "II"],
        },
    ),
    query(
        "webhook_list",
        _ALL,
        says=Words("查询 Webhook 订阅", "subscriptions, newest first"),
        needs=READ,
        asks=PageIn(),
        gives=wire.WebhooksOut(),
        paged=True,
    ),
    query(
        "webhook",
        _ONE,
        says=Words("查询一个 Webhook 订阅", "one subscription"),
        needs=READ,
        gives=wire.WebhookOut(),
    ),
    command(
        "change_webhook",
        "PUT",
        _ONE,
        says=Words("修改订阅的名称、地址、级别与联系人", "set name, URL, levels and person anew"),
        needs=MANAGE,
        takes=wire.ChangeWebhookIn(),
        gives=wire.WebhookOut(),
        if_match="optional",
        refuses=(WebhookMalformed, PersonUnreached),
        example={"name": "head office duty screen", "url": "https://hooks.example.invalid/v2", "levels": ["I"]},
    ),
    _step(
        "rotate_webhook_secret",
        "rotation",
        Words("开始轮换密钥：新旧密钥同时签名；新密钥只显示这一次", "begin a rotation: both sign; shown this once"),
        gives=wire.WebhookWithSecretOut(),
        key="required",
        refuses=(RotationUnderWay,),
    ),
    _step(
        "end_webhook_rotation",
        "rotation/end",
        Words("结束轮换：旧密钥不再签名", "end the rotation: the old secret signs no more"),
        refuses=(NoRotation,),
    ),
    _step(
        "disable_webhook",
        "disabling",
        Words("停用订阅", "disable a subscription"),
        announces=(WEBHOOK_DISABLED.name,),
    ),
    _step("enable_webhook", "enabling", Words("启用订阅", "enable a subscription")),
    _step(
        "test_webhook",
        "test",
        Words("发送一次测试投递", "send a test"),
        gives=wire.DeliveryOut(),
        if_match="none",
        status=202,
        refuses=(SubscriptionDisabled,),
    ),
    query(
        "webhook_deliveries",
        f"{_ONE}/deliveries",
        says=Words("查询订阅的投递情况", "deliveries of a subscription, newest first"),
        needs=READ,
        asks=wire.DeliveriesIn(),
        gives=wire.DeliveriesOut(),
        paged=True,
    ),
    _step(
        "redeliver",
        "redelivery",
        Words("重新投递一条或一段时间内的上报信息", "deliver one escalation, or those of a range, again"),
        takes=wire.RedeliveryIn(),
        status=202,
        refuses=(SubscriptionDisabled, RangeUnclear, EventUnknown),
        announces=(REDELIVERY_DUE.name,),
        example={"since": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"},
    ),
)
WEBHOOK_HEARINGS = (
    *(Hearing(source=ESCALATIONS, event=level, handler="escalations", reads=wire.EscalationRead()) for level in LEVELS),
    Hearing(source="notifier", event="redelivery_due", handler="redeliveries", reads=wire.RedeliveryDueOut()),
    Hearing(source="notifier", event="webhook_disabled", handler="disablings", reads=wire.DisabledOut()),
)
