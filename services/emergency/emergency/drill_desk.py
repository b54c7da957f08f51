"""R7.8: drills over the store: what the service's methods, timers and events do with them."""

from collections.abc import Callable
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import Clock, business_day
from chassis.entries import Announce, Announcement, CancelTimer, SetTasks, SetTimer, filed_under
from chassis.frame import Frame
from chassis.reaction import reaction
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, Loaded, Restates, Saved
from chassis.timers import Firing
from chassis.work.parameters import Value
from emergency import drill_conduct, drill_limits
from emergency.authority import Actor
from emergency.directory import Directory, UnitCopy
from emergency.drill_operations import DRILL_NEGLECTED, DRILL_STATED
from emergency.drills import Drill, DrillPlan, DrillStatus, Improvement, Neglect, Record, Score
from emergency.incidents import Incident
from emergency.parameters import DRILL_EVALUATE, DRILL_RECORD

WAKE = "wake"
MOST_INCIDENTS = 200
"""Incidents of one drill that are shown: more than any drill opens."""

UNDER_WAY = (DrillStatus.SCHEDULED, DrillStatus.HELD, DrillStatus.EVALUATED)

ActorOf = Callable[[tuple[str, ...]], Actor]
"""The caller with the posts held over these units."""


@frozen
class DrillDesk:
    """The drills of one service process."""

    drills: Aggregates[Drill]
    incidents: Aggregates[Incident]
    directory: Directory
    clock: Clock
    value: Value

    def schedule(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: a drill is planned."""
        said = call.body
        unit = self.directory.within(said["unit"], call)
        plan = DrillPlan(
            scenario=said["scenario"],
            units=unit.units,
            counters=tuple(said["counters"]),
            leader=said["leader"],
            announced=said["announced"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
        )
        drill_id = call.new_id()

        def scheduled() -> Any:
            return _decided(
                None,
                drill_conduct.schedule(
                    plan,
                    id=drill_id,
                    open_counters=self._open_counters(plan, call),
                    in_post=self._in_post(plan.leader, call=call),
                    actor=actor_of(unit.units),
                    at=call.now,
                    record_within_hours=self.value(DRILL_RECORD, unit.units, call.now),
                    evaluate_within_days=self.value(DRILL_EVALUATE, unit.units, call.now),
                ),
            )

        saved = self.drills.create(drill_id, call.command(), scheduled)
        return call.answer(saved, shown(saved.state), location=f"/v1/drills/{saved.id}")

    def change(self, call: Call, decide: Callable[[Drill], Drill]) -> Answer:
        """A command on one drill: what `decide` makes of it."""
        saved = self.drills.change(
            call.path["drill"], call.command(), lambda drill: _decided(drill, decide(drill)), reach=call.reach
        )
        return self._answer(call, saved)

    def postpone(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: a drill is put off."""
        return self.change(
            call, lambda drill: drill_conduct.postpone(drill, **call.body, actor=actor_of(drill.units), at=call.now)
        )

    def cancel(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: a drill is called off."""
        reason = call.body["reason"]
        return self.change(
            call, lambda drill: drill_conduct.cancel(drill, reason=reason, actor=actor_of(drill.units), at=call.now)
        )

    def running(self, call: Call, actor_of: ActorOf) -> Drill:
        """R7.8: the drill that an incident is to be opened of, where it may be."""
        drill: Drill = self.drills.load(call.path["drill"], call.reach).state
        if not self.incidents.find({"_id": call.new_id()}):  # a retry is answered, whatever became of the drill
            drill_conduct.allow_incident(drill, counter=call.body["unit"], actor=actor_of(drill.units), at=call.now)
        return drill

    def record(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: a drill has been held."""
        said = {**call.body, "participants": tuple(dict.fromkeys(call.body["participants"]))}

        def held(drill: Drill) -> Drill:
            record = Record(**said, by=call.caller.subject, at=call.now)
            return drill_conduct.hold(drill, record=record, actor=actor_of(drill.units), at=call.now)

        return self.change(call, held)

    def evaluate(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: a drill is evaluated."""
        said = call.body
        improvements = tuple(Improvement(number=place, **each) for place, each in enumerate(said["improvements"], 1))
        return self.change(
            call,
            lambda drill: drill_conduct.evaluate(
                drill,
                scores=tuple(Score(**each) for each in said["scores"]),
                problems=tuple(said["problems"]),
                improvements=improvements,
                in_post=self._in_post(*(each.owner for each in improvements), call=call),
                actor=actor_of(drill.units),
                at=call.now,
            ),
        )

    def complete(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: an improvement is done."""
        number = int(call.path["number"]) if call.path["number"].isdecimal() else 0
        return self.change(
            call, lambda drill: drill_conduct.complete(drill, number=number, actor=actor_of(drill.units), at=call.now)
        )

    def close(self, call: Call, actor_of: ActorOf) -> Answer:
        """R7.8: a drill is closed."""
        return self.change(call, lambda drill: drill_conduct.close(drill, actor=actor_of(drill.units), at=call.now))

    def one(self, call: Call) -> Answer:
        """One drill."""
        return self._answer(call, self.drills.load(call.path["drill"], call.reach))

    def page(self, call: Call) -> Answer:
        """Drills within the caller's reach."""
        asked = {name: call.query[name] for name in ("scenario", "status", "neglected")}
        answer = call.page(self.drills, {name: value for name, value in asked.items() if value is not None})
        return evolve(answer, body={"items": [shown(drill) for drill in answer.body["items"]]})

    def incidents_of(self, call: Call) -> Answer:
        """R7.8: the incidents of a drill, as they stand."""
        drill = self.drills.load(call.path["drill"], call.reach)
        found = self.incidents.find({"drill_id": drill.id}, sort=[("at", 1), ("_id", 1)], limit=MOST_INCIDENTS)
        return Answer({"items": [loaded.state for loaded in found]})

    def fire(self, firing: Firing) -> None:
        """R7.8: a step of a drill is overdue."""
        step = self._command(firing.command, "timer", firing.id)

        def woken(drill: Drill) -> Any:
            after, neglected = drill_limits.wake(drill, at=step.now)
            state, announcements = _decided(drill, after)
            return state, [*announcements, *(_neglect(after, what) for what in neglected)]

        self.drills.change(firing.aggregate, step, woken)

    def unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.8: what is not done with of the drills of a unit that moved is filed under its new ancestors."""
        for loaded in self.drills.find({"unit": unit.id, "status": {"$in": [each.value for each in UNDER_WAY]}}):
            step = self._command(f"{heard.id}:{loaded.id}", "directory", heard.id)
            self.drills.change(loaded.id, step, lambda drill: _decided(drill, drill_conduct.moved(drill, unit.units)))

    def _open_counters(self, plan: DrillPlan, call: Call) -> frozenset[str]:
        today, unit = business_day(call.now), plan.units[-1]
        copies = (self.directory.units.get(counter) for counter in plan.counters)
        return frozenset(
            copy.id
            for copy in copies
            if copy is not None and copy.kind == "counter" and unit in copy.units and copy.open_on(today)
        )

    def _answer(self, call: Call, found: Saved | Loaded) -> Answer:
        return call.answer(found, shown(found.state))

    def _in_post(self, *persons: str, call: Call) -> frozenset[str]:
        return self.directory.in_post(persons, on=business_day(call.now))

    def _command(self, id: str, actor: str, cause: str) -> Command:
        return reaction("emergency", id, actor=actor, cause=cause, at=self.clock.now())


def drill_desk(frame: Frame, incidents: Aggregates[Incident], directory: Directory, value: Value) -> DrillDesk:
    """The desk over its collection in this frame."""
    found = frame.aggregates(
        "drills",
        Drill,
        stamps=stamps,
        indexes=(
            IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("unit", 1), ("status", 1)]),
        ),
        restates=Restates(DRILL_STATED.name, stated),
    )
    return DrillDesk(found, incidents, directory, frame.clock, value)


def stamps(drill: Drill) -> dict[str, Any]:
    """What lists and scopes query. Counters see what concerns them; of an unannounced one only when it is over."""
    involved = {drill.leader, drill.scheduled_by, *(each.owner for each in drill.improvements)}
    counters = () if drill.secret else drill.counters
    units = dict.fromkeys((*_seen_by(drill), *counters))
    return {
        "units": [*units, *sorted(f"own:{person}" for person in involved)],
        "at": drill.starts_at,
        "unit": drill.unit,
        "scenario": drill.scenario.value,
        "status": drill.status.value,
        "neglected": bool(drill.neglected),
    }


def shown(drill: Drill) -> dict[str, Any]:
    """A drill as its readers see it, and as its event tells it."""
    return {
        **asdict(drill, recurse=False),
        "incidents_until": drill.incidents_until,
        "held_on": drill.record and business_day(drill.record.started_at),
    }


def _decided(before: Drill | None, after: Drill) -> tuple[Drill, list[Announcement]]:
    """The drill as the store takes it: its state is told, and its one timer set, where something changed."""
    if after is before:
        return after, []
    out: list[Announcement] = [stated(after), SetTasks(drill_limits.tasks(after))]
    wake = drill_limits.next_wake(after)
    if wake != (before and drill_limits.next_wake(before)):
        out.append(CancelTimer(WAKE) if wake is None else SetTimer(WAKE, wake))
    return after, out


def stated(drill: Drill) -> Announce:
    """The event that carries the drill's public state."""
    return Announce(DRILL_STATED.name, DRILL_STATED.data(shown(drill)), filed_under(_seen_by(drill)))


def _neglect(drill: Drill, what: Neglect) -> Announce:
    data = {"drill_id": drill.id, "unit": drill.unit, "leader": drill.leader, "what": what}
    return Announce(DRILL_NEGLECTED.name, DRILL_NEGLECTED.data(data), filed_under(_seen_by(drill)))


def _seen_by(drill: Drill) -> tuple[str, ...]:
    """The units it is filed under: without the counters, while they must not learn of it."""
    return tuple(unit for unit in drill.units if not (drill.secret and unit in drill.counters))
