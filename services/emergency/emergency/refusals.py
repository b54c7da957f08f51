"""The refusals of emergencies: the answers that say no, in both languages."""

from chassis.errors import Conflict, Forbidden, Malformed, Missing


class FactContradictory(Malformed):
    """A fact was given a value and called unknown in one report."""

    code = "emergency.fact_contradictory"
    zh = "事实 {fact} 不能既给出数值又声明未知"
    en = "fact {fact} is given and called unknown at once"


class FactOutOfRange(Malformed):
    """A fact is below nought, or beyond any event."""

    code = "emergency.fact_out_of_range"
    zh = "事实 {fact} 的数值超出范围"
    en = "fact {fact} is out of range"


class TextTooLong(Malformed):
    """A free text is longer than the field allows."""

    code = "emergency.text_too_long"
    zh = "{field} 不得超过 {limit} 字"
    en = "{field} may have {limit} characters at most"


class TextMissing(Malformed):
    """A free text that must be given is empty."""

    code = "emergency.text_missing"
    zh = "必须填写 {field}"
    en = "{field} must be given"


class TimeInFuture(Malformed):
    """An event is said to have happened, or been noticed, after it was reported."""

    code = "emergency.time_in_future"
    zh = "{field} 晚于报告时间 {at}"
    en = "{field} is later than the report, {at}"


class NoFacts(Malformed):
    """Facts were to be added, and none was given."""

    code = "emergency.no_facts"
    zh = "未给出任何事实"
    en = "no fact is given"


class NotAClaimsCase(Conflict):
    """R7.10: only a claims case is referred to the measures for claims."""

    code = "emergency.not_a_claims_case"
    zh = "事件 {incident} 不是重大疑难赔案"
    en = "incident {incident} is not a claims case"


class ClaimNotReferred(Conflict):
    """R7.10: a claims case is closed after it was referred with its reference."""

    code = "emergency.claim_not_referred"
    zh = "赔案事件 {incident} 尚未登记转办编号"
    en = "claims case {incident} has no reference of its referral yet"


class AlreadyClosed(Conflict):
    """The incident is closed: nothing but its final report may still come."""

    code = "emergency.already_closed"
    zh = "事件 {incident} 已于 {at} 关闭"
    en = "incident {incident} was closed at {at}"


class WrongState(Conflict):
    """R7.11: the incident is not in the state that this needs."""

    code = "emergency.wrong_state"
    zh = "事件 {incident} 当前状态为 {state}，需为 {needed}"
    en = "incident {incident} is {state} and must be {needed}"


class CommandHeld(Conflict):
    """Somebody of the same or a higher level of the organisation has command."""

    code = "emergency.command_held"
    zh = "事件 {incident} 已由 {tier} 级 {person} 指挥"
    en = "incident {incident} is commanded by {person} of {tier}"


class SameLevel(Conflict):
    """The incident has that level already."""

    code = "emergency.same_level"
    zh = "事件 {incident} 已是 {level} 级"
    en = "incident {incident} is of level {level} already"


class CompanyTextForbids(Conflict):
    """R7.2: the stated facts make it level I; nobody may lower it while they stand."""

    code = "emergency.company_text_forbids"
    zh = "已知事实符合特大事件标准（{clause}，{criterion}），不得降级；如事实有误请先更正"
    en = "the stated facts are those of level I ({clause}, {criterion}): correct them first if they are wrong"


class GuidanceMissing(Conflict):
    """R7.5: an incident of level I or II is closed after guidance was recorded."""

    code = "emergency.guidance_missing"
    zh = "{level} 级事件 {incident} 尚无负责人指导记录，不能关闭"
    en = "incident {incident} of level {level} has no guidance recorded and cannot be closed"


class FirstReportMissing(Conflict):
    """R7.11: the first report has not been filed at the present level."""

    code = "emergency.first_report_missing"
    zh = "事件 {incident} 的首报尚未提交（时限 {due}）"
    en = "the first report of incident {incident} is not filed (due {due})"


