"""R4.6, R9.7: the numbers of security that are parameters, and who decides on another value.

The province's Business Management Centre decides for the province and below, head office for all; nobody below a unit
decides for it. The company's text says that a leaver's acts are checked at once (S) and gives no number: those here are
ours (D). A password keeps the number of days that held when it was set. How often a sign-in may be tried is no
parameter: an operator code that nobody has locks by the same numbers as one that exists, and numbers that differ from
unit to unit would tell which exist.
"""

from chassis.work.parameters import Basis, Definition, Meaning, Measure, Stricter
from chassis.work.tasks import Owner, owners_by_depth
from security.activity import CHECK_WITHIN_HOURS, HEAD_OFFICE_AFTER_HOURS
from security.dormancy import DORMANT_DAYS
from security.heads import HEADS
from security.passwords import RULE

CHECK_WITHIN = Definition(
    key="activity_check_hours",
    says=Meaning("离司离岗操作检查结果的时限", "how long a check of a leaver's acts may take"),
    measure=Measure.HOURS,
    default=CHECK_WITHIN_HOURS,
    basis=Basis.OWN_DEFAULT,
    based_on=Meaning("制度未定时限（R4.6），默认一天", "R4.6 says at once, without a number; a day is ours"),
    stricter=Stricter.LOWER,
    lowest=1,
    highest=72,
)
HEAD_OFFICE_AFTER = Definition(
    key="activity_late_hours",
    says=Meaning("检查逾期后报告总公司的时限", "how long after the limit head office is told that a check is late"),
    measure=Measure.HOURS,
    default=HEAD_OFFICE_AFTER_HOURS,
    basis=Basis.OWN_DEFAULT,
    based_on=Meaning("制度未定时限（R4.6），默认再过一天", "R4.6 gives no number; another day is ours"),
    stricter=Stricter.LOWER,
    lowest=1,
    highest=72,
)
CHECK_LIMITS = (CHECK_WITHIN, HEAD_OFFICE_AFTER)
"""R4.6: the two that an activity check keeps."""

PASSWORD_AGE = Definition(
    key="password_days",
    says=Meaning("密码的有效期", "how long a password is good"),
    measure=Measure.DAYS,
    default=RULE.age.days,
    basis=Basis.OWN_DEFAULT,
    based_on=Meaning("制度未定期限（R9.7），默认九十天", "R9.7 gives no number; 90 days are ours"),
    stricter=Stricter.LOWER,
    lowest=1,
    highest=365,
)
ONE_TIME_AGE = Definition(
    key="one_time_password_days",
    says=Meaning("一次性密码的有效期", "how long a one-time password waits for its use"),
    measure=Measure.DAYS,
    default=RULE.one_time.days,
    basis=Basis.OWN_DEFAULT,
    based_on=Meaning("制度未定期限（R9.7），默认三天", "R9.7 gives no number; three days are ours"),
    stricter=Stricter.LOWER,
    lowest=1,
    highest=30,
)
DORMANT_AFTER = Definition(
    key="account_dormant_days",
    says=Meaning("账户多久未登录即锁定", "for how long nobody signs in until an account is locked"),
    measure=Measure.DAYS,
    default=DORMANT_DAYS,
    basis=Basis.OWN_DEFAULT,
    based_on=Meaning("制度未定天数（R9.7），默认三十天", "R9.7 gives no number; thirty days are ours"),
    stricter=Stricter.LOWER,
    lowest=7,
    highest=90,
)
DEFINITIONS = (*CHECK_LIMITS, PASSWORD_AGE, ONE_TIME_AGE, DORMANT_AFTER)

EXAMPLE = {"unit": "44", "value": 12, "reason": "本省从严管理"}


def deciders(units: tuple[str, ...]) -> tuple[Owner, ...]:
    """Who may approve a value for the last of these units: the head of its province first, then head office's."""
    return owners_by_depth(HEADS[:2], units)
