"""What is offered of plans (R7.9): a part of the contract."""

from chassis.contract import Event, Hearing, Words, command, query
from chassis.work.tasks import TaskEnded
from emergency import plan_schemas as wire
from emergency import refusals as no
from emergency import schemas
from emergency.authority import Action

PLAN_STATED = Event(
    name="plan_stated",
    kind="state",
    carries=wire.PlanState(),
    says=Words("预案版本", "a version of a plan"),
)

HEARS_PLANS = Hearing(
    source="emergency", event=PLAN_STATED.name, handler="plan_copies", reads=wire.PlanRead(), acts=False
)

_PLAN, _VERSION = "/v1/plans/{unit}/{kind}", "/v1/plans/{unit}/{kind}/{version}"
_STEP = "/v1/incidents/{incident}/steps/{step}"
_STATED = ("incident_stated",)

_EXAMPLE = {
    "effective_from": "2099-01-01",
    "card": {
        "lead": "counter_supervisor",
        "lead_tier": "counter",
        "steps": [
            {
                "id": "call_fire",
                "what": {"zh": "拨打 119 报警", "en": "call 119"},
                "post": "counter_supervisor",
                "tier": "counter",
                "minutes": 1,
                "mandatory_from": "III",
            }
        ],
        "do_not": [{"zh": "不乘电梯", "en": "do not use lifts"}],
    },
}

PLAN_OPERATIONS = (
    command(
        "adopt_plan",
        "PUT",
        _VERSION,
        says=Words("发布机构某类事件预案的下一版本", "adopt the next version of a unit's plan for a kind of incident"),
        needs=Action.ADOPT_PLAN.value,
        takes=wire.AdoptPlanIn(),
        gives=wire.PlanState(),
        status=201,
        refuses=(
            no.BeyondAuthority,
            no.PlanVersionNotNext,
            no.PlanBackdated,
            no.StepTwice,
            no.StepPostUnknown,
            no.StepMandatoryTooEarly,
            no.PlanLaxer,
        ),
        announces=(PLAN_STATED.name,),
        example=_EXAMPLE,
    ),
    query(
        "plan",
        _VERSION,
        says=Words("查询预案的一个版本", "one version of a plan; those of unit `default` ship with the product"),
        needs=Action.READ_PLAN.value,
        gives=wire.PlanState(),
    ),
    query(
        "plan_in_force",
        _PLAN,
        says=Words("查询机构现行预案（含上级与随产品提供的）", "the plan that holds at a unit, its own or inherited"),
        needs=Action.READ_PLAN.value,
        asks=wire.InForceIn(),
        gives=wire.PlanState(),
    ),
    query(
        "plan_list",
        "/v1/plans",
        says=Words("查询已发布的预案版本", "adopted versions of plans, the latest first"),
        needs=Action.READ_PLAN.value,
        asks=wire.PlansIn(),
        gives=wire.PlansOut(),
        paged=True,
    ),
    query(
        "incident_plan",
        "/v1/incidents/{incident}/plan",
        says=Words("查询事件已启动的预案和步骤", "the plan that is active in an incident, and how its steps stand"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        gives=wire.IncidentPlanOut(),
    ),
    command(
        "complete_step",
        "POST",
        f"{_STEP}/completion",
        says=Words("完成预案步骤", "a step of the plan is done"),
        needs=Action.DO_STEP.value,
        takes=wire.CompleteStepIn(),
        gives=schemas.IncidentOut(),
        if_match="optional",
        refuses=(no.AlreadyClosed, no.NoPlan, no.StepUnknown, no.StepNotYours, TaskEnded),
        announces=_STATED,
        example={"note": "已报警，民警在途中"},
    ),
    command(
        "waive_step",
        "POST",
        f"{_STEP}/waiver",
        says=Words("注明预案步骤不适用", "a step of the plan does not apply here"),
        needs=Action.DO_STEP.value,
        takes=wire.WaiveStepIn(),
        gives=schemas.IncidentOut(),
        if_match="optional",
        refuses=(
            no.AlreadyClosed,
            no.NoPlan,
            no.StepUnknown,
            no.StepNotYours,
            no.BeyondAuthority,
            no.TextMissing,
            TaskEnded,
        ),
        announces=_STATED,
        example={"reason": "现场无人员伤亡"},
    ),
)
