"""R9.6: elevations over the store: what the service's methods and timers do with them.

Two elevations that two heads give one person at the same moment are two documents, so that neither decision sees the
other: what a person takes of the pairs that are kept apart stands in `claims`, which is unique over all of them.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo.errors import DuplicateKeyError

from chassis.clock import Clock, business_day, day_ends
from chassis.entries import Announce, Announcement, CancelTimer, SetTasks, SetTimer, filed_under
from chassis.reaction import reaction
from chassis.refiling import Filed
from chassis.service import Answer, Call
from chassis.store import Aggregates, Decision, Loaded, NotFound, Saved
from chassis.timers import Firing
from chassis.work.tasks import Owner, Task, Title, make
from security import elevations
from security.authority import Actor
from security.elevation_operations import ELEVATION_STATED
from security.elevation_refusals import OtherHalfGiven
from security.elevations import OPEN, Elevation, State, Wanted
from security.footings import Footings
from security.separations import claims
from security.staff_desk import Heads
from security.units import Unit

END = "end"
DECIDING = Title("审批临时授权申请", "decide a request for an elevation")

Decide = Callable[[Elevation, Actor], Elevation]


@frozen
class ElevationDesk:
    """The elevations of one service process."""

    elevations: Aggregates[Elevation]
    units: Aggregates[Unit]
    footings: Footings
    heads: Heads
    clock: Clock

    def request(self, call: Call) -> Answer:
        """R9.6: somebody asks."""
        said = {name: value for name, value in call.body.items() if name != "unit"}
        wanted, name = Wanted(**said), call.new_id()
        unit: Unit = self.units.load(call.body["unit"], call.reach).state

        def asked() -> Any:
            if earlier := self.elevations.find({"_id": name}):  # a retry is answered, however things stand by now
                return earlier[0].state, ()
            actor = self.footings.actor(call, unit.units)
            footing = self.footings.footing(actor.id, unit, wanted.right, call.now)
            made = elevations.request(
                wanted, id=name, unit=unit, footing=footing, actor=actor, day_ends=day_ends(call.now), at=call.now
            )
            head = self.heads(unit, made.person, business_day(call.now))
            return made, [elevation_stated(made), SetTimer(END, made.until), SetTasks((_deciding(made, head),))]

        saved = self.elevations.create(name, call.command(), asked)
        return call.answer(saved, _shown(saved.state), location=f"/v1/elevations/{saved.id}")

    def approve(self, call: Call) -> Answer:
        """R9.6: the head says yes."""

        def approved(elevation: Elevation, who: Actor) -> Elevation:
            unit: Unit = self.units.load(elevation.unit).state
            footing = self.footings.footing(elevation.person, unit, elevation.right, call.now)
            return elevations.approve(elevation, footing=footing, actor=who, at=call.now)

        try:
            return self._changed(call, approved)
        except DuplicateKeyError:
            given: Elevation = self.elevations.load(call.path["elevation"]).state
            raise OtherHalfGiven(person=given.person, right=given.right) from None

    def refuse(self, call: Call) -> Answer:
        """R9.6: the head says no."""
        reason = call.body["reason"]
        return self._changed(call, lambda one, who: elevations.refuse(one, reason=reason, actor=who, at=call.now))

    def withdraw(self, call: Call) -> Answer:
        """R9.6: it is no longer asked for."""
        return self._changed(call, lambda one, who: elevations.withdraw(one, actor=who, at=call.now))

    def use(self, call: Call) -> Answer:
        """R9.6: the one transaction is done."""
        return self._changed(call, lambda one, who: elevations.use(one, by=who.id, at=call.now))

    def revoke(self, call: Call) -> Answer:
        """R9.6: it is ended early."""
        reason = call.body["reason"]
        return self._changed(call, lambda one, who: elevations.revoke(one, reason=reason, actor=who, at=call.now))

    def one(self, call: Call) -> Answer:
        """One elevation."""
        loaded = self.elevations.load(call.path["elevation"], call.reach)
        return call.answer(loaded, _shown(loaded.state))

    def page(self, call: Call) -> Answer:
        """Elevations within the caller's reach, newest first."""
        names = {"unit": "unit", "state": "status", "open": "open"}
        asked = {stamp: call.query[name] for name, stamp in names.items() if call.query[name] is not None}
        if call.query["mine"]:
            asked["person"] = call.caller.subject
        answer = call.page(self.elevations, asked)
        return evolve(answer, body={"items": [_shown(one) for one in answer.body["items"]]})

    def fire(self, firing: Firing) -> None:
        """R9.6: the end of one has come."""
        step = reaction("security", firing.command, actor="timer", cause=firing.id, at=self.clock.now())
        with suppress(NotFound):
            self.elevations.change(firing.aggregate, step, lambda one: _told(one, elevations.run_out(one, at=step.now)))

    def filed(self) -> Filed[Elevation]:
        """R9.1: the elevations of a unit that moves, and who decides on them."""
        return Filed(self.elevations, {"open": True}, self._refiled)

    def _refiled(self, elevation: Elevation, units: tuple[str, ...], at: datetime) -> Decision[Elevation]:
        after = elevations.moved(elevation, units)
        if after is elevation:
            return elevation, ()
        told = [elevation_stated(after)]
        if after.state is not State.REQUESTED:
            return after, told
        unit: Unit = self.units.load(after.unit).state
        head = self.heads(evolve(unit, units=units), after.person, business_day(at))
        return after, [*told, SetTasks((_deciding(after, head),))]

    def _changed(self, call: Call, decide: Decide) -> Answer:
        def decided(elevation: Elevation) -> Any:
            return _told(elevation, decide(elevation, self.footings.actor(call, elevation.units)))

        saved: Saved | Loaded = self.elevations.change(
            call.path["elevation"], call.command(), decided, reach=call.reach
        )
        return call.answer(saved, _shown(saved.state))


