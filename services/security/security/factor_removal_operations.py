"""What is offered of lost second factors (R9.6, R9.7): a part of the contract."""

from chassis.contract import Event, Words, command, query
from chassis.forms import NothingIn
from chassis.work import approvals
from security import account_refusals as no
from security import factor_removal_schemas as wire
from security.account_schemas import AccountOut
from security.authority import Action, BeyondAuthority

FACTOR_REMOVAL_ASKED = Event(
    name="factor_removal_asked",
    kind="fact",
    carries=wire.FactorRemovalAskedOut(),
    says=Words("已申请解除第二因素", "an administrator asks that a lost second factor be taken away"),
)
FACTOR_REMOVED = Event(
    name="factor_removed",
    kind="fact",
    carries=wire.FactorRemovedOut(),
    says=Words("第二因素已经两人解除", "a second factor was taken away by two people"),
)
FACTOR_REMOVAL_EVENTS = (FACTOR_REMOVAL_ASKED, FACTOR_REMOVED)

_ONE = "/v1/accounts/{account}/factor-removal"
_DECIDE = Action.DECIDE_FACTOR_REMOVAL.value
_DECIDING = (
    BeyondAuthority,
    no.RemovalMissing,
    approvals.NotPending,
    approvals.OwnWork,
    approvals.SelfConcerned,
)

FACTOR_REMOVAL_OPERATIONS = (
    command(
        "request_factor_removal",
        "POST",
        _ONE,
        says=Words("申请解除遗失的第二因素", "ask that a lost second factor be taken away"),
        needs=Action.MANAGE_ACCOUNTS.value,
        takes=wire.FactorRemovalReasonIn(),
        gives=AccountOut(),
        refuses=(
            BeyondAuthority,
            no.OwnAccount,
            no.AccountDisabled,
            no.FactorMissing,
            no.RemovalPending,
            approvals.ReasonMissing,
        ),
        announces=(FACTOR_REMOVAL_ASKED.name,),
        example={"reason": "手机遗失，已当面核实身份"},
    ),
    query(
        "factor_removal",
        _ONE,
        says=Words("查询解除第二因素的申请", "what is asked for of an account's second factor"),
        needs=_DECIDE,
        gives=AccountOut(),
    ),
    command(
        "approve_factor_removal",
        "POST",
        f"{_ONE}/approval",
        says=Words(
            "批准解除第二因素：返回一次性领取码，由审批人当面交给本人",
            "take it away: a pick-up code, which who approves hands to the owner",
        ),
        needs=_DECIDE,
        takes=NothingIn(),
        gives=wire.PickUpOut(),
        refuses=(*_DECIDING, no.AccountDisabled, no.NotIndependent),
        announces=(FACTOR_REMOVED.name,),
        example={},
    ),
    command(
        "refuse_factor_removal",
        "POST",
        f"{_ONE}/refusal",
        says=Words("不予解除第二因素", "refuse, with a reason"),
        needs=_DECIDE,
        takes=wire.FactorRemovalReasonIn(),
        gives=AccountOut(),
        refuses=(*_DECIDING, approvals.ReasonMissing),
        example={"reason": "本人称手机未遗失"},
    ),
)
