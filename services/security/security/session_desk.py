"""R9.7: signing in and out, and changing the password: what is done with an account before anybody is known."""

from contextlib import suppress
from typing import Any

import pyotp
import uuid_utils
from attrs import frozen

from chassis.clock import business_day
from chassis.errors import Refusal
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, NotFound, Saved
from chassis.work.parameters import Value
from security import account_outgoing, accounts, dormancy, passwords
from security.account_desk import enrolment
from security.account_refusals import PasswordReused
from security.accounts import Account, Proof
from security.dormancy_desk import DormancyDesk
from security.lockout import SignInRefused
from security.parameters import PASSWORD_AGE
from security.person_tokens import LIFE_SECONDS, AccessTokens, RefreshTokens
from security.presence import Presence, Presences
from security.proofs import Given, Proofs, private
from security.sessions import RefreshRefused, Session, Turn
from security.sharing import CounterUnknown
from security.units import Unit


@frozen(eq=False)
class SessionDesk:
    """Sessions of one service process."""

    accounts: Aggregates[Account]
    units: Aggregates[Unit]
    proofs: Proofs
    presences: Presences
    access: AccessTokens
    refreshes: RefreshTokens
    value: Value
    sleep: DormancyDesk

    def sign_in(self, call: Call) -> Answer:
        """A session, and its tokens."""
        body, now = call.body, call.now
        given = Given(body["operator_code"].upper(), body["password"], body["second_factor"])
        session = Session(str(uuid_utils.uuid7()), now, now, counter=body["counter"])

        def begun(account: Account, proof: Proof) -> Any:
            signed = accounts.sign_in(account, proof, session, presence=self._presence(account, call))
            self._refuse_dormant(account, call)
            self._check_counter(body["counter"])
            after, told = account_outgoing.in_use(signed, at=now, day=business_day(now))
            return after, [*told, *self.sleep.followed(account, after, now)]

        account: Account = self._proved(call, given, begun).state
        return self._tokens(account, account.sessions[-1], status=201)

    def change_password(self, call: Call) -> Answer:
        """A password of the person's own; with a second factor to set up where a post held asks for one."""
        body, code, at = call.body, call.path["account"].upper(), call.now
        given = Given(code, body["old_password"], body["second_factor"])
        new, secret = body["new_password"], pyotp.random_base32()
        passwords.check_strength(new, code=code, pointer="/body/new_password")
        hashed, factor = self.proofs.hashes.made(new), self.proofs.sealed(code, secret)

        def changed(account: Account, proof: Proof) -> Any:
            stands = self._presence(account, call)
            after = accounts.change_password(
                account,
                proof,
                password=hashed,
                factor=factor,
                presence=stands,
                at=at,
                valid_days=self.value(PASSWORD_AGE, stands.units or account.units, at),
            )
            self._refuse_dormant(account, call)
            self._check_reuse(account, new)
            return after, self.sleep.followed(account, after, at)

        account: Account = self._proved(call, given, changed).state
        set_up = enrolment(secret, code) if account.factor and account.factor.sealed == factor.sealed else None
        return Answer({"account": code, "due_at": accounts.password_due_at(account), "second_factor": set_up})

    def refresh(self, call: Call) -> Answer:
        """The session's next tokens."""
        token = self.refreshes.read(call.body["refresh_token"])
        if token is None:
            raise RefreshRefused
        taken: list[Turn] = []

        def turned(account: Account) -> Any:
            presence, at = self._presence(account, call), call.now
            after, turn = accounts.refresh(account, session=token.session, turn=token.turn, presence=presence, at=at)
            taken.append(turn)
            return account_outgoing.turned(after, turn, token.session, at=at, day=business_day(at))

        account: Account = self._known(token.account, private(call), turned).state
        if (session := taken[-1].session) is None:
            raise RefreshRefused
        return self._tokens(account, session, status=200)

    def sign_out(self, call: Call) -> Answer:
        """The session is over, whether or not it was before."""
        if token := self.refreshes.read(call.body["refresh_token"]):
            with suppress(RefreshRefused):
                self._known(
                    token.account, private(call), lambda one: (accounts.sign_out(one, session=token.session), ())
                )
        return Answer(status=204)

    def _proved(self, call: Call, given: Given, decide: Any) -> Saved:
        """Charge, look, decide; what fails is told to nobody but by the one answer."""
        proof = self.proofs.look(call, given)
        if proof.fitted is None:
            self.proofs.failed(call, given)
            raise SignInRefused
        try:
            saved = self.accounts.change(given.code, private(call), lambda account: decide(account, proof))
        except (NotFound, SignInRefused):
            self.proofs.failed(call, given)
            raise SignInRefused from None
        except Refusal:  # everything was proved, and something else stands in the way
            self.proofs.good(call, given)
            raise
        self.proofs.good(call, given)
        return saved

    def _known(self, account: str, command: Command, decide: Any) -> Saved:
        try:
            return self.accounts.change(account, command, decide)
        except NotFound:
            raise RefreshRefused from None

    def _check_reuse(self, account: Account, new: str) -> None:
        if any(self.proofs.hashes.fits(kept, new) for kept in (account.password, *account.earlier)):
            raise PasswordReused(remembered=passwords.RULE.remembered)

    def _refuse_dormant(self, account: Account, call: Call) -> None:
        """Looked at once the password is proved: nobody else learns that an account is not used."""
        dormancy.refuse_dormant(account, after=self.sleep.after(account, call.now), at=call.now)

    def _check_counter(self, counter: str | None) -> None:
        """Looked at once the person is known: nobody else learns which counters there are."""
        if counter is not None and not any(one.state.kind == "counter" for one in self.units.find({"_id": counter})):
            raise CounterUnknown(counter=counter)

    def _presence(self, account: Account, call: Call) -> Presence:
        return self.presences(account.person, business_day(call.now))

    def _tokens(self, account: Account, session: Session, *, status: int) -> Answer:
        body = {
            "person": account.person,
            "session": session.id,
            "access_token": self.access.token(account.person, session),
            "token_type": "Bearer",
            "expires_in": LIFE_SECONDS,
            "refresh_token": self.refreshes.made(account.id, session),
        }
        return Answer(body, status=status)
