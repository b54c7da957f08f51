"""The refusals of elevations (R9.6), in both languages."""

from chassis.errors import Conflict, Forbidden, Malformed


class NotYourUnit(Forbidden):
    """An elevation is asked for at a unit where the person holds a post."""

    code = "security.not_your_unit"
    zh = "{person} 今日在机构 {unit} 没有任职，不能在此申请临时授权"
    en = "{person} holds no post at {unit} today and can ask for nothing there"


class NobodyDecides(Conflict):
    """Elevations are given at counters and cities, which have a head."""

    code = "security.nobody_decides"
    zh = "机构 {unit} 没有可审批临时授权的负责人；临时授权仅适用于柜面和地市"
    en = "{unit} has no head who could decide: elevations are given at counters and cities"


class NotElevatable(Conflict):
    """This right is never given for a time."""

    code = "security.not_elevatable"
    zh = "权限 {right} 不得临时授予"
    en = "{right} is never given for a time"


class AlreadyPermitted(Conflict):
    """The person has the right by their posts, or by an elevation that lasts."""

    code = "security.already_permitted"
    zh = "{person} 已有权限 {right}，无需申请"
    en = "{person} has {right} already and needs not ask"


class SomebodyHasIt(Conflict):
    """R9.6: others at the counter have the permission, so that one of them does it."""

    code = "security.somebody_has_it"
    zh = "机构 {unit} 有其他人员具备权限 {right}（{persons}），请由其办理；如其无法办理，请说明原因"
    en = "others at {unit} have {right} ({persons}): let one of them do it, or say why they can't"


class ReferenceMissing(Malformed):
    """An elevation for one transaction names it."""

    code = "security.reference_missing"
    zh = "单笔授权必须填写业务编号"
    en = "an elevation for one transaction names its reference"


class ReferenceNotWanted(Malformed):
    """Only an elevation for one transaction names one."""

    code = "security.reference_not_wanted"
    zh = "临时权限不得填写业务编号"
    en = "a temporary permission has no reference"


class SingleForBusiness(Conflict):
    """An action of Decalog's is given for a time, not for one transaction."""

    code = "security.single_for_business"
    zh = "单笔授权仅适用于业务处理系统的权限，{right} 请申请临时权限"
    en = "one transaction is one of the business processing system: ask for {right} as a temporary permission"


class EndMisplaced(Malformed):
    """The end has passed, or is too far away."""

    code = "security.end_misplaced"
    zh = "截止时间须晚于现在，且不晚于 {latest}"
    en = "the end must come after now, and at {latest} at the latest"


class NotTheirsToGive(Forbidden):
    """R9.6, our default: of Decalog's actions nobody gives what they have not."""

    code = "security.not_theirs_to_give"
    zh = "{person} 本人没有权限 {right}，不得授予他人，请由有此权限的负责人审批"
    en = "{person} has not {right} and cannot give it: a head who has it decides"


class NotLasting(Conflict):
    """The elevation is not, or no longer, in force."""

    code = "security.not_lasting"
    zh = "该临时授权当前为 {state}，不在有效期内"
    en = "this elevation is {state} and not in force"


class NotSingle(Conflict):
    """Only an elevation for one transaction is used up."""

    code = "security.not_single"
    zh = "只有单笔授权需登记使用"
    en = "only an elevation for one transaction is used up"


class PersonOrHeadOnly(Forbidden):
    """Only whoever has the elevation, or a head of the unit, ends it."""

    code = "security.person_or_head_only"
    zh = "只有被授权人或负责人可以提前终止"
    en = "only whoever has it, or a head of the unit, ends it early"


class OtherHalfGiven(Conflict):
    """The person was given something at the same moment that is kept apart from this, or the same."""

    code = "security.other_half_given"
    zh = "{person} 已有一项与 {right} 相同或须分离的有效授权，请先用毕或终止"
    en = "{person} has an elevation that is the same as {right} or kept apart from it: use or end that first"
