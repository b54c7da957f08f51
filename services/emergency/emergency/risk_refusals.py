"""The refusals of hidden risks and warnings: the answers that say no, in both languages."""

from chassis.errors import Conflict, Malformed, Missing


class DueDayUnfit(Malformed):
    """R7.6: the period has no such day."""

    code = "emergency.due_day_unfit"
    zh = "周期为 {every} 时，期限日须在第 1 至第 {last} 天之间"
    en = "with a period of a {every} the due day lies between 1 and {last}"


class CategoryTwice(Malformed):
    """R7.6: each category stands once on a checklist."""

    code = "emergency.category_twice"
    zh = "排查项目 {category} 重复"
    en = "category {category} is named more than once"


class NotACounter(Malformed):
    """R7.6: inspections are held at counters."""

    code = "emergency.not_a_counter"
    zh = "{unit} 不是营业中的柜面，不安排服务风险隐患排查"
    en = "{unit} is not a counter that is open: no inspection is held there"


class DayOutOfRange(Malformed):
    """R7.6: an inspection is opened for a day from today up to some months ahead."""

    code = "emergency.day_out_of_range"
    zh = "日期 {day} 须在今天至今后 {days} 天之内"
    en = "{day} must lie between today and {days} days ahead"


class InspectionNotOpen(Conflict):
    """R7.6: the inspection was recorded or cancelled before."""

    code = "emergency.inspection_not_open"
    zh = "排查 {inspection} 当前状态为 {state}，只有待排查的才能执行此操作"
    en = "inspection {inspection} is {state}; this needs one that is still to be held"


class InspectionMissed(Conflict):
    """R7.6: what was missed is recorded late or cancelled, and not moved."""

    code = "emergency.inspection_missed"
    zh = "排查 {inspection} 已于 {due} 逾期，不能改期；请尽快排查并登记"
    en = "inspection {inspection} was due at {due} and can't be moved any more; hold it and record it"


class NewDueUnfit(Malformed):
    """R7.6: an inspection moves within some days."""

    code = "emergency.new_due_unfit"
    zh = "新的期限须晚于现在、不早于 {earliest}，且不晚于 {latest}"
    en = "the new due time must be still to come, not before {earliest} and not after {latest}"


class HeldOutOfPeriod(Malformed):
    """R7.6: an inspection is held within its period or late, and never in the future."""

    code = "emergency.held_out_of_period"
    zh = "排查日期 {day} 须在 {first} 至 {last} 之间"
    en = "the day of the inspection, {day}, must lie between {first} and {last}"


class ChecklistIncomplete(Malformed):
    """R7.6: everything on the checklist is looked at."""

    code = "emergency.checklist_incomplete"
    zh = "尚未填写排查项目：{missing}"
    en = "the result of {missing} is missing"


class NotOnChecklist(Malformed):
    """R7.6: a result stands for one item of the checklist, once."""

    code = "emergency.not_on_checklist"
    zh = "排查项目 {category} 不在本次清单中或重复填写"
    en = "{category} is not on this checklist, or was given before"


class TooManyFindings(Malformed):
    """R7.6: one inspection holds so many findings."""

    code = "emergency.too_many_findings"
    zh = "一次排查至多登记 {most} 项隐患，请合并同类项"
    en = "one inspection takes {most} findings at most: put those of one sort together"


class FindingUnknown(Missing):
    """The inspection has no finding of that number."""

    code = "emergency.finding_unknown"
    zh = "排查 {inspection} 没有第 {number} 项隐患"
    en = "inspection {inspection} has no finding {number}"


class OwnerUnknown(Malformed):
    """R7.6, R7.7: an owner must hold a post today at the unit or above it, for a measure also below it."""

    code = "emergency.owner_unknown"
    zh = "{person} 今天在 {unit} 及相关机构没有岗位，不能作为责任人"
    en = "{person} holds no post today at or around {unit} and can't answer for this"


class DueTooFar(Malformed):
    """R7.6, R7.7: a deadline lies within some months."""

    code = "emergency.due_too_far"
    zh = "期限不能晚于 {latest}"
    en = "the due time may not be later than {latest}"


class FindingClosed(Conflict):
    """R7.6: the finding was put right."""

    code = "emergency.finding_closed"
    zh = "排查 {inspection} 第 {number} 项隐患已整改销号"
    en = "finding {number} of inspection {inspection} was put right and closed"


class FindingRaisedBefore(Conflict):
    """R7.6: the finding has become an incident before."""

    code = "emergency.finding_raised_before"
    zh = "排查 {inspection} 第 {number} 项隐患已转为事件 {incident}"
    en = "finding {number} of inspection {inspection} has become incident {incident}"


class EndUnfit(Malformed):
    """R7.7: a warning has an end, and not too far ahead."""

    code = "emergency.warning_end_unfit"
    zh = "预警的结束时间须晚于 {earliest}，且不晚于 {latest}"
    en = "a warning ends after {earliest} and not later than {latest}"


class NotBelow(Malformed):
    """R7.7: a unit warns itself and those below it."""

    code = "emergency.not_below"
    zh = "{unit} 不是 {issuer} 或其下级机构，不能向其发布预警"
    en = "{unit} is neither {issuer} nor below it and can't be warned by it"


class MeasureDueUnfit(Malformed):
    """R7.7: a measure is taken while the warning is in force."""

    code = "emergency.measure_due_unfit"
    zh = "措施期限须晚于现在且不晚于预警结束时间 {ends_at}"
    en = "a measure is due from now until the warning ends, {ends_at}"


class MeasureUnknown(Missing):
    """R7.7: the warning has no measure of that number."""

    code = "emergency.measure_unknown"
    zh = "预警 {warning} 没有第 {number} 项措施"
    en = "warning {warning} has no measure {number}"


class MeasureSettled(Conflict):
    """R7.7: it was said before what became of the measure."""

    code = "emergency.measure_settled"
    zh = "预警 {warning} 第 {number} 项措施已登记为 {state}"
    en = "measure {number} of warning {warning} was settled before: {state}"


class WarningEnded(Conflict):
    """R7.7: the warning was lifted or has expired."""

    code = "emergency.warning_ended"
    zh = "预警 {warning} 已结束（{state}），如仍有风险请重新发布"
    en = "warning {warning} has ended ({state}); issue a new one if the risk is still there"


class NotForetold(Conflict):
    """R7.7: the incident is none that the warning could have announced."""

    code = "emergency.not_foretold"
    zh = "事件 {incident} 不在预警 {warning} 的机构范围内、早于预警，或演练标志不同"
    en = "incident {incident} lies outside warning {warning}, came before it, or differs in being a drill"
