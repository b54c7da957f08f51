"""What is offered of statistics and their reports (R7.11): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.errors import Refusal
from chassis.forms import NothingIn
from emergency import statistics_refusals as no
from emergency import statistics_schemas as wire
from emergency.authority import Action
from emergency.refusals import BeyondAuthority, TextMissing

REPORT_STATED = Event(
    name="statistical_report_stated",
    kind="state",
    carries=wire.StatisticalReportState(),
    says=Words("统计报告状态", "a statistical report's public state"),
)
REPORT_NOT_SUBMITTED = Event(
    name="statistical_report_overdue",
    kind="fact",
    carries=wire.StatisticalReportOverdue(),
    says=Words("统计报告逾期未报送", "a statistical report was not submitted in time"),
)
STATISTICS_EVENTS = (REPORT_STATED, REPORT_NOT_SUBMITTED)

_REPORT = "/v1/statistical-reports/{report}"


def _step(name: str, path: str, says: Words, *refuses: type[Refusal], **rest: Any) -> Operation:
    """A command on one report, which answers with the report."""
    return command(
        name,
        "POST",
        f"{_REPORT}/{path}",
        says=says,
        needs=Action.REPORT_STATISTICS.value,
        gives=wire.StatisticalReportOut(),
        if_match="optional",
        announces=(REPORT_STATED.name,),
        refuses=(BeyondAuthority, *refuses),
        **rest,
    )


STATISTICS_OPERATIONS = (
    query(
        "incident_statistics",
        "/v1/incident-statistics",
        says=Words("事件统计（不含演练，误报另列）", "what incidents come to; no drills, false alarms apart"),
        needs=Action.READ_STATISTICS.value,
        asks=wire.StatisticsIn(),
        gives=wire.StatisticsOut(),
        refuses=(no.RangeTooLong, no.TooManyIncidents),
    ),
    command(
        "draw_up_statistical_report",
        "POST",
        "/v1/statistical-reports",
        says=Words("编制半年度、年度统计报告", "draw up the report of a half-year or year"),
        needs=Action.REPORT_STATISTICS.value,
        takes=wire.DrawUpIn(),
        gives=wire.StatisticalReportOut(),
        status=201,
        announces=(REPORT_STATED.name,),
        refuses=(BeyondAuthority, no.UnitReportsNot, no.PeriodNotOver, no.TooManyIncidents),
        example={"unit": "44", "period": "2025"},
    ),
    _step(
        "confirm_statistical_report",
        "confirmation",
        Words("确认统计报告（编制人以外的人）", "confirm a report, by another person than who drew it up"),
        no.StatisticalReportState,
        no.ConfirmerDrewUp,
        takes=NothingIn(),
        example={},
    ),
    _step(
        "submit_statistical_report",
        "submission",
        Words("报送统计报告", "a report was submitted"),
        no.StatisticalReportState,
        TextMissing,
        takes=wire.SubmitIn(),
        example={"reference": "TJ-2026-0001"},
    ),
    _step(
        "correct_statistical_report",
        "correction",
        Words("更正统计报告（新版本，原版本保留）", "correct a report by a new revision; the old one stays"),
        no.RevisionsSpent,
        no.TooManyIncidents,
        TextMissing,
        takes=wire.CorrectIn(),
        example={"reason": "补录一起事件"},
    ),
    query(
        "statistical_report",
        _REPORT,
        says=Words("查询一份统计报告", "one statistical report with its revisions"),
        needs=Action.READ_STATISTICS.value,
        gives=wire.StatisticalReportOut(),
    ),
    query(
        "statistical_report_list",
        "/v1/statistical-reports",
        says=Words("查询统计报告", "statistical reports, the one due last first"),
        needs=Action.READ_STATISTICS.value,
        asks=wire.StatisticalReportsIn(),
        gives=wire.StatisticalReportsOut(),
        paged=True,
    ),
)
