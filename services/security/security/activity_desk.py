"""R4.6, R9.8: activity checks over the store: what the service's methods and timers do with them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from attrs import evolve, frozen

from chassis.clock import Clock, business_day
from chassis.contract import Event
from chassis.entries import Announcement, CancelTimer, Escalate, SetTasks, SetTimer, filed_under
from chassis.reaction import reaction
from chassis.refiling import Filed
from chassis.service import Answer, Call
from chassis.store import Aggregates, Decision, OutOfReach, TakenByAnother
from chassis.timers import Firing
from chassis.work.parameter_desk import ParameterDesk
from security import activity
from security.activity import Act, ActInFuture, ActivityCheck, Cause, State
from security.activity_operations import ACTIVITY_CHECKED, ACTIVITY_FOUND, ACTIVITY_OVERDUE
from security.holders import Assignment
from security.parameters import CHECK_LIMITS
from security.staff import StaffMember, Standing
from security.staff_desk import Heads
from security.units import Unit, UnitUnknown

LATENESS = "lateness"
NOTICE = "notice"
"""The first word of these escalations' routing keys: they have no level of rule 7."""

OWN_SYSTEM = "decalog"
MOST_CHECKS_A_DAY = 50
"""Checks of one person at one unit on one day: after each result a further act opens the next one."""

Saving = tuple[ActivityCheck, list[Announcement]]
Group = tuple[str, str, date, Cause]


