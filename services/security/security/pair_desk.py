"""R9.1: A/B pairs over the store: what the service's methods and reactions do with them.

Who acts for whom follows from the pair's own state, by a reaction: each post is an acting assignment, begun and ended
like any other, so every service knows it by the events that it hears anyway.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

from attrs import frozen
from pymongo import DESCENDING, IndexModel

from chassis import telemetry
from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.entries import Announce, Announcement, filed_under
from chassis.errors import Refusal
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.refiling import Filed
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, Decision, NotFound, Restates, TakenByAnother
from security import pairs
from security.announcements import assignment_stated
from security.holders import Assign, Assignment, assign, end_assignment, place, refuse_own
from security.pair_operations import PAIR_STATED
from security.pairs import Pair, PairedAlready
from security.staff import Standing
from security.staff_desk import unit_of
from security.units import Unit

Saving = tuple[Pair, list[Announcement]]
Decide = Callable[[Pair, date], Pair]


@frozen
class PairDesk:
    """The pairs as one service process works on them."""

    pairs: Aggregates[Pair]
    assignments: Aggregates[Assignment]
    units: Aggregates[Unit]
    answering: Callable[[Unit, date], Unit]
    clock: Clock

    def pair(self, call: Call) -> Answer:
        """Two people stand in for each other."""
        unit, a, b = unit_of(self.units, call), call.body["a"], call.body["b"]
        for person in (a, b):
            refuse_own(person, call.caller.subject)
        made = pairs.make_pair(a, b, unit=unit, held=self._held(a, b), on=business_day(call.now))
        try:
            saved = self.pairs.create(made.id, call.command(), lambda: (made, [pair_stated(made)]))
        except NotFound:  # the index let in another pair of one of them
            raise PairedAlready(unit=unit.id) from None
        return call.answer(saved, location=f"/v1/pairs/{saved.id}")

    def away(self, call: Call) -> Answer:
        """One of them is away, as the one who would act for them does not say."""
        said = call.body

        def gone(one: Pair, today: date) -> Pair:
            refuse_own(one.other(said["person"]), call.caller.subject)
            return pairs.away(one, said["person"], since=said["since"] or today, to=said["to"])

        return self._changed(call, gone)

    def back(self, call: Call) -> Answer:
        """Who was away is back."""
        return self._changed(call, lambda one, today: pairs.back(one, call.body["person"], on=today))

    def end(self, call: Call) -> Answer:
        """They are a pair no longer."""
        return self._changed(call, lambda one, today: pairs.end(one, on=today))

    def one(self, call: Call) -> Answer:
        """One pair."""
        return call.answer(self.pairs.load(call.path["pair"], call.reach))

    def page(self, call: Call) -> Answer:
        """Pairs within the caller's reach."""
        unit = call.query["unit"]
        return call.page(self.pairs, {} if unit is None else {"unit": unit})

    def stand_in(self, heard: Heard) -> None:
        """Let who stands in act in the posts of who is away, as the pair is now, and no longer than that."""
        pair: Pair = self.pairs.load(heard.subject).state
        known: Unit = self.units.load(pair.unit).state
        unit = self.answering(known, business_day(self.clock.now()))
        held = self._held(pair.a, pair.b)
        for wanted in pairs.stand_ins(pair, held, unit=unit.id):
            acting = [one for one in held if place(one) == place(wanted) and one.kind == "acting"]
            begun = [one for one in acting if one.held_from == wanted.held_from]
            if begun:
                self._shorten(begun[-1], wanted, heard)
            elif wanted.held_to != wanted.held_from:
                self._begin(wanted, unit, held, heard)

    def stood(self, heard: Heard) -> None:
        """R9.8: whoever is suspended is away, until taken back; whoever leaves is half of no pair any more."""
        person, standing = heard.data["person"], heard.data["standing"]
        for found in self.pairs.find({"persons": person}):
            with suppress(Refusal):  # away or back already, or the other half is away
                self.pairs.change(
                    found.id, self._step(heard, found.id), lambda one: self._standing(one, person, standing)
                )

    def filed(self) -> Filed[Pair]:
        """R9.1: the pairs of a unit that moves."""
        return Filed(self.pairs, {"open": True}, self._refiled)

    def _refiled(self, pair: Pair, units: tuple[str, ...], _: datetime) -> Decision[Pair]:
        after = pairs.moved(pair, units)
        return after, [] if after is pair else [pair_stated(after)]

    def _standing(self, pair: Pair, person: str, standing: Standing) -> Saving:
        today = business_day(self.clock.now())
        if standing is Standing.LEFT:
            after = pairs.end(pair, on=today)
        elif standing is Standing.SUSPENDED:
            after = pairs.away(pair, person, since=today, to=None)
        elif any(one.person == person and one.to is None for one in pair.absences):
            after = pairs.back(pair, person, on=today)
        else:
            return pair, []
        return after, [pair_stated(after)]

    def _begin(self, wanted: Assign, unit: Unit, held: list[Assignment], heard: Heard) -> None:
        theirs = [one for one in held if one.person == wanted.person]
        try:
            begun = assign(wanted, unit=unit, already=theirs)
        except Refusal as refusal:  # held anyway, or kept apart by a post that came later
            telemetry.logger().warning("pair.nobody_stands_in", unit=unit.id, post=wanted.post, code=refusal.code)
            return
        with suppress(TakenByAnother):
            self.assignments.create(begun.id, self._step(heard, begun.id), lambda: (begun, [assignment_stated(begun)]))

    def _shorten(self, acting: Assignment, wanted: Assign, heard: Heard) -> None:
        to = wanted.held_to
        if to is None or (acting.held_to is not None and acting.held_to <= to):
            return

        def shorter(one: Assignment) -> Any:
            if one.held_to is not None and one.held_to <= to:
                return one, []
            after = end_assignment(one, on=to)
            return after, [assignment_stated(after)]

        self.assignments.change(acting.id, self._step(heard, acting.id), shorter)

    def _held(self, a: str, b: str) -> list[Assignment]:
        return [one.state for one in self.assignments.find({"person": {"$in": sorted({a, b})}})]

    def _changed(self, call: Call, decide: Decide) -> Answer:
        def decided(pair: Pair) -> Saving:
            after = decide(pair, business_day(call.now))
            return after, [pair_stated(after)]

        return call.answer(self.pairs.change(call.path["pair"], call.command(), decided, reach=call.reach))

    def _step(self, heard: Heard, part: str) -> Command:
        return reaction("security", f"{heard.id}:pair:{part}", actor="security", cause=heard.id, at=self.clock.now())


