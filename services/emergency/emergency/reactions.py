"""What emergency does by itself: when time passes, when others' events arrive, and when it looks over its own work."""

from datetime import datetime
from typing import Any

from attrs import frozen
from pymongo import ASCENDING

from chassis import telemetry
from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.entries import filed_under
from chassis.errors import Refusal
from chassis.reaction import reaction
from chassis.refiling import Filed
from chassis.store import Aggregates, Command, NotFound, TakenByAnother
from chassis.timers import Firing
from chassis.workdays import add_workdays
from emergency import alarm, correlation, judgement
from emergency.audit import GRACE, Miss
from emergency.correlation import Correlated, Picture
from emergency.directory import Directory, UnitCopy, place_of, place_under
from emergency.incidents import Incident, Outcome, State
from emergency.outgoing import correlation_announcement, mark_announcement, missed_announcement, outcome
from emergency.plan_shelf import PlanShelf
from emergency.refusals import NotTold, UnitAlreadyKnown
from emergency.thresholds import DEFAULT_THRESHOLDS

ARRIVALS = 500
"""Incidents of one unknown unit read in one go."""

AUDITED = 200
"""Incidents that one round of the auditor looks at, the longest overdue first."""


@frozen
class Reactions:
    """Reactions on incidents; each is a command of its own through the aggregate's ring."""

    incidents: Aggregates[Incident]
    pictures: Aggregates[Picture]
    directory: Directory
    plans: PlanShelf
    clock: Clock

    def fire(self, firing: Firing) -> None:
        """R7.5, R7.11: run the ladder up to now, and say which marks the clocks of the reports have reached."""
        step = self._command(firing.command, "timer", firing.id)
        self.incidents.change(firing.aggregate, step, lambda incident: self._woken(incident, step))

    def unit_arrived(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.4: file the incidents of this unit under its ancestors, and tell whom could not be found before."""
        while waiting := self.incidents.find({"unknown_unit": unit.id}, limit=ARRIVALS):
            for loaded in waiting:
                self._file_anew(loaded.id, unit, self._command(f"{heard.id}:{loaded.id}", "directory", heard.id))

    def filed(self) -> Filed[Incident]:
        """R9.1, R7.11: the incidents of a unit that moves, as long as they are not closed."""
        return Filed(self.incidents, {"status": {"$nin": [State.CLOSED.value, State.REVIEWED.value]}}, self._refiled)

    def _refiled(self, incident: Incident, units: tuple[str, ...], at: datetime) -> Any:
        place = place_under(incident.unit, units, self.directory.merged_among(units))
        if incident.closed_at or not incident.unit_known or place == incident.place:
            return incident, []
        decision = alarm.restamp(incident, place=place, persons=(), at=at)
        return outcome(decision, incident, self.directory.name_of, self.plans)

    def correlate(self, heard: Heard) -> None:
        """R7.3: put the incident as it stands now into its picture, and announce what reaches a threshold together.

        The incident is read within the decision, after the picture: whoever wrote the picture last has seen at least
        what any earlier writer saw, so the order of events does not matter.
        """
        incident = self.incidents.load(heard.subject).state
        if incident.province is None:
            return
        key = correlation.picture_key(incident.kind, incident.drill, incident.province)
        step = self._command(None, "correlation", heard.id)
        subject = filed_under(incident.units[:2], drill=incident.drill)

        def observed(picture: Picture) -> Any:
            latest = self.incidents.load(heard.subject).state
            seen, found = _observed(picture, latest)
            return (
                (picture, []) if seen == picture else (seen, [correlation_announcement(one, subject) for one in found])
            )

        empty = Picture(incident.kind, incident.drill, incident.province)
        try:
            self.pictures.change(key, step, observed)
        except NotFound:
            try:
                self.pictures.create(key, step, lambda: observed(empty))
            except TakenByAnother:
                self.pictures.change(key, step, observed)

    def raise_together(self, heard: Heard) -> None:
        """R7.3: raise the incident that the correlation names."""
        found = Correlated(**{**heard.data, "incidents": tuple(heard.data["incidents"])})
        step = self._command(heard.id, "correlation", heard.id)

        def raised(incident: Incident) -> Any:
            persons = self.directory.in_charge(incident.place, incident.policy, on=business_day(step.now))
            decision = judgement.correlate_raise(incident, found, persons=persons, at=step.now)
            return outcome(decision, incident, self.directory.name_of, self.plans)

        self.incidents.change(found.incident, step, raised)

    def link_followed(self, heard: Heard) -> None:
        """R7.5: the person has acknowledged by the link; who was not told is not taken for it."""
        person, at = heard.data["person"], heard.data["acknowledged_at"]
        step = self._command(heard.id, person, heard.id)

        def acknowledged(incident: Incident) -> Any:
            try:
                decision = alarm.acknowledge(incident, person=person, at=max(at, incident.reported_at))
            except NotTold:
                return incident, []
            return outcome(decision, incident, self.directory.name_of, self.plans)

        self.incidents.change(heard.data["incident"], step, acknowledged)

    def notice_failed(self, heard: Heard) -> None:
        """R7.5: whom a notice did not reach is tried again at once, by the next try, channel or deputy."""
        step = self._command(heard.id, "notifier", heard.id)

        def hurried(incident: Incident) -> Any:
            persons = self.directory.in_charge(incident.place, incident.policy, on=business_day(step.now))
            decision = alarm.undelivered(
                incident, step=heard.data["step"], reason=heard.data["reason"], persons=persons, at=step.now
            )
            return outcome(decision, incident, self.directory.name_of, self.plans)

        self.incidents.change(heard.data["incident"], step, hurried)

    def audit(self) -> None:
        """R7.4, R7.5: run what should have run by now, and file anew the incidents whose unit arrived unnoticed.

        Head office is told once of each escalation that was found.
        """
        overdue = {"next_step": {"$lt": self.clock.now() - GRACE}}
        for loaded in self.incidents.find(overdue, sort=[("next_step", ASCENDING)], limit=AUDITED):
            self._found(loaded.id, self._command(None, "auditor", loaded.id))
        for name in self._unknown_units():
            if unit := self.directory.units.get(name):
                for loaded in self.incidents.find({"unknown_unit": name}, limit=ARRIVALS):
                    self._file_anew(loaded.id, unit, self._command(None, "auditor", loaded.id))

    def _found(self, id: str, step: Command) -> None:
        """Run one incident's overdue step. A refusal is left to the next round, and does not end this one."""

        def found(incident: Incident) -> Any:
            missed = [one for one in alarm.overdue(incident, at=step.now) if one.miss is not Miss.UNANSWERED]
            state, announcements = self._woken(incident, step)
            return state, [*announcements, *(missed_announcement(incident, one) for one in missed[:1])]

        try:
            self.incidents.change(id, step, found)
        except Refusal as refusal:
            telemetry.logger().warning("audit.refused", incident=id, code=refusal.code)

    def _unknown_units(self) -> list[str]:
        return sorted(self.incidents.collection.distinct("unknown_unit", {"unknown_unit": {"$type": "string"}}))

    def _file_anew(self, id: str, unit: UnitCopy, step: Command) -> None:
        place = place_of(unit.id, unit)

        def restamped(incident: Incident) -> Any:
            persons = self.directory.in_charge(place, incident.policy, on=business_day(step.now))
            try:
                decision = alarm.restamp(incident, place=place, persons=persons, at=step.now)
            except UnitAlreadyKnown:
                return incident, []
            return outcome(decision, incident, self.directory.name_of, self.plans)

        self.incidents.change(id, step, restamped)

    def _woken(self, incident: Incident, step: Command) -> Any:
        persons = self.directory.in_charge(incident.place, incident.policy, on=business_day(step.now))
        decision, marks = alarm.wake(incident, persons=persons, add_workdays=add_workdays, at=step.now)
        state, announcements = outcome(decision, incident, self.directory.name_of, self.plans)
        return state, [*announcements, *(mark_announcement(state, mark, at=step.now) for mark in marks)]

    def _command(self, id: str | None, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())


def _observed(picture: Picture, incident: Incident) -> tuple[Picture, tuple[Correlated, ...]]:
    if incident.outcome is Outcome.FALSE_ALARM:
        return correlation.forget(picture, incident.id), ()
    return correlation.observe(picture, judgement.sighting(incident), DEFAULT_THRESHOLDS)
