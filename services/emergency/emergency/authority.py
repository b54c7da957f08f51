"""Who may do what with an incident: post → actions → level, within the unit of the post. Data, and one question.

Reporting is open to every post at a counter. Raising belongs to supervisors and above, whatever the level;
lowering and closing reach up to a level: city III, province II, head office I.
"""

from enum import StrEnum

from attrs import frozen

from emergency.levels import Level, Tier
from emergency.refusals import BeyondAuthority


class Action(StrEnum):
    """What can be done with incidents and all that surrounds them; the names of the grants."""

    REPORT = "incident.report"
    READ = "incident.read"
    ADD_FACTS = "incident.add_facts"
    GRADE = "incident.grade"
    LOWER = "incident.lower"
    RESPOND = "incident.respond"
    CONTAIN = "incident.contain"
    CORRECT = "incident.correct"
    CLOSE = "incident.close"
    ACKNOWLEDGE = "incident.acknowledge"
    GUIDE = "incident.guide"
    FILE_REPORT = "incident.file_report"
    READ_BODY = "handling_body.read"
    SET_BODY = "handling_body.set"
    READ_PLAN = "plan.read"
    ADOPT_PLAN = "plan.adopt"
    DO_STEP = "incident.do_step"
    REVIEW = "incident.review"
    READ_INSPECTION = "risk_inspection.read"
    RECORD_INSPECTION = "risk_inspection.record"
    PLAN_INSPECTION = "risk_inspection.plan"
    ASSIGN_FINDING = "risk_finding.assign"
    FIX_FINDING = "risk_finding.fix"
    VERIFY_FINDING = "risk_finding.verify"
    READ_WARNING = "warning.read"
    ISSUE_WARNING = "warning.issue"
    ACKNOWLEDGE_WARNING = "warning.acknowledge"
    LIFT_WARNING = "warning.lift"
    READ_DRILL = "drill.read"
    PLAN_DRILL = "drill.plan"
    RUN_DRILL = "drill.run"
    EVALUATE_DRILL = "drill.evaluate"
    SET_DRILL_PROGRAMME = "drill.set_programme"
    REPORT_SIGNAL = "signal.report"
    READ_DRAFT = "draft.read"
    DECIDE_DRAFT = "draft.decide"
    READ_STATISTICS = "statistics.read"
    REPORT_STATISTICS = "statistics.report"
    READ_PARAMETERS = "parameter.read"
    PROPOSE_PARAMETER = "parameter.propose"
    APPROVE_PARAMETER = "parameter.approve"


class Relation(StrEnum):
    """Over which incidents: those of the post's unit and below, or those that the person was told of."""

    WITHIN = "within"
    TOLD = "told"


@frozen
class Permission:
    """A post may do an action with incidents up to this level. I means all of them."""

    post: str
    action: Action
    up_to: Level = Level.I
    relation: Relation = Relation.WITHIN


@frozen
class Actor:
    """Who acts: a person with the posts held over the incident's unit, or a branch system with its grants checked.

    `seats` are the levels of the organisation at which the posts are held, where that is known: the leader of a
    provincial company stands higher than the leader of a city's. `elevated` are actions given for a time (R9.6).
    """

    id: str
    posts: tuple[str, ...] = ()
    system: bool = False
    seats: tuple[Tier, ...] = ()
    elevated: tuple[Action, ...] = ()

    @property
    def tier(self) -> Tier:
        """The highest level of the organisation that the posts stand at, COUNTER where there is none."""
        tiers = self.seats or tuple(POST_TIERS.get(post, Tier.COUNTER) for post in self.posts)
        return max(tiers, key=lambda tier: tier.height, default=Tier.COUNTER)


POST_TIERS = {
    "teller": Tier.COUNTER,
    "guide": Tier.COUNTER,
    "counter_supervisor": Tier.COUNTER,
    "information_officer": Tier.COUNTER,
    "device_keeper": Tier.COUNTER,
    "seal_keeper": Tier.COUNTER,
    "document_keeper": Tier.COUNTER,
    "elite_marketer": Tier.COUNTER,
    "centre_manager": Tier.CITY,
    "city_reviewer": Tier.CITY,
    "company_leader": Tier.CITY,
    "province_reviewer": Tier.PROVINCE,
    "province_ops_head": Tier.PROVINCE,
    "ho_reviewer": Tier.HEAD_OFFICE,
    "ho_business_management_head": Tier.HEAD_OFFICE,
    "ho_customer_service_head": Tier.HEAD_OFFICE,
    "duty_officer": Tier.HEAD_OFFICE,
    "auditor": Tier.COUNTER,
}

#: R7.3: the level of the organisation that commands at each level, unless a higher one took command.
COMMAND = {Level.I: Tier.HEAD_OFFICE, Level.II: Tier.PROVINCE, Level.III: Tier.CITY, Level.IV: Tier.COUNTER}

#: What a branch system may do, where its own grants say so too.
SYSTEM_ACTIONS = (Action.REPORT, Action.READ, Action.ADD_FACTS, Action.FILE_REPORT, Action.REPORT_SIGNAL)

#: R9.6: what may be given to a person for a time, whatever security says.
ELEVATABLE = (
    Action.READ,
    Action.RESPOND,
    Action.CONTAIN,
    Action.CLOSE,
    Action.FILE_REPORT,
)

#: R9.6, our default: given for a time by a counter head, an action reaches no further than that head's own.
ELEVATED_UP_TO = Level.IV

_ON_THE_SPOT = (
    Action.REPORT,
    Action.READ,
    Action.ADD_FACTS,
    Action.GRADE,
    Action.RESPOND,
    Action.CONTAIN,
    Action.CORRECT,
)
_DECIDING = (Action.LOWER, Action.CLOSE, Action.REVIEW)
_WITH_PLANS = (Action.READ_PLAN, Action.DO_STEP)

