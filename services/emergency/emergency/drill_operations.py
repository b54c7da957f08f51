"""What is offered of drills (R7.8): a part of the contract."""

from typing import Any

from chassis.contract import Event, Hearing, Operation, Words, command, query
from chassis.errors import Refusal
from chassis.forms import NothingIn
from emergency import drill_refusals as no
from emergency import drill_schemas as wire
from emergency.authority import Action
from emergency.refusals import BeyondAuthority, FactContradictory, TextMissing
from emergency.schemas import IncidentOut, IncidentsOut

DRILL_STATED = Event(
    name="drill_stated", kind="state", carries=wire.DrillState(), says=Words("演练状态", "a drill's public state")
)
DRILL_DUE_SOON = Event(
    name="drill_due_soon",
    kind="fact",
    carries=wire.DrillDueSoon(),
    says=Words("演练将到期", "a counter must hold a drill soon"),
)
DRILL_OVERDUE = Event(
    name="drill_overdue",
    kind="fact",
    carries=wire.DrillOverdue(),
    says=Words("演练逾期，报上一级", "a counter's drill is overdue: the level above is told"),
)
DRILL_NEGLECTED = Event(
    name="drill_neglected",
    kind="fact",
    carries=wire.DrillNeglected(),
    says=Words("演练的登记、评估或改进逾期", "a drill was not recorded, evaluated or improved upon in time"),
)
DRILL_EVENTS = (DRILL_STATED, DRILL_DUE_SOON, DRILL_OVERDUE, DRILL_NEGLECTED)
DRILL_HEARINGS = (Hearing(source="emergency", event="drill_stated", handler="drills_held", reads=wire.DrillHeard()),)

_DRILL = "/v1/drills/{drill}"
_PROGRAMME = "/v1/drill-programmes/{unit}"
_BOTH = ("within", "own")


