"""An account that nobody signs in to is locked when its days are over, and opens again by somebody else's word."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refusal
from chassis.work.tasks import Owner
from security import accounts, dormancy
from security.account_refusals import AccountDormant, NotDormant, OwnAccount
from security.accounts import Account
from security.dormancy import DEFAULT, asleep, due_at, fall_asleep, refuse_dormant, tasks, unlock
from security.presence import Presence
from security.sessions import Session

pytestmark = pytest.mark.clause("R9.7")

OPENED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = OPENED + DEFAULT
MOMENT = timedelta(milliseconds=1)
UNITS = ("HQ", "44", "4401", "4401003")
TELLER = Presence(may_sign_in=True, posts=frozenset({"teller"}), units=UNITS)
HEAD = Owner(post="counter_supervisor", unit="4401003")
ACCOUNT = Account("GD0301", "P440100301", UNITS, "hash", OPENED, used_at=OPENED)


def sleeping(account=ACCOUNT, at=DUE):
    return fall_asleep(account, after=DEFAULT, head=HEAD, at=at)


def unlocked(account, by="P440100302", at=DUE):
    return unlock(account, after=DEFAULT, presence=TELLER, by=by, at=at)


@pytest.mark.parametrize(("at", "over"), [(DUE - MOMENT, False), (DUE, True), (DUE + MOMENT, True)])
def test_it_is_dormant_when_its_days_are_over_and_not_before(at, over):
    assert asleep(ACCOUNT, after=DEFAULT, at=at) is over
    assert (sleeping(at=at) is not ACCOUNT) is over
    if over:
        with pytest.raises(AccountDormant):
            refuse_dormant(ACCOUNT, after=DEFAULT, at=at)
    else:
        refuse_dormant(ACCOUNT, after=DEFAULT, at=at)


def test_a_sign_in_counts_anew():
    used = evolve(ACCOUNT, used_at=DUE - MOMENT)

    assert sleeping(used) is used
    assert due_at(used, DEFAULT) == DUE - MOMENT + DEFAULT


def test_an_account_from_before_there_was_a_count_is_counted_by_its_password():
    assert due_at(evolve(ACCOUNT, used_at=None), DEFAULT) == DUE


def test_a_locked_account_has_no_session_and_is_the_heads_task():
    used = evolve(ACCOUNT, sessions=(Session("s", OPENED, OPENED),))

    after = sleeping(used)

    assert (after.sessions, after.dormant.head) == ((), HEAD)
    (task,) = tasks(after)
    assert (task.owner, task.done_at) == (HEAD, "/v1/accounts/GD0301/unlocking")
    assert tasks(ACCOUNT) == ()


def test_it_is_locked_once_and_a_disabled_one_not_at_all():
    once = sleeping()
    disabled = evolve(ACCOUNT, disabled_at=OPENED)

    assert sleeping(once) is once
    assert sleeping(disabled) is disabled


@pytest.mark.parametrize("account", [ACCOUNT, sleeping()])
def test_whoever_unlocks_it_starts_the_days_again_whether_or_not_it_was_told(account):
    after = unlocked(account)

    assert (after.dormant, after.used_at) == (None, DUE)
    assert not asleep(after, after=DEFAULT, at=DUE)


def test_nobody_unlocks_the_own_account():
    with pytest.raises(OwnAccount):
        unlocked(sleeping(), by=ACCOUNT.person)


@pytest.mark.parametrize("account", [evolve(ACCOUNT, used_at=DUE), evolve(sleeping(), disabled_at=DUE)])
def test_what_is_not_dormant_is_not_unlocked(account):
    with pytest.raises(NotDormant):
        unlocked(account)


def test_a_reset_ends_it_too():
    after = accounts.reset(sleeping(), password="other", presence=TELLER, by="it", at=DUE)

    assert (after.dormant, after.used_at) == (None, DUE)


STEPS = st.lists(
    st.tuples(st.sampled_from(["fire", "unlock", "own", "reset", "disable", "enable"]), st.integers(0, 40))
)


@given(STEPS)
def test_no_sequence_of_commands_leaves_a_used_up_account_open_or_unlocked_by_its_person(steps):
    account, at = ACCOUNT, OPENED
    for what, days in steps:
        at += timedelta(days=days)
        try:
            match what:
                case "fire":
                    account = sleeping(account, at)
                case "unlock":
                    account = unlocked(account, at=at)
                case "own":
                    account = unlocked(account, by=account.person, at=at)
                    raise AssertionError("unlocked by the person")
                case "reset":
                    account = accounts.reset(account, password="p", presence=TELLER, by="it", at=at)
                case "disable":
                    account = accounts.disable(account, by="it", at=at)
                case "enable":
                    account = accounts.enable(account, presence=TELLER, by="it", at=at)
        except Refusal:
            pass
        if what == "fire" and account.disabled_at is None and at >= due_at(account, DEFAULT):
            assert account.dormant is not None
        assert bool(dormancy.tasks(account)) is (account.dormant is not None and account.disabled_at is None)
