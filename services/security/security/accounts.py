"""R9.7: built-in accounts: one person's operator code, and everything that decides whether it opens.

States: a new or reset account has a one-time password and opens nothing (`must_change`); with a password of the
person's own it is active until that is too old; it may be locked for a while (`guard`) or disabled until it is enabled.
Its sessions are part of it, so that a reset ends them in the same write, and two hands at one refresh token meet in
its version. What is proved is proved outside (`Proof`: hashes and codes take long) and decided here: whoever changed
the password meanwhile has made the proof worthless.
"""

import re
from datetime import date, datetime, timedelta

from attrs import evolve, frozen

from chassis.work.tasks import Owner
from security import lockout, passwords, sessions, sharing
from security.account_refusals import (
    AccountDisabled,
    AccountEnabled,
    AskerOnly,
    CodeWrong,
    OperatorCodeMalformed,
    OwnAccount,
    PasswordChangeDue,
    PersonNotInPost,
    SecondFactorDue,
    SecondFactorThere,
)
from security.lockout import UNTRIED, Guard, SignInRefused
from security.presence import Presence
from security.second_factor import PickUp, Removal, SecondFactor, required
from security.sessions import Session, Turn
from security.sharing import SuspectedSharing

VOID = ""
"""The hash that no password fits."""

OPERATOR_CODE = re.compile(r"[A-Z][A-Z0-9]{3,19}")


@frozen
class Dormancy:
    """When an account was locked because nobody had used it, and whose task it is to decide on it (`dormancy.py`)."""

    at: datetime
    head: Owner


@frozen
class Account:
    """One account. `id` is the operator code, `password` the hash of the present one, `earlier` those before it;
    `used_at` is the last sign-in, or what counts like one."""

    id: str
    person: str
    units: tuple[str, ...]
    password: str
    password_set_at: datetime
    earlier: tuple[str, ...] = ()
    must_change: bool = False
    guard: Guard = UNTRIED
    disabled_at: datetime | None = None
    factor: SecondFactor | None = None
    sessions: tuple[Session, ...] = ()
    suspected: tuple[SuspectedSharing, ...] = ()
    valid_days: int | None = None
    """How long the present password is good, by the parameter that held when it was set; None for our default."""
    used_at: datetime | None = None
    dormant: Dormancy | None = None
    handed_by: str | None = None
    """Who handed out the last one-time password by which a factor could be set up; None where two people did."""
    removal: Removal | None = None
    pick_up: PickUp | None = None


@frozen
class Proof:
    """What was proved of whoever signs in: the hash that the password fitted (None: it did not), the same password
    under today's parameters where they have changed, the time step of the second factor's code, and by what a pick-up
    code is looked up."""

    fitted: str | None
    anew: str | None = None
    step: int | None = None
    found_by: str | None = None


def operator_code(text: str) -> str:
    """The text, when it can be an operator code; else OperatorCodeMalformed, which does not repeat it."""
    if not OPERATOR_CODE.fullmatch(text):
        raise OperatorCodeMalformed

    return text


def open_account(
    code: str,
    *,
    person: str,
    presence: Presence,
    password: str,
    by: str,
    at: datetime,
    valid_days: int | None = None,
) -> Account:
    """R9.7: a new account with a one-time password, whose hash is given."""
    _refuse_own(person, by)
    if not presence.may_sign_in:
        raise PersonNotInPost(person=person)

    code = operator_code(code)
    return Account(
        code,
        person,
        presence.units,
        password,
        at,
        must_change=True,
        valid_days=valid_days,
        used_at=at,
        handed_by=by,
    )


def reset(
    account: Account, *, password: str, presence: Presence, by: str, at: datetime, valid_days: int | None = None
) -> Account:
    """R9.7: a new one-time password; sessions and lock are gone. A confirmed second factor stays, so that whoever
    resets does not get in; where one was taken away, only who asked for that resets, never who approved it."""
    _refuse_own(account.person, by)
    if account.disabled_at is not None:
        raise AccountDisabled(account=account.id)
    if account.pick_up is not None and account.pick_up.asked_by != by:
        raise AskerOnly(account=account.id)

    return evolve(
        _refiled(account, presence),
        password=password,
        password_set_at=at,
        earlier=remembered(account),
        must_change=True,
        guard=UNTRIED,
        factor=account.factor if guarded(account) else None,
        sessions=(),
        valid_days=valid_days,
        used_at=at,
        dormant=None,
        handed_by=account.handed_by if guarded(account) else by,
    )


