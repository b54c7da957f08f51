"""R9.7: an account that nobody has signed in to for long is locked, until the head of its person unlocks it.

In time order: the days run from the opening, a reset, an unlocking, or the last sign-in; when they are over the account
is dormant, whether or not the timer has said so yet, and a right password opens nothing any more; the timer makes it
known and sets the head a task: to unlock it, where the person needs it, or to have it disabled. A sign-in moves no
timer: the one that was set finds out how long the account has been in use, and waits for the rest.
"""

from datetime import datetime, timedelta

from attrs import evolve

from chassis.work.tasks import Owner, Task, Title, make
from security.account_refusals import AccountDormant, NotDormant, OwnAccount
from security.accounts import Account, Dormancy
from security.presence import Presence

DORMANT_DAYS = 30
"""D: a month without a sign-in; a parameter. The company's text (R9.7) asks for care of codes and names no number."""

DEFAULT = timedelta(days=DORMANT_DAYS)
DECIDING = Title("账户长期未登录已锁定：解锁，或申请停用", "a dormant account: unlock it, or have it disabled")


def due_at(account: Account, after: timedelta) -> datetime:
    """From when on it is dormant, if nobody signs in; an account from before there was a count by its password."""
    return (account.used_at or account.password_set_at) + after


def asleep(account: Account, *, after: timedelta, at: datetime) -> bool:
    """Whether it is dormant, told or not."""
    return account.dormant is not None or at >= due_at(account, after)


def refuse_dormant(account: Account, *, after: timedelta, at: datetime) -> None:
    """R9.7: a right password opens nothing (AccountDormant); only who has proved it is told."""
    if asleep(account, after=after, at=at):
        raise AccountDormant(days=after.days)


def fall_asleep(account: Account, *, after: timedelta, head: Owner, at: datetime) -> Account:
    """R9.7: it is locked, and the head's to decide on; the very account before that is due, and where it is locked or
    disabled already."""
    if account.disabled_at is not None or account.dormant is not None or at < due_at(account, after):
        return account

    return evolve(account, dormant=Dormancy(at, head), sessions=())


def unlock(account: Account, *, after: timedelta, presence: Presence, by: str, at: datetime) -> Account:
    """R9.7: it opens again with its own password, if that is not too old; never by the person themselves."""
    if account.person == by:
        raise OwnAccount
    if account.disabled_at is not None or not asleep(account, after=after, at=at):
        raise NotDormant(account=account.id)

    return evolve(account, dormant=None, used_at=at, units=presence.units or account.units)


def tasks(account: Account) -> tuple[Task, ...]:
    """What the head has to decide."""
    if account.dormant is None or account.disabled_at is not None:
        return ()
    address = f"/v1/accounts/{account.id}"
    task = Task(
        id="dormant",
        title=DECIDING,
        owner=account.dormant.head,
        about=address,
        done_at=f"{address}/unlocking",
        units=account.units,
        made_at=account.dormant.at,
    )
    return (make(task),)
