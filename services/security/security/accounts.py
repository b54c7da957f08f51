"""R9.7: built-in accounts: one person's operator code, and everything that decides whether it opens.

States: a new or reset account has a one-time password and opens nothing (`must_change`); with a password of the
person's own it is active until that is too old; it may be locked for a while (`guard`) or disabled until it is enabled.
Its sessions are part of it, so that a reset ends them in the same write, and two hands at one refresh token meet in
its version. What is proved is proved outside (`Proof`: hashes and codes take long) and decided here: whoever changed
the password meanwhile has made the proof worthless.
"""

import re
from datetime import date, datetime

from attrs import evolve, frozen

from chassis.errors import Conflict, Forbidden, Malformed
from security import lockout, passwords, sessions, sharing
from security.lockout import Guard, SignInRefused
from security.second_factor import SecondFactor, required
from security.sessions import Session, Turn
from security.sharing import Suspicion
from security.standing import Standing

OPERATOR_CODE = re.compile(r"[A-Z][A-Z0-9]{3,19}")


class OperatorCodeMalformed(Malformed):
    code = "security.operator_code_malformed"
    zh = "操作员代码无效：须以大写字母开头，共 4 至 20 位大写字母或数字"
    en = "no operator code: a capital first, 4 to 20 capitals and digits in all"


class PersonNotInPost(Conflict):
    code = "security.person_not_in_post"
    zh = "人员 {person} 今日不任任何岗位，不能开立或启用账户；请先导入任职"
    en = "{person} holds no post today, so no account can be opened or enabled: import the assignment first"


class PersonHasAccount(Conflict):
    code = "security.person_has_account"
    zh = "人员 {person} 已有账户；一人一个操作员代码"
    en = "{person} has an account already: one person, one operator code"


class OwnAccount(Forbidden):
    code = "security.own_account"
    zh = "不得为自己开立、重置、停用或启用账户，请由另一位有权人员办理"
    en = "nobody opens, resets, disables or enables their own account: another authorised person does"


class AccountDisabled(Conflict):
    code = "security.account_disabled"
    zh = "账户 {account} 已停用；请先启用"
    en = "account {account} is disabled: enable it first"


class AccountEnabled(Conflict):
    code = "security.account_enabled"
    zh = "账户 {account} 未停用"
    en = "account {account} is not disabled"


class PasswordChangeDue(Conflict):
    code = "security.password_change_due"
    zh = "密码须先修改：一次性密码或已满 {days} 天；请用旧密码设定新密码后再登录"
    en = "the password has to be changed first: it is a one-time one, or {days} days old; then sign in with the new one"


class PasswordReused(Conflict):
    code = "security.password_reused"
    zh = "新密码与最近 {remembered} 个密码之一相同"
    en = "the new password is one of the last {remembered}"


class SecondFactorDue(Conflict):
    code = "security.second_factor_due"
    zh = "所任岗位须有第二因素而尚未设定；请账户管理员重置，凭一次性密码改密时一并设定"
    en = (
        "a post held asks for a second factor and none is set up: have the account reset, and set it up with the "
        "change of the one-time password"
    )


class SecondFactorThere(Conflict):
    code = "security.second_factor_there"
    zh = "第二因素已启用；遗失或更换须由账户管理员重置"
    en = "a second factor is in use; a lost or changed one takes a reset by whoever manages accounts"


class CodeWrong(Conflict):
    code = "security.code_wrong"
    zh = "动态码不符或已过期；请核对手机时间后输入当前动态码"
    en = "the code is wrong or over: check the phone's clock and give the present one"


@frozen
class Account:
    """One account. `id` is the operator code, `password` the hash of the present one, `earlier` those before it."""

    id: str
    person: str
    units: tuple[str, ...]
    password: str
    password_set_at: datetime
    earlier: tuple[str, ...] = ()
    must_change: bool = False
    guard: Guard = Guard()
    disabled_at: datetime | None = None
    factor: SecondFactor | None = None
    sessions: tuple[Session, ...] = ()
    suspected: tuple[Suspicion, ...] = ()


