"""R7.9, R7.11: the plan of an incident is active from its report on; its steps are tasks that are done or waived.

The incident keeps which plan, and how each step stands; what the steps say stands in the plan, which never changes.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from chassis.errors import FieldFault
from chassis.work import tasks
from chassis.work.tasks import Owner, Task, TaskState
from emergency.announcements import EntryKind, Happening
from emergency.authority import Action, Actor, may, require
from emergency.incidents import Activation, Decision, Incident, StepMark, refuse_closed
from emergency.levels import Tier
from emergency.plans import Plan, Step
from emergency.refusals import MandatoryStepsOpen, NoPlan, StepNotYours, StepUnknown
from emergency.texts import LONGEST_REASON, check_text
from emergency.timeline import announced, numbered

PLAN = "plan"


@frozen
class StepOf:
    """One step of an incident's plan as it stands: what it says, and its mark."""

    step: Step
    mark: StepMark


def activated(decision: Decision, plan: Plan) -> Decision:
    """R7.9: the incident with its plan active, and with the steps that its level needs since it was raised.

    Nothing where that is so already, or the incident is closed. It belongs to the same write as the decision.
    """
    incident, before = decision
    if incident.closed_at:
        return decision
    active, since = incident.activation, incident.level_since
    marked = {mark.step for mark in active.steps} if active else set()
    needed = [step for step in plan.card.steps if step.needed_at(incident.level) and step.id not in marked]
    if active and not needed:
        return decision

    marks = tuple(StepMark(step.id, since + timedelta(minutes=step.minutes)) for step in needed)
    kept = evolve(active, steps=(*active.steps, *marks)) if active else Activation(plan.id, marks)
    kind = EntryKind.STEPS_ADDED if active else EntryKind.PLAN_ACTIVATED
    entry = Happening(kind, {"plan": plan.id, "steps": ",".join(step.id for step in needed)})
    count, after = numbered((entry,), incident=incident.id, count=incident.timeline_count, actor=PLAN, at=since)
    return evolve(incident, activation=kept, timeline_count=count), (*before, *after)


def complete_step(incident: Incident, plan: Plan, name: str, *, note: str, actor: Actor, at: datetime) -> Decision:
    """R7.9: a step is done, says who holds its post, or somebody in charge who stands as high.

    Refused: closed, no such step, one that is done or waived already, a step of others.
    """
    found = _open_step(incident, plan, name)
    if not _is_theirs(found.step, actor):
        _require_in_charge(incident, found.step, actor)
    check_text(note, "note", LONGEST_REASON, needed=False)

    done = tasks.complete(task_of(incident, found), by=actor.id, at=at)
    return _ended(incident, found, done, Happening(EntryKind.STEP_DONE, {"step": name}, note or None), at)


def waive_step(incident: Incident, plan: Plan, name: str, *, reason: str, actor: Actor, at: datetime) -> Decision:
    """R7.9: a step does not apply here, decides somebody in charge; a mandatory one takes authority to close."""
    found = _open_step(incident, plan, name)
    _require_in_charge(incident, found.step, actor)
    if found.step.mandatory_at(incident.level):
        require(actor, Action.CLOSE, incident.level)
    check_text(reason, "reason", LONGEST_REASON)

    waived = tasks.cancel(task_of(incident, found), reason=reason, by=actor.id, at=at)
    return _ended(incident, found, waived, Happening(EntryKind.STEP_WAIVED, {"step": name}, reason), at)


def refuse_open_steps(incident: Incident, plan: Plan | None) -> None:
    """R7.11: closing waits for the mandatory steps of the incident's level (MandatoryStepsOpen names them)."""
    found = [
        one.step
        for one in steps_of(incident, plan)
        if one.mark.state is TaskState.OPEN and one.step.mandatory_at(incident.level)
    ]
    if found:
        code = MandatoryStepsOpen.code
        named = [FieldFault(f"/steps/{step.id}", code, step.what.zh, step.what.en) for step in found]
        raise MandatoryStepsOpen(incident=incident.id, steps=", ".join(step.id for step in found), fields=named)


def laid_down(incident: Incident, *, by: str, at: datetime) -> Incident:
    """R7.11: with the closing, what is still open of the plan need not be done any more."""
    if incident.activation is None:
        return incident
    steps = tuple(
        evolve(mark, state=TaskState.CANCELLED, at=at, by=by) if mark.state is TaskState.OPEN else mark
        for mark in incident.activation.steps
    )
    return evolve(incident, activation=evolve(incident.activation, steps=steps))


def steps_of(incident: Incident, plan: Plan | None) -> tuple[StepOf, ...]:
    """The steps of the incident's plan as they stand."""
    if incident.activation is None or plan is None:
        return ()
    return tuple(StepOf(plan.step(mark.step), mark) for mark in incident.activation.steps)


def step_tasks(incident: Incident, plan: Plan | None) -> tuple[Task, ...]:
    """R7.9: the steps as tasks."""
    return tuple(task_of(incident, one) for one in steps_of(incident, plan))


def task_of(incident: Incident, one: StepOf) -> Task:
    """R7.9: one step as a task of whoever holds its post at the incident's unit of its tier."""
    step, mark = one.step, one.mark
    about = f"/v1/incidents/{incident.id}"
    return Task(
        id=step.id,
        title=step.what,
        owner=Owner(post=step.post, unit=unit_of(incident, step.tier)),
        about=about,
        done_at=f"{about}/steps/{step.id}/completion",
        units=incident.units,
        made_at=mark.due - timedelta(minutes=step.minutes),
        due=mark.due,
        mandatory=step.mandatory_at(incident.level),
        drill=incident.drill,
        state=mark.state,
    )


def unit_of(incident: Incident, tier: Tier) -> str:
    """The incident's unit at this tier; the next one up where there is none, the unit as reported while unknown."""
    if not incident.unit_known:
        return incident.unit if tier is Tier.COUNTER else incident.units[0]
    by_tier = {Tier.COUNTER: incident.counter, Tier.CITY: incident.city, Tier.PROVINCE: incident.province}
    higher = [by_tier.get(each) for each in Tier if each.height >= tier.height]
    return next((unit for unit in higher if unit), incident.units[0])


def _open_step(incident: Incident, plan: Plan, name: str) -> StepOf:
    refuse_closed(incident)
    if incident.activation is None:
        raise NoPlan(incident=incident.id)
    found = next((one for one in steps_of(incident, plan) if one.step.id == name), None)
    if found is None:
        raise StepUnknown(incident=incident.id, step=name)
    return found


def _is_theirs(step: Step, actor: Actor) -> bool:
    return step.post in actor.posts


def _require_in_charge(incident: Incident, step: Step, actor: Actor) -> None:
    if not may(actor, Action.RESPOND, incident.level) or actor.tier.height < step.tier.height:
        raise StepNotYours(step=step.id, post=step.post, tier=step.tier)


def _ended(incident: Incident, found: StepOf, task: Task, entry: Happening, at: datetime) -> Decision:
    assert incident.activation is not None
    mark = evolve(found.mark, state=task.state, at=at, by=task.ended_by)
    steps = tuple(mark if each.step == mark.step else each for each in incident.activation.steps)
    ended = evolve(incident, activation=evolve(incident.activation, steps=steps))
    return announced(ended, (entry,), actor=task.ended_by or "", at=at)
