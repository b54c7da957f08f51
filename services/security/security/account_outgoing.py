"""R9.7: what a write to an account announces: person ids, counters, instants; never a code, an address or a secret."""

from datetime import date, datetime

from chassis.entries import Announce, filed_under
from security import accounts
from security.account_operations import ACCOUNT_LOCKED, ACCOUNT_RESET, ACCOUNT_SHARING_SUSPECTED, REFRESH_TOKEN_REUSED
from security.accounts import Account
from security.sessions import Turn

Outcome = tuple[Account, list[Announce]]


def failed(before: Account, after: Account) -> Outcome:
    """A try failed; where it set a lock, that is told."""
    if after is before:
        return before, []
    data = ACCOUNT_LOCKED.data({"person": after.person, "until": after.guard.locked_until})
    return after, [Announce(ACCOUNT_LOCKED.name, data, filed_under(after.units))]


def was_reset(account: Account, *, by: str) -> list[Announce]:
    """Somebody has reset an account; whether its second factor still guards it."""
    data = {"person": account.person, "by": by, "guarded": accounts.guarded(account)}
    return [Announce(ACCOUNT_RESET.name, ACCOUNT_RESET.data(data), filed_under(account.units))]


def in_use(account: Account, *, at: datetime, day: date) -> Outcome:
    """An account whose sessions have just been used; what is suspected of them is told."""
    account, fresh = accounts.suspect(account, at=at, day=day)
    subject = filed_under(account.units)
    event = ACCOUNT_SHARING_SUSPECTED
    said = [{"person": account.person, "counters": list(each.counters), "day": each.day} for each in fresh]
    return account, [Announce(event.name, event.data(each), subject) for each in said]


def turned(account: Account, turn: Turn, session: str, *, at: datetime, day: date) -> Outcome:
    """A refresh token was presented; one that was used before is told."""
    if not turn.reused:
        return in_use(account, at=at, day=day) if turn.session else (account, [])
    data = REFRESH_TOKEN_REUSED.data({"person": account.person, "session": session})
    return account, [Announce(REFRESH_TOKEN_REUSED.name, data, filed_under(account.units))]
