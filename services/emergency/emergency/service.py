"""Rule 7's service: a table of contents. Each command loads, asks one domain function, saves, and answers."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from attrs import evolve
from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import business_day
from chassis.documents import keep_as_text
from chassis.frame import Frame
from chassis.objects_kept import STAMP, answer_objects_kept
from chassis.refiling import refiling
from chassis.rounds import Round
from chassis.service import Answer, Call
from chassis.store import OutOfReach, Restates, Saved
from chassis.timers import Firing
from chassis.workdays import add_workdays
from emergency import (
    alarm,
    attachment_desk,
    contract,
    correcting,
    handling,
    judgement,
    opening,
    reviews,
)
from emergency.authority import Actor
from emergency.callers import unit_copy
from emergency.correlation import Picture
from emergency.directory import UnitCopy, place_of
from emergency.drafts import Draft
from emergency.facts import Facts
from emergency.incidents import Decision, Incident, Outcome
from emergency.levels import Level
from emergency.outgoing import REPORTS, TIMELINE, outcome, stated
from emergency.policies import Policy
from emergency.policy_numbers import policy_at
from emergency.preparedness import Preparedness
from emergency.reactions import Reactions
from emergency.reports import ReportContent
from emergency.review_desk import ReviewDesk
from emergency.risk_notices import INCIDENT, WARNING
from emergency.tellings import PersonInCharge
from emergency.thresholds import DEFAULT_THRESHOLDS

keep_as_text(Policy)

Decide = Callable[[Incident, Actor, tuple[PersonInCharge, ...]], Decision]


class Emergency(Preparedness):
    """Incidents: reported, graded, escalated, handled, closed."""

    contract = contract.CONTRACT

    def __init__(self, frame: Frame) -> None:
        newest = [("at", DESCENDING), ("_id", DESCENDING)]
        self.incidents = frame.aggregates(
            "incidents",
            Incident,
            stamps=_stamps,
            indexes=(
                IndexModel([("units", 1), *newest]),
                IndexModel("next_step", partialFilterExpression={"next_step": {"$type": "date"}}),
                IndexModel("unknown_unit", partialFilterExpression={"unknown_unit": {"$type": "string"}}),
                IndexModel(STAMP, sparse=True),
                IndexModel("drill_id", partialFilterExpression={"drill_id": {"$type": "string"}}),
            ),
            restates=Restates(contract.INCIDENT_STATED.name, stated),
        )
        self.pictures = frame.aggregates("pictures", Picture, stamps=lambda _: {})
        self.entries = frame.rows(TIMELINE, "incidents")
        self.filed = frame.rows(REPORTS, "incidents")
        self.open_callers(frame)
        self.open_preparedness(frame, self.directory, self.incidents)
        self.reviewing = ReviewDesk(self.directory)
        self.reactions = Reactions(self.incidents, self.pictures, self.directory, self.plans.shelf, frame.clock)
        self.open_risks(frame, self.directory, self.incidents, self.plans.shelf)
        self.refiling = refiling(frame, self.reactions.filed(), self.numbers.filed())
        self._fires: dict[str, Callable[[Firing], None]] = {
            **self.risk_timers(),
            **self.preparedness_timers(),
        }

    def report_incident(self, call: Call) -> Answer:
        """R7.4: one call with what is known; known units only within the caller's reach, unknown ones always."""
        body = call.body
        unit = self.directory.answering(body["unit"], on=business_day(call.now))
        place = place_of(unit.id if unit else body["unit"], unit)
        if place.unit_known and not set(place.units) & set(call.within):
            raise OutOfReach(id=place.unit)
        told = opening.EventReport(
            kind=body["kind"],
            place=place,
            reporter=self._actor(call, place.units if place.unit_known else None),
            summary=body["summary"],
            facts=_facts(body["facts"]),
            occurred_at=body["occurred_at"],
            detected_at=body["detected_at"],
            drill=body["drill"],
            claims_reference=body["claims_reference"],
        )
        return self._reported(call, told)

    def _reported(self, call: Call, told: opening.EventReport) -> Answer:
        saved = self._report(call, told, call.new_id())
        return call.answer(saved, location=f"/v1/incidents/{saved.id}")

    def _report(self, call: Call, told: opening.EventReport, incident_id: str) -> Saved:
        policy = policy_at(self.numbers.value, told.place.units, call.now)
        persons = self.directory.in_charge(told.place, policy, on=business_day(call.now))
        return self.incidents.create(
            incident_id,
            call.command(),
            lambda: outcome(
                opening.report(
                    told,
                    id=incident_id,
                    thresholds=DEFAULT_THRESHOLDS,
                    policy=policy,
                    persons=persons,
                    at=call.now,
                ),
                None,
                self.directory.name_of,
                self.plans.shelf,
            ),
        )

    def incident_list(self, call: Call) -> Answer:
        """Incidents within the caller's reach, newest first."""
        stamps = {"level": "level", "state": "status", "kind": "kind", "drill": "drill"}
        asked = {stamp: call.query[name] for name, stamp in stamps.items() if call.query[name] is not None}
        return call.page(self.incidents, asked)

    def incident(self, call: Call) -> Answer:
        """One incident."""
        return call.answer(self.incidents.load(call.path["incident"], call.reach))

    def timeline(self, call: Call) -> Answer:
        """R7.11: the timeline, in order."""
        self.incidents.load(call.path["incident"], call.reach)
        return call.rows(self.entries, call.path["incident"])

    def reports(self, call: Call) -> Answer:
        """R7.11: the reports filed, in order."""
        self.incidents.load(call.path["incident"], call.reach)
        return call.rows(self.filed, call.path["incident"])

    def add_facts(self, call: Call) -> Answer:
        """R7.3: new facts, which may raise the level."""
        news = _facts(call.body["facts"])
        return self._changed(
            call,
            lambda incident, who, persons: judgement.add_facts(
                incident, news=news, thresholds=DEFAULT_THRESHOLDS, persons=persons, actor=who, at=call.now
            ),
        )

    def judge(self, call: Call) -> Answer:
        """R7.3: a level set by a person."""
        level: Level = call.body["level"]
        return self._changed(
            call,
            lambda incident, who, persons: judgement.judge(
                incident, level=level, reason=call.body["reason"], persons=persons, actor=who, at=call.now
            ),
        )

    def begin_response(self, call: Call) -> Answer:
        """R7.11: the response begins."""
        return self._changed(call, lambda one, who, _: handling.begin_response(one, actor=who, at=call.now))

    def contain(self, call: Call) -> Answer:
        """R7.11: the event is contained."""
        return self._changed(call, lambda one, who, _: handling.contain(one, actor=who, at=call.now))

    def close(self, call: Call) -> Answer:
        """R7.11: the incident is closed."""
        said = call.body
        return self._changed(
            call,
            lambda one, who, _: handling.close(
                one,
                outcome=Outcome(said["outcome"]),
                reason=said["reason"],
                actor=who,
                at=call.now,
                plan=self.plans.shelf.of(one),
            ),
        )

    def acknowledge(self, call: Call) -> Answer:
        """R7.5: the person told has seen it."""
        return self._changed(call, lambda one, who, _: alarm.acknowledge(one, person=who.id, at=call.now))

    def record_guidance(self, call: Call) -> Answer:
        """R7.5: guidance of the handling."""
        words = call.body["words"]
        return self._changed(call, lambda one, who, _: alarm.record_guidance(one, words=words, actor=who, at=call.now))

    def submit_report(self, call: Call) -> Answer:
        """R7.11: a report is filed."""
        content = ReportContent(**{name: value for name, value in call.body.items() if name != "kind"})
        return self._changed(
            call,
            lambda one, who, _: handling.submit_report(
                one, kind=call.body["kind"], content=content, actor=who, at=call.now
            ),
        )

    def refer_claim(self, call: Call) -> Answer:
        """R7.10: the claims case was handed over."""
        reference = call.body["reference"]
        return self._changed(
            call, lambda one, who, _: handling.refer_claim(one, reference=reference, actor=who, at=call.now)
        )

    def attach(self, call: Call) -> Answer:
        """R7.11: a file is attached."""
        return evolve(self._changed(call, attachment_desk.attaches(call)), location=attachment_desk.address_of(call))

    def attachment(self, call: Call) -> Answer:
        """R7.11: the bytes of a file, which the gateway sends."""
        return attachment_desk.handed_out(self.incidents.load(call.path["incident"], call.reach).state, call)

    def correct_incident(self, call: Call) -> Answer:
        """R7.11: what was entered wrongly is corrected, by the red line."""
        said = dict(call.body)
        reason = said.pop("reason")
        return self._changed(
            call, lambda one, who, _: correcting.correct_incident(one, said, reason=reason, actor=who, at=call.now)
        )

    def objects_kept(self, call: Call) -> Answer:
        """Which files incidents refer to."""
        return answer_objects_kept(call, (self.incidents,))

    def incident_handling_bodies(self, call: Call) -> Answer:
        """R7.12: the groups of the levels that an incident concerns."""
        incident: Incident = self.incidents.load(call.path["incident"], call.reach).state
        return self.desk.of_units(incident.units, call)

    def incident_plan(self, call: Call) -> Answer:
        """R7.9: the plan that is active in an incident."""
        return self.plans.of_incident(self.incidents.load(call.path["incident"], call.reach).state)

    def complete_step(self, call: Call) -> Answer:
        """R7.9: a step of the plan is done."""
        return self._changed(call, self.plans.complete_step(call))

    def waive_step(self, call: Call) -> Answer:
        """R7.9: a step of the plan does not apply."""
        return self._changed(call, self.plans.waive_step(call))

    def review_incident(self, call: Call) -> Answer:
        """R7.11: a closed incident is reviewed."""
        return self._reviewed(call, self.reviewing.review(call))

    def incident_review(self, call: Call) -> Answer:
        """R7.11: the review of an incident."""
        loaded = self.incidents.load(call.path["incident"], call.reach)
        return call.answer(loaded, self.reviewing.shown(loaded.state))

    def complete_action(self, call: Call) -> Answer:
        """R7.11: an action of the review is done."""
        return self._reviewed(call, self.reviewing.complete(call))

    def reassign_action(self, call: Call) -> Answer:
        """R7.11: an action of the review is somebody else's."""
        return self._reviewed(call, self.reviewing.reassign(call))

    def delegate_action(self, call: Call) -> Answer:
        """R7.11: somebody stands in for the owner of an action."""
        return self._reviewed(call, self.reviewing.delegate(call))

    def open_drill_incident(self, call: Call) -> Answer:
        """R7.8: a drill opens an incident, which goes its whole way with the drill flag."""
        drill, said = self.drills.running(call, self._actor_of(call)), call.body
        told = opening.EventReport(
            kind=said["kind"],
            place=place_of(said["unit"], self.directory.units.get(said["unit"])),
            reporter=self._actor(call, None),
            summary=said["summary"],
            facts=_facts(said["facts"]),
            drill=True,
            drill_id=drill.id,
            drill_until=drill.incidents_until,
        )
        return self._reported(call, told)

    def confirm_draft(self, call: Call) -> Answer:
        """R7.3, R7.7: a draft becomes an incident, by the same way as any report."""
        said = call.body

        def reported(draft: Draft, unit: UnitCopy, incident_id: str) -> Saved:
            told = opening.EventReport(
                kind=said["kind"] or draft.kind,
                place=place_of(unit.id, unit),
                reporter=self._actor(call, unit.units),
                summary=said["summary"],
                facts=_facts(said["facts"]),
                draft_id=draft.id,
            )
            return self._report(call, told, incident_id)

        return self.watch.confirm(call, self._actor_of(call), reported)

    def fire(self, firing: Firing) -> None:
        """R7.5–R7.8, R7.11, R7.12: what an aggregate waits for is due."""
        self._fires.get(firing.collection, self.reactions.fire)(firing)

    def arrivals(self, heard: Heard) -> None:
        """R7.4, R7.12: what was filed for a unit before it was known, or before it moved, is filed under it."""
        unit = unit_copy(heard)
        self.reactions.unit_arrived(heard, unit)
        self.refiling.stated(unit.id, heard.sequence, unit.units)
        self.risk_unit_stated(heard, unit)
        self.preparedness_unit_stated(heard, unit)

    def correlate(self, heard: Heard) -> None:
        """R7.3: look at what changed together with its neighbours."""
        self.reactions.correlate(heard)

    def raise_together(self, heard: Heard) -> None:
        """R7.3: raise one of several that together reach a threshold."""
        self.reactions.raise_together(heard)

    def failures(self, heard: Heard) -> None:
        """R7.5: a notice of an incident could not be delivered; what else is told goes upward by its own deadline."""
        if heard.data["about"] == INCIDENT:
            self.reactions.notice_failed(heard)

    def links(self, heard: Heard) -> None:
        """R7.5, R7.7: a person told has followed the one-time link."""
        followed = {INCIDENT: self.reactions.link_followed, WARNING: self.warning_reactions.link_followed}
        if follow := followed.get(heard.data["about"]):
            follow(heard)

    def rounds(self) -> Sequence[Round]:
        """R7.5, R7.6, R7.8, R7.11: what one replica does now and then: the audit, series, new counters, reports due."""
        return (
            Round("audit", timedelta(minutes=1), self.reactions.audit),
            *self.risk_rounds(),
            *self.preparedness_rounds(),
        )

    def _reviewed(self, call: Call, decide: Decide) -> Answer:
        """What `_changed` does, answered with the review alone: an action's owner need not see the incident."""
        answer = self._changed(call, decide)
        return evolve(answer, body=self.reviewing.shown(answer.body))

    def _changed(self, call: Call, decide: Decide) -> Answer:
        today = business_day(call.now)
        held = [] if call.caller.kind == "system" else self.directory.of_person(call.caller.subject)

        def decided(incident: Incident) -> Any:
            who = self._actor(call, incident.units, held)
            persons = self.directory.in_charge(incident.place, incident.policy, on=today)
            return outcome(decide(incident, who, persons), incident, self.directory.name_of, self.plans.shelf)

        saved: Saved = self.incidents.change(call.path["incident"], call.command(), decided, reach=call.reach)
        return call.answer(saved)


def _stamps(incident: Incident) -> dict[str, Any]:
    """The fields that lists, scopes, the auditor and arrivals query; `own:`, `told:`, `task:` stand for relations."""
    told = sorted({f"told:{telling.person}" for telling in incident.escalation.tellings})
    with_actions = sorted(f"task:{person}" for person in reviews.persons_with_actions(incident))
    return {
        "units": [*incident.units, f"own:{incident.reporter}", *told, *with_actions],
        "at": incident.reported_at,
        "level": incident.level.value,
        "status": incident.state.value,
        "kind": incident.kind.value,
        "drill": incident.drill,
        "next_step": alarm.next_wake(incident, add_workdays),
        "unknown_unit": None if incident.unit_known else incident.unit,
        "drill_id": incident.drill_id,
        **({STAMP: [one.hash for one in incident.attachments]} if incident.attachments else {}),
    }


def _facts(said: dict[str, Any]) -> Facts:
    return Facts(**{**said, "unknown": tuple(said.get("unknown", ()))})
