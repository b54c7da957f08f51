"""R7.3, R7.7–R7.9, R7.11, R7.12: the part of the service that prepares and counts: handling bodies, plans,
drills, watch rules, statistics.

One method an operation or hearing. What opens an incident stands with the incidents, in `service.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.frame import Frame
from chassis.rounds import Round
from chassis.service import Answer, Call
from chassis.store import Aggregates
from chassis.timers import Firing
from emergency import body_desk, plan_desk
from emergency.bodies import HandlingBody
from emergency.body_desk import BodyDesk
from emergency.directory import Directory, UnitCopy
from emergency.drill_desk import drill_desk
from emergency.drill_standings import standing_desk
from emergency.incidents import Incident
from emergency.risks import Risks
from emergency.signal_desk import signal_desk
from emergency.statistics_desk import statistics_desk
from emergency.watch_desk import watch_desk


class Preparedness(Risks):
    """Handling bodies, plans, drills, early-warning rules, statistics."""

    def open_preparedness(self, frame: Frame, directory: Directory, incidents: Aggregates[Incident]) -> None:
        """Take from the frame what this part stands on."""
        self.desk = BodyDesk(
            frame.aggregates(
                "handling_bodies",
                HandlingBody,
                mark="body/",
                stamps=body_desk.stamps,
                indexes=(IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)]),),
            ),
            directory,
            frame.clock,
            self.numbers.value,
        )
        self.plans = plan_desk.open_desk(frame)
        self.drills = drill_desk(frame, incidents, directory, self.numbers.value)
        self.drill_standings = standing_desk(frame, directory)
        self.signals = signal_desk(frame, directory)
        self.watch = watch_desk(frame, self.signals.signals, incidents, directory, self.numbers.value)
        self.statistics = statistics_desk(frame, incidents, directory)

    def preparedness_timers(self) -> Mapping[str, Callable[[Firing], None]]:
        """Who sees to a timer, by the collection of its aggregate."""
        return {
            self.desk.bodies.name: self.desk.fire,
            self.drills.drills.name: self.drills.fire,
            self.drill_standings.standings.name: self.drill_standings.fire,
            self.watch.drafts.name: self.watch.fire,
            self.statistics.reports.name: self.statistics.fire,
        }

    def preparedness_rounds(self) -> Sequence[Round]:
        """R7.8, R7.11: new counters owe drills; reports fall due."""
        return (
            Round("drills", timedelta(minutes=10), self.drill_standings.round),
            Round("statistics", timedelta(minutes=10), self.statistics.round),
        )

    def preparedness_unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """What is filed for a unit that has moved is filed under its new ancestors."""
        self.desk.unit_stated(heard, unit)
        self.plans.unit_stated(heard, unit)
        self.drills.unit_stated(heard, unit)
        self.watch.unit_stated(heard, unit)

    def set_handling_body(self, call: Call) -> Answer:
        """R7.12: the standing emergency group of a unit."""
        return self.desk.set(call, self._actor(call, self.desk.unit_of(call).units))

    def confirm_handling_body(self, call: Call) -> Answer:
        """R7.12: the group is confirmed."""
        return self.desk.confirm(call, self._actor(call, self.desk.unit_of(call).units))

    def handling_body(self, call: Call) -> Answer:
        """R7.12: one group."""
        return self.desk.one(call)

    def handling_body_list(self, call: Call) -> Answer:
        """R7.12: groups within the caller's reach."""
        return self.desk.page(call)

    def adopt_plan(self, call: Call) -> Answer:
        """R7.9: the next version of a unit's plan."""
        unit = self.desk.unit_of(call)
        return self.plans.adopt(call, unit, self._actor(call, unit.units))

    def plan(self, call: Call) -> Answer:
        """R7.9: one version of a plan."""
        return self.plans.one(call)

    def plan_in_force(self, call: Call) -> Answer:
        """R7.9: the plan that holds at a unit."""
        return self.plans.in_force(call, self.desk.unit_of(call))

    def plan_list(self, call: Call) -> Answer:
        """R7.9: adopted versions within the caller's reach."""
        return self.plans.page(call)

    def plan_copies(self, heard: Heard) -> None:
        """R7.9: keep a version of a plan at hand."""
        self.plans.keep(heard)

    def set_drill_programme(self, call: Call) -> Answer:
        """R7.8: a unit asks for drills more often than above."""
        return self.drill_standings.set_programme(call, self._actor_of(call))

    def drill_programme(self, call: Call) -> Answer:
        """R7.8: what is asked of a unit."""
        return self.drill_standings.programme(call)

    def drill_standing_list(self, call: Call) -> Answer:
        """R7.8: which counter owes which drill."""
        return self.drill_standings.page(call)

    def schedule_drill(self, call: Call) -> Answer:
        """R7.8: a drill is planned."""
        return self.drills.schedule(call, self._actor_of(call))

    def postpone_drill(self, call: Call) -> Answer:
        """R7.8: a drill is put off."""
        return self.drills.postpone(call, self._actor_of(call))

    def cancel_drill(self, call: Call) -> Answer:
        """R7.8: a drill is called off."""
        return self.drills.cancel(call, self._actor_of(call))

    def record_drill(self, call: Call) -> Answer:
        """R7.8: a drill has been held."""
        return self.drills.record(call, self._actor_of(call))

    def evaluate_drill(self, call: Call) -> Answer:
        """R7.8: a drill is evaluated."""
        return self.drills.evaluate(call, self._actor_of(call))

    def complete_improvement(self, call: Call) -> Answer:
        """R7.8: an improvement is done."""
        return self.drills.complete(call, self._actor_of(call))

    def close_drill(self, call: Call) -> Answer:
        """R7.8: a drill is closed."""
        return self.drills.close(call, self._actor_of(call))

    def drill(self, call: Call) -> Answer:
        """R7.8: one drill."""
        return self.drills.one(call)

    def drill_list(self, call: Call) -> Answer:
        """R7.8: drills within the caller's reach."""
        return self.drills.page(call)

    def drill_incidents(self, call: Call) -> Answer:
        """R7.8: the incidents of a drill."""
        return self.drills.incidents_of(call)

    def report_signal(self, call: Call) -> Answer:
        """R7.7: a branch system noticed something."""
        return self.signals.take(call, self._actor_of(call))

    def signal_list(self, call: Call) -> Answer:
        """R7.7: signals within the caller's reach."""
        return self.signals.page(call)

    def watch_rule_list(self, _: Call) -> Answer:
        """R7.3, R7.7: the early-warning rules in force."""
        return self.watch.rules()

    def draft_list(self, call: Call) -> Answer:
        """R7.3, R7.7: draft incidents within the caller's reach."""
        return self.watch.page(call)

    def draft(self, call: Call) -> Answer:
        """R7.3, R7.7: one draft incident."""
        return self.watch.one(call)

    def dismiss_draft(self, call: Call) -> Answer:
        """R7.3, R7.7: a draft is nothing."""
        return self.watch.dismiss(call, self._actor_of(call))

    def incident_statistics(self, call: Call) -> Answer:
        """R7.11: what incidents come to."""
        return self.statistics.statistics(call)

    def draw_up_statistical_report(self, call: Call) -> Answer:
        """R7.11: the report of a half-year or year."""
        return self.statistics.draw_up(call, self._actor_of(call))

    def confirm_statistical_report(self, call: Call) -> Answer:
        """R7.11: another person stands for a report."""
        return self.statistics.confirm(call, self._actor_of(call))

    def submit_statistical_report(self, call: Call) -> Answer:
        """R7.11: a report was handed in."""
        return self.statistics.submit(call, self._actor_of(call))

    def correct_statistical_report(self, call: Call) -> Answer:
        """R7.11: a report is corrected by a new revision."""
        return self.statistics.correct(call, self._actor_of(call))

    def statistical_report(self, call: Call) -> Answer:
        """R7.11: one report."""
        return self.statistics.one(call)

    def statistical_report_list(self, call: Call) -> Answer:
        """R7.11: reports within the caller's reach."""
        return self.statistics.page(call)

    def signals_taken(self, heard: Heard) -> None:
        """R7.3, R7.7: the early-warning rules look at a signal."""
        self.watch.signal_taken(heard)

    def incidents_watched(self, heard: Heard) -> None:
        """R7.3, R7.7: the early-warning rules look at an incident."""
        self.watch.incident_watched(heard)

    def drafts_found(self, heard: Heard) -> None:
        """R7.3, R7.7: a draft is proposed, or added to."""
        self.watch.found(heard)

    def drills_held(self, heard: Heard) -> None:
        """R7.8: a drill took place at these counters."""
        self.drill_standings.held(heard)
