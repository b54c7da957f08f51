"""R7.7: warnings and their receipts over the store: what the service's methods do with them."""

from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.clock import business_day
from chassis.contract import WITHIN
from chassis.rows import Rows
from chassis.service import Answer, Call
from chassis.store import Aggregates, Reach
from chassis.work.parameters import Value
from emergency import findings, warning_life, warning_outgoing, warning_receipts
from emergency.authority import Action, Actor
from emergency.desks import actor_of, number_in, voice_of
from emergency.directory import Directory, UnitCopy
from emergency.incidents import Incident
from emergency.inspections import Inspection
from emergency.parameters import WARNING_LONGEST, span_at
from emergency.prewarnings import Decision, FindingRef, MeasureState, RiskWarning, WarningState
from emergency.risk_refusals import NotBelow, NotForetold, OwnerUnknown
from emergency.warning_life import MeasureSaid, WarningSaid
from emergency.warning_receipts import WarningReceipt

Decide = Callable[[RiskWarning, Actor], Decision]

_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]
INDEXES = (
    IndexModel([("units", 1), *_NEWEST]),
    IndexModel([("to", 1), ("status", 1)]),
    IndexModel("unit"),
)
RECEIPT_INDEXES = (
    IndexModel([("warning", 1), *_NEWEST]),
    IndexModel([("unit", 1), ("acknowledged", 1)]),
)


