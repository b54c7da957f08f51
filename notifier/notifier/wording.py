"""R7.5: the words of a notice: Chinese first, English second; a drill says so first of all.

A notice names the incident, never a person: who reads it is who was told.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.contract import Words
from notifier import risk_wording, webhook_wording
from notifier.notices import LINK_LIFE, WEBHOOK, Notice
from notifier.tables import DRILL, KINDS, LEVELS, local, of

REASONS: Mapping[str, Words] = {
    "opening": Words("事件已报告", "the incident was reported"),
    "raised": Words("事件级别已提高", "its level was raised"),
    "schedule": Words("按上报阶梯到时", "the ladder reached this rung"),
    "silence": Words("此前的通知无人确认", "earlier notices were not acknowledged"),
    "no_guidance": Words("尚无指导意见", "no guidance was recorded yet"),
    "vacancy": Words("原岗位无人任职，由您代为接报", "the post below is vacant, so you are told instead"),
    "deputy": Words("任职人未确认，由您作为副职接报", "the holder did not answer, so you are told as deputy"),
    "outage": Words("系统恢复后补发", "sent after an outage"),
    "unit_arrived": Words("机构信息已补全", "the unit is known now"),
}


def subject(notice: Notice) -> str:
    """The subject line, in both languages."""
    if notice.about in risk_wording.TOPICS:
        return risk_wording.subject(notice)
    if notice.about == WEBHOOK:
        return webhook_wording.subject(notice)
    level, kind = of(LEVELS, notice.level), of(KINDS, notice.kind)
    zh = f"{_drill(notice).zh}{level.zh}突发事件：{kind.zh}，{notice.unit_name}"
    return f"{zh} / {_drill(notice).en}{notice.incident}: {level.en}, {kind.en}"


def text(notice: Notice, link: str) -> str:
    """The body as plain text. `link` is the address of the page that acknowledges."""
    if notice.about in risk_wording.TOPICS:
        return risk_wording.text(notice, link)
    if notice.about == WEBHOOK:
        return webhook_wording.text(notice)
    return "\n".join((*_chinese(notice, link), "", "-" * 40, "", *_english(notice, link), ""))


def short(notice: Notice, link: str) -> str:
    """The Chinese half alone: WeCom takes 2,048 bytes."""
    if notice.about == WEBHOOK:
        return webhook_wording.text(notice).partition("\n\n")[0]
    return "\n".join(_chinese(notice, link))


def payload(notice: Notice, link: str) -> dict[str, Any]:
    """The notice for a webhook: the facts, and the same words."""
    if notice.about == WEBHOOK:
        return webhook_wording.payload(notice)
    facts = {
        name: getattr(notice, name)
        for name in (
            "about",
            "incident",
            "level",
            "kind",
            "unit",
            "unit_name",
            "drill",
            "because",
            "attempt",
            "collapsed",
        )
    }
    return {
        "type": "decalog.notice",
        "timestamp": _instant(notice.accepted_at),
        "data": {
            "step": notice.id,
            **facts,
            "due": _instant(notice.due),
            "late_seconds": notice.late_seconds,
            "link": link,
            "subject": subject(notice),
            "text": text(notice, link),
        },
    }


def _chinese(notice: Notice, link: str) -> list[str]:
    mark = "这是演练，不是真实事件。" if notice.drill else None
    late = f"（迟发 {notice.late_seconds} 秒）" if notice.late_seconds else ""
    collapsed = f"本通知同时代替此前未发出的 {notice.collapsed} 次通知。" if notice.collapsed else None
    lines = (
        mark and f"{DRILL.zh}{mark}",
        f"{of(LEVELS, notice.level).zh}突发事件：{of(KINDS, notice.kind).zh}",
        f"机构：{notice.unit_name}",
        f"事件编号：{notice.incident}",
        f"应通知时间：{local(notice.due)}{late}，第 {notice.attempt} 次通知您",
        f"通知原因：{of(REASONS, notice.because).zh}",
        collapsed,
        "",
        "请点击以下链接确认已收到，并立即指导处置：",
        link,
        f"链接 {LINK_LIFE.days} 天内有效，请勿转发。若您未确认，系统将改用下一渠道通知，随后通知副职。",
    )
    return [line for line in lines if line is not None]


def _english(notice: Notice, link: str) -> list[str]:
    late = f" ({notice.late_seconds} s late)" if notice.late_seconds else ""
    collapsed = (
        f"It also stands for {notice.collapsed} earlier notice(s) that were not sent." if notice.collapsed else None
    )
    lines = (
        f"{DRILL.en}- this is an exercise, not an incident." if notice.drill else None,
        f"Emergency, {of(LEVELS, notice.level).en}: {of(KINDS, notice.kind).en}",
        f"Unit: {notice.unit_name}",
        f"Incident: {notice.incident}",
        f"Due: {local(notice.due)}{late}; notice no. {notice.attempt} to you",
        f"Why: {of(REASONS, notice.because).en}",
        collapsed,
        "",
        "Follow this link to acknowledge, and guide the handling at once:",
        link,
        f"The link is valid for {LINK_LIFE.days} days; do not pass it on. While you are silent, "
        "the next channel is used, and then your deputy is told.",
    )
    return [line for line in lines if line is not None]


def _drill(notice: Notice) -> Words:
    return DRILL if notice.drill else Words("", "")


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
