"""R9.7: dormant accounts over the store: the timer, and what follows from a change of an account."""

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import frozen

from chassis.clock import Clock, business_day
from chassis.entries import Announce, Announcement, CancelTimer, SetTasks, SetTimer, filed_under
from chassis.reaction import reaction
from chassis.store import Aggregates
from chassis.timers import Firing
from chassis.work.tasks import Task
from security import dormancy, factor_removals
from security.account_operations import ACCOUNT_DORMANT
from security.accounts import Account
from security.staff_desk import Heads
from security.units import Unit

DORMANT, LAPSE = "dormancy", "factor-removal"
"""The timers of an account."""

After = Callable[[tuple[str, ...], datetime], timedelta]
"""By units and instant: how long an account may go unused there."""


@frozen(eq=False)
class DormancyDesk:
    """What one service process does with accounts that nobody uses."""

    accounts: Aggregates[Account]
    units: Aggregates[Unit]
    heads: Heads
    limit: After
    clock: Clock

    def after(self, account: Account, at: datetime) -> timedelta:
        """How long this account may go unused."""
        return self.limit(account.units, at)

    def watched(self, account: Account, at: datetime) -> list[Announcement]:
        """The timer of an account that begins to count anew."""
        return [SetTimer(DORMANT, dormancy.due_at(account, self.after(account, at)))]

    def followed(self, before: Account, after: Account, at: datetime) -> list[Announcement]:
        """What a change of an account means for its timers, and for the tasks about it."""
        told = [*self._counted(before, after, at), *_lapsing(before, after)]
        return told if open_tasks(before) == open_tasks(after) else [*told, SetTasks(open_tasks(after))]

    def _counted(self, before: Account, after: Account, at: datetime) -> list[Announcement]:
        if before.disabled_at is None and after.disabled_at is not None:
            return [CancelTimer(DORMANT)]
        if before.disabled_at is not None and after.disabled_at is None:
            return self.watched(after, at)
        if before.used_at is not None and before.dormant is after.dormant:
            return []
        return [] if after.used_at in (None, before.used_at) else self.watched(after, at)

    def fire(self, firing: Firing) -> None:
        """R9.7: the days of an account may be over; else the timer waits for the rest."""
        step = reaction("security", firing.command, actor="timer", cause=firing.id, at=self.clock.now())

        def looked(account: Account) -> tuple[Account, list[Announcement]]:
            limit = self.after(account, step.now)
            unit: Unit = self.units.load(account.units[-1]).state
            head = self.heads(unit, account.person, business_day(step.now))
            after = dormancy.fall_asleep(account, after=limit, head=head, at=step.now)
            if after is not account:
                return after, [self._told(after, limit, step.now), SetTasks(open_tasks(after))]
            waits = account.disabled_at is None and account.dormant is None
            return account, self.watched(account, step.now) if waits else []

        self.accounts.change(firing.aggregate, step, looked)

    def _told(self, account: Account, limit: timedelta, at: datetime) -> Announce:
        data = ACCOUNT_DORMANT.data({"person": account.person, "days": limit.days, "at": at})
        return Announce(ACCOUNT_DORMANT.name, data, filed_under(account.units))


def open_tasks(account: Account) -> tuple[Task, ...]:
    """All that somebody has to decide about an account."""
    return (*dormancy.tasks(account), *factor_removals.tasks(account))


def _lapsing(before: Account, after: Account) -> list[Announcement]:
    if after.removal is before.removal:
        return []
    return [CancelTimer(LAPSE) if after.removal is None else SetTimer(LAPSE, factor_removals.until_of(after.removal))]