class ReportAlreadyFiled(Conflict):
    """A report of that kind has been filed, or the final report has."""

    code = "emergency.report_already_filed"
    zh = "事件 {incident} 的 {report} 报告已提交"
    en = "the {report} report of incident {incident} has been filed"


class NotYetContained(Conflict):
    """R7.11: the final report follows containment."""

    code = "emergency.not_yet_contained"
    zh = "事件 {incident} 尚未受控，不能提交终报"
    en = "incident {incident} is not contained: the final report comes after that"


class NotTold(Conflict):
    """R7.5: only who was told of an incident can acknowledge it."""

    code = "emergency.not_told"
    zh = "{person} 未被通知事件 {incident}"
    en = "{person} was not told of incident {incident}"


class UnitAlreadyKnown(Conflict):
    """The unit of the incident is known: there is nothing to re-stamp."""

    code = "emergency.unit_already_known"
    zh = "事件 {incident} 的机构 {unit} 已登记"
    en = "unit {unit} of incident {incident} is known"


class BeyondAuthority(Forbidden):
    """The caller's posts do not reach this action at this level."""

    code = "emergency.beyond_authority"
    zh = "{person} 无权对 {level} 级事件执行 {action}"
    en = "{person} has no authority for {action} at level {level}"


class CommandedHigher(Forbidden):
    """R7.3: lowering belongs to the level of the organisation that took command."""

    code = "emergency.commanded_higher"
    zh = "事件 {incident} 由 {tier} 级指挥，降级须由该级决定"
    en = "incident {incident} is commanded by {tier}: lowering is theirs to decide"


class ThresholdsNotNewer(Conflict):
    """A version of the thresholds is replaced by a newer one only."""

    code = "emergency.thresholds_not_newer"
    zh = "分级标准版本 {version} 不新于现行版本 {current}"
    en = "version {version} of the thresholds is not newer than {current}"


class CompanyTextLaxer(Conflict):
    """R7.2: the company's own text may be made stricter, never laxer."""

    code = "emergency.company_text_laxer"
    zh = "公司原文标准 {criterion}（{clause}）不得放宽"
    en = "the company's own criterion {criterion} ({clause}) may not be made laxer"


class LeaderNotOne(Malformed):
    """R7.12: a handling body is led by one person."""

    code = "emergency.leader_not_one"
    zh = "处理小组须有且只有一名组长，现为 {count} 名"
    en = "a handling body has exactly one leader; here there are {count}"


class DeputyMissing(Malformed):
    """R7.12: somebody must be able to stand in for the leader."""

    code = "emergency.deputy_missing"
    zh = "处理小组须至少有一名副组长"
    en = "a handling body has at least one deputy"


class MemberTwice(Malformed):
    """R7.12: each person stands in a handling body once."""

    code = "emergency.member_twice"
    zh = "{person} 在处理小组中重复出现"
    en = "{person} stands in the handling body more than once"


class MemberUnknown(Malformed):
    """R7.12: a member must hold a post today."""

    code = "emergency.member_unknown"
    zh = "{person} 今天不在任何岗位上，不能列入处理小组"
    en = "{person} holds no post today and can't be a member of a handling body"


class PlanVersionNotNext(Conflict):
    """R7.9: the versions of a plan follow each other without a gap."""

    code = "emergency.plan_version_not_next"
    zh = "预案下一版本应为 {next}，而不是 {version}"
    en = "the next version of the plan is {next}, not {version}"


class PlanBackdated(Malformed):
    """R7.9: a plan holds from today or later."""

    code = "emergency.plan_backdated"
    zh = "预案生效日不得早于今天（{today}）"
    en = "a plan takes effect today ({today}) or later"


class StepTwice(Malformed):
    """R7.9: each step of a plan has a name of its own."""

    code = "emergency.step_twice"
    zh = "步骤 {step} 在预案中重复出现"
    en = "step {step} stands in the plan more than once"


class StepPostUnknown(Malformed):
    """R7.9: a step belongs to a post that exists and can do steps."""

    code = "emergency.step_post_unknown"
    zh = "岗位 {post} 不存在或不能处理步骤，不能作为步骤责任人"
    en = "there is no post {post} that could do a step"