def disable(account: Account, *, by: str, at: datetime) -> Account:
    """R9.7: nobody signs in any more, and whoever is signed in is not for longer than an access token lives."""
    _refuse_own(account.person, by)
    if account.disabled_at is not None:
        raise AccountDisabled(account=account.id)

    return evolve(account, disabled_at=at, sessions=())


def enable(account: Account, *, presence: Presence, by: str, at: datetime) -> Account:
    """R9.7: as it was before it was disabled; the password may have become too old."""
    _refuse_own(account.person, by)
    if account.disabled_at is None:
        raise AccountEnabled(account=account.id)
    if not presence.may_sign_in:
        raise PersonNotInPost(person=account.person)

    return evolve(_refiled(account, presence), disabled_at=None, used_at=at, dormant=None)


def charge(account: Account, *, at: datetime) -> Account:
    """R9.7: a try at the password begins. Refused (SignInRefused) while locked."""
    return evolve(account, guard=lockout.charge(account.guard, lockout.ACCOUNT, at=at))


def fail(account: Account, *, at: datetime) -> Account:
    """R9.7: the try was wrong. The very account unless it has set a lock that nobody knows of yet."""
    told = lockout.tell(account.guard, at=at)
    return account if told is account.guard else evolve(account, guard=told)


def succeed(account: Account) -> Account:
    """R9.7: a try was right: none counts any more. The very account where none did."""
    return account if account.guard == UNTRIED else evolve(account, guard=UNTRIED)


def sign_in(account: Account, proof: Proof, session: Session, *, presence: Presence) -> Account:
    """R9.7: a session begins. Everything that is not proved is refused alike; only who has proved the password is
    told what else is due."""
    at = session.started_at
    _refuse_unproved(account, proof, presence, at)
    _refuse_due(account, presence, at)

    methods = ("pwd",) if proof.step is None else ("pwd", "otp")
    return evolve(
        _opened(_refiled(account, presence), proof),
        sessions=sessions.begin(account.sessions, evolve(session, methods=methods)),
        used_at=at,
    )


def change_password(
    account: Account,
    proof: Proof,
    *,
    password: str,
    factor: SecondFactor | None,
    presence: Presence,
    at: datetime,
    valid_days: int | None = None,
) -> Account:
    """R9.7: a password of the person's own, given as its hash; all sessions end. `factor` is a new second factor for
    who must have one and has none: it is set up with the change of a one-time password alone, and waits for its
    first code."""
    _refuse_unproved(account, proof, presence, at)
    if account.factor is None and required(presence.posts) and not account.must_change:
        raise SecondFactorDue

    return evolve(
        _opened(_refiled(account, presence), proof),
        password=password,
        password_set_at=at,
        earlier=remembered(account),
        must_change=False,
        factor=_next_factor(account, proof, factor, presence),
        sessions=(),
        valid_days=valid_days,
        handed_by=account.handed_by if account.pick_up is None else None,
        pick_up=None,
    )


def _next_factor(account: Account, proof: Proof, new: SecondFactor | None, presence: Presence) -> SecondFactor | None:
    """The factor after a change. One set up by a pick-up code counts at once: waiting for its first code it would be
    lost by a reset, to whoever resets."""
    if not lacks_factor(account, presence) or new is None:
        return _opened(account, proof).factor
    return new if account.pick_up is None else evolve(new, confirmed=True)


def guarded(account: Account) -> bool:
    """Whether a password alone opens nothing, by whatever reset: a factor is confirmed, or a pick-up code is due."""
    return account.pick_up is not None or (account.factor is not None and account.factor.confirmed)


def password_due_at(account: Account) -> datetime:
    """R9.7: from when on the password opens nothing until it is changed; a one-time one is void from then on."""
    if account.valid_days is not None:
        return account.password_set_at + timedelta(days=account.valid_days)
    return account.password_set_at + (passwords.RULE.one_time if account.must_change else passwords.RULE.age)


def lacks_factor(account: Account, presence: Presence) -> bool:
    """Whether a change of the one-time password sets up a second factor."""
    needed = required(presence.posts) or account.pick_up is not None
    return account.must_change and account.factor is None and needed


