"""R9.7: accounts over the store: opened, shown, reset, disabled, enabled; and what a person does with the own one."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyotp
from attrs import frozen
from pymongo import IndexModel

from chassis.clock import business_day
from chassis.entries import Announcement
from chassis.service import Answer, Call
from chassis.store import Aggregates, NotFound, OutOfReach, Saved
from chassis.work.parameters import Value
from security import account_outgoing, accounts, dormancy, factor_removals, passwords, second_factor
from security.account_refusals import PersonHasAccount, SecondFactorThere
from security.accounts import Account
from security.dormancy_desk import DormancyDesk
from security.lockout import SignInRefused
from security.parameters import ONE_TIME_AGE
from security.presence import Presence, Presences
from security.proofs import Given, Proofs, private

BY_PERSON = IndexModel("person", unique=True)
Decide = Callable[[Account, Presence], Account]
Tell = Callable[[Account, Account], Iterable[Announcement]]


@frozen(eq=False)
class AccountDesk:
    """The accounts of one service process."""

    accounts: Aggregates[Account]
    proofs: Proofs
    presences: Presences
    value: Value
    sleep: DormancyDesk

    def open(self, call: Call) -> Answer:
        """A new account with a one-time password, which only the first answer holds."""
        code, person = call.body["operator_code"], call.body["person"]
        presence = self._presence(person, call)
        if presence.units:
            _check_reach(call, person, presence.units)
        if any(other.id != code for other in self.accounts.find({"person": person})):
            raise PersonHasAccount(person=person)
        password, hashed = self._one_time()

        def opened() -> Any:
            by, days = call.caller.subject, self.value(ONE_TIME_AGE, presence.units, call.now)
            made = accounts.open_account(
                code, person=person, presence=presence, password=hashed, by=by, at=call.now, valid_days=days
            )
            return made, self.sleep.watched(made, call.now)

        try:
            saved = self.accounts.create(code, call.command(), opened)
        except NotFound:  # two codes for one person at the same moment: the index let in one of them
            raise PersonHasAccount(person=person) from None
        return self._with_password(call, saved, password, location=f"/v1/accounts/{code}")

    def one(self, call: Call) -> Answer:
        """One account."""
        loaded = self.accounts.load(call.path["account"])
        self.reached(call, loaded.state)
        return call.answer(loaded, shown(loaded.state, call))

    def reset(self, call: Call) -> Answer:
        """A new one-time password, which only the first answer holds."""
        password, hashed = self._one_time()
        by, at = call.caller.subject, call.now

        def renewed(one: Account, presence: Presence) -> Account:
            days = self.value(ONE_TIME_AGE, presence.units or one.units, at)
            return accounts.reset(one, password=hashed, presence=presence, by=by, at=at, valid_days=days)

        saved = self.changed(call, renewed, lambda _, after: account_outgoing.was_reset(after, by=by))
        return self._with_password(call, saved, password)

    def disable(self, call: Call) -> Answer:
        """Nobody signs in any more."""
        by = call.caller.subject
        saved = self.changed(call, lambda one, _: accounts.disable(one, by=by, at=call.now))
        return call.answer(saved, shown(saved.state, call))

    def enable(self, call: Call) -> Answer:
        """As before it was disabled."""
        by = call.caller.subject
        saved = self.changed(call, lambda one, presence: accounts.enable(one, presence=presence, by=by, at=call.now))
        return call.answer(saved, shown(saved.state, call))

    def unlock(self, call: Call) -> Answer:
        """An account that was locked for want of use opens again."""
        by, at = call.caller.subject, call.now

        def unlocked(account: Account, presence: Presence) -> Account:
            return dormancy.unlock(account, after=self.sleep.after(account, at), presence=presence, by=by, at=at)

        saved = self.changed(call, unlocked)
        return call.answer(saved, shown(saved.state, call))

    def enrol(self, call: Call) -> Answer:
        """A second factor for the own account, which waits for its first code."""
        code = call.path["account"]
        self.reached(call, self.accounts.load(code).state)
        given, secret = Given(code, call.body["password"], None), pyotp.random_base32()
        proof = self.proofs.look(call, given)
        factor = self.proofs.sealed(code, secret)
        try:
            self.changed(call, lambda one, _: accounts.enrol(one, proof, factor=factor))
        except SignInRefused:
            self.proofs.failed(call, given)
            raise
        except SecondFactorThere:
            self.proofs.good(call, given)
            raise
        return Answer(enrolment(secret, code))

    def confirm(self, call: Call) -> Answer:
        """The first code of the own second factor."""

        def confirmed(account: Account, _: Presence) -> Account:
            return accounts.confirm_factor(account, step=self.proofs.step(account, call.body["code"], call))

        saved = self.changed(call, confirmed)
        return call.answer(saved, shown(saved.state, call))

    def changed(self, call: Call, decide: Decide, tell: Tell = lambda _before, _after: ()) -> Saved:
        """A change of one account within the caller's reach, with what follows from it and what `tell` says of it."""
        command = call.command() if call.operation.key != "none" else private(call)

        def decided(account: Account) -> Any:
            after = decide(account, self.reached(call, account))
            return after, [*tell(account, after), *self.sleep.followed(account, after, call.now)]

        return self.accounts.change(call.path["account"], command, decided)

    def reached(self, call: Call, account: Account) -> Presence:
        """The standing of the account's person, once the caller reaches it: by where the person stands today, not by
        where the account was last filed, so that it moves with the person."""
        presence = self._presence(account.person, call)
        own = (f"own:{account.person}",) if call.caller.kind == "person" else ()
        _check_reach(call, account.id, (*(presence.units or account.units), *own))
        return presence

    def _presence(self, person: str, call: Call) -> Presence:
        return self.presences(person, business_day(call.now))

    def _one_time(self) -> tuple[str, str]:
        password = passwords.one_time(secrets.choice)
        return password, self.proofs.hashes.made(password)

    def _with_password(self, call: Call, saved: Saved, password: str, **rest: Any) -> Answer:
        told = {"one_time_password": None if saved.replayed else password}
        return call.answer(saved, {**shown(saved.state, call), **told}, **rest)


