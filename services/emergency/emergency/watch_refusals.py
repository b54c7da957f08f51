"""R7.3, R7.7: the refusals of signals and drafts, in both languages."""

from chassis.errors import Conflict, Malformed


class DraftSettled(Conflict):
    """A draft is decided once."""

    code = "emergency.draft_settled"
    zh = "草稿 {draft} 已处理，状态为 {status}"
    en = "draft {draft} has been decided: it is {status}"


class UnitOutsideDraft(Malformed):
    """The incident of a draft is at the place that the draft was counted in, or below it."""

    code = "emergency.unit_outside_draft"
    zh = "机构 {unit} 不在草稿所涉及的 {area} 范围内"
    en = "unit {unit} does not lie within {area}, where the draft was counted"


class NotACounter(Malformed):
    """A signal comes from a counter."""

    code = "emergency.not_a_counter"
    zh = "{unit} 不是柜面，信号须注明发生的柜面"
    en = "{unit} is no counter: a signal names the counter that it comes from"
