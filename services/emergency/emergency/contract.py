"""What the emergency service offers and hears."""

from typing import Any

from chassis.contract import Contract, Event, Hearing, Operation, Words, command, query
from chassis.errors import Refusal
from chassis.forms import NothingIn, PageIn
from chassis.objects_kept import SWEEP, objects_kept_operation
from chassis.work.my_tasks import my_tasks_operation
from chassis.work.parameter_operations import PARAMETER_STATED, parameter_operations
from emergency import messages
from emergency import refusals as no
from emergency import schemas as wire
from emergency.attachment_operations import ATTACHMENT_OPERATIONS
from emergency.authority import Action
from emergency.body_operations import BODY_OPERATIONS, BODY_UNCONFIRMED
from emergency.correction_operations import CORRECTION_OPERATIONS
from emergency.drill_operations import DRILL_EVENTS, DRILL_HEARINGS, DRILL_OPERATIONS
from emergency.inspection_operations import INSPECTION_EVENTS, INSPECTION_OPERATIONS
from emergency.inspection_schemas import FindingRaised
from emergency.parameters import EXAMPLE
from emergency.plan_operations import HEARS_PLANS, PLAN_OPERATIONS, PLAN_STATED
from emergency.review_operations import ACTION_OVERDUE, CASE_OFFERED, REVIEW_OPERATIONS, REVIEW_OVERDUE
from emergency.statistics_operations import STATISTICS_EVENTS, STATISTICS_OPERATIONS
from emergency.warning_operations import WARNING_EVENTS, WARNING_OPERATIONS
from emergency.warning_schemas import WarningSpreading
from emergency.watch_operations import WATCH_EVENTS, WATCH_HEARINGS, WATCH_OPERATIONS

INCIDENT_STATED = Event(
    name="incident_stated",
    kind="state",
    carries=wire.IncidentState(),
    says=Words("事件状态", "an incident's public state"),
)
NOTICE_DUE = Event(
    name="notice_due", kind="fact", carries=messages.NoticeDue(), says=Words("须通知某人", "a person is to be told")
)
REPORT_FILED = Event(
    name="report_filed", kind="fact", carries=messages.ReportFiledOut(), says=Words("已提交报告", "a report was filed")
)
REPORT_DUE_SOON = Event(
    name="report_due_soon",
    kind="fact",
    carries=messages.ReportDueSoon(),
    says=Words("报告将到期", "a report is due soon"),
)
INCIDENT_SIGHTED = Event(
    name="incident_sighted",
    kind="fact",
    carries=messages.IncidentRead(),
    says=Words("事件的可合并数字有变", "what an incident counts together with others has changed"),
)
INCIDENT_WATCHED = Event(
    name="incident_watched",
    kind="fact",
    carries=messages.IncidentRead(),
    says=Words("事件对预警规则的意义有变", "what an incident means to the early-warning rules has changed"),
)
CORRELATION_FOUND = Event(
    name="correlation_found",
    kind="fact",
    carries=messages.CorrelationFound(),
    says=Words("多起报告合并达到标准", "reports together reach a threshold"),
)
INCIDENT_ESCALATED = Event(
    name="incident_escalated",
    kind="fact",
    carries=messages.IncidentEscalated(),
    says=Words("事件上报", "an incident is reported upward"),
    escalation=True,
)
REPORT_OVERDUE = Event(
    name="report_overdue",
    kind="fact",
    carries=messages.ReportOverdue(),
    says=Words("报告逾期", "a report is overdue"),
    escalation=True,
)
ESCALATION_MISSED = Event(
    name="escalation_missed",
    kind="fact",
    carries=messages.EscalationMissed(),
    says=Words("应执行的升级未执行", "an escalation that should have run has not"),
    escalation=True,
)

_INCIDENT = "/v1/incidents/{incident}"
_CHANGES = (INCIDENT_STATED.name,)
_SIGHTED = (INCIDENT_STATED.name, INCIDENT_SIGHTED.name, INCIDENT_WATCHED.name)
_ALL_CHANGES = (*_SIGHTED, NOTICE_DUE.name, INCIDENT_ESCALATED.name)
_OPEN: tuple[type[Refusal], ...] = (no.AlreadyClosed, no.BeyondAuthority)


