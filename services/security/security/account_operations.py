"""What is offered of accounts and sessions (R9.7): a part of the contract.

Operations that take a password or a token take no idempotency key: a ring would keep a fingerprint of them, and what a
plain hash of a password is, can be found by trying passwords.
"""

from chassis.contract import Event, Words, command, query
from chassis.forms import NothingIn
from security import account_refusals as no
from security import account_schemas as wire
from security.authority import Action
from security.lockout import SignInRefused
from security.passwords import PasswordWeak
from security.sessions import RefreshRefused
from security.sharing import CounterUnknown

MANAGE = Action.MANAGE_ACCOUNTS.value
OWN = "account.own"
"""Held by nobody and needed by nobody: what a person does with the own account, by the relation `own` alone."""

ACCOUNT_LOCKED = Event(
    name="account_locked",
    kind="fact",
    carries=wire.AccountLockedOut(),
    says=Words("账户因连续失败被锁定", "an account was locked by failures in a row"),
)
ACCOUNT_DORMANT = Event(
    name="account_dormant",
    kind="fact",
    carries=wire.AccountDormantOut(),
    says=Words("账户长期未登录，已锁定", "an account was locked because nobody had signed in for long"),
)
ACCOUNT_SHARING_SUSPECTED = Event(
    name="account_sharing_suspected",
    kind="fact",
    carries=wire.SharingOut(),
    says=Words(
        "同一操作员代码同时在两个柜面使用，疑似共用；由柜面负责人核查",
        "one operator code was in use at two counters at once: the counters' heads check who sat there",
    ),
)
REFRESH_TOKEN_REUSED = Event(
    name="refresh_token_reused",
    kind="fact",
    carries=wire.ReusedOut(),
    says=Words(
        "旧刷新令牌被重复使用，会话已终止",
        "an earlier refresh token was used again, so that its session has ended",
    ),
)
ACCOUNT_RESET = Event(
    name="account_reset",
    kind="fact",
    carries=wire.AccountResetOut(),
    says=Words("账户已由他人重置", "somebody has reset an account"),
)
ACCOUNT_EVENTS = (ACCOUNT_LOCKED, ACCOUNT_DORMANT, ACCOUNT_SHARING_SUSPECTED, REFRESH_TOKEN_REUSED, ACCOUNT_RESET)

_ACCOUNT = "/v1/accounts/{account}"

MANAGING = (
    command(
        "open_account",
        "POST",
        "/v1/accounts",
        says=Words(
            "为任职人员开立账户，返回一次性密码", "open an account for a person in post, with a one-time password"
        ),
        needs=MANAGE,
        takes=wire.OpenAccountIn(),
        gives=wire.OneTimeOut(),
        status=201,
        refuses=(no.OwnAccount, no.PersonNotInPost, no.PersonHasAccount),
        example={"operator_code": "GD0301", "person": "P440100301"},
    ),
    query(
        "account",
        _ACCOUNT,
        says=Words("查询账户", "one account"),
        needs=MANAGE,
        relations=("within", "own"),
        gives=wire.AccountOut(),
    ),
    command(
        "reset_account",
        "POST",
        f"{_ACCOUNT}/reset",
        says=Words(
            "重置账户：新的一次性密码；会话和锁定一并清除，已启用的第二因素保留",
            "reset an account: a new one-time password; sessions and lock are gone, a second factor in use stays",
        ),
        needs=MANAGE,
        takes=NothingIn(),
        gives=wire.OneTimeOut(),
        refuses=(no.OwnAccount, no.AccountDisabled, no.AskerOnly),
        announces=(ACCOUNT_RESET.name,),
        example={},
    ),
    command(
        "disable_account",
        "POST",
        f"{_ACCOUNT}/disabling",
        says=Words("停用账户", "disable an account: its sessions end"),
        needs=MANAGE,
        takes=NothingIn(),
        gives=wire.AccountOut(),
        refuses=(no.OwnAccount, no.AccountDisabled),
        example={},
    ),
    command(
        "enable_account",
        "POST",
        f"{_ACCOUNT}/enabling",
        says=Words("启用账户", "enable an account again"),
        needs=MANAGE,
        takes=NothingIn(),
        gives=wire.AccountOut(),
        refuses=(no.OwnAccount, no.AccountEnabled, no.PersonNotInPost),
        example={},
    ),
    command(
        "unlock_account",
        "POST",
        f"{_ACCOUNT}/unlocking",
        says=Words("解锁因长期未登录而锁定的账户", "unlock an account that was locked for want of use"),
        needs=Action.UNLOCK_ACCOUNT.value,
        takes=NothingIn(),
        gives=wire.AccountOut(),
        refuses=(no.OwnAccount, no.NotDormant),
        example={},
    ),
)

