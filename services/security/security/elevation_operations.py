"""What is offered of elevations (R9.6): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.work import approvals
from security import elevation_refusals as no
from security import elevation_schemas as wire
from security.authority import Action, BeyondAuthority
from security.rights import RightUnknown
from security.separations import RightsSeparated

ELEVATION_STATED = Event(
    name="elevation_stated",
    kind="state",
    carries=wire.ElevationStated(),
    says=Words("临时授权状态", "an elevation's public state"),
)

_ONE = "/v1/elevations/{elevation}"
_BOTH = ("within", "own")


def _step(name: str, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one elevation, which answers with it."""
    return command(
        name,
        "POST",
        f"{_ONE}/{path}",
        says=says,
        needs=action.value,
        gives=wire.ElevationOut(),
        if_match="optional",
        **{
            "takes": wire.ElevationNothingIn(),
            "announces": (ELEVATION_STATED.name,),
            "example": {},
            **rest,
        },
    )


ELEVATION_OPERATIONS = (
    command(
        "request_elevation",
        "POST",
        "/v1/elevations",
        says=Words("申请临时授权", "ask for a temporary permission, or for one transaction"),
        needs=Action.REQUEST_ELEVATION.value,
        takes=wire.RequestElevationIn(),
        gives=wire.ElevationOut(),
        key="required",
        status=201,
        refuses=(
            BeyondAuthority,
            no.NotYourUnit,
            RightUnknown,
            no.NotElevatable,
            no.AlreadyPermitted,
            no.SomebodyHasIt,
            no.ReferenceMissing,
            no.ReferenceNotWanted,
            no.SingleForBusiness,
            no.EndMisplaced,
            RightsSeparated,
            approvals.ReasonMissing,
        ),
        announces=(ELEVATION_STATED.name,),
        example={
            "kind": "temporary",
            "right": "incident.close",
            "unit": "4401003",
            "reason": "经理外出，需在现场关闭一般事件",
        },
    ),
    query(
        "elevation_list",
        "/v1/elevations",
        says=Words("查询临时授权", "elevations, newest first"),
        needs=Action.READ_ELEVATION.value,
        relations=_BOTH,
        asks=wire.ElevationsIn(),
        gives=wire.ElevationsOut(),
        paged=True,
    ),
    query(
        "elevation",
        _ONE,
        says=Words("查询一项临时授权", "one elevation"),
        needs=Action.READ_ELEVATION.value,
        relations=_BOTH,
        gives=wire.ElevationOut(),
    ),
    _step(
        "approve_elevation",
        "approval",
        Words("批准临时授权", "approve: in force from now on"),
        Action.DECIDE_ELEVATION,
        refuses=(
            BeyondAuthority,
            approvals.NotPending,
            approvals.OwnWork,
            approvals.PostLacking,
            no.NotYourUnit,
            no.AlreadyPermitted,
            no.NotTheirsToGive,
            no.OtherHalfGiven,
            RightsSeparated,
        ),
    ),
    _step(
        "refuse_elevation",
        "refusal",
        Words("不予批准", "refuse, with a reason"),
        Action.DECIDE_ELEVATION,
        takes=wire.ElevationReasonIn(),
        refuses=(
            BeyondAuthority,
            approvals.NotPending,
            approvals.OwnWork,
            approvals.PostLacking,
            approvals.ReasonMissing,
        ),
        example={"reason": "请由值班经理办理"},
    ),
    _step(
        "withdraw_elevation",
        "withdrawal",
        Words("撤回申请", "withdraw what was asked for"),
        Action.REQUEST_ELEVATION,
        relations=("own",),
        refuses=(approvals.NotPending,),
    ),
    _step(
        "use_elevation",
        "use",
        Words("登记单笔授权已使用", "the one transaction is done"),
        Action.USE_ELEVATION,
        relations=_BOTH,
        refuses=(no.NotSingle, no.NotLasting),
    ),
    _step(
        "revoke_elevation",
        "revocation",
        Words("提前终止临时授权", "end it early"),
        Action.REVOKE_ELEVATION,
        relations=_BOTH,
        takes=wire.ElevationReasonIn(),
        refuses=(no.PersonOrHeadOnly, no.NotLasting, approvals.ReasonMissing),
        example={"reason": "业务已办结"},
    ),
)
