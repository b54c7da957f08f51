"""What is offered of inspections for hidden risks and their findings (R7.6): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.forms import NothingIn, PageIn
from chassis.work import rectifications as work
from emergency import inspection_schemas as wire
from emergency import risk_refusals as no
from emergency import schemas
from emergency.authority import Action
from emergency.hidden_risks import CATALOGUE
from emergency.refusals import BeyondAuthority, TextMissing

INSPECTION_STATED = Event(
    name="inspection_stated",
    kind="state",
    carries=wire.InspectionStated(),
    says=Words("隐患排查状态", "an inspection's public state"),
)
INSPECTION_MISSED = Event(
    name="inspection_missed",
    kind="fact",
    carries=wire.InspectionMissed(),
    says=Words("隐患排查逾期未做", "an inspection was not held in time"),
)
FINDING_OVERDUE = Event(
    name="finding_overdue",
    kind="fact",
    carries=wire.FindingOverdue(),
    says=Words("隐患逾期未整改", "a finding was not put right in time"),
)
FINDING_RAISED = Event(
    name="finding_raised",
    kind="fact",
    carries=wire.FindingRaised(),
    says=Words("隐患转为事件", "a finding becomes an incident"),
)
INSPECTION_EVENTS = (INSPECTION_STATED, INSPECTION_MISSED, FINDING_OVERDUE, FINDING_RAISED)

_INSPECTION = "/v1/risk-inspections/{inspection}"
_PLAN = "/v1/risk-inspection-plans/{unit}"
_CHANGES = (INSPECTION_STATED.name,)


def _step(name: str, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one inspection, which answers with the inspection."""
    rest = {"announces": _CHANGES, **rest}
    return command(
        name,
        "POST",
        f"{_INSPECTION}/{path}",
        says=says,
        needs=action.value,
        gives=wire.InspectionOut(),
        if_match="optional",
        **rest,
    )


