"""R9.6, R9.7: lost second factors over the store: asked for, approved or refused by somebody else, lapsed."""

import secrets

from attrs import frozen

from chassis.clock import business_day
from chassis.entries import Announce, Announcement, filed_under
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.timers import Firing
from chassis.work.tasks import Owner
from security import factor_removals
from security.account_desk import AccountDesk, shown
from security.accounts import Account
from security.authority import Actor
from security.dormancy_desk import LAPSE
from security.factor_removal_operations import FACTOR_REMOVAL_ASKED, FACTOR_REMOVED
from security.factor_removals import Standing
from security.footings import Footings
from security.presence import Presence
from security.units import Unit

CODE_DIGITS = 6


@frozen(eq=False)
class FactorRemovalDesk:
    """What one service process does with lost second factors. They are a part of the account: one write each."""

    desk: AccountDesk
    footings: Footings

    def ask(self, call: Call) -> Answer:
        """R9.6: an administrator asks."""
        reason, at = call.body["reason"], call.now

        def asked(account: Account, presence: Presence) -> Account:
            actor, owner = self._actor(call, account, presence), self._owner(call, account, presence)
            return factor_removals.ask(account, reason=reason, owner=owner, actor=actor, at=at)

        saved = self.desk.changed(call, asked, _asked)
        return call.answer(saved, shown(saved.state, call))

    def one(self, call: Call) -> Answer:
        """What is asked for."""
        loaded = self.desk.accounts.load(call.path["account"])
        self.desk.reached(call, loaded.state)
        return call.answer(loaded, shown(loaded.state, call))

    def approve(self, call: Call) -> Answer:
        """R9.6: somebody else approves, whom alone the first answer shows the pick-up code."""
        code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
        found_by = self.desk.proofs.pick_up(call.path["account"], code)

        def approved(account: Account, presence: Presence) -> Account:
            actor = self._actor(call, account, presence)
            asker = self._standing(account.removal.approval.maker if account.removal else "")
            decider = self._standing(actor.id)
            return factor_removals.approve(
                account, found_by=found_by, asker=asker, decider=decider, actor=actor, at=call.now
            )

        saved = self.desk.changed(call, approved, lambda _, after: _removed(after, by=call.caller.subject))
        due = None if saved.replayed else saved.state.pick_up
        told = {"pick_up_code": due and code, "pick_up_until": due and due.until}
        return call.answer(saved, {**shown(saved.state, call), **told})

    def refuse(self, call: Call) -> Answer:
        """R9.6: somebody else says no."""
        reason, at = call.body["reason"], call.now

        def refused(account: Account, presence: Presence) -> Account:
            return factor_removals.refuse(account, reason=reason, actor=self._actor(call, account, presence), at=at)

        saved = self.desk.changed(call, refused)
        return call.answer(saved, shown(saved.state, call))

    def fire(self, firing: Firing) -> None:
        """R9.6: nobody has decided in time; or another timer of an account is due (R9.7)."""
        sleep = self.desk.sleep
        if firing.name.rpartition(":")[2] != LAPSE:
            return sleep.fire(firing)
        step = reaction("security", firing.command, actor="timer", cause=firing.id, at=sleep.clock.now())

        def lapsed(account: Account) -> tuple[Account, list[Announcement]]:
            after = factor_removals.lapse(account, at=step.now)
            return after, sleep.followed(account, after, step.now)

        self.desk.accounts.change(firing.aggregate, step, lapsed)
        return None

    def _actor(self, call: Call, account: Account, presence: Presence) -> Actor:
        return self.footings.actor(call, presence.units or account.units)

    def _owner(self, call: Call, account: Account, presence: Presence) -> Owner:
        """Who has the task: the province's head, else head office's; of head office's two heads each for the other."""
        units = presence.units or account.units
        if "ho_business_management_head" in presence.posts:
            return Owner(post="ho_customer_service_head", unit=units[0])
        unit: Unit = self.desk.sleep.units.load(units[:2][-1]).state
        return self.desk.sleep.heads(unit, account.person, business_day(call.now))

    def _standing(self, person: str) -> Standing:
        found = self.desk.accounts.find({"person": person}, limit=1)
        if not found:
            return Standing()
        account: Account = found[0].state
        return Standing(account.factor is not None and account.factor.confirmed, account.handed_by)


def _asked(_: Account, after: Account) -> list[Announce]:
    assert after.removal is not None
    approval = after.removal.approval
    data = {"person": after.person, "asked_by": approval.maker, "until": approval.expires_at}
    return [Announce(FACTOR_REMOVAL_ASKED.name, FACTOR_REMOVAL_ASKED.data(data), filed_under(after.units))]


def _removed(after: Account, *, by: str) -> list[Announce]:
    assert after.pick_up is not None
    data = {"person": after.person, "asked_by": after.pick_up.asked_by, "approved_by": by}
    return [Announce(FACTOR_REMOVED.name, FACTOR_REMOVED.data(data), filed_under(after.units))]
