"""R7.8: drill programmes and counters' standings over the store: set by people, looked at when something falls due."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.entries import Announce, Announcement, CancelTimer, SetTimer, filed_under
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, NotFound, TakenByAnother
from chassis.timers import Firing
from emergency import drill_programmes
from emergency.authority import Actor
from emergency.days import midnight
from emergency.directory import Directory, UnitCopy
from emergency.drill_operations import DRILL_DUE_SOON, DRILL_OVERDUE
from emergency.drill_programmes import (
    DEFAULT_VERSION,
    STEPS,
    Falling,
    Programme,
    Requirement,
    Standing,
    programme_id,
    standing_id,
)

LOOK = "look"
LOOKED_AT = 500
"""Counters whose standing one round puts right at most; the next round goes on."""

Then = Callable[[Standing], Standing]


@frozen
class StandingDesk:
    """The programmes and standings of one service process."""

    programmes: Aggregates[Programme]
    standings: Aggregates[Standing]
    directory: Directory
    clock: Clock

    def set_programme(self, call: Call, actor_of: Callable[[tuple[str, ...]], Actor]) -> Answer:
        """R7.8: what a unit asks for is set up (201) or set anew."""
        unit, command = self.directory.within(call.path["unit"], call), call.command()
        months = [(each["scenario"], each["months"]) for each in call.body["requirements"]]

        def asked(before: Programme | None = None) -> Any:
            above = self._in_force(unit.units[:-1])
            programme = drill_programmes.ask(
                unit.units, months, before=before, above=above, actor=actor_of(unit.units), at=call.now
            )
            return programme, ()

        if call.if_match is None:
            with suppress(TakenByAnother):
                saved = self.programmes.create(programme_id(unit.id), evolve(command, status=201), asked)
                return call.answer(saved, self._shown(unit))
        # the directory has said that the unit is within reach; what is stored may stand under earlier ancestors
        return call.answer(self.programmes.change(programme_id(unit.id), command, asked), self._shown(unit))

    def programme(self, call: Call) -> Answer:
        """R7.8: what is asked of a unit, and by whom."""
        unit = self.directory.within(call.path["unit"], call)
        own = self.programmes.find({"_id": programme_id(unit.id)})
        return call.answer(own[0], self._shown(unit)) if own else Answer(self._shown(unit))

    def page(self, call: Call) -> Answer:
        """R7.8: counters within the caller's reach, with what they owe."""
        overdue = call.query["overdue"]
        answer = call.page(self.standings, {} if overdue is None else {"overdue": overdue})
        return evolve(answer, body={"items": [self._standing_shown(each, call) for each in answer.body["items"]]})

    def fire(self, firing: Firing) -> None:
        """R7.8: a step of what a counter owes has come."""
        step = self._command(firing.command, "timer", firing.id)
        standing: Standing = self.standings.load(firing.aggregate).state
        self._look(standing.counter, step, self._programmes())

    def held(self, heard: Heard) -> None:
        """R7.8: a drill took place: each counter that took part has one more behind it."""
        scenario, on = heard.data["scenario"], heard.data["held_on"]
        if on is None:
            return
        programmes = self._programmes()
        for counter in heard.data["counters"]:
            step = self._command(f"{heard.id}:{counter}", "drills", heard.id)
            self._look(counter, step, programmes, lambda one: drill_programmes.drilled(one, scenario, on))

    def round(self) -> None:
        """R7.8: counters that are new, moved, closed, or asked for something else are put right, so many at once."""
        programmes = self._programmes()
        known = {found["_id"]: found["asked"] for found in self.standings.collection.find({}, {"asked": 1})}
        wrong = (
            unit.id
            for unit in self.directory.units.where("kind", "counter")
            if known.get(standing_id(unit.id)) != _fingerprint(unit.units, self._asked(unit, programmes))
        )
        for _, counter in zip(range(LOOKED_AT), wrong, strict=False):
            self._look(counter, self._command(None, "drills", "round"), programmes)

    def _look(self, counter: str, step: Command, programmes: Iterable[Programme], then: Then = lambda one: one) -> None:
        unit = self.directory.units.get(counter)
        if unit is None:
            return
        asked, name = self._asked(unit, programmes), standing_id(counter)

        def looked(before: Standing) -> Any:
            after, falling = drill_programmes.look(then(before), units=unit.units, requirements=asked, at=step.now)
            return _decided(before, after, falling, step)

        def begun() -> Any:
            fresh = Standing(id=name, counter=counter, units=(), since=business_day(step.now), requirements=())
            return looked(fresh)

        try:
            self.standings.change(name, step, looked)
        except NotFound:
            try:
                self.standings.create(name, step, begun)
            except TakenByAnother:
                self.standings.change(name, step, looked)

    def _asked(self, unit: UnitCopy, programmes: Iterable[Programme]) -> tuple[Requirement, ...]:
        """What is asked of a counter; nothing of one that is not open."""
        open_today = unit.open_on(business_day(self.clock.now()))
        return drill_programmes.in_force(programmes, unit.units) if open_today else ()

    def _programmes(self) -> list[Programme]:
        return [loaded.state for loaded in self.programmes.find({})]

    def _in_force(self, units: tuple[str, ...]) -> tuple[Requirement, ...]:
        found = self.programmes.find({"_id": {"$in": [programme_id(unit) for unit in units]}})
        return drill_programmes.in_force((loaded.state for loaded in found), units) if units else ()

    def _shown(self, unit: UnitCopy) -> Mapping[str, Any]:
        own = next((loaded.state for loaded in self.programmes.find({"_id": programme_id(unit.id)})), None)
        return {
            "unit": unit.id,
            "unit_name": unit.name,
            "default_version": DEFAULT_VERSION,
            "requirements": self._in_force(unit.units),
            "set_at": own and own.set_at,
            "set_by": own and own.set_by,
        }

    def _standing_shown(self, standing: Standing, call: Call) -> Mapping[str, Any]:
        overdue = standing.overdue(call.now)
        return {
            "unit": standing.counter,
            "unit_name": self.directory.name_of(standing.counter),
            "drills": [
                {
                    **asdict(each, recurse=False),
                    "last_held": standing.held.get(each.scenario),
                    "due": standing.due(each),
                    "overdue": each in overdue,
                }
                for each in standing.requirements
            ],
        }

    def _command(self, id: str | None, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())