def enrol(account: Account, proof: Proof, *, factor: SecondFactor) -> Account:
    """R9.7: a second factor set up while signed in, with the password given once more; it waits for its first code."""
    if account.disabled_at is not None or account.pick_up is not None or proof.fitted != account.password:
        raise SignInRefused
    if account.factor is not None and account.factor.confirmed:
        raise SecondFactorThere

    return evolve(account, factor=factor, guard=UNTRIED)


def confirm_factor(account: Account, *, step: int | None) -> Account:
    """R9.7: the first code of a second factor that was set up; from now on no sign-in goes without."""
    if account.factor is not None and account.factor.confirmed:
        raise SecondFactorThere
    if account.factor is None or step is None:
        raise CodeWrong

    return evolve(account, factor=evolve(account.factor, confirmed=True, last_step=step))


def refresh(account: Account, *, session: str, turn: int, presence: Presence, at: datetime) -> tuple[Account, Turn]:
    """R9.7: a refresh token is presented. Whoever may not sign in any more, or not by what this session has proved, has
    no session any more either: a post that asks for a second factor may have come meanwhile."""
    one_factor = any(each.id == session and "otp" not in each.methods for each in account.sessions)
    if not presence.may_sign_in or account.disabled_at is not None or (one_factor and required(presence.posts)):
        taken = Turn(sessions.end(account.sessions, session))
    else:
        taken = sessions.take_turn(account.sessions, session=session, turn=turn, at=at)
    same = taken.sessions == account.sessions
    return (account if same else evolve(account, sessions=taken.sessions)), taken


def sign_out(account: Account, *, session: str) -> Account:
    """R9.7: the session ends; the very account where it had ended."""
    left = sessions.end(account.sessions, session)
    return account if left is account.sessions else evolve(account, sessions=left)


def suspect(account: Account, *, at: datetime, day: date) -> tuple[Account, tuple[SuspectedSharing, ...]]:
    """R9.7: what is suspected now and was not yet today; the very account where nothing is."""
    today = tuple(each for each in account.suspected if each.day == day)
    fresh = tuple(each for each in sharing.suspected(account.sessions, at=at, day=day) if each not in today)
    return (evolve(account, suspected=(*today, *fresh)) if fresh else account), fresh


def _refuse_unproved(account: Account, proof: Proof, presence: Presence, at: datetime) -> None:
    """Raise SignInRefused, whatever is lacking."""
    void = account.must_change and at >= password_due_at(account)
    shut = account.disabled_at is not None or not presence.may_sign_in or void
    if shut or proof.fitted is None or proof.fitted != account.password:
        raise SignInRefused
    if account.pick_up is not None and not _picked_up(account.pick_up, proof, at):
        raise SignInRefused
    factor = account.factor
    if factor is None:
        return
    needed = factor.confirmed or required(presence.posts)
    if needed and (proof.step is None or proof.step <= factor.last_step):
        raise SignInRefused


def _refuse_due(account: Account, presence: Presence, at: datetime) -> None:
    """Raise what somebody who has proved the password has to see to before anything opens."""
    if not account.must_change and account.factor is None and required(presence.posts):
        raise SecondFactorDue
    if account.must_change or at >= password_due_at(account):
        own = None if account.must_change else account.valid_days
        raise PasswordChangeDue(days=own or passwords.RULE.age.days)


def _opened(account: Account, proof: Proof) -> Account:
    """The account after a proof: no try counts any more, the hash is today's, the code's step is used up. Whoever shows
    a code has the factor, so that nobody takes it away as lost."""
    factor, removal = account.factor, account.removal
    if factor is not None and proof.step is not None and proof.step > factor.last_step:
        factor, removal = evolve(factor, confirmed=True, last_step=proof.step), None
    if account.pick_up is not None:
        removal = None
    return evolve(account, guard=UNTRIED, password=proof.anew or account.password, factor=factor, removal=removal)


def _picked_up(due: PickUp, proof: Proof, at: datetime) -> bool:
    return proof.found_by == due.found_by and at < due.until


def _refiled(account: Account, presence: Presence) -> Account:
    """The account under the units where its person stands today."""
    return evolve(account, units=presence.units or account.units)


def remembered(account: Account) -> tuple[str, ...]:
    """The hashes of earlier passwords after a change: with the new one, as many as are remembered."""
    kept = [each for each in (account.password, *account.earlier) if each != VOID]
    return tuple(kept[: passwords.RULE.remembered - 1])


def _refuse_own(person: str, by: str) -> None:
    if person == by:
        raise OwnAccount
