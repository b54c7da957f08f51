"""What is offered of checks of suspected misuse (R9.7, R9.17): a part of the contract."""

from chassis.contract import Event, Hearing, Words, command, query
from security import activity
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

MISUSE_OPERATIONS = (
    command(
        "record_misuse_result",
        "POST",
        f"{_CHECK}/result",
        says=Words("登记疑似违规核查结果", "record what was found of suspected misuse"),
        needs=Action.CHECK_ACTIVITY.value,
        takes=wire.VerdictIn(),
        gives=wire.MisuseCheckOut(),
        if_match="optional",
        refuses=(activity.CheckedAlready, activity.OwnActivity),
        announces=(MISUSE_FOUND.name,),
        example={"verdict": "misuse", "words": "代码曾交他人使用，已重置密码并提醒本人"},
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
