"""What is offered of handling bodies (R7.12): a part of the contract."""

from chassis.contract import Event, Words, command, query
from chassis.forms import NothingIn
from emergency import body_schemas as wire
from emergency import refusals as no
from emergency.authority import Action

BODY_UNCONFIRMED = Event(
    name="handling_body_unconfirmed",
    kind="fact",
    carries=wire.BodyUnconfirmed(),
    says=Words("处理机构逾期未确认", "a handling body was not confirmed in time"),
)

_BODY = "/v1/handling-bodies/{unit}"

BODY_OPERATIONS = (
    command(
        "set_handling_body",
        "PUT",
        _BODY,
        says=Words("设定机构的应急处理小组", "set the standing emergency group of a unit"),
        needs=Action.SET_BODY.value,
        takes=wire.SetBodyIn(),
        gives=wire.BodyOut(),
        if_match="optional",
        also=(201,),
        refuses=(no.BeyondAuthority, no.LeaderNotOne, no.DeputyMissing, no.MemberTwice, no.MemberUnknown),
        example={
            "members": [
                {"person": "P440100001", "role": "leader"},
                {"person": "P440100002", "role": "deputy"},
                {"person": "P440100003", "role": "liaison"},
            ]
        },
    ),
    command(
        "confirm_handling_body",
        "POST",
        f"{_BODY}/confirmations",
        says=Words("确认处理小组及其联系方式无误", "confirm that the group, and how it is reached, is right"),
        needs=Action.SET_BODY.value,
        takes=NothingIn(),
        gives=wire.BodyOut(),
        if_match="optional",
        refuses=(no.BeyondAuthority, no.MemberUnknown),
        example={},
    ),
    query(
        "handling_body",
        _BODY,
        says=Words("查询机构的应急处理小组", "the standing emergency group of a unit"),
        needs=Action.READ_BODY.value,
        gives=wire.BodyOut(),
    ),
    query(
        "handling_body_list",
        "/v1/handling-bodies",
        says=Words("查询应急处理小组", "standing emergency groups, the one last confirmed first"),
        needs=Action.READ_BODY.value,
        asks=wire.BodiesIn(),
        gives=wire.BodiesOut(),
        paged=True,
    ),
    query(
        "incident_handling_bodies",
        "/v1/incidents/{incident}/handling-bodies",
        says=Words("查询事件涉及的各级应急处理小组", "the groups that an incident concerns, highest first"),
        needs=Action.READ.value,
        relations=("within", "own", "told"),
        gives=wire.BodiesOut(),
    ),
)