def _on_finding(name: str, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one finding, which answers with the inspection."""
    refuses = (BeyondAuthority, no.FindingUnknown, *rest.pop("refuses"))
    return _step(name, f"findings/{{number}}/{path}", says, action, refuses=refuses, **rest)


INSPECTION_OPERATIONS = (
    command(
        "set_risk_inspection_plan",
        "PUT",
        _PLAN,
        says=Words("设定隐患排查计划", "set how a unit and those below it look for hidden risks"),
        needs=Action.PLAN_INSPECTION.value,
        takes=wire.SetPlanIn(),
        gives=wire.PlanOut(),
        if_match="optional",
        also=(201,),
        refuses=(BeyondAuthority, no.DueDayUnfit, no.CategoryTwice),
        example={"every": "month", "due_day": 20, "categories": list(CATALOGUE.codes)},
    ),
    query(
        "risk_inspection_plan",
        _PLAN,
        says=Words("查询机构适用的隐患排查计划", "the plan in force for a unit: the nearest one, or the default"),
        needs=Action.READ_INSPECTION.value,
        gives=wire.PlanOut(),
    ),
    query(
        "risk_category_list",
        "/v1/risk-categories",
        says=Words("查询服务风险隐患排查清单", "the list of hidden risks that is in force"),
        needs=Action.READ_INSPECTION.value,
        gives=wire.CategoriesOut(),
    ),
    command(
        "open_risk_inspection",
        "POST",
        "/v1/risk-inspections",
        says=Words("提前建立某期隐患排查", "open an inspection ahead of its time; one that is there is answered"),
        needs=Action.RECORD_INSPECTION.value,
        takes=wire.OpenInspectionIn(),
        gives=wire.InspectionOut(),
        status=201,
        also=(200,),
        refuses=(BeyondAuthority, no.NotACounter, no.DayOutOfRange),
        announces=_CHANGES,
        example={"unit": "4401003"},
    ),
    query(
        "risk_inspection_list",
        "/v1/risk-inspections",
        says=Words("查询隐患排查", "inspections, the last opened first"),
        needs=Action.READ_INSPECTION.value,
        relations=("within", "assigned"),
        asks=wire.InspectionsIn(),
        gives=wire.InspectionsOut(),
        paged=True,
    ),
    query(
        "risk_inspection",
        _INSPECTION,
        says=Words("查询一次隐患排查", "one inspection"),
        needs=Action.READ_INSPECTION.value,
        relations=("within", "assigned"),
        gives=wire.InspectionOut(),
    ),
    query(
        "risk_inspection_history",
        f"{_INSPECTION}/history",
        says=Words("隐患排查过程记录", "what happened with an inspection and its findings"),
        needs=Action.READ_INSPECTION.value,
        relations=("within", "assigned"),
        asks=PageIn(),
        gives=schemas.RowsOut(),
        paged=True,
    ),
    query(
        "risk_finding_register",
        "/v1/risk-findings",
        says=Words("查询未整改完成的隐患", "the register of open findings, by inspection"),
        needs=Action.READ_INSPECTION.value,
        relations=("within", "assigned"),
        asks=wire.FindingsIn(),
        gives=wire.FindingRegisterOut(),
        paged=True,
    ),
    _step(
        "record_risk_inspection",
        "record",
        Words("登记隐患排查结果", "record what an inspection saw"),
        Action.RECORD_INSPECTION,
        takes=wire.RecordInspectionIn(),
        refuses=(
            BeyondAuthority,
            no.InspectionNotOpen,
            no.HeldOutOfPeriod,
            no.NotOnChecklist,
            no.ChecklistIncomplete,
            no.TooManyFindings,
            TextMissing,
        ),
        example={
            "occurred_on": "2026-11-23",
            "results": [
                {"category": "queue_pressure", "findings": [{"severity": "medium", "description": "等候区无分流标识"}]},
                *({"category": code, "findings": []} for code in CATALOGUE.codes[1:]),
            ],
        },
    ),
    _step(
        "reschedule_risk_inspection",
        "rescheduling",
        Words("改期一次隐患排查", "move one inspection; the series goes on as planned"),
        Action.RECORD_INSPECTION,
        takes=wire.RescheduleIn(),
        refuses=(BeyondAuthority, no.InspectionNotOpen, no.InspectionMissed, no.NewDueUnfit, TextMissing),
        example={"due": "2026-11-27T10:00:00Z", "reason": "柜面装修"},
    ),
    _step(
        "cancel_risk_inspection",
        "cancellation",
        Words("取消一次隐患排查", "cancel one inspection; the series goes on as planned"),
        Action.PLAN_INSPECTION,
        takes=wire.ReasonIn(),
        refuses=(BeyondAuthority, no.InspectionNotOpen, TextMissing),
        example={"reason": "柜面停业装修"},
    ),
    _on_finding(
        "assign_finding",
        "assignment",
        Words("指定整改责任人和期限", "give a finding to an owner, with a deadline"),
        Action.ASSIGN_FINDING,
        takes=wire.AssignFindingIn(),
        refuses=(no.OwnerUnknown, no.DueTooFar, work.DuePassed, work.NotInThatState),
        example={"owner": "P440100001", "due": "2026-11-30T10:00:00Z"},
    ),
    _on_finding(
        "fix_finding",
        "fix",
        Words("登记已整改", "say that a finding was put right"),
        Action.FIX_FINDING,
        relations=("within", "assigned"),
        takes=wire.FixFindingIn(),
        refuses=(work.EvidenceMissing, work.NotInThatState),
        example={"note": "已增设分流标识和取号引导"},
    ),
    _on_finding(
        "verify_finding",
        "verification",
        Words("验收整改并销号", "verify that a finding was put right, and close it"),
        Action.VERIFY_FINDING,
        takes=NothingIn(),
        refuses=(work.OwnWork, work.NotInThatState),
        example={},
    ),
    _on_finding(
        "reject_finding",
        "rejection",
        Words("退回整改", "say that a finding was not put right"),
        Action.VERIFY_FINDING,
        takes=wire.ReasonIn(),
        refuses=(work.OwnWork, work.NotInThatState, TextMissing),
        example={"reason": "标识尚未上墙"},
    ),
    _on_finding(
        "raise_finding",
        "incident",
        Words("将隐患转为突发事件", "make an incident of a finding; the two stay linked"),
        Action.RECORD_INSPECTION,
        takes=wire.RaiseFindingIn(),
        refuses=(no.FindingClosed, no.FindingRaisedBefore),
        announces=(*_CHANGES, FINDING_RAISED.name),
        example={"kind": "crowd_surge"},
    ),
)
