"""What is offered of activity checks (R4.6, R9.8): a part of the contract."""

from chassis.contract import Event, Words, command, query
from chassis.forms import NothingIn
from security import activity
from security import activity_schemas as wire
from security.authority import Action
from security.units import UnitUnknown

ACTIVITY_FOUND = Event(
    name="departed_activity_found",
    kind="fact",
    carries=wire.ActivityFound(),
    says=Words("发现离司离岗人员仍在操作", "somebody who had left the company or the post was still operating"),
    escalation=True,
)
ACTIVITY_CHECKED = Event(
    name="departed_activity_checked",
    kind="fact",
    carries=wire.ActivityChecked(),
    says=Words("离司离岗操作的检查结果", "the result of the check, for the province"),
    escalation=True,
)
ACTIVITY_OVERDUE = Event(
    name="departed_activity_overdue",
    kind="fact",
    carries=wire.ActivityOverdue(),
    says=Words("离司离岗操作的检查逾期", "the check has no result in time"),
    escalation=True,
)
ACTIVITY_EVENTS = (ACTIVITY_FOUND, ACTIVITY_CHECKED, ACTIVITY_OVERDUE)

_CHECK = "/v1/activity-checks/{check}"

ACTIVITY_OPERATIONS = (
    command(
        "report_activities",
        "POST",
        "/v1/activities",
        says=Words("报送业务系统操作记录，查找离司离岗人员", "report acts in a business system, to find leavers"),
        needs=Action.REPORT_ACTIVITY.value,
        takes=wire.ActivitiesIn(),
        gives=wire.ActivitiesOut(),
        deadline_seconds=30,
        refuses=(UnitUnknown, activity.ActInFuture),
        announces=(ACTIVITY_FOUND.name,),
        example={
            "acts": [
                {
                    "person": "P440100301",
                    "unit": "4401003",
                    "at": "2026-11-20T09:30:00+08:00",
                    "system": "core",
                    "reference": "T-0001",
                }
            ]
        },
    ),
    command(
        "refused_call",
        "POST",
        "/v1/refused-calls",
        says=Words("登记被拒人员的调用（由网关报送）", "note a call of somebody who is refused (the gateway's word)"),
        needs=Action.NOTE_REFUSED_CALL.value,
        takes=wire.RefusedCallIn(),
        gives=wire.ActivitiesOut(),
        announces=(ACTIVITY_FOUND.name,),
        example={"person": "P440100301", "operation": "incident_list", "at": "2026-11-20T09:30:00+08:00"},
    ),
    command(
        "record_activity_result",
        "POST",
        f"{_CHECK}/result",
        says=Words("登记检查结果（同时报省级业务管理中心）", "record what was found, which reports it to the province"),
        needs=Action.CHECK_ACTIVITY.value,
        takes=wire.ResultIn(),
        gives=wire.CheckOut(),
        if_match="optional",
        refuses=(activity.CheckedAlready, activity.OwnActivity),
        announces=(ACTIVITY_CHECKED.name,),
        example={"finding": "rights_not_withdrawn", "words": "权限未及时回收，已于当日回收"},
    ),
    command(
        "receive_activity_result",
        "POST",
        f"{_CHECK}/receipt",
        says=Words("省级业务管理中心接收检查结果", "the province has received the result"),
        needs=Action.RECEIVE_RESULT.value,
        takes=NothingIn(),
        gives=wire.CheckOut(),
        if_match="optional",
        refuses=(activity.NotChecked, activity.OwnActivity, activity.CheckedByReceiver),
        example={},
    ),
    query(
        "activity_check",
        _CHECK,
        says=Words("查询一项离司离岗操作检查", "one activity check"),
        needs=Action.READ_CHECKS.value,
        gives=wire.CheckOut(),
    ),
    query(
        "activity_check_list",
        "/v1/activity-checks",
        says=Words("查询离司离岗操作检查", "activity checks, those found last first"),
        needs=Action.READ_CHECKS.value,
        asks=wire.ChecksIn(),
        gives=wire.ChecksOut(),
        paged=True,
    ),
)