#: R7.6, R7.7: what the head of a counter, and everybody in charge above, does about risks in the own unit.
_RISKS = (
    Action.READ_INSPECTION,
    Action.RECORD_INSPECTION,
    Action.ASSIGN_FINDING,
    Action.FIX_FINDING,
    Action.VERIFY_FINDING,
    Action.READ_WARNING,
    Action.ISSUE_WARNING,
    Action.ACKNOWLEDGE_WARNING,
    Action.LIFT_WARNING,
)
_STATISTICS = (Action.READ_STATISTICS, Action.REPORT_STATISTICS)
_WATCHING = (Action.READ_DRAFT, Action.DECIDE_DRAFT)
_DRILLING = (Action.READ_DRILL, Action.PLAN_DRILL, Action.RUN_DRILL)

#: Whoever is in charge, and who audits, sees the numbers; the Business Management Centre and Department decide on them.
DECIDING_NUMBERS = ("ho_business_management_head", "province_ops_head")
_SEEING_NUMBERS = (
    "counter_supervisor",
    "centre_manager",
    "city_reviewer",
    "company_leader",
    "province_reviewer",
    "ho_reviewer",
    "ho_customer_service_head",
    "auditor",
    *DECIDING_NUMBERS,
)


def _may(post: str, *actions: Action, up_to: Level = Level.I) -> tuple[Permission, ...]:
    return tuple(Permission(post, action, up_to) for action in actions)


def _told(post: str) -> Permission:
    return Permission(post, Action.ACKNOWLEDGE, relation=Relation.TOLD)


def _head(post: str, up_to: Level) -> tuple[Permission, ...]:
    """What a person in charge may do: everything on the spot, guide, report, and decide up to a level."""
    everywhere = _may(post, *_ON_THE_SPOT, Action.GUIDE, Action.FILE_REPORT, Action.READ_BODY, Action.SET_BODY)
    plans = _may(post, *_WITH_PLANS, Action.ADOPT_PLAN)
    risks = _may(post, *_RISKS, Action.PLAN_INSPECTION)
    drills = _may(post, *_DRILLING, Action.EVALUATE_DRILL, Action.SET_DRILL_PROGRAMME)
    watching = _may(post, *_WATCHING, *_STATISTICS)
    deciding = _may(post, *_DECIDING, up_to=up_to)
    return (*everywhere, *plans, *risks, *drills, *watching, *deciding, _told(post))


PERMISSIONS: tuple[Permission, ...] = (
    *_may("teller", Action.REPORT, Action.ADD_FACTS, Action.READ_WARNING),
    *_may("guide", Action.REPORT, Action.ADD_FACTS, Action.READ_WARNING),
    *_may("information_officer", Action.REPORT),
    *_may("device_keeper", Action.REPORT),
    *_may("seal_keeper", Action.REPORT),
    *_may("document_keeper", Action.REPORT),
    *_may("elite_marketer", Action.REPORT),
    *_may("counter_supervisor", *_ON_THE_SPOT, Action.FILE_REPORT, Action.READ_BODY, *_RISKS, *_DRILLING, *_WATCHING),
    _told("counter_supervisor"),
    *_head("centre_manager", Level.IV),
    *_head("city_reviewer", Level.III),
    *_head("company_leader", Level.III),
    *_head("province_reviewer", Level.II),
    *_head("province_ops_head", Level.II),
    *_head("ho_reviewer", Level.I),
    *_head("ho_business_management_head", Level.I),
    *_head("ho_customer_service_head", Level.I),
    *_may("duty_officer", Action.READ_PLAN),
    *(
        each
        for post in ("teller", "guide", "information_officer", "device_keeper", "seal_keeper", "counter_supervisor")
        for each in _may(post, *_WITH_PLANS)
    ),
    *_may("duty_officer", Action.READ_INSPECTION, Action.READ_WARNING),
    *_may("auditor", Action.READ_PLAN, Action.READ_INSPECTION, Action.READ_WARNING),
    *_may("duty_officer", Action.READ, Action.REPORT, Action.GRADE, Action.READ_BODY, Action.READ_DRILL, *_WATCHING),
    *_may("auditor", Action.READ, Action.READ_BODY, Action.READ_DRILL, Action.READ_DRAFT, Action.READ_STATISTICS),
    *(each for post in _SEEING_NUMBERS for each in _may(post, Action.READ_PARAMETERS)),
    *(each for post in ("province_reviewer", *DECIDING_NUMBERS) for each in _may(post, Action.PROPOSE_PARAMETER)),
    *(each for post in DECIDING_NUMBERS for each in _may(post, Action.APPROVE_PARAMETER)),
)

#: Posts that can do the steps of a plan and the actions of a review, and so may own them.
STEP_POSTS = frozenset(permission.post for permission in PERMISSIONS if permission.action is Action.DO_STEP)


def may(actor: Actor, action: Action, level: Level) -> bool:
    """R7.3: whether one of the actor's posts reaches the action at this level; a system by its list of actions.

    R9.6: so does an elevation, up to `ELEVATED_UP_TO`.
    """
    if actor.system:
        return action in SYSTEM_ACTIONS
    if action in actor.elevated and ELEVATED_UP_TO.covers(level):
        return True
    return any(
        permission.post in actor.posts and permission.action is action and permission.up_to.covers(level)
        for permission in PERMISSIONS
    )


def require(actor: Actor, action: Action, level: Level) -> None:
    """R7.3: refuse (BeyondAuthority) what the actor's posts do not reach."""
    if not may(actor, action, level):
        raise BeyondAuthority(person=actor.id, action=action, level=level)
