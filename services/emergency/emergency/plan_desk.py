"""R7.9: plans over the store: what the service's methods do with them."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.documents import converter
from chassis.entries import Announce, filed_under
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Command, NotFound, Restates
from emergency import activation, plans
from emergency.authority import Actor
from emergency.directory import UnitCopy
from emergency.incidents import Decision, Incident
from emergency.kinds import Kind
from emergency.plan_catalogue import shipped_by_id
from emergency.plan_operations import PLAN_STATED
from emergency.plan_shelf import PlanShelf
from emergency.plans import SHIPPED, Card, Plan
from emergency.refusals import NoPlan

Decide = Callable[[Incident, Actor, object], Decision]


@frozen
class PlanDesk:
    """The plans of one service process."""

    shelf: PlanShelf
    clock: Clock

    def adopt(self, call: Call, unit: UnitCopy, actor: Actor) -> Answer:
        """R7.9: the next version of a unit's plan is adopted; said again by the same person, it is answered again."""
        plan = self._proposed(call, unit)
        above = self.shelf.adopted_above(plan.kind, unit.units[:-1], on=plan.effective_from)
        newest = self._newest(plan.line)

        def adopted() -> tuple[Plan, list[Announce]]:
            made = plans.adopt(plan, newest=newest, above=above, today=business_day(call.now), actor=actor)
            return made, [plan_stated(made)]

        command = call.command()
        named = evolve(command, id=command.id or f"adopt:{command.principal}:{plan.id}")
        saved = self.shelf.adopted.create(plan.id, named, adopted)
        return call.answer(saved, shown(saved.state), location=f"/v1/plans/{unit.id}/{plan.kind.value}/{plan.version}")

    def one(self, call: Call) -> Answer:
        """One version; those that ship with the product are everybody's to read."""
        name = plans.plan_id(plans.line_of(call.path["unit"], _kind(call)), _version(call))
        if call.path["unit"] == SHIPPED:
            if name not in shipped_by_id():
                raise NotFound(id=name)
            return Answer(shown(shipped_by_id()[name]))
        loaded = self.shelf.adopted.load(name, call.reach)
        return call.answer(loaded, shown(loaded.state))

    def in_force(self, call: Call, unit: UnitCopy) -> Answer:
        """The plan that holds at a unit on a day, its own or inherited."""
        day = call.query["on"] or business_day(call.now)
        return Answer(shown(self.shelf.in_force(_kind(call), unit.units, on=day)))

    def page(self, call: Call) -> Answer:
        """Adopted versions within reach, the latest first."""
        asked = {name: call.query[name] for name in ("unit", "kind") if call.query[name] is not None}
        answer = call.page(self.shelf.adopted, asked)
        return Answer({"items": [shown(plan) for plan in answer.body["items"]]}, next=answer.next)

    def of_incident(self, incident: Incident) -> Answer:
        """The plan that is active in an incident, and how its steps stand."""
        if incident.activation is None:
            raise NoPlan(incident=incident.id)
        plan = self.shelf.of(incident)
        steps = [_step(incident, one) for one in activation.steps_of(incident, plan)]
        return Answer({"incident": incident.id, "plan": plan.id, "card": asdict(plan.card), "steps": steps})

    def complete_step(self, call: Call) -> Decide:
        """R7.9: how a step is done."""
        step, note = call.path["step"], call.body["note"]
        return lambda one, who, _: activation.complete_step(
            one, self.shelf.of(one), step, note=note, actor=who, at=call.now
        )

    def waive_step(self, call: Call) -> Decide:
        """R7.9: how a step is said not to apply."""
        step, reason = call.path["step"], call.body["reason"]
        return lambda one, who, _: activation.waive_step(
            one, self.shelf.of(one), step, reason=reason, actor=who, at=call.now
        )

    def unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.9: the plans of a unit that moved are filed under its new ancestors."""
        for loaded in self.shelf.adopted.find({"unit": unit.id}):
            step = self._command(f"{heard.id}:{loaded.id}", heard.id)
            self.shelf.adopted.change(loaded.id, step, lambda plan: _filed(plan, unit.units))

    def keep(self, heard: Heard) -> None:
        """Keep a version at hand."""
        plan = converter().structure(heard.data, Plan)
        self.shelf.copies.copies.keep(heard.subject, heard.sequence, plan)

    def _proposed(self, call: Call, unit: UnitCopy) -> Plan:
        kind, version = _kind(call), _version(call)
        line = plans.line_of(unit.id, kind)
        return Plan(
            id=plans.plan_id(line, version),
            line=line,
            unit=unit.id,
            units=unit.units,
            kind=kind,
            version=version,
            effective_from=call.body["effective_from"],
            card=converter().structure(call.body["card"], Card),
            adopted_by=call.caller.subject,
            adopted_at=call.now,
        )

    def _command(self, id: str, cause: str) -> Command:
        return reaction("emergency", id, actor="directory", cause=cause, at=self.clock.now())

    def _newest(self, line: str) -> int:
        found = self.shelf.adopted.find({"line": line}, sort=[("version_number", -1)], limit=1)
        return found[0].state.version if found else 0


def open_desk(frame: Frame) -> PlanDesk:
    """The plans of this service process, on its frame."""
    adopted = frame.aggregates(
        "plans",
        Plan,
        stamps=stamps,
        indexes=(
            IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("line", 1), ("version_number", DESCENDING)]),
            IndexModel("unit"),
        ),
        restates=Restates(PLAN_STATED.name, plan_stated),
    )
    return PlanDesk(PlanShelf(adopted, frame.mirror("plan_copies", Plan, by=("line",))), frame.clock)


def stamps(plan: Plan) -> dict[str, Any]:
    """What lists and scopes query."""
    return {
        "units": list(plan.units),
        "at": plan.adopted_at,
        "unit": plan.unit,
        "kind": plan.kind.value,
        "line": plan.line,
        "version_number": plan.version,
    }


def plan_stated(plan: Plan) -> Announce:
    """The event that carries a version of a plan."""
    return Announce(PLAN_STATED.name, PLAN_STATED.data(shown(plan)), filed_under(plan.units))


def _filed(plan: Plan, units: tuple[str, ...]) -> tuple[Plan, list[Announce]]:
    moved = plans.moved(plan, units)
    return moved, [] if moved is plan else [plan_stated(moved)]


def shown(plan: Plan) -> Mapping[str, Any]:
    """A version as its readers see it."""
    return {**asdict(plan, filter=lambda field, _: not field.name.startswith("_")), "shipped": plan.unit == SHIPPED}


def _step(incident: Incident, one: activation.StepOf) -> Mapping[str, Any]:
    task = activation.task_of(incident, one)
    return {
        **asdict(one.step),
        "unit": task.owner.unit,
        "due": one.mark.due,
        "mandatory": task.mandatory,
        "state": one.mark.state,
        "ended_at": one.mark.at,
        "ended_by": one.mark.by,
    }


def _kind(call: Call) -> Kind:
    try:
        return Kind(call.path["kind"])
    except ValueError:
        raise NotFound(id=call.path["kind"]) from None


def _version(call: Call) -> int:
    text = call.path["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0 and text == str(int(text))):
        raise NotFound(id=text)
    return int(text)
