"""What is offered of the staff (R9.1, R9.8): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.forms import NothingIn
from security import staff
from security import staff_schemas as wire
from security.authority import Action
from security.units import UnitClosed, UnitMerged, UnitUnknown

STAFF_STATED = Event(
    name="staff_stated",
    kind="state",
    carries=wire.StaffState(),
    says=Words("人员状态", "a person's standing on the staff"),
)

_MEMBER = "/v1/staff/{person}"


def _step(name: str, path: str, says: Words, method: Any = "POST", **rest: Any) -> Operation:
    """A command on one member of the staff, which answers with the member."""
    rest = {"takes": NothingIn(), "example": {}, **rest}
    return command(
        name,
        method,
        f"{_MEMBER}/{path}",
        says=says,
        needs=Action.MANAGE_STAFF.value,
        gives=wire.StaffOut(),
        if_match="optional",
        announces=(STAFF_STATED.name,),
        **rest,
    )


STAFF_OPERATIONS = (
    command(
        "join_staff",
        "POST",
        "/v1/staff",
        says=Words("人员入司", "somebody joins the staff"),
        needs=Action.MANAGE_STAFF.value,
        takes=wire.JoinIn(),
        gives=wire.StaffOut(),
        status=201,
        refuses=(UnitUnknown, UnitClosed, UnitMerged),
        announces=(STAFF_STATED.name,),
        example={"person": "P440100902", "unit": "4401003"},
    ),
    _step(
        "move_staff",
        "move",
        Words("人员调动到另一机构", "somebody belongs to another unit from now on"),
        takes=wire.PlaceIn(),
        refuses=(staff.NotEmployed, UnitUnknown, UnitClosed, UnitMerged),
        example={"unit": "4401001"},
    ),
    _step(
        "suspend_staff",
        "suspension",
        Words("人员停职：立即不得进行任何操作", "suspend somebody: from now on they may do nothing"),
        takes=wire.SuspendIn(),
        refuses=(staff.NotEmployed,),
        example={"ground": "investigation"},
    ),
    _step(
        "reinstate_staff",
        "reinstatement",
        Words("人员复职", "take somebody back after a suspension"),
        refuses=(staff.NotSuspended, staff.StandingsTooMany),
    ),
    _step(
        "leave_staff",
        "departure",
        Words("人员离司（立即，或在给定时间）", "somebody leaves, at once or at the instant given"),
        takes=wire.LeaveIn(),
        refuses=(staff.NotEmployed, staff.DepartureTooFar),
    ),
    _step(
        "keep_staff",
        "departure",
        Words("取消尚未生效的离司安排", "call off a departure that is ahead"),
        method="DELETE",
        takes=None,
        example=None,
        refuses=(staff.NoDeparture,),
    ),
    _step(
        "return_to_staff",
        "return",
        Words("离司人员重新入司", "somebody who had left joins again"),
        takes=wire.PlaceIn(),
        refuses=(staff.StillHere, staff.StandingsTooMany, UnitUnknown, UnitClosed, UnitMerged),
        example={"unit": "4401003"},
    ),
    query(
        "staff_member",
        _MEMBER,
        says=Words("查询人员状态", "one person on the staff"),
        needs=Action.READ_STAFF.value,
        gives=wire.StaffOut(),
    ),
    query(
        "staff_list",
        "/v1/staff",
        says=Words("查询人员", "the staff, whoever changed last first"),
        needs=Action.READ_STAFF.value,
        asks=wire.StaffIn(),
        gives=wire.StaffListOut(),
        paged=True,
    ),
)