@frozen
class Proof:
    """What was proved of whoever signs in: the hash that the password fitted (None: it did not), the same password
    under today's parameters where they have changed, and the time step of the second factor's code."""

    fitted: str | None
    anew: str | None = None
    step: int | None = None


def operator_code(text: str) -> str:
    """The text, when it can be an operator code; else OperatorCodeMalformed, which does not repeat it."""
    if not OPERATOR_CODE.fullmatch(text):
        raise OperatorCodeMalformed

    return text


def open_account(code: str, *, person: str, standing: Standing, password: str, by: str, at: datetime) -> Account:
    """R9.7: a new account with a one-time password, whose hash is given."""
    _refuse_own(person, by)
    if not standing.may_sign_in:
        raise PersonNotInPost(person=person)

    return Account(operator_code(code), person, standing.units, password, at, must_change=True)


def reset(account: Account, *, password: str, standing: Standing, by: str, at: datetime) -> Account:
    """R9.7: a new one-time password. Sessions, lock and second factor are gone: this is how a lost one is recovered."""
    _refuse_own(account.person, by)
    if account.disabled_at is not None:
        raise AccountDisabled(account=account.id)

    return evolve(
        _refiled(account, standing),
        password=password,
        password_set_at=at,
        earlier=_remembered(account),
        must_change=True,
        guard=Guard(),
        factor=None,
        sessions=(),
    )


def disable(account: Account, *, by: str, at: datetime) -> Account:
    """R9.7: nobody signs in any more, and whoever is signed in is not for longer than an access token lives."""
    _refuse_own(account.person, by)
    if account.disabled_at is not None:
        raise AccountDisabled(account=account.id)

    return evolve(account, disabled_at=at, sessions=())


def enable(account: Account, *, standing: Standing, by: str) -> Account:
    """R9.7: as it was before it was disabled; the password may have become too old."""
    _refuse_own(account.person, by)
    if account.disabled_at is None:
        raise AccountEnabled(account=account.id)
    if not standing.may_sign_in:
        raise PersonNotInPost(person=account.person)

    return evolve(_refiled(account, standing), disabled_at=None)


def charge(account: Account, *, at: datetime) -> Account:
    """R9.7: a try at the password begins. Refused (SignInRefused) while locked."""
    return evolve(account, guard=lockout.charge(account.guard, lockout.ACCOUNT, at=at))


def fail(account: Account, *, at: datetime) -> Account:
    """R9.7: the try was wrong. The very account unless it has set a lock that nobody knows of yet."""
    told = lockout.tell(account.guard, at=at)
    return account if told is account.guard else evolve(account, guard=told)


def sign_in(account: Account, proof: Proof, session: Session, *, standing: Standing) -> Account:
    """R9.7: a session begins. Everything that is not proved is refused alike; only who has proved the password is
    told what else is due."""
    at = session.started_at
    _refuse_unproved(account, proof, standing, at)
    _refuse_due(account, standing, at)

    methods = ("pwd",) if proof.step is None else ("pwd", "otp")
    return evolve(
        _opened(_refiled(account, standing), proof),
        sessions=sessions.begin(account.sessions, evolve(session, methods=methods)),
    )


def change_password(
    account: Account, proof: Proof, *, password: str, factor: SecondFactor | None, standing: Standing, at: datetime
) -> Account:
    """R9.7: a password of the person's own, given as its hash; all sessions end. `factor` is a new second factor for
    who must have one and has none: it is set up with the change of a one-time password alone, and waits for its
    first code."""
    _refuse_unproved(account, proof, standing, at)
    if account.factor is None and required(standing.posts) and not account.must_change:
        raise SecondFactorDue

    return evolve(
        _opened(_refiled(account, standing), proof),
        password=password,
        password_set_at=at,
        earlier=_remembered(account),
        must_change=False,
        factor=factor if lacks_factor(account, standing) else _opened(account, proof).factor,
        sessions=(),
    )


def password_due_at(account: Account) -> datetime:
    """R9.7: from when on the password opens nothing until it is changed; for a one-time one, from when on it is void."""
    if account.must_change:
        return account.password_set_at + passwords.RULE.one_time
    return passwords.due_at(account.password_set_at)


