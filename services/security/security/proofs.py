"""R9.7: whether whoever calls is who they say: charge the try, look at password and code, never tell which failed.

In time order: a try is charged to the address, then to the account. Where either is locked, or others are charging it
at the same moment, a hash is checked all the same and the answer is the one for a wrong password. An operator code that
nobody has is charged to a shadow of its own by the same rule, so that neither answers nor locks tell it from one that
exists. Then password and code are looked at, and the desk decides. What is charged stays when it fails, and is given
back when it succeeds.

Of an address only a keyed hash is kept, of its network where it is IPv6 (a /64 is one subscriber's); the database
removes it two days after the last try.
"""

from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from attrs import evolve, frozen
from pymongo import IndexModel

from chassis.clock import machine_now
from chassis.fieldcrypt import FieldKeys, Place
from chassis.resealing import Sealed
from chassis.service import Call
from chassis.store import Aggregates, Command, Contended, NotFound, Saved, TakenByAnother
from security import account_outgoing, accounts, lockout
from security.accounts import Account, Proof
from security.hashes import Hashes
from security.lockout import Guard, LockRule, SignInRefused
from security.second_factor import SecondFactor, step_of

ACCOUNTS, GUARDS = "accounts", "sign_in_guards"
KEPT = timedelta(days=2)
TTL = IndexModel("until", expireAfterSeconds=0)


@frozen
class Given:
    """What somebody gives to prove who they are."""

    code: str
    password: str
    second_factor: str | None


@frozen(eq=False)
class Proofs:
    """Looks at what is given. `accounts` are charged, `guards` stand for addresses and for codes that nobody has."""

    accounts: Aggregates[Account]
    guards: Aggregates[Guard]
    hashes: Hashes
    keys: FieldKeys

    def look(self, call: Call, given: Given) -> Proof:
        """Charge the try, and say what fits. SignInRefused where it may not be looked at."""
        try:
            if call.operation.public:
                self._guard(self._address(call), lockout.ADDRESS, call, by=self._shadow(given.code))
            charged = self._charge(given.code, call)
        except (SignInRefused, Contended):
            self.hashes.fits(None, given.password)
            raise SignInRefused from None
        if not self.hashes.fits(charged.password if charged else None, given.password) or charged is None:
            return Proof(None)
        anew = self.hashes.made(given.password) if self.hashes.stale(charged.password) else None
        step = self.step(charged, given.second_factor, call)
        return Proof(charged.password, anew, step, self._found_by(given))

    def failed(self, call: Call, given: Given) -> None:
        """The try was wrong: a lock that it has set is made known."""
        command, at = private(call), call.now
        try:
            self.accounts.change(
                given.code, command, lambda one: account_outgoing.failed(one, accounts.fail(one, at=at))
            )
        except NotFound:
            with suppress(NotFound):
                self.guards.change(self._shadow(given.code), command, lambda one: (lockout.tell(one, at=at), ()))

    def good(self, call: Call, given: Given) -> None:
        """The try was right, whatever came of it: account and address get back what this account's tries took."""
        by, at = self._shadow(given.code), call.now
        with suppress(NotFound, Contended):  # at worst the tries go on counting
            self.accounts.change(given.code, private(call), lambda one: (accounts.succeed(one), ()))
        with suppress(NotFound, Contended):
            self.guards.change(
                self._address(call),
                private(call),
                lambda one: (lockout.forgive(one, lockout.ADDRESS, by=by, at=at), ()),
            )

    def step(self, account: Account, code: str | None, call: Call) -> int | None:
        """The time step of this code of the account's second factor; None where there is none, or it is wrong."""
        if account.factor is None or code is None:
            return None
        return step_of(self.keys.open(place(account.id), account.factor.sealed), code, at=call.now)

    def _found_by(self, given: Given) -> str | None:
        return None if given.second_factor is None else self.pick_up(given.code, given.second_factor)

    def pick_up(self, account: str, code: str) -> str:
        """By what an account's pick-up code is looked up: nobody finds the code by trying, who has not the key."""
        return self.keys.lookup(f"{ACCOUNTS}.pick_up", f"{account}:{code}")

    def sealed(self, account: str, secret: str) -> SecondFactor:
        """A second factor as it is kept, not yet confirmed."""
        return SecondFactor(self.keys.seal(place(account), secret))

    def _charge(self, code: str, call: Call) -> Account | None:
        try:
            saved = self.accounts.change(code, private(call), lambda one: (accounts.charge(one, at=call.now), ()))
        except NotFound:
            self._guard(self._shadow(code), lockout.ACCOUNT, call)
            return None
        account: Account = saved.state
        return account

    def _guard(self, id: str, rule: LockRule, call: Call, *, by: str = "") -> Saved:
        def charged(guard: Guard) -> Any:
            return lockout.charge(guard, rule, by=by, at=call.now), ()

        for _ in range(2):
            with suppress(NotFound):
                return self.guards.change(id, private(call), charged)
            with suppress(TakenByAnother):
                return self.guards.create(id, private(call), lambda: charged(Guard()))
        raise Contended(id=id)

    def _address(self, call: Call) -> str:
        return self.keys.lookup(f"{GUARDS}.address", network(call.address))

    def _shadow(self, code: str) -> str:
        return self.keys.lookup(f"{GUARDS}.code", code)


def private(call: Call) -> Command:
    """The call's command without a fingerprint, for a hash of what holds a password could be found by trying passwords;
    and without an id, for a try that was applied before would be answered without being looked at."""
    return evolve(call.command(), id=None, fingerprint="")


def place(account: str) -> Place:
    """Where an account's second factor is sealed."""
    return Place(ACCOUNTS, account, "factor")


def sealing(keys: FieldKeys) -> Sealed[Account]:
    """What of an account is sealed: the second factor."""

    def renewed(account: Account) -> Account:
        if account.factor is None or keys.is_current(account.factor.sealed):
            return account
        anew = keys.reseal(place(account.id), account.factor.sealed)
        return evolve(account, factor=evolve(account.factor, sealed=anew))

    return Sealed(lambda: keys.older, lambda account: [account.factor.sealed] if account.factor else [], renewed)


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


def guard_stamps(_: Guard) -> dict[str, Any]:
    """Until when the database keeps a guard: by its own clock, which is the machine's."""
    return {"until": machine_now() + KEPT}