def stamps(account: Account) -> dict[str, Any]:
    """By what accounts are found beside their code."""
    return {"person": account.person}


def enrolment(secret: str, account: str) -> dict[str, str]:
    """What is shown, once, of a new second factor."""
    return {"secret": secret, "address": second_factor.address_of(secret, account)}


def shown(account: Account, call: Call) -> Mapping[str, Any]:
    """The account as it is now, without anything that opens it."""
    locked = account.guard.locked(call.now)
    return {
        "account": account.id,
        "person": account.person,
        "units": account.units,
        "state": _state(account, locked=locked),
        "locked_until": account.guard.locked_until if locked else None,
        "password_set_at": account.password_set_at,
        "password_due_at": accounts.password_due_at(account),
        "second_factor": _factor(account),
        "factor_removal": _removal(account, call),
        "sessions": sum(not each.over(call.now) for each in account.sessions),
    }


def _factor(account: Account) -> str:
    if account.pick_up is not None:
        return "to_pick_up"
    return "none" if account.factor is None else "in_use" if account.factor.confirmed else "waiting"


def _removal(account: Account, call: Call) -> Mapping[str, Any] | None:
    if account.removal is None or call.now >= (until := factor_removals.until_of(account.removal)):
        return None
    asked = account.removal.approval
    return {
        "asked_by": asked.maker,
        "reason": account.removal.reason,
        "asked_at": asked.asked_at,
        "until": until,
    }


def _state(account: Account, *, locked: bool) -> str:
    if account.disabled_at is not None:
        return "disabled"
    if account.dormant is not None:
        return "dormant"
    if locked:
        return "locked"
    return "must_change" if account.must_change else "active"


def _check_reach(call: Call, id: str, units: tuple[str, ...]) -> None:
    """Refuse what is not within the caller's reach: as not there (NotFound) where the caller may see nothing of it."""
    visible = () if call.reach is None else call.reach.visible
    if not set(units) & set(visible):
        raise NotFound(id=id)
    if not set(units) & set(call.within):
        raise OutOfReach(id=id)
