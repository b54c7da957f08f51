"""R7.6, R7.7: the words of a notice of a warning, of an inspection, or of what is overdue.

Only a warning asks for an answer, and carries the link; the others say what is late, and where to see it.
"""

from collections.abc import Mapping

from attrs import frozen

from chassis.contract import Words
from notifier.notices import LINK_LIFE, Notice
from notifier.tables import COLOURS, DRILL, KINDS, RISKS, SEVERITIES, local, of


@frozen
class Topic:
    """What a notice is about: its title, the tables of its levels and kinds, and what is asked."""

    title: Words
    levels: Mapping[str, Words]
    kinds: Mapping[str, Words]
    ask: Words
    link: bool = False


TOPICS: Mapping[str, Topic] = {
    "warning": Topic(
        Words("预警", "Warning"),
        COLOURS,
        KINDS,
        Words(
            "请点击以下链接确认已收到，并落实应对措施。逾期未确认将告知上级机构：",
            "Follow this link to acknowledge, and take the measures. Silence is told to the unit above:",
        ),
        link=True,
    ),
    "measure": Topic(
        Words("预警措施逾期", "Measure overdue"),
        COLOURS,
        KINDS,
        Words("请尽快落实措施并登记结果。", "Take the measure now, and say what became of it."),
    ),
    "inspection": Topic(
        Words("服务风险隐患排查逾期", "Inspection for hidden risks overdue"),
        {},
        {},
        Words("请尽快完成排查并登记结果。", "Hold the inspection now, and record what it saw."),
    ),
    "finding": Topic(
        Words("服务风险隐患整改逾期", "Finding not put right in time"),
        SEVERITIES,
        RISKS,
        Words("请督促整改并完成验收。", "See that it is put right, and verified."),
    ),
}
REASONS: Mapping[str, Words] = {
    "warned": Words("本机构在预警范围内", "the warning is addressed to this unit"),
    "silence": Words("该机构逾期未确认预警，告知上级", "the unit was silent, so the unit above is told"),
    "overdue": Words("已到期限", "the time is over"),
}


def subject(notice: Notice) -> str:
    """The subject line, in both languages."""
    title, level, kind = _facts(notice)
    drill = DRILL if notice.drill else Words("", "")
    zh = f"{drill.zh}{level.zh}{title.zh}：{kind.zh}，{notice.unit_name}"
    return f"{zh} / {drill.en}{title.en}: {' '.join(filter(None, (level.en, kind.en)))}, {notice.incident}"


def text(notice: Notice, link: str) -> str:
    """The body as plain text; `link` acknowledges a warning."""
    return "\n".join((*_chinese(notice, link), "", "-" * 40, "", *_english(notice, link), ""))


def _chinese(notice: Notice, link: str) -> list[str]:
    title, level, kind = _facts(notice)
    topic = TOPICS[notice.about]
    return [
        *([f"{DRILL.zh}这是演练，不是真实预警。"] if notice.drill else []),
        f"{level.zh}{title.zh}：{kind.zh}",
        f"机构：{notice.unit_name}",
        f"编号：{notice.incident}",
        f"时间：{local(notice.due)}",
        f"通知原因：{of(REASONS, notice.because).zh}",
        "",
        topic.ask.zh,
        *([link, f"链接 {LINK_LIFE.days} 天内有效，请勿转发。"] if topic.link else []),
    ]


def _english(notice: Notice, link: str) -> list[str]:
    title, level, kind = _facts(notice)
    topic = TOPICS[notice.about]
    return [
        *([f"{DRILL.en}- this is an exercise, no real warning."] if notice.drill else []),
        f"{title.en}: {' '.join(filter(None, (level.en, kind.en)))}",
        f"Unit: {notice.unit_name}",
        f"Reference: {notice.incident}",
        f"Time: {local(notice.due)}",
        f"Why: {of(REASONS, notice.because).en}",
        "",
        topic.ask.en,
        *([link, f"The link is valid for {LINK_LIFE.days} days; do not pass it on."] if topic.link else []),
    ]


def _facts(notice: Notice) -> tuple[Words, Words, Words]:
    topic = TOPICS[notice.about]
    return topic.title, of(topic.levels, notice.level), of(topic.kinds, notice.kind)