def standing_desk(frame: Frame, directory: Directory) -> StandingDesk:
    """The desk over its collections in this frame."""
    by_units = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
    return StandingDesk(
        frame.aggregates("drill_programmes", Programme, stamps=programme_stamps),
        frame.aggregates("drill_standings", Standing, stamps=standing_stamps, indexes=(by_units,)),
        directory,
        frame.clock,
    )


def programme_stamps(programme: Programme) -> dict[str, Any]:
    """What scopes query."""
    return {"units": list(programme.units), "at": programme.set_at}


def standing_stamps(standing: Standing) -> dict[str, Any]:
    """What lists, scopes and the round query; `overdue` holds from the step on that says so."""
    dues = [standing.due(each) for each in standing.requirements]
    late = (
        said.due == standing.due(each) and STEPS[said.step].above > 0
        for each in standing.requirements
        if (said := standing.said.get(each.scenario))
    )
    return {
        "units": list(standing.units),
        "at": midnight(min(dues, default=standing.since)),
        "overdue": any(late),
        "asked": _fingerprint(standing.units, standing.requirements),
    }


def _fingerprint(units: tuple[str, ...], requirements: tuple[Requirement, ...]) -> str:
    return hashlib.sha256(repr((units, requirements)).encode()).hexdigest()


def _decided(
    before: Standing, after: Standing, falling: tuple[Falling, ...], step: Command
) -> tuple[Standing, list[Announcement]]:
    if after is before:
        return before, []
    out: list[Announcement] = []
    for each in falling:
        event = DRILL_OVERDUE if STEPS[each.step].above else DRILL_DUE_SOON
        data = event.data({**asdict(each), "unit": after.counter})
        out.append(Announce(event.name, data, filed_under(after.units)))
    wake = drill_programmes.next_look(after, at=step.now)
    return after, [*out, CancelTimer(LOOK) if wake is None else SetTimer(LOOK, wake)]
