"""R7.11: the refusals of statistics and their reports, in both languages."""

from chassis.errors import Conflict, Forbidden, Malformed


class RangeTooLong(Malformed):
    """Statistics span some days, and not too many."""

    code = "emergency.range_too_long"
    zh = "统计区间须起始日早于截止日、不早于 1970 年，且不超过 {days} 天"
    en = "the range begins in 1970 or later and before it ends, and spans {days} days at most"


class TooManyIncidents(Malformed):
    """More incidents lie in the range than one answer adds up."""

    code = "emergency.too_many_incidents"
    zh = "区间内事件超过 {limit} 起，请缩小区间或机构范围"
    en = "more than {limit} incidents lie in the range: narrow the range or the unit"


class UnitReportsNot(Malformed):
    """Head office and the provinces report."""

    code = "emergency.unit_reports_not"
    zh = "机构 {unit} 不编制统计报告，仅总公司和省级分公司编制"
    en = "unit {unit} draws up no report: head office and the provinces do"


class PeriodNotOver(Conflict):
    """A report is drawn up when its period is over."""

    code = "emergency.period_not_over"
    zh = "期间 {period} 至 {end} 方结束，尚不能编制报告"
    en = "the period {period} is over on {end}: its report comes then"


class ConfirmerDrewUp(Forbidden):
    """Nobody confirms the report that they drew up."""

    code = "emergency.confirmer_drew_up"
    zh = "报告 {report} 由 {person} 编制，须由他人确认"
    en = "{person} drew report {report} up: somebody else confirms it"


class StatisticalReportState(Conflict):
    """The report is not in the state that this needs."""

    code = "emergency.statistical_report_state"
    zh = "报告 {report} 当前状态为 {state}，需为 {needed}"
    en = "report {report} is {state} and must be {needed}"


class RevisionsSpent(Conflict):
    """A report has been corrected as often as it may be."""

    code = "emergency.revisions_spent"
    zh = "报告 {report} 已有 {limit} 个版本，不能再更正"
    en = "report {report} has {limit} revisions and takes no more"
