"""R7.12: handling bodies over the store: what the service's methods and timers do with them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from attrs import asdict, evolve, frozen

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, Loaded, NotFound, Saved, TakenByAnother
from chassis.timers import Firing
from chassis.work.parameters import Value
from emergency import bodies
from emergency.authority import Actor
from emergency.bodies import HandlingBody, Member, Role
from emergency.body_operations import BODY_UNCONFIRMED
from emergency.directory import Directory, UnitCopy
from emergency.parameters import BODY_CONFIRM

CONFIRMATION = "confirmation"


@frozen
class BodyDesk:
    """The handling bodies of one service process."""

    bodies: Aggregates[HandlingBody]
    directory: Directory
    clock: Clock
    value: Value

    def set(self, call: Call, actor: Actor) -> Answer:
        """R7.12: the group is set up (201) or set anew."""
        unit, command = self.unit_of(call), call.command()
        members = tuple(Member(each["person"], each["role"]) for each in call.body["members"])

        def composed(*_: HandlingBody) -> Any:
            known = self._in_post((each.person for each in members), call)
            days = self.value(BODY_CONFIRM, unit.units, call.now)
            return _set(
                bodies.compose(unit.id, unit.units, members, known=known, actor=actor, at=call.now, confirm_days=days)
            )

        if call.if_match is None:
            with suppress(TakenByAnother):
                return self._answer(call, self.bodies.create(unit.id, evolve(command, status=201), composed))
        return self._answer(call, self.bodies.change(unit.id, command, composed, reach=call.reach))

    def confirm(self, call: Call, actor: Actor) -> Answer:
        """R7.12: the group is as it should be."""

        def confirmed(body: HandlingBody) -> Any:
            known = self._in_post((each.person for each in body.members), call)
            days = self.value(BODY_CONFIRM, body.units, call.now)
            return _set(bodies.confirm(body, known=known, actor=actor, at=call.now, confirm_days=days))

        return self._answer(call, self.bodies.change(call.path["unit"], call.command(), confirmed, reach=call.reach))

    def one(self, call: Call) -> Answer:
        """One group."""
        return self._answer(call, self.bodies.load(call.path["unit"], call.reach))

    def page(self, call: Call) -> Answer:
        """Groups within the caller's reach."""
        marked = call.query["unconfirmed"]
        wanted: dict[str, Any] = {} if marked is None else {"unconfirmed": marked}
        answer = call.page(self.bodies, wanted)
        return evolve(answer, body={"items": [self._shown(body, call) for body in answer.body["items"]]})

    def of_units(self, units: Iterable[str], call: Call) -> Answer:
        """The groups of these units that exist, in the order of the units."""
        order = list(units)
        found = {loaded.id: loaded.state for loaded in self.bodies.find({"_id": {"$in": order}})}
        return Answer({"items": [self._shown(found[unit], call) for unit in order if unit in found]})

    def fire(self, firing: Firing) -> None:
        """R7.12: a confirmation has fallen due."""
        step = self._command(firing.command, "timer", firing.id)
        self.bodies.change(firing.aggregate, step, lambda body: _due(body, bodies.fall_due(body, at=step.now)))

    def unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.12: the group of a unit that moved is filed under its new ancestors."""
        step = self._command(f"{heard.id}:{unit.id}", "directory", heard.id)
        with suppress(NotFound):
            self.bodies.change(unit.id, step, lambda body: (bodies.moved(body, unit.units), ()))

    def unit_of(self, call: Call) -> UnitCopy:
        """The unit that the path names, within the caller's reach; NotFound for one that is not known here."""
        return self.directory.within(call.path["unit"], call)

    def _answer(self, call: Call, found: Saved | Loaded) -> Answer:
        return call.answer(found, self._shown(found.state, call))

    def _shown(self, body: HandlingBody, call: Call) -> Mapping[str, Any]:
        known = self._in_post((each.person for each in body.members), call)
        return {
            **asdict(body, recurse=False),
            "unit": body.id,
            "unit_name": self.directory.name_of(body.id),
            "confirm_by": body.confirm_by,
            "members": [{**asdict(each), "in_post": each.person in known} for each in body.members],
        }

    def _command(self, id: str, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())

    def _in_post(self, persons: Iterable[str], call: Call) -> frozenset[str]:
        return self.directory.in_post(persons, on=business_day(call.now))


def stamps(body: HandlingBody) -> dict[str, Any]:
    """What lists and scopes query."""
    return {"units": list(body.units), "at": body.confirmed_at, "unconfirmed": body.unconfirmed_since is not None}


def _set(body: HandlingBody) -> tuple[HandlingBody, list[Announcement]]:
    return body, [SetTimer(CONFIRMATION, body.confirm_by)]


def _due(before: HandlingBody, after: HandlingBody) -> tuple[HandlingBody, list[Announcement]]:
    if after is before:
        return before, []
    leader = next(member.person for member in after.members if member.role is Role.LEADER)
    data = BODY_UNCONFIRMED.data({"unit": after.id, "due": after.unconfirmed_since, "leader": leader})
    return after, [Announce(BODY_UNCONFIRMED.name, data, filed_under(after.units)), CancelTimer(CONFIRMATION)]
