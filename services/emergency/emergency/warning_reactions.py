"""R7.7: what happens with warnings by itself: units get their receipts, time passes, links are followed, units move.

The spreading, in time order: the warning's own write announces `warning_spreading` after no unit; the handler makes the
receipts of the next `BATCH` units in order of id, each a document of its own that tells the unit's heads and sets the
time to answer; then the warning keeps the last of them, and that write announces the next turn. A turn that is
delivered twice, or that died half-way, makes nothing twice: a receipt's id says warning and unit. A unit that becomes
known, or moves below a warned one, while a warning lasts gets its receipt when it is stated.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from attrs import frozen

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.reaction import reaction
from chassis.store import Command, TakenByAnother
from chassis.timers import Firing
from emergency import warning_life, warning_outgoing, warning_receipts
from emergency.desks import voice_of
from emergency.directory import UnitCopy
from emergency.inspection_reactions import InspectionReactions
from emergency.parameters import ANSWER, span_at
from emergency.prewarnings import Decision, RiskWarning, WarningState
from emergency.warning_desk import WarningDesk
from emergency.warning_receipts import WarningReceipt

BATCH = 200
"""Units that get their receipts in one turn."""


@frozen
class WarningReactions:
    """Reactions on warnings and receipts; each write is a command of its own."""

    desk: WarningDesk
    inspections: InspectionReactions
    clock: Clock

    def spread(self, heard: Heard) -> None:
        """R7.7: the next units get their receipts; at the first turn the findings behind the warning are linked."""
        name, after = heard.data["warning"], heard.data["after"]
        warning: RiskWarning = self.desk.warnings.load(name).state
        if not after:
            for ref in warning.findings:
                self.inspections.warned(heard, ref.inspection, ref.number, name)
        below = {"_id": {"$gt": after}, "state.units": {"$in": list(warning.to)}}
        units = self.desk.directory.units.copies.find(below, limit=BATCH)
        for unit in units:
            self._warn(warning, unit, heard.id)
        last = units[-1].id if len(units) == BATCH else None
        step = self._command(heard.id, heard.actor, heard.id)
        self._changed(name, step, lambda one: warning_life.spread(one, last=last, at=step.now))

    def fire(self, firing: Firing) -> None:
        """R7.7: a measure is overdue, or the warning ends."""
        step = self._command(firing.command, "timer", firing.id)
        self._changed(firing.aggregate, step, lambda one: warning_life.wake(one, at=step.now))

    def answer_due(self, firing: Firing) -> None:
        """R7.7: a unit's time to answer is over."""
        step = self._command(firing.command, "timer", firing.id)
        voice = voice_of(self.desk.directory, step.now)

        def due(receipt: WarningReceipt) -> Any:
            warning = self.desk.warnings.load(receipt.warning).state
            above = voice.heads_of(receipt.units[-2]) if len(receipt.units) > 1 else ()
            heads = tuple(head.person for head in above)
            after = warning_receipts.fall_due(receipt, warning, heads, at=step.now)
            return warning_outgoing.passed(after, receipt, heads, voice)

        self.desk.receipts.change(firing.aggregate, step, due)

    def link_followed(self, heard: Heard) -> None:
        """R7.7: a person told has followed the link of the notice."""
        person, at = heard.data["person"], heard.data["acknowledged_at"]
        step = self._command(heard.id, person, heard.id)

        def acknowledged(receipt: WarningReceipt) -> Any:
            seen = warning_receipts.acknowledge_by_link(receipt, person=person, at=at)
            return warning_outgoing.answered(seen, receipt)

        self.desk.receipts.change(heard.data["incident"], step, acknowledged)

    def unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.7: a unit below a warned one gets its receipt; what is open at one that moved is filed anew."""
        lasting = {"to": {"$in": list(unit.units)}, "status": WarningState.ISSUED.value}
        for loaded in self.desk.warnings.find(lasting):
            if loaded.state.ends_at > self.clock.now():
                self._warn(loaded.state, unit, heard.id)
        for loaded in self.desk.warnings.find({"unit": unit.id, "status": WarningState.ISSUED.value}):
            step = self._command(f"{heard.id}:{loaded.id}", "directory", heard.id)
            self._changed(loaded.id, step, lambda one: (warning_life.moved(one, unit.units), ()))
        for loaded in self.desk.receipts.find({"unit": unit.id, "acknowledged": False}):
            step = self._command(f"{heard.id}:{loaded.id}", "directory", heard.id)
            self.desk.receipts.change(loaded.id, step, lambda one: (warning_receipts.moved(one, unit.units), ()))

    def _warn(self, warning: RiskWarning, unit: UnitCopy, cause: str) -> None:
        now = self.clock.now()
        if not unit.open_on(business_day(now)):
            return
        voice = voice_of(self.desk.directory, now)
        told = tuple(head.person for head in voice.heads_of(unit.id))
        within = span_at(self.desk.value, ANSWER[warning.level], unit.units, now)
        receipt = warning_receipts.warn(warning, unit.units, told, at=now, within=within)
        step = self._command(f"warned:{receipt.id}", "warning", cause)
        with suppress(TakenByAnother):
            self.desk.receipts.create(receipt.id, step, lambda: warning_outgoing.warned(receipt, voice))

    def _command(self, id: str, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())

    def _changed(self, id: str, step: Command, decide: Callable[[RiskWarning], Decision]) -> None:
        voice = voice_of(self.desk.directory, step.now)
        self.desk.warnings.change(id, step, lambda one: warning_outgoing.outcome(decide(one), one, voice))