def stamps(elevation: Elevation) -> dict[str, Any]:
    """What lists, scopes and the unique index use; `own:` stands for the relation."""
    taken = claims(elevation.person, elevation.right) if elevation.state is State.APPROVED else ()
    return {
        "units": [*elevation.units, f"own:{elevation.person}"],
        "at": elevation.requested_at,
        "unit": elevation.unit,
        "person": elevation.person,
        "status": elevation.state.value,
        "open": elevation.state in OPEN,
        "claims": list(taken) or [elevation.id],
    }


def elevation_stated(elevation: Elevation) -> Announce:
    """The event that carries an elevation's public state."""
    return Announce(
        ELEVATION_STATED.name, ELEVATION_STATED.data(asdict(elevation, recurse=False)), filed_under(elevation.units)
    )


def _shown(elevation: Elevation) -> Mapping[str, Any]:
    verdicts = elevation.approval.verdicts
    return {**asdict(elevation, recurse=False), "decided_by": verdicts[-1].person if verdicts else None}


def _told(before: Elevation, after: Elevation) -> tuple[Elevation, list[Announcement]]:
    """What follows from a step: the new state, and no timer once it has ended."""
    if after is before:
        return before, []
    decided: list[Announcement] = [SetTasks(())] if before.state is State.REQUESTED else []
    ended: list[Announcement] = [] if after.state in OPEN else [CancelTimer(END)]
    return after, [elevation_stated(after), *decided, *ended]


def _deciding(elevation: Elevation, head: Owner) -> Task:
    """R9.6: it is reported to the head, who decides before the elevation would end anyway."""
    address = f"/v1/elevations/{elevation.id}"
    return make(
        Task(
            id="decide",
            title=DECIDING,
            owner=head,
            about=address,
            done_at=f"{address}/approval",
            units=elevation.units,
            made_at=elevation.requested_at,
            due=elevation.until,
        )
    )
