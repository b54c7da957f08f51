"""What is offered of warnings (R7.7): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.forms import PageIn
from emergency import risk_refusals as no
from emergency import schemas
from emergency import warning_schemas as wire
from emergency.authority import Action
from emergency.inspection_schemas import ReasonIn
from emergency.refusals import BeyondAuthority, TextMissing

WARNING_STATED = Event(
    name="warning_stated",
    kind="state",
    carries=wire.WarningStated(),
    says=Words("预警状态", "a warning's public state"),
)
WARNING_SPREADING = Event(
    name="warning_spreading",
    kind="fact",
    carries=wire.WarningSpreading(),
    says=Words("预警须送达下一批机构", "the next units are to be told of a warning"),
)
WARNING_UNACKNOWLEDGED = Event(
    name="warning_unacknowledged",
    kind="fact",
    carries=wire.WarningUnacknowledged(),
    says=Words("预警逾期未确认", "a unit has not acknowledged a warning in time"),
)
MEASURE_OVERDUE = Event(
    name="measure_overdue",
    kind="fact",
    carries=wire.MeasureOverdue(),
    says=Words("预警措施逾期", "a measure against a risk is overdue"),
)
WARNING_EVENTS = (WARNING_STATED, WARNING_SPREADING, WARNING_UNACKNOWLEDGED, MEASURE_OVERDUE)

_WARNING = "/v1/warnings/{warning}"
_CHANGES = (WARNING_STATED.name,)


def _step(name: str, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one warning, which answers with the warning."""
    return command(
        name,
        "POST",
        f"{_WARNING}/{path}",
        says=says,
        needs=action.value,
        gives=wire.WarningOut(),
        if_match="optional",
        announces=_CHANGES,
        **rest,
    )


WARNING_OPERATIONS = (
    command(
        "issue_warning",
        "POST",
        "/v1/warnings",
        says=Words("发布预警及应对措施", "issue a warning with the measures against the risk"),
        needs=Action.ISSUE_WARNING.value,
        takes=wire.IssueWarningIn(),
        gives=wire.WarningOut(),
        key="required",
        status=201,
        refuses=(
            BeyondAuthority,
            TextMissing,
            no.EndUnfit,
            no.NotBelow,
            no.MeasureDueUnfit,
            no.OwnerUnknown,
            no.FindingUnknown,
        ),
        announces=(*_CHANGES, WARNING_SPREADING.name),
        example={
            "unit": "4401",
            "kind": "crowd_surge",
            "level": "III",
            "reason": "月底满期给付集中，预计客流为平日两倍",
            "ends_at": "2026-11-30T10:00:00Z",
            "measures": [{"text": "增开两个窗口，安排引导", "owner": "P440100001", "due": "2026-11-27T10:00:00Z"}],
        },
    ),
    query(
        "warning_list",
        "/v1/warnings",
        says=Words("查询预警", "warnings by or for one's units, newest first"),
        needs=Action.READ_WARNING.value,
        relations=("within", "assigned"),
        asks=wire.WarningsIn(),
        gives=wire.WarningsOut(),
        paged=True,
    ),
    query(
        "warning",
        _WARNING,
        says=Words("查询一个预警", "one warning"),
        needs=Action.READ_WARNING.value,
        relations=("within", "assigned"),
        gives=wire.WarningOut(),
    ),
    query(
        "warning_history",
        f"{_WARNING}/history",
        says=Words("预警过程记录", "what happened with a warning"),
        needs=Action.READ_WARNING.value,
        relations=("within", "assigned"),
        asks=PageIn(),
        gives=schemas.RowsOut(),
        paged=True,
    ),
    query(
        "warning_receipt_list",
        f"{_WARNING}/receipts",
        says=Words("查询各机构对预警的确认", "what the units warned have answered"),
        needs=Action.READ_WARNING.value,
        asks=wire.ReceiptsIn(),
        gives=wire.ReceiptsOut(),
        paged=True,
    ),
    command(
        "acknowledge_warning",
        "POST",
        f"{_WARNING}/acknowledgements",
        says=Words("确认收到预警", "acknowledge a warning for a unit"),
        needs=Action.ACKNOWLEDGE_WARNING.value,
        takes=wire.AcknowledgeWarningIn(),
        gives=wire.ReceiptOut(),
        refuses=(BeyondAuthority,),
        example={"unit": "4401003"},
    ),
    _step(
        "settle_measure",
        "measures/{number}/outcome",
        Words("登记措施落实情况", "say what became of a measure"),
        Action.ISSUE_WARNING,
        relations=("within", "assigned"),
        takes=wire.SettleMeasureIn(),
        refuses=(BeyondAuthority, no.MeasureUnknown, no.MeasureSettled, TextMissing),
        example={"done": True},
    ),
    _step(
        "extend_warning",
        "extension",
        Words("延长预警", "let a warning last longer"),
        Action.LIFT_WARNING,
        takes=wire.ExtendWarningIn(),
        refuses=(BeyondAuthority, no.WarningEnded, no.EndUnfit, TextMissing),
        example={"ends_at": "2026-12-02T10:00:00Z", "reason": "客流仍高"},
    ),
    _step(
        "lift_warning",
        "lifting",
        Words("解除预警", "lift a warning before its end"),
        Action.LIFT_WARNING,
        takes=ReasonIn(),
        refuses=(BeyondAuthority, no.WarningEnded, TextMissing),
        example={"reason": "客流已恢复正常"},
    ),
    _step(
        "link_foretold_incident",
        "incidents",
        Words("登记预警应验的事件", "link an incident that the warning foretold"),
        Action.ISSUE_WARNING,
        takes=wire.ForetoldIn(),
        refuses=(BeyondAuthority, no.NotForetold),
        example={"incident": "0190b6d2-0000-7000-8000-000000000000"},
    ),
)
