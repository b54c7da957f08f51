"""What is offered of assignments (R7.5, R9.1): a part of the contract."""

from chassis.contract import Words, command, query
from chassis.work.approvals import ReasonMissing
from chassis.work.corrections import CorrectionsTooMany, NothingCorrected
from security import holder_schemas as wire
from security import holders, lending
from security.authority import Action
from security.events import ASSIGNMENT_STATED
from security.posts import PostUnknown
from security.separations import PostsSeparated
from security.spans import DaysOutOfOrder
from security.staff import NotEmployed
from security.units import UnitClosed, UnitMerged, UnitUnknown

_ASSIGNMENT = "/v1/assignments/{assignment}"

HOLDER_OPERATIONS = (
    command(
        "assign",
        "POST",
        "/v1/assignments",
        says=Words("任职：由某人担任某机构的某岗位", "let a person hold a post at a unit"),
        needs=Action.ASSIGN.value,
        takes=wire.AssignIn(),
        gives=wire.AssignmentShown(),
        status=201,
        refuses=(
            holders.OwnAssignment,
            NotEmployed,
            PostUnknown,
            UnitUnknown,
            UnitClosed,
            UnitMerged,
            holders.PostNotAtKind,
            holders.UnitNotYetOpen,
            holders.AlreadyHeld,
            holders.OrderOnlyForDeputies,
            PostsSeparated,
            DaysOutOfOrder,
        ),
        announces=(ASSIGNMENT_STATED.name,),
        example={"person": "P440100901", "post": "teller", "unit": "4401003", "held_from": "2026-11-23"},
    ),
    command(
        "lend_staff",
        "POST",
        "/v1/staff/{person}/lendings",
        says=Words("借调：某人在给定日期内到另一机构任职", "lend a person to another unit for dated days"),
        needs=Action.ASSIGN.value,
        takes=wire.LendIn(),
        gives=wire.AssignmentShown(),
        status=201,
        refuses=(
            holders.OwnAssignment,
            NotEmployed,
            lending.LentHome,
            lending.LendingTooLong,
            PostUnknown,
            UnitUnknown,
            UnitClosed,
            UnitMerged,
            holders.PostNotAtKind,
            holders.UnitNotYetOpen,
            holders.AlreadyHeld,
            PostsSeparated,
            DaysOutOfOrder,
        ),
        announces=(ASSIGNMENT_STATED.name,),
        example={"post": "teller", "unit": "4401001", "held_from": "2026-11-23", "held_to": "2026-11-25"},
    ),
    command(
        "end_assignment",
        "POST",
        f"{_ASSIGNMENT}/end",
        says=Words("终止任职（从给定日期起不再任职）", "end an assignment: not held any more on that day"),
        needs=Action.ASSIGN.value,
        takes=wire.EndIn(),
        gives=wire.AssignmentShown(),
        if_match="optional",
        refuses=(holders.AlreadyEnded, DaysOutOfOrder),
        announces=(ASSIGNMENT_STATED.name,),
        example={},
    ),
    command(
        "correct_assignment",
        "POST",
        f"{_ASSIGNMENT}/corrections",
        says=Words("更正任职记录（红线更正，保留原记录）", "correct an entry of an assignment; what stood there stays"),
        needs=Action.ASSIGN.value,
        takes=wire.CorrectAssignmentIn(),
        gives=wire.AssignmentShown(),
        key="required",
        if_match="optional",
        refuses=(
            holders.OwnAssignment,
            UnitClosed,
            UnitMerged,
            lending.LendingTooLong,
            holders.UnitNotYetOpen,
            holders.AlreadyHeld,
            holders.OrderOnlyForDeputies,
            PostsSeparated,
            DaysOutOfOrder,
            NothingCorrected,
            CorrectionsTooMany,
            ReasonMissing,
        ),
        announces=(ASSIGNMENT_STATED.name,),
        example={"held_to": "2027-01-01", "reason": "终止日期登记有误"},
    ),
    query(
        "assignment",
        _ASSIGNMENT,
        says=Words("查询一项任职", "one assignment"),
        needs=Action.READ_DIRECTORY.value,
        gives=wire.AssignmentShown(),
    ),
    query(
        "assignment_list",
        "/v1/assignments",
        says=Words("查询任职", "assignments, those that begin last first"),
        needs=Action.READ_DIRECTORY.value,
        asks=wire.AssignmentsIn(),
        gives=wire.AssignmentsOut(),
        paged=True,
    ),
)
