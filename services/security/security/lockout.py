"""R9.7: how often a password may be tried, at one account and from one address.

A try is charged before the password is looked at, and given back by success; so a hundred at the same moment get no
more looks than a hundred in a row. When the last try is charged the lock is set: that one is still looked at, and
nothing after it until the lock has run out. From then on each further failure locks again at once, for twice as long.

An address is shared by everybody at a counter. Only tries that did not come good count against it: whoever mistypes
and then succeeds takes back the tries at the own account. After an hour they are forgotten.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from chassis.errors import Forbidden

DOUBLINGS = 10  # beyond which every lock is the longest anyway


class SignInRefused(Forbidden):
    """One answer for every reason, so that nobody learns whether an operator code exists, or is locked."""

    code = "security.sign_in_refused"
    zh = (
        "登录未成功：请核对操作员代码、密码和动态码（如已启用）；连续失败会被锁定一段时间，仍不成功请联系账户管理员重置"
    )
    en = (
        "not signed in: check operator code, password and, where one is set up, the second factor; repeated failures "
        "lock for a while; if it goes on, ask whoever manages accounts for a reset"
    )


@frozen
class LockRule:
    """After so many tries a lock. `window`: how long a try counts; None for as long as no success follows it."""

    tries: int
    window: timedelta | None
    first: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=8)


ACCOUNT = LockRule(tries=5, window=None)
"""D: five failures in a row."""

ADDRESS = LockRule(tries=10, window=timedelta(hours=1))
"""D: twice an account's, because a counter's staff share one; a script that tries one password at many is over then."""


@frozen
class Try:
    """A charged try. `by` tells the accounts that are tried from one address apart: a keyed hash, never a code."""

    by: str
    at: datetime


@frozen
class Guard:
    """The tries that have not come good. `told`: whether the present lock has been made known."""

    tries: tuple[Try, ...] = ()
    locks: int = 0
    locked_until: datetime | None = None
    told: bool = False

    def locked(self, at: datetime) -> bool:
        """Whether no try is looked at."""
        return self.locked_until is not None and at < self.locked_until


UNTRIED = Guard()


def charge(guard: Guard, rule: LockRule, *, by: str = "", at: datetime) -> Guard:
    """R9.7: one try more, before it is looked at. Refused (SignInRefused) while locked."""
    if guard.locked(at):
        raise SignInRefused
    tries = (*(each for each in guard.tries if _counts(each, rule, at)), Try(by, at))[-rule.tries :]
    if len(tries) < rule.tries:
        return evolve(guard, tries=tries)

    span = min(rule.first * 2 ** min(guard.locks, DOUBLINGS), rule.longest)
    return Guard(tries, guard.locks + 1, at + span)


def forgive(guard: Guard, rule: LockRule, *, by: str, at: datetime) -> Guard:
    """R9.7: a try came good: those of the same account are taken back, and the lock that the last of them set."""
    left = tuple(each for each in guard.tries if each.by != by)
    if left == guard.tries:
        return guard
    if guard.locked(at) and len(left) < rule.tries:
        return Guard(left, guard.locks - 1)

    return evolve(guard, tries=left)


def tell(guard: Guard, *, at: datetime) -> Guard:
    """The guard whose present lock is known; the very guard where there is none, or it is known already."""
    return evolve(guard, told=True) if guard.locked(at) and not guard.told else guard


def _counts(each: Try, rule: LockRule, at: datetime) -> bool:
    return rule.window is None or at - each.at < rule.window
