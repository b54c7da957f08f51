"""R7.6: what happens with inspections by itself: the series is opened, time passes, units move, findings are raised.

The series: every ten minutes one replica looks over all open counters, a few hundred at a time, and opens the
inspection of the present period where it is not there. Its id says unit and period, so that looking again, or two
replicas at once, open nothing twice, and a replica that dies leaves the rest to the next turn. A period whose due time
has passed when a counter is first seen is left out: nobody could have held that inspection.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from attrs import evolve, frozen

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.reaction import reaction
from chassis.store import Aggregates, Command, NotFound, TakenByAnother
from chassis.timers import Firing
from emergency import directory as directories
from emergency import findings, inspecting, opening
from emergency.authority import Actor
from emergency.directory import UnitCopy, place_of
from emergency.hidden_risks import CATALOGUE
from emergency.incidents import Incident
from emergency.inspection_desk import InspectionDesk
from emergency.inspection_outgoing import outcome
from emergency.inspection_plans import InspectionPlan, due_of, period_of, plan_in_force
from emergency.inspections import Decision, Inspection, InspectionState
from emergency.outgoing import outcome as incident_outcome
from emergency.plan_shelf import PlanShelf
from emergency.policy_numbers import policy_at
from emergency.thresholds import DEFAULT_THRESHOLDS

BATCH = 200
"""Counters looked at in one go."""

_NOT_ENDED = (InspectionState.OPEN.value, InspectionState.RECORDED.value)


@frozen
class InspectionReactions:
    """Reactions on inspections; each write is a command of its own."""

    desk: InspectionDesk
    incidents: Aggregates[Incident]
    plans: PlanShelf
    clock: Clock

    def open_due(self) -> None:
        """R7.6: the inspection of the present period stands open at every open counter."""
        plans = {loaded.id: loaded.state for loaded in self.desk.plans.find({})}
        copies, after = self.desk.directory.units.copies, ""
        while counters := copies.find({"state.kind": "counter", "_id": {"$gt": after}}, limit=BATCH):
            self._open(counters, plans, business_day(self.clock.now()))
            after = counters[-1].id

    def fire(self, firing: Firing) -> None:
        """R7.6: somebody is to be told of what is late, or the counter is closed by now."""
        step = self._command(firing.command, "timer", firing.id)

        def woken(inspection: Inspection) -> Any:
            unit = self.desk.directory.units.get(inspection.unit)
            gone = unit is not None and not unit.open_on(business_day(step.now))
            decision = inspecting.lapse(inspection, at=step.now) if gone else (inspection, ())
            if decision[0] is inspection:
                decision = inspecting.wake(inspection, at=step.now)
            return outcome(decision, inspection, self.desk.voice(step.now))

        self.desk.inspections.change(firing.aggregate, step, woken)

    def unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.6: what is still to be done at a unit that moved is filed under its new ancestors."""
        for loaded in self.desk.inspections.find({"unit": unit.id, "status": {"$in": list(_NOT_ENDED)}}):
            step = self._command(f"{heard.id}:{loaded.id}", "directory", heard.id)
            self._changed(loaded.id, step, lambda one: (inspecting.moved(one, unit.units), ()))
        step = self._command(f"{heard.id}:plan", "directory", heard.id)
        with suppress(NotFound):
            self.desk.plans.change(unit.id, step, lambda plan: (_under(plan, unit), ()))

    def raise_found(self, heard: Heard) -> None:
        """R7.6: the incident that a finding becomes is reported, with the finding's words."""
        said, now = heard.data, self.clock.now()
        inspection: Inspection = self.desk.inspections.load(said["inspection"]).state
        directory = self.desk.directory
        place = place_of(inspection.unit, directory.units.get(inspection.unit))
        told = opening.EventReport(
            kind=said["kind"],
            place=place,
            reporter=self._reporter(heard.actor, place.units, on=business_day(heard.at)),
            summary=findings.finding_of(inspection, said["number"]).rectification.finding,
        )
        policy = policy_at(self.desk.value, place.units, now)
        persons = directory.in_charge(place, policy, on=business_day(now))
        facts = {"id": said["incident"], "thresholds": DEFAULT_THRESHOLDS, "policy": policy}
        self.incidents.create(
            said["incident"],
            self._command(f"raised:{heard.id}", heard.actor, heard.id),
            lambda: incident_outcome(
                opening.report(told, **facts, persons=persons, at=now), None, directory.name_of, self.plans
            ),
        )

    def warned(self, heard: Heard, inspection: str, number: int, warning: str) -> None:
        """R7.6, R7.7: a warning was issued because of this finding."""
        step = self._command(f"{heard.id}:{number}", heard.actor, heard.id)
        self._changed(inspection, step, lambda one: findings.warned(one, number, warning=warning, by=heard.actor))

    def _open(self, counters: Sequence[UnitCopy], plans: Mapping[str, InspectionPlan], today: date) -> None:
        wanted = {}
        for unit in counters:
            plan = plan_in_force(unit.units, plans)
            period = period_of(plan.every, today)
            if unit.open_on(today) and due_of(plan, period) > self.clock.now():
                wanted[inspecting.id_of(unit.id, period)] = (unit, period, plan)
        there = self.desk.inspections.collection.find({"_id": {"$in": list(wanted)}}, {"_id": 1})
        for name in wanted.keys() - {found["_id"] for found in there}:
            unit, period, plan = wanted[name]
            step = self._command(f"opened:{name}", "series", name)

            def opened(unit: UnitCopy = unit, period: Any = period, plan: InspectionPlan = plan) -> Any:
                decision = inspecting.open_inspection(
                    unit.id, unit.units, period, plan, catalogue=CATALOGUE.version, by="series", at=self.clock.now()
                )
                return outcome(decision, None, self.desk.voice(self.clock.now()))

            with suppress(TakenByAnother):
                self.desk.inspections.create(name, step, opened)

    def _command(self, id: str, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())

    def _changed(self, id: str, step: Any, decide: Any) -> None:
        def decided(inspection: Inspection) -> Any:
            decision: Decision = decide(inspection)
            return outcome(decision, inspection, self.desk.voice(step.now))

        self.desk.inspections.change(id, step, decided)

    def _reporter(self, person: str, units: tuple[str, ...], *, on: date) -> Actor:
        """Who raised the finding. The right to do so was looked at then; it is not lost by a change of posts since."""
        held = self.desk.directory.of_person(person)
        actor = directories.actor(person, held, units=units, on=on)
        return actor if actor.posts else evolve(actor, system=True)


def _under(plan: InspectionPlan, unit: UnitCopy) -> InspectionPlan:
    return plan if plan.units == unit.units else evolve(plan, units=unit.units)