def _step(name: str, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one incident, which answers with the incident."""
    rest = {"takes": NothingIn(), "announces": _CHANGES, "refuses": _OPEN, "example": {}, **rest}
    return command(
        name,
        "POST",
        f"{_INCIDENT}/{path}",
        says=says,
        needs=action.value,
        gives=wire.IncidentOut(),
        if_match="optional",
        **rest,
    )


REPORT_INCIDENT = command(
    "report_incident",
    "POST",
    "/v1/incidents",
    says=Words("报告突发事件（已知多少报多少）", "report an incident with what is known"),
    needs=Action.REPORT.value,
    takes=wire.ReportIncidentIn(),
    gives=wire.IncidentOut(),
    key="required",
    quota="incident",
    status=201,
    refuses=(no.FactContradictory, no.TextMissing, no.TimeInFuture),
    announces=_ALL_CHANGES,
    example={
        "kind": "collective_surrender",
        "unit": "4401003",
        "summary": "约六十人聚集要求退保",
        "facts": {"people_surrendering": 60, "unknown": ["surrender_amount_cny"]},
    },
)

OPERATIONS = (
    REPORT_INCIDENT,
    query(
        "incident_list",
        "/v1/incidents",
        says=Words("查询事件", "incidents, newest first"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        asks=wire.IncidentsIn(),
        gives=wire.IncidentsOut(),
        paged=True,
    ),
    query(
        "incident",
        _INCIDENT,
        says=Words("查询一起事件", "one incident"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        gives=wire.IncidentOut(),
    ),
    query(
        "timeline",
        f"{_INCIDENT}/timeline",
        says=Words("事件时间线", "an incident's timeline"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        asks=PageIn(),
        gives=wire.RowsOut(),
        paged=True,
    ),
    query(
        "reports",
        f"{_INCIDENT}/reports",
        says=Words("事件报告", "the reports filed on an incident"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        asks=PageIn(),
        gives=wire.RowsOut(),
        paged=True,
    ),
    _step(
        "add_facts",
        "facts",
        Words("补充事实", "add facts"),
        Action.ADD_FACTS,
        takes=wire.AddFactsIn(),
        relations=("within", "own"),
        refuses=(no.AlreadyClosed, no.NoFacts, no.FactContradictory),
        announces=_ALL_CHANGES,
        example={"facts": {"people_surrendering": 120}},
    ),
    _step(
        "judge",
        "grading",
        Words("人工定级", "set the level by judgement"),
        Action.GRADE,
        takes=wire.JudgeIn(),
        refuses=(*_OPEN, no.SameLevel, no.CommandedHigher, no.CompanyTextForbids, no.TextMissing),
        announces=_ALL_CHANGES,
        example={"level": "II", "reason": "现场情况恶化"},
    ),
    _step(
        "begin_response",
        "response",
        Words("开始处置", "begin the response"),
        Action.RESPOND,
        refuses=(*_OPEN, no.CommandHeld),
    ),
    _step(
        "contain",
        "containment",
        Words("事态受控", "the event is contained"),
        Action.CONTAIN,
        refuses=(*_OPEN, no.WrongState),
    ),
    _step(
        "close",
        "closing",
        Words("结束事件", "close the incident"),
        Action.CLOSE,
        takes=wire.CloseIn(),
        refuses=(
            *_OPEN,
            no.WrongState,
            no.ClaimNotReferred,
            no.FirstReportMissing,
            no.GuidanceMissing,
            no.MandatoryStepsOpen,
            no.TextMissing,
        ),
        announces=_SIGHTED,
        example={"outcome": "handled"},
    ),
    _step(
        "acknowledge",
        "acknowledgements",
        Words("确认收到", "acknowledge being told"),
        Action.ACKNOWLEDGE,
        relations=("told",),
        refuses=(),
    ),
    _step(
        "record_guidance",
        "guidance",
        Words("记录指导意见", "record guidance"),
        Action.GUIDE,
        takes=wire.GuidanceIn(),
        relations=("within", "told"),
        refuses=(*_OPEN, no.TextMissing),
        example={"words": "先疏散客户，指定专人与客户代表沟通"},
    ),
    _step(
        "submit_report",
        "reports",
        Words("提交首报、续报、终报", "file a first, follow-up or final report"),
        Action.FILE_REPORT,
        takes=wire.FileReportIn(),
        refuses=(no.AlreadyClosed, no.FirstReportMissing, no.NotYetContained, no.ReportAlreadyFiled, no.TextMissing),
        announces=(*_CHANGES, REPORT_FILED.name),
        example={"kind": "first", "course": "九时许客户聚集", "signer": "P440100001", "contact": "P440100002"},
    ),
    _step(
        "refer_claim",
        "claims-reference",
        Words("重大疑难赔案移交", "refer a claims case"),
        Action.FILE_REPORT,
        takes=wire.ReferClaimIn(),
        refuses=(no.AlreadyClosed, no.NotAClaimsCase, no.TextMissing),
        example={"reference": "LP-2026-0001"},
    ),
)

CONTRACT = Contract(
    service="emergency",
    version="0.1.0",
    says=Words("突发事件应急", "emergencies"),
    operations=(
        *OPERATIONS,
        *ATTACHMENT_OPERATIONS,
        *BODY_OPERATIONS,
        *PLAN_OPERATIONS,
        *REVIEW_OPERATIONS,
        *INSPECTION_OPERATIONS,
        *WARNING_OPERATIONS,
        *DRILL_OPERATIONS,
        *WATCH_OPERATIONS,
        *STATISTICS_OPERATIONS,
        *CORRECTION_OPERATIONS,
        *parameter_operations("emergency", example=EXAMPLE),
        my_tasks_operation("emergency"),
        objects_kept_operation("emergency"),
    ),
    grants=(*Action, SWEEP),
    events=(
        INCIDENT_STATED,
        NOTICE_DUE,
        REPORT_FILED,
        REPORT_DUE_SOON,
        INCIDENT_SIGHTED,
        INCIDENT_WATCHED,
        CORRELATION_FOUND,
        INCIDENT_ESCALATED,
        REPORT_OVERDUE,
        ESCALATION_MISSED,
        BODY_UNCONFIRMED,
        PLAN_STATED,
        REVIEW_OVERDUE,
        ACTION_OVERDUE,
        CASE_OFFERED,
        *INSPECTION_EVENTS,
        *WARNING_EVENTS,
        *DRILL_EVENTS,
        *WATCH_EVENTS,
        *STATISTICS_EVENTS,
        PARAMETER_STATED,
    ),
    hears=(
        Hearing(source="security", event="unit_stated", handler="units", reads=messages.UnitRead(), acts=False),
        Hearing(source="security", event="unit_stated", handler="arrivals", reads=messages.UnitRead()),
        Hearing(
            source="security",
            event="assignment_stated",
            handler="assignments",
            reads=messages.AssignmentRead(),
            acts=False,
        ),
        Hearing(source="security", event="staff_stated", handler="standings", reads=messages.StaffRead(), acts=False),
        Hearing(
            source="security",
            event="elevation_stated",
            handler="elevations",
            reads=messages.ElevationRead(),
            acts=False,
        ),
        Hearing(source="emergency", event="incident_sighted", handler="correlate", reads=messages.IncidentRead()),
        Hearing(
            source="emergency", event="correlation_found", handler="raise_together", reads=messages.CorrelationFound()
        ),
        HEARS_PLANS,
        Hearing(source="emergency", event="finding_raised", handler="raise_found", reads=FindingRaised()),
        Hearing(source="emergency", event="warning_spreading", handler="spread_warning", reads=WarningSpreading()),
        *DRILL_HEARINGS,
        *WATCH_HEARINGS,
        Hearing(source="notifier", event="notice_failed", handler="failures", reads=messages.NoticeFailed()),
        Hearing(source="notifier", event="link_followed", handler="links", reads=messages.LinkFollowed()),
    ),
)
