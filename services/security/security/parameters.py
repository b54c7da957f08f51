"""R4.6: the numbers of security that are parameters, and who decides on another value.

The province's Business Management Centre decides for the province and below, head office for all; nobody below a unit
decides for it. The company's text says that a leaver's acts are checked at once (S) and gives no number: those here are
ours (D).
"""

from chassis.work.parameters import Basis, Definition, Meaning, Measure, Stricter
from chassis.work.tasks import Owner
from security.activity import CHECK_WITHIN_HOURS, HEAD_OFFICE_AFTER_HOURS
from security.dormancy import DORMANT_DAYS
from security.heads import HEADS

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
CHECK_LIMITS = (CHECK_WITHIN, HEAD_OFFICE_AFTER)
DEFINITIONS = (*CHECK_LIMITS, DORMANT_AFTER)

EXAMPLE = {"unit": "44", "value": 12, "reason": "本省从严管理"}


def deciders(units: tuple[str, ...]) -> tuple[Owner, ...]:
    """Who may approve a value for the last of these units: the head of its province first, then head office's."""
    levels = zip(HEADS[:2], units[:2], strict=False)
    return tuple(Owner(post=post, unit=unit) for post, unit in levels)[::-1]
