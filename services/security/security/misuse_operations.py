"""What is offered of checks of suspected misuse (R9.7, R9.17): a part of the contract."""

from typing import Any

from chassis.contract import Event, Hearing, Operation, Words, command, query
from chassis.forms import NothingIn
from chassis.work import rectifications
from security import activity, misuse
from security import misuse_schemas as wire
from security.account_operations import ACCOUNT_SHARING_SUSPECTED
from security.authority import Action

MISUSE_FOUND = Event(
    name="misuse_found",
    kind="fact",
    carries=wire.MisuseFound(),
    says=Words("核查确认违规使用账户或个人信息", "a head has found misuse of a code or of personal data"),
    escalation=True,
)

_CHECK = "/v1/misuse-checks/{check}"

_STATES = (misuse.NothingToPutRight, rectifications.NotInThatState)


def _step(name: str, path: str, says: Words, *refuses: Any, **rest: Any) -> Operation:
    """A command on one check, which answers with the check."""
    return command(
        name,
        "POST",
        f"{_CHECK}/{path}",
        says=says,
        needs=Action.CHECK_ACTIVITY.value,
        gives=wire.MisuseCheckOut(),
        if_match="optional",
        refuses=(activity.OwnActivity, *refuses),
        **rest,
    )


MISUSE_OPERATIONS = (
    _step(
        "record_misuse_result",
        "result",
        Words("登记疑似违规核查结果", "record what was found of suspected misuse"),
        activity.CheckedAlready,
        takes=wire.VerdictIn(),
        announces=(MISUSE_FOUND.name,),
        example={"verdict": "misuse", "words": "代码曾交他人使用，已重置密码并提醒本人"},
    ),
    _step(
        "put_misuse_right",
        "fix",
        Words("登记违规使用已整改", "say that misuse was put right"),
        rectifications.EvidenceMissing,
        *_STATES,
        takes=wire.PutRightIn(),
        example={"note": "已收回权限、重置密码，并对本人进行合规教育"},
    ),
    _step(
        "verify_misuse",
        "verification",
        Words("验收违规使用的整改并销号", "verify that misuse was put right, and strike it off"),
        rectifications.OwnWork,
        *_STATES,
        takes=NothingIn(),
        example={},
    ),
    _step(
        "reject_misuse_fix",
        "rejection",
        Words("退回违规使用的整改", "say that misuse was not put right"),
        rectifications.OwnWork,
        *_STATES,
        takes=wire.NotRightIn(),
        example={"reason": "权限尚未收回"},
    ),
    query(
        "misuse_check",
        _CHECK,
        says=Words("查询一项疑似违规核查", "one check of suspected misuse"),
        needs=Action.READ_CHECKS.value,
        gives=wire.MisuseCheckOut(),
    ),
    query(
        "misuse_check_list",
        "/v1/misuse-checks",
        says=Words("查询疑似违规核查", "checks of suspected misuse, those found last first"),
        needs=Action.READ_CHECKS.value,
        asks=wire.MisuseChecksIn(),
        gives=wire.MisuseChecksOut(),
        paged=True,
    ),
)
MISUSE_HEARINGS = (
    Hearing(
        source="notifier", event="disclosure_limit_reached", handler="disclosure_limits", reads=wire.LimitReachedRead()
    ),
    Hearing(source="security", event=ACCOUNT_SHARING_SUSPECTED.name, handler="shared_codes", reads=wire.SharingRead()),
)