def lacks_factor(account: Account, standing: Standing) -> bool:
    """Whether a change of the one-time password sets up a second factor."""
    return account.must_change and account.factor is None and required(standing.posts)


def enrol(account: Account, proof: Proof, *, factor: SecondFactor, at: datetime) -> Account:
    """R9.7: a second factor set up while signed in, with the password given once more; it waits for its first code."""
    if account.factor is not None and account.factor.confirmed:
        raise SecondFactorThere
    if account.disabled_at is not None or proof.fitted != account.password:
        raise SignInRefused

    return evolve(account, factor=factor, guard=Guard())


def confirm_factor(account: Account, *, step: int | None) -> Account:
    """R9.7: the first code of a second factor that was set up; from now on no sign-in goes without."""
    if account.factor is not None and account.factor.confirmed:
        raise SecondFactorThere
    if account.factor is None or step is None:
        raise CodeWrong

    return evolve(account, factor=evolve(account.factor, confirmed=True, last_step=step))


def refresh(account: Account, *, session: str, turn: int, standing: Standing, at: datetime) -> tuple[Account, Turn]:
    """R9.7: a refresh token is presented. Whoever may not sign in any more has no session any more either."""
    if not standing.may_sign_in or account.disabled_at is not None:
        taken = Turn(sessions.end(account.sessions, session))
    else:
        taken = sessions.take_turn(account.sessions, session=session, turn=turn, at=at)
    same = taken.sessions == account.sessions
    return (account if same else evolve(account, sessions=taken.sessions)), taken


def sign_out(account: Account, *, session: str) -> Account:
    """R9.7: the session ends; the very account where it had ended."""
    left = sessions.end(account.sessions, session)
    return account if left is account.sessions else evolve(account, sessions=left)


def suspect(account: Account, *, at: datetime, day: date) -> tuple[Account, tuple[Suspicion, ...]]:
    """R9.7: what is suspected now and was not yet today; the very account where nothing is."""
    today = tuple(each for each in account.suspected if each.day == day)
    fresh = tuple(each for each in sharing.suspicions(account.sessions, at=at, day=day) if each not in today)
    return (evolve(account, suspected=(*today, *fresh)) if fresh else account), fresh


def _refuse_unproved(account: Account, proof: Proof, standing: Standing, at: datetime) -> None:
    """Raise SignInRefused, whatever is lacking."""
    void = account.must_change and at >= password_due_at(account)
    shut = account.disabled_at is not None or not standing.may_sign_in or void
    if shut or proof.fitted is None or proof.fitted != account.password:
        raise SignInRefused
    factor = account.factor
    if factor is None:
        return
    needed = factor.confirmed or required(standing.posts)
    if needed and (proof.step is None or proof.step <= factor.last_step):
        raise SignInRefused


def _refuse_due(account: Account, standing: Standing, at: datetime) -> None:
    """Raise what somebody who has proved the password has to see to before anything opens."""
    if not account.must_change and account.factor is None and required(standing.posts):
        raise SecondFactorDue
    if account.must_change or at >= passwords.due_at(account.password_set_at):
        raise PasswordChangeDue(days=passwords.RULE.age.days)


def _opened(account: Account, proof: Proof) -> Account:
    """The account after a proof: no try counts any more, the hash is today's, the code's step is used up."""
    factor = account.factor
    if factor is not None and proof.step is not None and proof.step > factor.last_step:
        factor = evolve(factor, confirmed=True, last_step=proof.step)
    return evolve(account, guard=Guard(), password=proof.anew or account.password, factor=factor)


def _refiled(account: Account, standing: Standing) -> Account:
    """The account under the units where its person stands today."""
    return evolve(account, units=standing.units or account.units)


def _remembered(account: Account) -> tuple[str, ...]:
    """The hashes of earlier passwords after a change: with the new one, as many as are remembered."""
    return (account.password, *account.earlier)[: passwords.RULE.remembered - 1]


def _refuse_own(person: str, by: str) -> None:
    if person == by:
        raise OwnAccount