def _step(name: str, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one drill, which answers with the drill. Its leader and whoever planned it may reach it."""
    refuses: tuple[type[Refusal], ...] = (no.DrillState, BeyondAuthority, *rest.pop("refuses", ()))
    return command(
        name,
        "POST",
        f"{_DRILL}/{path}",
        says=says,
        needs=action.value,
        gives=wire.DrillOut(),
        if_match="optional",
        relations=_BOTH,
        announces=(DRILL_STATED.name,),
        refuses=refuses,
        **rest,
    )


DRILL_OPERATIONS = (
    command(
        "set_drill_programme",
        "PUT",
        _PROGRAMME,
        says=Words("设定演练计划（只可比上级更严）", "ask for drills more often than above"),
        needs=Action.SET_DRILL_PROGRAMME.value,
        takes=wire.SetProgrammeIn(),
        gives=wire.ProgrammeOut(),
        if_match="optional",
        also=(201,),
        refuses=(BeyondAuthority, no.ProgrammeLaxer, no.ScenarioTwice),
        example={"requirements": [{"scenario": "robbery", "months": 6}]},
    ),
    query(
        "drill_programme",
        _PROGRAMME,
        says=Words("查询机构适用的演练计划", "the drills that are asked of a unit, and by whom"),
        needs=Action.READ_DRILL.value,
        gives=wire.ProgrammeOut(),
    ),
    query(
        "drill_standing_list",
        "/v1/drill-standings",
        says=Words("查询柜面演练完成情况", "which counter owes which drill until when"),
        needs=Action.READ_DRILL.value,
        asks=wire.StandingsIn(),
        gives=wire.StandingsOut(),
        paged=True,
    ),
    command(
        "schedule_drill",
        "POST",
        "/v1/drills",
        says=Words("安排演练", "schedule a drill"),
        needs=Action.PLAN_DRILL.value,
        takes=wire.ScheduleDrillIn(),
        gives=wire.DrillOut(),
        key="required",
        status=201,
        announces=(DRILL_STATED.name,),
        refuses=(BeyondAuthority, no.DrillNotAhead, no.CounterOutside, no.LeaderUnknown),
        example={
            "scenario": "fire",
            "unit": "4401",
            "counters": ["4401003"],
            "leader": "P440100001",
            "starts_at": "2036-12-01T01:00:00Z",
            "ends_at": "2036-12-01T02:00:00Z",
        },
    ),
    _step(
        "postpone_drill",
        "postponement",
        Words("演练延期", "put a drill off"),
        Action.PLAN_DRILL,
        takes=wire.PostponeDrillIn(),
        refuses=(no.DrillNotAhead, TextMissing),
        example={"starts_at": "2036-12-08T01:00:00Z", "ends_at": "2036-12-08T02:00:00Z", "reason": "当日客流高峰"},
    ),
    _step(
        "cancel_drill",
        "cancellation",
        Words("取消演练", "call a drill off"),
        Action.PLAN_DRILL,
        takes=wire.CancelDrillIn(),
        refuses=(TextMissing,),
        example={"reason": "柜面停业装修"},
    ),
    command(
        "open_drill_incident",
        "POST",
        f"{_DRILL}/incidents",
        says=Words("触发演练事件（带演练标志）", "open an incident of the drill, with the drill flag"),
        needs=Action.RUN_DRILL.value,
        relations=_BOTH,
        takes=wire.DrillIncidentIn(),
        gives=IncidentOut(),
        key="required",
        status=201,
        announces=("incident_stated", "incident_sighted", "notice_due", "incident_escalated"),
        refuses=(
            no.DrillState,
            BeyondAuthority,
            no.DrillNotRunning,
            no.CounterOutside,
            FactContradictory,
            TextMissing,
        ),
        example={
            "kind": "gathering",
            "unit": "4401003",
            "summary": "演练：三十人聚集",
            "facts": {"people_gathering": 30},
        },
    ),
    _step(
        "record_drill",
        "record",
        Words("登记演练（时间、内容、人员）", "record a drill that was held: time, content, people"),
        Action.RUN_DRILL,
        takes=wire.RecordDrillIn(),
        refuses=(no.DrillNotBegun, TextMissing),
        example={
            "started_at": "2026-11-23T01:00:00Z",
            "ended_at": "2026-11-23T01:00:00Z",
            "content": "疏散客户、启用手工登记",
            "participants": ["P440100001", "P440100302"],
        },
    ),
    _step(
        "evaluate_drill",
        "evaluation",
        Words("评估演练（组织者以外的人）", "evaluate a drill, by another person than its leader"),
        Action.EVALUATE_DRILL,
        takes=wire.EvaluateDrillIn(),
        refuses=(no.EvaluatorLed, no.LeaderUnknown, no.ImprovementDay, TextMissing),
        example={
            "scores": [{"item": "疏散用时", "score": 8}],
            "problems": ["手工登记簿未及时取出"],
            "improvements": [{"what": "登记簿移至前台", "owner": "P440100002", "due": "2036-12-31"}],
        },
    ),
    _step(
        "complete_improvement",
        "improvements/{number}/completion",
        Words("完成演练改进项", "an improvement of a drill is done"),
        Action.RUN_DRILL,
        takes=NothingIn(),
        refuses=(no.ImprovementUnknown,),
        example={},
    ),
    _step(
        "close_drill",
        "closing",
        Words("结束演练", "close a drill"),
        Action.EVALUATE_DRILL,
        takes=NothingIn(),
        refuses=(no.ImprovementOpen,),
        example={},
    ),
    query(
        "drill_list",
        "/v1/drills",
        says=Words("查询演练", "drills, the one planned last first"),
        needs=Action.READ_DRILL.value,
        relations=_BOTH,
        asks=wire.DrillsIn(),
        gives=wire.DrillsOut(),
        paged=True,
    ),
    query(
        "drill",
        _DRILL,
        says=Words("查询一次演练", "one drill"),
        needs=Action.READ_DRILL.value,
        relations=_BOTH,
        gives=wire.DrillOut(),
    ),
    query(
        "drill_incidents",
        f"{_DRILL}/incidents",
        says=Words("查询演练的事件", "the incidents of a drill"),
        needs=Action.READ_DRILL.value,
        relations=_BOTH,
        gives=IncidentsOut(),
    ),
)
