"""R9.7: what accounts refuse, in both languages. What must not tell its reason is in `lockout.py` and `sessions.py`."""

from chassis.errors import Conflict, Forbidden, Malformed


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


class AccountDormant(Conflict):
    code = "security.account_dormant"
    zh = "账户已 {days} 天或更久未登录，已被锁定；请联系本机构负责人解锁"
    en = "nobody has signed in to this account for {days} days or more, so it is locked: ask the head of your unit"


class NotDormant(Conflict):
    code = "security.not_dormant"
    zh = "账户 {account} 未因长期未登录而锁定"
    en = "account {account} is not locked for want of use"


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
    zh = "第二因素已启用；遗失或更换须由账户管理员申请解除，并由另一人审批"
    en = "a second factor is in use; a lost one is taken away when an administrator asks and somebody else approves"


class AskerOnly(Forbidden):
    code = "security.asker_only"
    zh = "账户 {account} 的第二因素已获批解除，只能由申请解除的账户管理员重置；否则请重新申请解除"
    en = "the second factor of {account} was taken away: only the administrator who asked resets it; else ask anew"


class FactorMissing(Conflict):
    code = "security.factor_missing"
    zh = "账户 {account} 没有已启用的第二因素；直接重置即可"
    en = "account {account} has no second factor in use: a reset is enough"


class RemovalPending(Conflict):
    code = "security.removal_pending"
    zh = "账户 {account} 已有待审批的解除第二因素申请，有效至 {until}"
    en = "the removal of the second factor of {account} is asked for already, until {until}"


class RemovalMissing(Conflict):
    code = "security.removal_missing"
    zh = "账户 {account} 没有待审批的解除申请：未申请、已决定、已过期，或本人已凭动态码登录"
    en = "nothing is asked for {account}: never, decided, lapsed, or its owner has shown a code since"


class NotIndependent(Forbidden):
    code = "security.not_independent"
    zh = "{person} 与申请人不相独立：本人账户未启用第二因素，或一方的一次性密码由另一方发放；请由他人审批"
    en = (
        "{person} is not independent of who asked: no second factor in use, or one of the two handed the other a "
        "one-time password; somebody else decides"
    )


class CodeWrong(Conflict):
    code = "security.code_wrong"
    zh = "动态码不符或已过期；请核对手机时间后输入当前动态码"
    en = "the code is wrong or over: check the phone's clock and give the present one"