def pair_desk(
    frame: Frame,
    assignments: Aggregates[Assignment],
    units: Aggregates[Unit],
    answering: Callable[[Unit, date], Unit],
) -> PairDesk:
    """The desk over its collection in this frame."""
    newest = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
    made = frame.aggregates(
        "pairs",
        Pair,
        mark="pair/",
        stamps=stamps,
        indexes=(newest, IndexModel("halves", unique=True), IndexModel("persons")),
        restates=Restates(PAIR_STATED.name, pair_stated),
    )
    return PairDesk(made, assignments, units, answering, frame.clock)


def stamps(pair: Pair) -> dict[str, Any]:
    """What lists and scopes query; nobody is half of two pairs at a unit."""
    return {
        "units": list(pair.units),
        "at": datetime.combine(pair.since, time(), UTC),
        "unit": pair.unit,
        "open": pair.ended is None,
        "persons": [] if pair.ended else [pair.a, pair.b],
        "halves": [pair.id] if pair.ended else [f"{pair.unit}:{pair.a}", f"{pair.unit}:{pair.b}"],
    }


def pair_stated(pair: Pair) -> Announce:
    """The event that carries a pair's whole state."""
    return Announce(PAIR_STATED.name, PAIR_STATED.data(pair), filed_under(pair.units))
