"""The numbers of rule 7 that are parameters (R7.4–R7.8, R7.11, R7.12), and who decides on another value.

The company's text says 立即, 第一时间 and 定期 without a number (S): all of these are ours (D). The province's Business
Management Centre decides for the province and below, head office for all; what a unit has set only becomes stricter
below it. What opens keeps the numbers that held then: an incident in its policy, the rest in fields of their own.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from chassis.work.parameters import Definition, Measure, Value
from chassis.work.rectifications import Severity
from chassis.work.tasks import Owner, owners_by_depth
from emergency.authority import DECIDING_NUMBERS
from emergency.bodies import CONFIRM_DAYS
from emergency.drafts import UNDECIDED_MINUTES
from emergency.drills import EVALUATE_WITHIN_DAYS, RECORD_WITHIN_HOURS
from emergency.findings import LONGEST_TIME
from emergency.hidden_risks import RECTIFIED_WITHIN
from emergency.inspecting import MOVED_AT_MOST
from emergency.policy_numbers import POLICY_NUMBERS, number
from emergency.warning_life import LONGEST_WARNING
from emergency.warning_receipts import ANSWER_WITHIN

EXAMPLE = {"unit": "44", "value": 20, "reason": "本省从严管理"}

BODY_CONFIRM = number(
    "body_confirm_days",
    Measure.DAYS,
    CONFIRM_DAYS,
    92,
    "处理机构多久须确认一次",
    "how often a handling body is confirmed",
)
DRAFT_WAITS = number(
    "draft_undecided_minutes",
    Measure.MINUTES,
    UNDECIDED_MINUTES,
    480,
    "事件草稿多久未处理即逐级告知上级",
    "how long a draft incident waits at each level",
)
DRILL_RECORD = number(
    "drill_record_hours",
    Measure.HOURS,
    RECORD_WITHIN_HOURS,
    240,
    "演练后登记的时限",
    "from a drill's end to its record",
)
DRILL_EVALUATE = number(
    "drill_evaluate_days",
    Measure.DAYS,
    EVALUATE_WITHIN_DAYS,
    60,
    "演练登记后评估的时限",
    "from a drill's record to its evaluation",
)
RECTIFY = {
    severity: number(
        f"finding_{severity.value}_hours",
        Measure.HOURS,
        int(span.total_seconds() // 3600),
        180 * 24,
        f"{zh}风险隐患整改的时限",
        f"how long until a finding of {severity.value} severity is put right",
    )
    for (severity, span), zh in zip(RECTIFIED_WITHIN.items(), "高中低", strict=True)
}
ANSWER = {
    level: number(
        f"warning_answer_minutes_{level.lower()}",
        Measure.MINUTES,
        int(span.total_seconds() // 60),
        24 * 60,
        f"{level}级预警确认的时限",
        f"how long a unit may take to acknowledge a warning of level {level}",
    )
    for level, span in ANSWER_WITHIN.items()
}
INSPECTION_MOVED = number(
    "inspection_moved_days",
    Measure.DAYS,
    MOVED_AT_MOST.days,
    31,
    "隐患排查最多可延后的天数",
    "by how much an inspection for hidden risks is moved at most",
)
FINDING_LONGEST = number(
    "finding_longest_days",
    Measure.DAYS,
    LONGEST_TIME.days,
    366,
    "隐患整改期限最长的天数",
    "how far ahead the deadline of a finding lies at most",
)
WARNING_LONGEST = number(
    "warning_longest_days",
    Measure.DAYS,
    LONGEST_WARNING.days,
    92,
    "预警最长的天数，可说明理由后延长",
    "how far ahead a warning ends at most; it may be extended with a reason",
)

DEFINITIONS = (
    *POLICY_NUMBERS,
    BODY_CONFIRM,
    DRAFT_WAITS,
    DRILL_RECORD,
    DRILL_EVALUATE,
    *RECTIFY.values(),
    *ANSWER.values(),
    INSPECTION_MOVED,
    FINDING_LONGEST,
    WARNING_LONGEST,
)


def deciders(units: tuple[str, ...]) -> tuple[Owner, ...]:
    """Who may approve a value for the last of these units: the head of its province first, then head office's."""
    return owners_by_depth(DECIDING_NUMBERS, units)


def span_at(value: Value, definition: Definition, units: tuple[str, ...], at: datetime) -> timedelta:
    """The duration that holds for the last of these units at that instant."""
    return definition.span(value(definition, units, at))


def rectified_within(value: Value, units: tuple[str, ...], at: datetime) -> Mapping[Severity, timedelta]:
    """R7.6: within what time a finding is put right that is recorded at these units at that instant."""
    return {severity: span_at(value, each, units, at) for severity, each in RECTIFY.items()}
