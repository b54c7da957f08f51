"""The words to those who answer for a webhook that was disabled: Chinese first, English second."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.bus import Heard
from chassis.clock import BUSINESS_ZONE
from chassis.contract import Words
from chassis.fieldcrypt import FieldKeys
from notifier.links import link_of, token_of
from notifier.notices import WEBHOOK, Notice
from notifier.subscriptions import Because

WHY: Mapping[str, Words] = {
    Because.BY_HAND: Words("由系统停用", "a system disabled it"),
    Because.GONE: Words("接收端答复 410：不再接收", "the receiver answered 410: it wants nothing more"),
    Because.FAILING: Words("约三天内多次投递均告失败", "every try of some three days failed"),
}


def webhook_notice(heard: Heard, person: str, channel: str, *, at: datetime, keys: FieldKeys) -> Notice:
    """The notice to this person that a subscription was disabled."""
    step = f"{heard.id}:{person}:{channel}"
    facts = heard.data
    return Notice(
        id=step,
        incident=facts["webhook"],
        person=person,
        channel=channel,
        level="",
        kind="",
        unit=facts["unit"],
        unit_name=facts["unit"],
        units=heard.units,
        drill=False,
        because=facts["because"],
        attempt=1,
        due=facts["at"],
        late_seconds=0,
        collapsed=0,
        link=link_of(token_of(step, keys)) or "",
        accepted_at=at,
        about=WEBHOOK,
    )


def subject(notice: Notice) -> str:
    """The subject line, in both languages."""
    return f"上报信息订阅已停用：{notice.unit} / Webhook disabled: {notice.incident}"


def text(notice: Notice) -> str:
    """The body as plain text."""
    why = WHY.get(notice.because, Words(notice.because, notice.because))
    at = f"{notice.due.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S} UTC+8"
    return "\n".join(
        (
            f"机构 {notice.unit} 的上报信息订阅 {notice.incident} 已于 {at} 停用，此后的上报不再推送。",
            f"原因：{why.zh}。",
            "请修复接收端，然后启用订阅并重新投递停用期间的上报信息。",
            "",
            f"The subscription {notice.incident} to escalations of unit {notice.unit} was disabled at {at}.",
            f"Why: {why.en}. Nothing is sent to it any more.",
            "Mend the receiver, enable the subscription, and have what was missed delivered again.",
            "",
        )
    )


def payload(notice: Notice) -> dict[str, Any]:
    """The same for a webhook."""
    return {
        "type": "decalog.webhook_disabled",
        "timestamp": notice.accepted_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "step": notice.id,
            "webhook": notice.incident,
            "unit": notice.unit,
            "because": notice.because,
            "subject": subject(notice),
            "text": text(notice),
        },
    }
