"""R9.6, R9.7: a lost second factor is taken away by four eyes, and neither of the two gets into the account.

In time order: an administrator of accounts, a person, asks and says why; somebody else, at a post that decides,
approves or refuses within a day, else it lapses. A code of the factor that is shown meanwhile, by a sign-in or a
change of the password, voids what was asked: who has the factor has not lost it. The approval takes away the factor,
the password and all sessions, and shows who approved a pick-up code, once. The administrator who asked then resets
the account and hands over the one-time password. The owner needs both, one from each, to change it, and sets up the
next factor with that change: until then nothing opens by a password alone, whatever posts the person holds.

Why it takes two: who asked never sees the pick-up code, and who approved never gets the one-time password: one given
out before is void with the approval, and afterwards only who asked resets. A system asks for nothing, because one
person may hold its secret. Who decides holds a post that signs in with two factors and has one in use; and neither of
the two has handed the other the one-time password under which that was set up, so that nobody approves in a name of
their making.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from chassis.work import approvals
from chassis.work.approvals import ApprovalState, Step
from chassis.work.tasks import Owner, Task, Title, make
from security.account_refusals import (
    AccountDisabled,
    FactorMissing,
    NotIndependent,
    OwnAccount,
    RemovalMissing,
    RemovalPending,
)
from security.accounts import VOID, Account, guarded, remembered
from security.authority import AUTHORITY, Action, Actor, require
from security.second_factor import PickUp, Removal

LAPSES = timedelta(hours=24)
"""D: the owner stands there without a phone; what nobody has decided within a day is asked anew."""

PICKED_UP = timedelta(days=3)
"""D: so long is a pick-up code good: as long as a one-time password."""

DECIDERS = tuple(post for post, actions in AUTHORITY.items() if Action.DECIDE_FACTOR_REMOVAL in actions)
DECIDING = Title("审批解除第二因素申请", "decide on taking away a lost second factor")


@frozen
class Standing:
    """How a person stands who asks or decides: whether their own account has a factor in use, and who handed out the
    one-time password under which it was set up. Whoever has no account here signs in elsewhere, and is vouched for."""

    in_use: bool = True
    handed_by: str | None = None


def ask(account: Account, *, reason: str, owner: Owner, actor: Actor, at: datetime) -> Account:
    """R9.6: asked for, with a reason; `owner` is whose task it is to decide.

    Refused: a system, the own account, a disabled one, one without a factor, one for which it is asked already.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    if actor.id == account.person:
        raise OwnAccount
    if account.disabled_at is not None:
        raise AccountDisabled(account=account.id)
    if not guarded(account):
        raise FactorMissing(account=account.id)
    if account.removal is not None and at < until_of(account.removal):
        raise RemovalPending(account=account.id, until=f"{until_of(account.removal):%Y-%m-%d %H:%M}Z")

    approval = approvals.ask(
        maker=actor.id, concerned=(account.person,), steps=(Step("decide", DECIDERS),), at=at, expires_at=at + LAPSES
    )
    return evolve(account, removal=Removal(approvals.reason_given(reason), approval, owner))


def approve(
    account: Account, *, found_by: str, asker: Standing, decider: Standing, actor: Actor, at: datetime
) -> Account:
    """R9.6: factor, password and sessions are gone; `found_by` is by what the pick-up code is looked up.

    Refused: nothing asked for, lapsed, who asked, the owner, no post that decides, somebody not independent.
    """
    removal = _decidable(account, actor)
    approval = approvals.approve(removal.approval, person=actor.id, posts=actor.posts, at=at)
    if account.disabled_at is not None:
        raise AccountDisabled(account=account.id)
    if not decider.in_use or decider.handed_by == approval.maker or asker.handed_by == actor.id:
        raise NotIndependent(person=actor.id)

    return evolve(
        account,
        password=VOID,
        must_change=True,
        earlier=remembered(account),
        factor=None,
        sessions=(),
        removal=None,
        pick_up=PickUp(found_by, approval.maker, at + PICKED_UP),
    )


def refuse(account: Account, *, reason: str, actor: Actor, at: datetime) -> Account:
    """R9.6: not taken away, with a reason, by somebody who could have approved it."""
    removal = _decidable(account, actor)
    approvals.reject(removal.approval, person=actor.id, posts=actor.posts, reason=reason, at=at)

    return evolve(account, removal=None)


def lapse(account: Account, *, at: datetime) -> Account:
    """R9.6: nobody decided in time; the very account where nothing is asked, or its time has not come."""
    if account.removal is None:
        return account
    ended = approvals.expire(account.removal.approval, at=at).state is ApprovalState.EXPIRED
    return evolve(account, removal=None) if ended else account


def tasks(account: Account) -> tuple[Task, ...]:
    """What somebody has to decide."""
    if account.removal is None or account.disabled_at is not None:
        return ()
    address = f"/v1/accounts/{account.id}/factor-removal"
    task = Task(
        id="factor-removal",
        title=DECIDING,
        owner=account.removal.owner,
        about=address,
        done_at=f"{address}/approval",
        units=account.units,
        made_at=account.removal.approval.asked_at,
        due=until_of(account.removal),
    )
    return (make(task),)


def _decidable(account: Account, actor: Actor) -> Removal:
    require(actor, Action.DECIDE_FACTOR_REMOVAL)
    if account.removal is None:
        raise RemovalMissing(account=account.id)
    return account.removal


def until_of(removal: Removal) -> datetime:
    """Until when it may be decided."""
    return removal.approval.asked_at + LAPSES