@frozen
class WarningDesk:
    """The warnings of one service process. Whoever stands below a unit addressed reads the warning as well."""

    warnings: Aggregates[RiskWarning]
    receipts: Aggregates[WarningReceipt]
    history: Rows
    inspections: Aggregates[Inspection]
    incidents: Aggregates[Incident]
    directory: Directory
    value: Value

    def issue(self, call: Call) -> Answer:
        """R7.7: a warning is issued; its units get their receipts at once, by a reaction."""
        unit = self.directory.within(call.body["unit"], call)
        said = self._said(call, unit)
        warning_id, voice = call.new_id(), voice_of(self.directory, call.now)

        def issued() -> Any:
            actor = actor_of(self.directory, call, unit.units)
            longest = span_at(self.value, WARNING_LONGEST, unit.units, call.now)
            decision = warning_life.issue(said, id=warning_id, actor=actor, at=call.now, longest=longest)
            self._check(call, unit, said)
            return warning_outgoing.outcome(decision, None, voice)

        saved = self.warnings.create(warning_id, call.command(), issued)
        shown = warning_outgoing.shown(saved.state, voice)
        return call.answer(saved, shown, location=f"/v1/warnings/{warning_id}")

    def page(self, call: Call) -> Answer:
        """R7.7: warnings by or for the caller's units; with `unit`, those that are addressed to it or from above."""
        stamps = {"level": "level", "kind": "kind", "drill": "drill"}
        wanted: dict[str, Any] = {
            stamp: call.query[name] for name, stamp in stamps.items() if call.query[name] is not None
        }
        if call.query["unit"] is not None:
            wanted["to"] = {"$in": list(self._chain(call.query["unit"]))}
        if call.query["in_force"] is not None:
            now = {"status": WarningState.ISSUED.value, "begins_at": {"$lte": call.now}, "ends_at": {"$gt": call.now}}
            wanted |= now if call.query["in_force"] else {"$nor": [now]}
        voice = voice_of(self.directory, call.now)
        answer = self._reading(call).page(self.warnings, wanted)
        return evolve(answer, body={"items": [warning_outgoing.shown(one, voice) for one in answer.body["items"]]})

    def one(self, call: Call) -> Answer:
        """One warning."""
        loaded = self.warnings.load(call.path["warning"], self._reading(call).reach)
        return call.answer(loaded, warning_outgoing.shown(loaded.state, voice_of(self.directory, call.now)))

    def rows(self, call: Call) -> Answer:
        """What happened with a warning, in order."""
        self.warnings.load(call.path["warning"], self._reading(call).reach)
        return call.rows(self.history, call.path["warning"])

    def answers(self, call: Call) -> Answer:
        """R7.7: what the units within the caller's reach have answered."""
        self.warnings.load(call.path["warning"], self._reading(call).reach)
        wanted: dict[str, Any] = {"warning": call.path["warning"]}
        if call.query["acknowledged"] is not None:
            wanted["acknowledged"] = call.query["acknowledged"]
        voice = voice_of(self.directory, call.now)
        answer = call.page(self.receipts, wanted)
        shown = [warning_outgoing.receipt_shown(one, voice) for one in answer.body["items"]]
        return evolve(answer, body={"items": shown})

    def acknowledge(self, call: Call) -> Answer:
        """R7.7: a unit that was warned knows."""

        def acknowledged(receipt: WarningReceipt) -> Any:
            actor = actor_of(self.directory, call, receipt.units)
            return warning_outgoing.answered(warning_receipts.acknowledge(receipt, actor=actor, at=call.now), receipt)

        receipt_id = warning_receipts.id_of(call.path["warning"], call.body["unit"])
        saved = self.receipts.change(receipt_id, call.command(), acknowledged, reach=call.reach)
        return call.answer(saved, warning_outgoing.receipt_shown(saved.state, voice_of(self.directory, call.now)))

    def extend(self, call: Call) -> Answer:
        """R7.7: a warning lasts longer."""

        def extended(warning: RiskWarning, who: Actor) -> Decision:
            longest = span_at(self.value, WARNING_LONGEST, warning.units, call.now)
            return warning_life.extend(warning, **call.body, actor=who, at=call.now, longest=longest)

        return self._changed(call, extended)

    def lift(self, call: Call) -> Answer:
        """R7.7: a warning is lifted."""
        return self._changed(call, lambda one, who: warning_life.lift(one, **call.body, actor=who, at=call.now))

    def settle(self, call: Call) -> Answer:
        """R7.7: what became of a measure."""
        number = number_in(call)
        return self._changed(
            call, lambda one, who: warning_life.settle(one, number, **call.body, actor=who, at=call.now)
        )

    def foretold(self, call: Call) -> Answer:
        """R7.7: an incident that the caller may see, and that the warning could have announced, is linked with it."""
        reach = call.caller.reach(Action.READ.value, (WITHIN, "own", "told"))
        incident: Incident = self.incidents.load(call.body["incident"], reach).state

        def linked(warning: RiskWarning, who: Actor) -> Decision:
            decision = warning_life.came_true(warning, incident=incident.id, actor=who)
            outside = not set(warning.to) & set(incident.units)
            if outside or incident.drill is not warning.drill or incident.reported_at < warning.issued_at:
                raise NotForetold(incident=incident.id, warning=warning.id)
            return decision

        return self._changed(call, linked)

    def _changed(self, call: Call, decide: Decide) -> Answer:
        voice = voice_of(self.directory, call.now)

        def decided(warning: RiskWarning) -> Any:
            actor = actor_of(self.directory, call, warning.units)
            return warning_outgoing.outcome(decide(warning, actor), warning, voice)

        saved = self.warnings.change(call.path["warning"], call.command(), decided, reach=self._seeing(call))
        return call.answer(saved, warning_outgoing.shown(saved.state, voice))

    def _said(self, call: Call, unit: UnitCopy) -> WarningSaid:
        body = call.body
        return WarningSaid(
            units=unit.units,
            to=tuple(dict.fromkeys(body["to"] or (unit.id,))),
            kind=body["kind"],
            level=body["level"],
            reason=body["reason"],
            begins_at=body["begins_at"],
            ends_at=body["ends_at"],
            measures=tuple(MeasureSaid(**each) for each in body["measures"]),
            findings=tuple(FindingRef(**each) for each in body["findings"]),
            drill=body["drill"],
        )

    def _check(self, call: Call, unit: UnitCopy, said: WarningSaid) -> None:
        """R7.7: only units below are warned, owners stand in line with the issuer, findings may be read."""
        for place, addressed in enumerate(said.to):
            if unit.id not in self._chain(addressed):
                raise NotBelow(unit=addressed, issuer=unit.id, pointer=f"/body/to/{place}")
        for place, measure in enumerate(said.measures):
            if not self._may_own(measure.owner, unit, call):
                raise OwnerUnknown(person=measure.owner, unit=unit.id, pointer=f"/body/measures/{place}/owner")
        if said.findings:
            reach = call.caller.reach(Action.READ_INSPECTION.value)
            for ref in said.findings:
                findings.finding_of(self.inspections.load(ref.inspection, reach).state, ref.number)

    def _may_own(self, person: str, unit: UnitCopy, call: Call) -> bool:
        today = business_day(call.now)
        held = [one for one in self.directory.of_person(person) if one.held_on(today)]
        return any(one.unit in unit.units or unit.id in self._chain(one.unit) for one in held)

    def _chain(self, unit: str) -> tuple[str, ...]:
        copy = self.directory.units.get(unit)
        return copy.units if copy else (unit,)

    def _reading(self, call: Call) -> Call:
        """The call with the reach of a reader: whoever stands below a unit addressed sees the warning."""
        seeing = self._seeing(call)
        if seeing is None:
            return call
        return evolve(call, reach=evolve(seeing, within=(*seeing.within, *self._below(call))))

    def _seeing(self, call: Call) -> Reach | None:
        """R7.7: what is addressed to a unit is visible to everybody below it; that is stamped `below:<unit>`."""
        if call.reach is None:
            return None
        return evolve(call.reach, visible=(*call.reach.visible, *self._below(call)))

    def _below(self, call: Call) -> list[str]:
        return sorted({f"below:{above}" for unit in call.within for above in self._chain(unit)})


def stamps(warning: RiskWarning) -> dict[str, Any]:
    """What lists and scopes query; `assigned:` stands for owners of open measures, `below:` for whom it addresses."""
    owners = {f"assigned:{each.owner}" for each in warning.measures if each.state is MeasureState.OPEN}
    return {
        "units": [*warning.units, *(f"below:{unit}" for unit in warning.to), *sorted(owners)],
        "at": warning.issued_at,
        "unit": warning.unit,
        "to": list(warning.to),
        "status": warning.state.value,
        "begins_at": warning.begins_at,
        "ends_at": warning.ends_at,
        "level": warning.level.value,
        "kind": warning.kind.value,
        "drill": warning.drill,
    }


def receipt_stamps(receipt: WarningReceipt) -> dict[str, Any]:
    """What lists and scopes query."""
    return {
        "units": list(receipt.units),
        "at": receipt.told_at,
        "warning": receipt.warning,
        "unit": receipt.unit,
        "acknowledged": receipt.acknowledgement.seen_at is not None,
    }