class StepMandatoryTooEarly(Malformed):
    """R7.9: a step can't be mandatory at a level that does not need it."""

    code = "emergency.step_mandatory_too_early"
    zh = "步骤 {step} 在尚不需要它的级别上被设为必办"
    en = "step {step} is mandatory at a level that does not need it"


class PlanLaxer(Conflict):
    """R7.9: a unit's own plan may be stricter than the one above, never laxer."""

    code = "emergency.plan_laxer"
    zh = "上级预案 {above} 的必办步骤 {step} 不得删除、推迟或放宽"
    en = "mandatory step {step} of the plan above, {above}, may not be left out, put off or made optional"


class NoPlan(Missing):
    """R7.9: the incident was reported before there were plans."""

    code = "emergency.no_plan"
    zh = "事件 {incident} 没有已启动的预案"
    en = "incident {incident} has no active plan"


class StepUnknown(Missing):
    """R7.9: the incident's plan has no such step at its level."""

    code = "emergency.step_unknown"
    zh = "事件 {incident} 的预案中没有步骤 {step}"
    en = "the plan of incident {incident} has no step {step}"


class StepNotYours(Forbidden):
    """R7.9: a step is done by its post, or by somebody in charge at its level of the organisation or above."""

    code = "emergency.step_not_yours"
    zh = "步骤 {step} 由 {tier} 的 {post} 或该级以上负责人处理"
    en = "step {step} belongs to the {post} of the {tier}, or to those in charge there and above"


class MandatoryStepsOpen(Conflict):
    """R7.11: closing waits for the mandatory steps."""

    code = "emergency.mandatory_steps_open"
    zh = "事件 {incident} 尚有必办步骤未完成：{steps}。请完成，或由有权关闭的负责人注明不适用"
    en = "mandatory steps of incident {incident} are open: {steps}. Complete them, or have them waived with a reason"


class AlreadyReviewed(Conflict):
    """R7.11: an incident is reviewed once."""

    code = "emergency.already_reviewed"
    zh = "事件 {incident} 已复盘"
    en = "incident {incident} has been reviewed"


class NotReviewed(Missing):
    """R7.11: there is no review yet, and so no actions."""

    code = "emergency.not_reviewed"
    zh = "事件 {incident} 尚未复盘"
    en = "incident {incident} has not been reviewed"


class ActionUnknown(Missing):
    """R7.11: the review has no such action."""

    code = "emergency.action_unknown"
    zh = "事件 {incident} 的复盘中没有整改事项 {action}"
    en = "the review of incident {incident} has no action {action}"


class ActionOwnerUnknown(Malformed):
    """R7.11: an action belongs to a person in post, or to a post at one of the incident's units."""

    code = "emergency.action_owner_unknown"
    zh = "责任人 {owner} 无效：须为今天在岗的人员，或事件所属机构中能处理事项的岗位"
    en = "{owner} can't own an action: it takes a person in post today, or a post that can act at the incident's units"


class ActionNotYours(Forbidden):
    """R7.11: an action is done by its owner, who stands in, or who could have reviewed."""

    code = "emergency.action_not_yours"
    zh = "整改事项 {action} 由其责任人、代办人或有权复盘的负责人处理"
    en = "action {action} belongs to its owner, to who stands in, or to those who may review"


class AttachmentUnknown(Missing):
    """R7.11: no such file belongs to the incident."""

    code = "emergency.attachment_unknown"
    zh = "事件 {incident} 没有附件 {hash}"
    en = "no file {hash} belongs to incident {incident}"


class AttachedOtherwise(Conflict):
    """R7.11: the same file belongs to the incident already, called or meant otherwise."""

    code = "emergency.attached_otherwise"
    zh = "该文件已作为“{name}”（{kind}）附于事件 {incident}，无需重复添加"
    en = "incident {incident} has this file already, as {name} ({kind}): it need not be attached again"


class TooManyAttachments(Conflict):
    """R7.11: an incident takes no more files."""

    code = "emergency.too_many_attachments"
    zh = "事件 {incident} 已有 {limit} 个附件，不能再添加；请合并为一份文件"
    en = "incident {incident} has {limit} files and takes no more: put several into one"