@frozen
class ActivityDesk:
    """The activity checks as one service process works on them."""

    checks: Aggregates[ActivityCheck]
    members: Aggregates[StaffMember]
    units: Aggregates[Unit]
    assignments: Aggregates[Assignment]
    heads: Heads
    parameters: ParameterDesk
    clock: Clock
    answering: Callable[[Unit, date], Unit]

    def report(self, call: Call) -> Answer:
        """R4.6: look at these acts; those that should not have happened are to be checked."""
        acts = [Act(**each) for each in call.body["acts"]]
        units = self._units_of(acts, call)
        members = {one.id: one.state for one in self.members.find({"_id": {"$in": _persons(acts)}})}
        held: dict[str, list[Assignment]] = defaultdict(list)
        for one in self.assignments.find({"person": {"$in": _persons(acts)}}):
            held[one.state.person].append(one.state)
        groups: dict[Group, list[Act]] = defaultdict(list)
        places: dict[str, Unit] = {}
        for act in acts:
            day = business_day(act.at)
            unit = self.answering(units[act.unit], day)
            places[unit.id] = unit
            cause = activity.cause_of(act, unit=unit, day=day, member=members.get(act.person), held=held[act.person])
            if cause is not None:
                groups[unit.id, act.person, day, cause].append(act)
        checks = [self._keep(call, group, found, places[group[0]]) for group, found in groups.items()]
        return Answer({"examined": len(acts), "checks": sorted(set(checks))})

    def refused_call(self, call: Call) -> Answer:
        """R9.8: somebody who is refused has called the gateway.

        Nothing where the person is employed all the same, or nobody within the caller's reach.
        """
        person, at = call.body["person"], min(call.body["at"], call.now)
        found = self.members.find({"_id": person, "units": {"$in": list(call.within)}})
        if not found or found[0].state.standing is Standing.EMPLOYED:
            return Answer({"examined": 1, "checks": []})
        member: StaffMember = found[0].state
        cause = Cause.LEFT if member.standing is Standing.LEFT else Cause.SUSPENDED
        unit: Unit = self.units.load(member.unit).state
        act = Act(person, unit.id, at, OWN_SYSTEM, f"{call.body['operation']}:{at:%Y%m%dT%H}")
        check = self._keep(call, (unit.id, person, business_day(at), cause), [act], unit)
        return Answer({"examined": 1, "checks": [check]})

    def record_result(self, call: Call) -> Answer:
        """R4.6: the head's result."""
        said, by = call.body, call.caller.subject

        def recorded(check: ActivityCheck) -> Saving:
            after = activity.record_result(check, finding=said["finding"], words=said["words"], by=by, at=call.now)
            late = max(0, int((call.now - after.due).total_seconds()))
            about = {
                "check": after.id,
                "unit": after.unit,
                "finding": after.finding,
                "checked_at": after.checked_at,
                "checked_by": by,
                "late_seconds": late,
            }
            return after, [_told(ACTIVITY_CHECKED, after, about), CancelTimer(LATENESS), _tasks(after)]

        return call.answer(self.checks.change(call.path["check"], call.command(), recorded, reach=call.reach))

    def receive(self, call: Call) -> Answer:
        """R4.6: the province has the result."""
        by = call.caller.subject

        def received(check: ActivityCheck) -> Saving:
            after = activity.receive(check, by=by, at=call.now)
            return after, [] if after is check else [_tasks(after)]

        return call.answer(self.checks.change(call.path["check"], call.command(), received, reach=call.reach))

    def one(self, call: Call) -> Answer:
        """One check."""
        return call.answer(self.checks.load(call.path["check"], call.reach))

    def page(self, call: Call) -> Answer:
        """Checks within the caller's reach."""
        asked = {"state": call.query["state"], "person": call.query["person"]}
        wanted = {name: str(value) for name, value in asked.items() if value is not None}
        return call.page(self.checks, {f"check_{name}": value for name, value in wanted.items()})

    def fire(self, firing: Firing) -> None:
        """R4.6: no result has come in time."""
        step = reaction("security", firing.command, actor="timer", cause=firing.id, at=self.clock.now())

        def told(check: ActivityCheck) -> Saving:
            after, levels = activity.tell_lateness(check, at=step.now)
            about = {"check": after.id, "unit": after.unit, "due": after.due}
            sent: list[Announcement] = [
                _told(ACTIVITY_OVERDUE, after, {**about, "addressee": level}) for level in levels
            ]
            return after, [*sent, *_timer(after)] if sent else []

        self.checks.change(firing.aggregate, step, told)

    def filed(self) -> Filed[ActivityCheck]:
        """R9.1: the checks of a unit that moves go to the heads and the province that it has then."""
        return Filed(self.checks, {"check_state": {"$in": [State.OPEN.value, State.CHECKED.value]}}, self._refiled)

    def _refiled(self, check: ActivityCheck, units: tuple[str, ...], at: datetime) -> Decision[ActivityCheck]:
        unit: Unit = self.units.load(check.unit).state
        after = activity.moved(check, units, self.heads(evolve(unit, units=units), check.person, business_day(at)))
        return after, [] if after is check else [_tasks(after)]

    def _keep(self, call: Call, group: Group, acts: Sequence[Act], unit: Unit) -> str:
        """The check to which these acts belong: the open one of that day, or a new one."""
        _, person, day, cause = group
        first, head = f"{unit.id}:{person}:{day}", self.heads(unit, person, business_day(call.now))
        limits = self._limits(unit, call.now)
        for number in range(1, MOST_CHECKS_A_DAY + 1):
            name = first if number == 1 else f"{first}:{number}"
            opened = activity.open_check(
                name, tuple(acts), unit=unit, day=day, cause=cause, head=head, at=call.now, limits=limits
            )
            check = self._kept(call, opened, acts)
            acts = [act for act in acts if not activity.holds(check, act)]
            if check.state is State.OPEN or not acts:
                break
        return check.id

    def _limits(self, unit: Unit, at: datetime) -> tuple[int, int]:
        check, head_office = (self.parameters.value(each, unit.units, at) for each in CHECK_LIMITS)
        return check, head_office

    def _kept(self, call: Call, opened: ActivityCheck, acts: Sequence[Act]) -> ActivityCheck:
        """The check of this name: this one where there was none, else the other, with these acts if it is open."""
        step = call.step(opened.id)
        try:
            saved = self.checks.create(opened.id, step, lambda: _opened(opened))
        except TakenByAnother:
            saved = self.checks.change(opened.id, step, lambda check: (_with(check, acts), []))
        check: ActivityCheck = saved.state
        return check

    def _units_of(self, acts: Sequence[Act], call: Call) -> Mapping[str, Unit]:
        known = {one.id: one.state for one in self.units.find({"_id": {"$in": sorted({act.unit for act in acts})}})}
        for place, act in enumerate(acts):
            unit = known.get(act.unit)
            if unit is None:
                raise UnitUnknown(unit=act.unit, pointer=f"/body/acts/{place}/unit")
            if not set(unit.units) & set(call.within):
                raise OutOfReach(id=act.unit)
            if act.at > call.now:
                raise ActInFuture(at=act.at.isoformat(timespec="seconds"), pointer=f"/body/acts/{place}/at")
        return known


def stamps(check: ActivityCheck) -> dict[str, Any]:
    """What lists and scopes query."""
    return {
        "units": list(check.units),
        "at": check.found_at,
        "check_state": check.state.value,
        "check_person": check.person,
    }


def _with(check: ActivityCheck, acts: Iterable[Act]) -> ActivityCheck:
    return activity.add_acts(check, acts) if check.state is State.OPEN else check


def _opened(check: ActivityCheck) -> Saving:
    about = {
        "check": check.id,
        "person": check.person,
        "unit": check.unit,
        "day": check.day,
        "cause": check.cause,
        "due": check.due,
    }
    return check, [_told(ACTIVITY_FOUND, check, about), *_timer(check), _tasks(check)]


def _tasks(check: ActivityCheck) -> SetTasks:
    return SetTasks(activity.tasks(check))


def _timer(check: ActivityCheck) -> list[Announcement]:
    return [CancelTimer(LATENESS)] if check.next_step is None else [SetTimer(LATENESS, check.next_step)]


def _told(event: Event, check: ActivityCheck, about: Mapping[str, Any]) -> Announcement:
    subject = filed_under(check.units)
    return Escalate(event.name, event.data({"level": NOTICE, **about}), evolve(subject, words=(NOTICE, *subject.words)))


def _persons(acts: Iterable[Act]) -> list[str]:
    return sorted({act.person for act in acts})
