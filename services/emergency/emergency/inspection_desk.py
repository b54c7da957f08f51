"""R7.6: plans and inspections over the store: what the service's methods do with them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.clock import business_day
from chassis.rows import Rows
from chassis.service import Answer, Call
from chassis.store import Aggregates, Loaded, Saved, TakenByAnother
from chassis.work.parameters import Value
from chassis.work.rectifications import Severity
from emergency import inspecting, inspection_plans
from emergency.authority import Action, Actor, require
from emergency.desks import actor_of, voice_of
from emergency.directory import Directory, UnitCopy
from emergency.hidden_risks import CATALOGUE
from emergency.inspecting import FindingSaid, Result
from emergency.inspection_outgoing import finding_shown, outcome, shown
from emergency.inspection_plans import InspectionPlan, period_of, plan_in_force
from emergency.inspections import Decision, Inspection
from emergency.levels import Level
from emergency.parameters import INSPECTION_MOVED, rectified_within, span_at
from emergency.risk_notices import Voice
from emergency.risk_refusals import DayOutOfRange, NotACounter

AHEAD = timedelta(days=92)
"""D: how far ahead an inspection may be opened, to move or cancel it: a quarter."""

Decide = Callable[[Inspection, Actor], Decision]

_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]
INDEXES = (
    IndexModel([("units", 1), *_NEWEST]),
    IndexModel([("units", 1), ("open_findings", 1), *_NEWEST], partialFilterExpression={"open_findings": True}),
    IndexModel("unit"),
)


@frozen
class InspectionDesk:
    """The plans and inspections of one service process."""

    plans: Aggregates[InspectionPlan]
    inspections: Aggregates[Inspection]
    history: Rows
    directory: Directory
    value: Value

    def set_plan(self, call: Call) -> Answer:
        """R7.6: a unit's plan is set (201) or set anew."""
        unit, command = self.directory.within(call.path["unit"], call), call.command()

        def planned(*_: InspectionPlan) -> Any:
            actor = actor_of(self.directory, call, unit.units)
            said = {**call.body, "categories": tuple(call.body["categories"])}
            return inspection_plans.set_plan(unit.id, unit.units, **said, actor=actor, at=call.now), ()

        if call.if_match is None:
            with suppress(TakenByAnother):
                made = self.plans.create(unit.id, evolve(command, status=201), planned)
                return call.answer(made, _plan_shown(unit, made.state))
        saved = self.plans.change(unit.id, command, planned, reach=call.reach)
        return call.answer(saved, _plan_shown(unit, saved.state))

    def plan(self, call: Call) -> Answer:
        """R7.6: the plan in force for a unit."""
        unit = self.directory.within(call.path["unit"], call)
        return Answer(_plan_shown(unit, self.plan_of(unit)))

    def plan_of(self, unit: UnitCopy) -> InspectionPlan:
        """R7.6: the nearest plan, or the default."""
        found = self.plans.find({"_id": {"$in": list(unit.units)}})
        return plan_in_force(unit.units, {loaded.id: loaded.state for loaded in found})

    def open(self, call: Call) -> Answer:
        """R7.6: this period's inspection of a counter, or a later one's; one that is there is answered (200)."""
        unit = self.directory.within(call.body["unit"], call)
        require(actor_of(self.directory, call, unit.units), Action.RECORD_INSPECTION, Level.IV)
        day = self._day(call)
        if unit.kind != "counter" or not unit.open_on(day):
            raise NotACounter(unit=unit.id, pointer="/body/unit")
        plan = self.plan_of(unit)
        period = period_of(plan.every, day)
        name = inspecting.id_of(unit.id, period)

        def opened() -> Any:
            decision = inspecting.open_inspection(
                unit.id, unit.units, period, plan, catalogue=CATALOGUE.version, by=call.caller.subject, at=call.now
            )
            return outcome(decision, None, self.voice(call.now))

        try:
            answer = self._answer(call, self.inspections.create(name, call.command(), opened))
        except TakenByAnother:
            answer = evolve(self._answer(call, self.inspections.load(name, call.reach)), status=200)
        return evolve(answer, location=f"/v1/risk-inspections/{name}")

    def page(self, call: Call) -> Answer:
        """Inspections within the caller's reach."""
        return self._page(call, {"unit": "unit", "state": "status", "missed": "missed"}, {}, self._shown)

    def register(self, call: Call) -> Answer:
        """R7.6: inspections within the caller's reach that have open findings, with those."""
        names = {"unit": "unit", "severity": "gravest", "overdue": "overdue"}
        return self._page(call, names, {"open_findings": True}, self._open_findings)

    def one(self, call: Call) -> Answer:
        """One inspection."""
        return self._answer(call, self.inspections.load(call.path["inspection"], call.reach))

    def rows(self, call: Call) -> Answer:
        """What happened with an inspection, in order."""
        self.inspections.load(call.path["inspection"], call.reach)
        return call.rows(self.history, call.path["inspection"])

    def record(self, call: Call) -> Answer:
        """R7.6: what an inspection saw."""
        results = [
            Result(each["category"], tuple(FindingSaid(**finding) for finding in each["findings"]))
            for each in call.body["results"]
        ]
        said = {"occurred_on": call.body["occurred_on"], "today": business_day(call.now), "at": call.now}

        def recorded(inspection: Inspection, who: Actor) -> Decision:
            within = rectified_within(self.value, inspection.units, call.now)
            return inspecting.record(inspection, results, actor=who, within=within, **said)

        return self.changed(call, recorded)

    def reschedule(self, call: Call) -> Answer:
        """R7.6: one inspection is moved."""

        def moved(inspection: Inspection, who: Actor) -> Decision:
            at_most = span_at(self.value, INSPECTION_MOVED, inspection.units, call.now)
            return inspecting.reschedule(inspection, **call.body, actor=who, at=call.now, at_most=at_most)

        return self.changed(call, moved)

    def cancel(self, call: Call) -> Answer:
        """R7.6: one inspection is not held."""
        return self.changed(call, lambda one, who: inspecting.cancel(one, **call.body, actor=who, at=call.now))

    def changed(self, call: Call, decide: Decide) -> Answer:
        """A command on one inspection: load, decide, save, answer."""

        def decided(inspection: Inspection) -> Any:
            actor = actor_of(self.directory, call, inspection.units)
            return outcome(decide(inspection, actor), inspection, self.voice(call.now))

        saved = self.inspections.change(call.path["inspection"], call.command(), decided, reach=call.reach)
        return self._answer(call, saved)

    def voice(self, at: datetime) -> Voice:
        """Who is told, and how units are called, at this instant."""
        return voice_of(self.directory, at)

    def _day(self, call: Call) -> date:
        today = business_day(call.now)
        day: date = call.body["day"] or today
        if not today <= day <= today + AHEAD:
            raise DayOutOfRange(day=day, days=AHEAD.days, pointer="/body/day")
        return day

    def _page(
        self, call: Call, names: Mapping[str, str], wanted: dict[str, Any], show: Callable[[Inspection, Call], Any]
    ) -> Answer:
        asked = {stamp: call.query[name] for name, stamp in names.items() if call.query[name] is not None}
        answer = call.page(self.inspections, {**wanted, **asked})
        return evolve(answer, body={"items": [show(one, call) for one in answer.body["items"]]})

    def _answer(self, call: Call, found: Saved | Loaded) -> Answer:
        return call.answer(found, self._shown(found.state, call))

    def _shown(self, inspection: Inspection, call: Call) -> dict[str, Any]:
        return {**shown(inspection, call.now), "unit_name": self.directory.name_of(inspection.unit)}

    def _open_findings(self, inspection: Inspection, call: Call) -> dict[str, Any]:
        return {
            "inspection": inspection.id,
            "unit": inspection.unit,
            "unit_name": self.directory.name_of(inspection.unit),
            "findings": [finding_shown(finding, call.now) for finding in inspection.open_findings],
        }


def stamps(inspection: Inspection) -> dict[str, Any]:
    """What lists and scopes query; `assigned:` stands for the owners of open findings."""
    findings = inspection.open_findings
    owners = sorted({f"assigned:{each.rectification.owner}" for each in findings if each.rectification.owner})
    grave = max((list(Severity).index(each.rectification.severity) for each in findings), default=None)
    return {
        "units": [*inspection.units, *owners],
        "at": inspection.opened_at,
        "unit": inspection.unit,
        "status": inspection.state.value,
        "missed": inspection.missed,
        "open_findings": bool(findings),
        "overdue": any(each.overdue for each in findings),
        "gravest": None if grave is None else list(Severity)[grave].value,
    }


def plan_stamps(plan: InspectionPlan) -> dict[str, Any]:
    """What scopes query."""
    return {"units": list(plan.units), "at": plan.set_at}


def _plan_shown(unit: UnitCopy, plan: InspectionPlan) -> dict[str, Any]:
    set_for = plan.id if plan.set_at else None
    return {**asdict(plan, recurse=False), "unit": unit.id, "set_for": set_for, "basis": "D"}
