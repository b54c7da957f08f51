"""R7.11: after the closing an incident is looked back upon: findings, lessons, and actions that somebody owns.

Level I and II must be reviewed within the `review_workdays` of their policy; others may be. An action is a task of the
incident: it has its owner and its time, is done by a command, and says once when it is overdue. The review offers a
case to the knowledge base, by reference: words that people write travel in no event.
"""

from collections.abc import Collection
from datetime import datetime

from attrs import evolve

from chassis.errors import Refusal
from chassis.work import tasks
from chassis.work.tasks import Owner, StandIn, Task
from emergency.announcements import CaseOffered, Effect, EntryKind, Happening
from emergency.authority import Action, Actor, may, require
from emergency.incidents import Decision, Incident, Outcome, Review, State
from emergency.levels import Level
from emergency.refusals import (
    ActionNotYours,
    ActionOwnerUnknown,
    ActionUnknown,
    AlreadyReviewed,
    NotReviewed,
    WrongState,
)
from emergency.reports import AddWorkdays
from emergency.texts import LONGEST_REASON, check_text
from emergency.timeline import announced

REVIEW, ACTION = "review", "action"

LONGEST_REVIEW = 2000
LONGEST_ACTION = 200
MOST_ACTIONS = 30


def due_at(incident: Incident, add_workdays: AddWorkdays) -> datetime | None:
    """R7.11: until when it must be reviewed: I and II as handled; None for others, drills and false alarms."""
    if incident.closed_at is None or incident.drill or incident.outcome is not Outcome.HANDLED:
        return None
    return (
        add_workdays(incident.closed_at, incident.policy.review_workdays) if incident.level.covers(Level.II) else None
    )


def review(
    incident: Incident,
    *,
    findings: str,
    lessons: str,
    actions: tuple[Task, ...],
    known: Collection[str],
    actor: Actor,
    at: datetime,
) -> Decision:
    """R7.11: the incident is reviewed, by authority that reaches its level; it offers a case to the knowledge base.

    `known` are the keys of the owners that exist today: a person in post, or a post at one of the incident's units.
    Refused: not closed, reviewed before, without findings or lessons, an action without a known owner or due too soon.
    """
    if incident.review is not None:
        raise AlreadyReviewed(incident=incident.id)
    if incident.state is not State.CLOSED:
        raise WrongState(incident=incident.id, state=incident.state, needed=State.CLOSED)
    require(actor, Action.REVIEW, incident.level)
    check_text(findings, "findings", LONGEST_REVIEW)
    check_text(lessons, "lessons", LONGEST_REVIEW)
    for place, action in enumerate(actions):
        _check_action(action, known, f"/body/actions/{place}")

    reviewed = evolve(incident, state=State.REVIEWED, review=Review(at, actor.id, findings, lessons, actions))
    entry = Happening(EntryKind.REVIEWED, {"actions": f"{len(actions)}"})
    effects: tuple[Effect, ...] = (entry, CaseOffered(incident.id, at))
    return announced(reviewed, effects, actor=actor.id, at=at)


def complete_action(incident: Incident, name: str, *, note: str, actor: Actor, at: datetime) -> Decision:
    """R7.11: an action is done, says its owner, who stands in, or somebody who could have reviewed."""
    action = _action(incident, name)
    if not _is_theirs(incident, action, actor, at):
        raise ActionNotYours(action=name)
    check_text(note, "note", LONGEST_REASON, needed=False)

    done = tasks.complete(action, by=actor.id, at=at)
    return _changed(incident, done, Happening(EntryKind.ACTION_DONE, {"action": name}, note or None), actor, at)


def reassign_action(
    incident: Incident, name: str, *, owner: Owner, known: Collection[str], actor: Actor, at: datetime
) -> Decision:
    """R7.11: an action is somebody else's from now on, decides who could have reviewed."""
    action = _action(incident, name)
    require(actor, Action.REVIEW, incident.level)
    reassigned = tasks.reassign(action, owner)
    _check_owner(owner, known)

    entry = Happening(EntryKind.ACTION_REASSIGNED, {"action": name, "to": owner.key})
    return _changed(incident, reassigned, entry, actor, at)


def delegate_action(
    incident: Incident, name: str, *, stand_in: StandIn, known: Collection[str], actor: Actor, at: datetime
) -> Decision:
    """R7.11: while its owner is away somebody stands in, says the owner or who could have reviewed."""
    action = _action(incident, name)
    if action.owner.person != actor.id and not may(actor, Action.REVIEW, incident.level):
        raise ActionNotYours(action=name)
    delegated = tasks.delegate(action, stand_in)
    _check_owner(Owner(person=stand_in.person), known)

    entry = Happening(EntryKind.ACTION_DELEGATED, {"action": name, "to": stand_in.person})
    return _changed(incident, delegated, entry, actor, at)


def deadlines(incident: Incident, add_workdays: AddWorkdays) -> tuple[tuple[str, datetime], ...]:
    """R7.11: `review` while it is owed, and `action.<id>` for each open action, with the instant it falls due."""
    if incident.review is None:
        due = due_at(incident, add_workdays)
        return ((REVIEW, due),) if due else ()
    return tuple((f"{ACTION}.{one.id}", one.due) for one in incident.review.actions if one.open and one.due)


def action_tasks(incident: Incident) -> tuple[Task, ...]:
    """R7.11: the actions of the review as tasks."""
    return incident.review.actions if incident.review else ()


def persons_with_actions(incident: Incident) -> frozenset[str]:
    """Who owns an action by name, or stands in: they see the review wherever they belong."""
    owners = {one.owner.person for one in action_tasks(incident)}
    stand_ins = {one.stand_in.person for one in action_tasks(incident) if one.stand_in}
    return frozenset(person for person in owners | stand_ins if person)


def above(incident: Incident, action: Task) -> str:
    """R7.11: the unit that hears of an overdue action: the one above its owner's, or above the incident's own."""
    unit = action.owner.unit or incident.units[-1]
    place = incident.units.index(unit) if unit in incident.units else 0
    return incident.units[max(0, place - 1)]


def _action(incident: Incident, name: str) -> Task:
    if incident.review is None:
        raise NotReviewed(incident=incident.id)
    found = next((one for one in incident.review.actions if one.id == name), None)
    if found is None:
        raise ActionUnknown(incident=incident.id, action=name)
    return found


def _check_action(action: Task, known: Collection[str], pointer: str) -> None:
    try:
        _check_owner(tasks.make(action).owner, known)
    except Refusal as refusal:
        raise refusal.at(pointer) from None


def _check_owner(owner: Owner, known: Collection[str]) -> None:
    if owner.key not in known:
        raise ActionOwnerUnknown(owner=owner.key)


def _is_theirs(incident: Incident, action: Task, actor: Actor, at: datetime) -> bool:
    if actor.system:
        return False
    stand_in = action.stand_in
    stands_in = stand_in is not None and stand_in.person == actor.id and stand_in.since <= at < stand_in.until
    by_post = action.owner.post is not None and action.owner.post in actor.posts
    return action.owner.person == actor.id or stands_in or by_post or may(actor, Action.REVIEW, incident.level)


def _changed(incident: Incident, action: Task, entry: Happening, actor: Actor, at: datetime) -> Decision:
    assert incident.review is not None
    actions = tuple(action if one.id == action.id else one for one in incident.review.actions)
    changed = evolve(incident, review=evolve(incident.review, actions=actions))
    return announced(changed, (entry,), actor=actor.id, at=at)
