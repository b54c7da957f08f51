"""What is offered of permissions and of the post–permission matrix (R9.5): a part of the contract."""

from typing import Any

from chassis.contract import Event, Operation, Words, command, query
from chassis.work import approvals
from security import matrix_refusals as no
from security import matrix_schemas as wire
from security import right_schemas
from security.authority import Action, BeyondAuthority
from security.separations import PostsJoinable, RightsSeparated

MATRIX_STATED = Event(
    name="matrix_stated",
    kind="state",
    carries=wire.MatrixStated(),
    says=Words("岗位权限设置表状态", "a matrix's public state"),
)
RECERTIFICATION_OVERDUE = Event(
    name="recertification_overdue",
    kind="fact",
    carries=wire.RecertificationOverdue(),
    says=Words("岗位权限设置表逾期未复核", "a matrix was not recertified in time"),
)

MATRIX_EVENTS = (MATRIX_STATED, RECERTIFICATION_OVERDUE)

_MATRIX = "/v1/permission-matrices/{unit}"
_ROWS: tuple[Any, ...] = (no.PostOutside, no.PermissionUnknown, no.RowTwice)
_APART: tuple[Any, ...] = (RightsSeparated, PostsJoinable)
_EXAMPLE_ROWS = [
    {"post": "teller", "permission": "policy.change", "scope": "own"},
    {"post": "counter_supervisor", "permission": "policy.change_check", "scope": "unit"},
]
#: SHA-256 of the example's rows as CSV.
_EXAMPLE_DIGEST = "164084cbd1b9b61a6431fc29f9d5b96f91c6f9599815c933f19b456f91433013"


def _step(name: str, method: Any, path: str, says: Words, action: Action, **rest: Any) -> Operation:
    """A command on one matrix, which answers with the matrix."""
    return command(
        name,
        method,
        f"{_MATRIX}/{path}",
        says=says,
        needs=action.value,
        gives=wire.MatrixOut(),
        if_match="optional",
        **{"takes": wire.MatrixNothingIn(), "announces": (MATRIX_STATED.name,), "example": {}, **rest},
    )


MATRIX_OPERATIONS = (
    query(
        "permission_catalogue",
        "/v1/permissions",
        says=Words("权限目录与不相容权限", "the catalogue of permissions, and what is kept apart"),
        needs=Action.READ_CATALOGUE.value,
        gives=right_schemas.CatalogueOut(),
    ),
    query(
        "decalog_matrix",
        "/v1/permission-matrix/decalog",
        says=Words("本系统自身的岗位权限表", "Decalog's own post–permission table"),
        needs=Action.READ_CATALOGUE.value,
        gives=right_schemas.DecalogMatrixOut(),
    ),
    query(
        "matrix_list",
        "/v1/permission-matrices",
        says=Words("查询岗位权限设置表", "matrices, the one last worked on first"),
        needs=Action.READ_MATRIX.value,
        asks=wire.MatricesIn(),
        gives=wire.MatricesOut(),
        paged=True,
    ),
    query(
        "matrix",
        _MATRIX,
        says=Words("查询一省的岗位权限设置表", "the matrix of a province"),
        needs=Action.READ_MATRIX.value,
        gives=wire.MatrixOut(),
    ),
    query(
        "matrix_versions",
        f"{_MATRIX}/versions",
        says=Words("历次生效的版本", "the versions that came into force, in order"),
        needs=Action.READ_MATRIX.value,
        asks=wire.VersionsIn(),
        gives=wire.VersionsOut(),
        paged=True,
    ),
    query(
        "matrix_export",
        f"{_MATRIX}/draft/export",
        says=Words("导出待设置的岗位权限设置表", "what IT is to set, with its digest"),
        needs=Action.READ_MATRIX.value,
        gives=wire.ExportOut(),
        refuses=(no.NoDraft, no.WrongStage),
    ),
    _step(
        "draft_matrix",
        "PUT",
        "draft",
        Words("编制岗位权限设置表", "draw up the next version, as a whole"),
        Action.DRAFT_MATRIX,
        takes=wire.DraftIn(),
        also=(201,),
        refuses=(BeyondAuthority, no.NotAProvince, no.WrongStage, *_ROWS, *_APART),
        example={"rows": _EXAMPLE_ROWS},
    ),
    _step(
        "submit_matrix",
        "POST",
        "draft/submission",
        Words("提交信息技术部门设置", "submit the version to IT"),
        Action.DRAFT_MATRIX,
        refuses=(BeyondAuthority, no.NoDraft, no.WrongStage),
    ),
    _step(
        "report_setting",
        "POST",
        "draft/setting",
        Words("回报业务处理系统中的设置结果", "say what was set in the business processing system"),
        Action.SET_MATRIX,
        takes=wire.SettingIn(),
        refuses=(
            BeyondAuthority,
            no.NoDraft,
            no.WrongStage,
            no.DigestDiffers,
            *_ROWS,
        ),
        example={"digest": _EXAMPLE_DIGEST, "rows": _EXAMPLE_ROWS},
    ),
    _step(
        "accept_matrix",
        "POST",
        "draft/acceptance",
        Words("验收设置结果，岗位权限设置表生效", "accept what was set: the version is in force"),
        Action.ACCEPT_MATRIX,
        takes=wire.AcceptanceIn(),
        refuses=(
            BeyondAuthority,
            no.NoDraft,
            no.WrongStage,
            no.DifferencesUnexplained,
            no.NoSuchDifference,
            *_APART,
            approvals.OwnWork,
            approvals.SelfConcerned,
            approvals.ReasonMissing,
        ),
    ),
    _step(
        "return_matrix",
        "POST",
        "draft/return",
        Words("退回修改", "send the version back for more work"),
        Action.RETURN_MATRIX,
        takes=wire.ReturnIn(),
        refuses=(
            BeyondAuthority,
            no.NoDraft,
            no.WrongStage,
            approvals.SelfConcerned,
            approvals.PostLacking,
            approvals.StepTaken,
            approvals.ReasonMissing,
        ),
        example={"reason": "柜面主管的复核范围有误"},
    ),
    _step(
        "recertify_matrix",
        "POST",
        "recertifications",
        Words("半年复核，确认仍然适用", "recertify the version in force"),
        Action.RECERTIFY_MATRIX,
        refuses=(BeyondAuthority, no.NotInForce),
    ),
)