OWN_ACCOUNT = (
    command(
        "enrol_second_factor",
        "POST",
        f"{_ACCOUNT}/second-factor",
        says=Words("为本人账户设定第二因素（动态码）", "set up a second factor for the own account"),
        needs=OWN,
        relations=("own",),
        key="none",
        quota="sign_in",
        takes=wire.EnrolIn(),
        gives=wire.EnrolmentOut(),
        refuses=(SignInRefused, no.SecondFactorThere),
        example={"password": "Guangzhou-2026"},
    ),
    command(
        "confirm_second_factor",
        "POST",
        f"{_ACCOUNT}/second-factor/confirmation",
        says=Words("以首个动态码确认第二因素", "confirm the second factor by its first code"),
        needs=OWN,
        relations=("own",),
        key="none",
        quota="sign_in",
        takes=wire.CodeIn(),
        gives=wire.AccountOut(),
        refuses=(no.SecondFactorThere, no.CodeWrong),
        example={"code": "492039"},
    ),
)

SIGNING_IN = (
    command(
        "change_password",
        "POST",
        f"{_ACCOUNT}/password",
        says=Words("以旧密码或一次性密码设定新密码", "set a new password by the old or the one-time one"),
        needs=None,
        public=True,
        key="none",
        quota="sign_in",
        takes=wire.ChangePasswordIn(),
        gives=wire.PasswordChangedOut(),
        refuses=(PasswordWeak, SignInRefused, no.PasswordReused, no.SecondFactorDue, no.AccountDormant),
        example={"old_password": "bX7#paper-slip", "new_password": "Guangzhou-2026"},
    ),
    command(
        "sign_in",
        "POST",
        "/v1/sessions",
        says=Words("登录，取得访问令牌和刷新令牌", "sign in: an access token and a refresh token"),
        needs=None,
        public=True,
        key="none",
        quota="sign_in",
        takes=wire.SignInIn(),
        gives=wire.TokensOut(),
        status=201,
        refuses=(SignInRefused, no.PasswordChangeDue, no.SecondFactorDue, no.AccountDormant, CounterUnknown),
        announces=(ACCOUNT_LOCKED.name, ACCOUNT_SHARING_SUSPECTED.name),
        example={"operator_code": "GD0301", "password": "Guangzhou-2026", "counter": "4401003"},
    ),
    command(
        "refresh_session",
        "POST",
        "/v1/sessions/refresh",
        says=Words("以刷新令牌换取新的令牌", "new tokens for a refresh token"),
        needs=None,
        public=True,
        key="none",
        takes=wire.RefreshIn(),
        gives=wire.TokensOut(),
        refuses=(RefreshRefused,),
        announces=(REFRESH_TOKEN_REUSED.name, ACCOUNT_SHARING_SUSPECTED.name),
        example={"refresh_token": "GD0301.0190-example.0.proof"},
    ),
    command(
        "sign_out",
        "POST",
        "/v1/sessions/end",
        says=Words("退出登录", "sign out: the session of this refresh token ends"),
        needs=None,
        public=True,
        key="none",
        takes=wire.RefreshIn(),
        status=204,
        example={"refresh_token": "GD0301.0190-example.0.proof"},
    ),
)
ACCOUNT_OPERATIONS = (*MANAGING, *OWN_ACCOUNT, *SIGNING_IN)
