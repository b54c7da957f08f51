"""R7.8: the refusals of drills, in both languages."""

from chassis.errors import Conflict, Forbidden, Malformed


class ProgrammeLaxer(Conflict):
    """A lower level may ask for a drill more often than the level above, never less often."""

    code = "emergency.programme_laxer"
    zh = "{scenario} 演练不得宽于上级要求：上级要求每 {limit} 个月至少一次，本次为 {months} 个月"
    en = "{scenario} is asked for every {limit} months above; {months} months would be laxer"


class ScenarioTwice(Malformed):
    """A programme names each scenario once."""

    code = "emergency.scenario_twice"
    zh = "演练计划中 {scenario} 重复出现"
    en = "the programme names {scenario} more than once"


class DrillState(Conflict):
    """The drill is not in the state that this needs."""

    code = "emergency.drill_state"
    zh = "演练 {drill} 当前状态为 {state}，需为 {needed}"
    en = "drill {drill} is {state} and must be {needed}"


class DrillNotAhead(Malformed):
    """A drill is planned for a time to come, and ends after it begins."""

    code = "emergency.drill_not_ahead"
    zh = "演练时间须在将来，且历时不超过 {hours} 小时"
    en = "a drill is planned for a time to come and takes {hours} hours at most"


class DrillNotRunning(Conflict):
    """An incident of a drill is opened while the drill takes place."""

    code = "emergency.drill_not_running"
    zh = "演练 {drill} 只在 {starts} 至 {ends} 之间进行，此时不能触发演练事件"
    en = "drill {drill} runs from {starts} to {ends}: its incidents are opened then"


class DrillNotBegun(Conflict):
    """A drill is recorded after it has begun, and with times that have passed."""

    code = "emergency.drill_not_begun"
    zh = "演练 {drill} 尚未举行，不能登记；登记的起止时间须已过去且先后正确"
    en = "drill {drill} has not been held by then: the times recorded must have passed, in order"


class CounterOutside(Malformed):
    """A drill takes place at open counters of its own unit."""

    code = "emergency.counter_outside"
    zh = "{counter} 不是机构 {unit} 下正在营业的柜面"
    en = "{counter} is no open counter of unit {unit}"


class LeaderUnknown(Malformed):
    """Who leads a drill, or owns an improvement, holds a post today."""

    code = "emergency.leader_unknown"
    zh = "{person} 今天不在任何岗位上，不能担任演练组织者或整改责任人"
    en = "{person} holds no post today and can neither lead a drill nor own an improvement"


class EvaluatorLed(Forbidden):
    """Nobody evaluates the drill that they led."""

    code = "emergency.evaluator_led"
    zh = "演练 {drill} 由 {person} 组织，须由他人评估"
    en = "{person} led drill {drill}: somebody else evaluates it"


class ImprovementOpen(Conflict):
    """A drill is closed after its improvements are done."""

    code = "emergency.improvement_open"
    zh = "演练 {drill} 尚有 {count} 项改进未完成，不能关闭"
    en = "drill {drill} has {count} improvement(s) that are not done"


class ImprovementUnknown(Conflict):
    """There is no open improvement of that number."""

    code = "emergency.improvement_unknown"
    zh = "演练 {drill} 没有编号为 {number} 的待完成改进"
    en = "drill {drill} has no open improvement number {number}"


class ImprovementDay(Malformed):
    """An improvement is due today or later, and some day."""

    code = "emergency.improvement_day"
    zh = "改进期限 {due} 须在今天或以后、{last} 以前"
    en = "the improvement's day, {due}, must be today or later and before {last}"
