"""R7.11: reviews as the service's methods need them: whom an action may belong to, and how a review is shown."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from attrs import asdict, frozen

from chassis.clock import business_day
from chassis.service import Call
from chassis.work.tasks import Owner, StandIn, Task, Title
from chassis.workdays import add_workdays
from emergency import reviews
from emergency.authority import STEP_POSTS, Actor
from emergency.directory import Directory
from emergency.incidents import Decision, Incident

Decide = Callable[[Incident, Actor, object], Decision]


@frozen
class ReviewDesk:
    """Reviews, with the directory."""

    directory: Directory

    def review(self, call: Call) -> Decide:
        """R7.11: how an incident is reviewed."""
        said, today = call.body, business_day(call.now)
        texts = {"findings": said["findings"], "lessons": said["lessons"]}

        def reviewed(one: Incident, who: Actor, _: object) -> Decision:
            actions = tuple(_action(number, each, one, call) for number, each in enumerate(said["actions"], 1))
            known = self._known((each.owner for each in actions), one, on=today)
            return reviews.review(one, **texts, actions=actions, known=known, actor=who, at=call.now)

        return reviewed

    def complete(self, call: Call) -> Decide:
        """R7.11: how an action is done."""
        name, note = call.path["action"], call.body["note"]
        return lambda one, who, _: reviews.complete_action(one, name, note=note, actor=who, at=call.now)

    def reassign(self, call: Call) -> Decide:
        """R7.11: how an action becomes somebody else's."""
        name, owner, today = call.path["action"], Owner(**call.body["owner"]), business_day(call.now)

        def reassigned(one: Incident, who: Actor, _: object) -> Decision:
            known = self._known((owner,), one, on=today)
            return reviews.reassign_action(one, name, owner=owner, known=known, actor=who, at=call.now)

        return reassigned

    def delegate(self, call: Call) -> Decide:
        """R7.11: how somebody comes to stand in for an action's owner."""
        name, stand_in, today = call.path["action"], StandIn(**call.body), business_day(call.now)

        def delegated(one: Incident, who: Actor, _: object) -> Decision:
            known = self._known((Owner(person=stand_in.person),), one, on=today)
            return reviews.delegate_action(one, name, stand_in=stand_in, known=known, actor=who, at=call.now)

        return delegated

    def shown(self, incident: Incident) -> Mapping[str, Any]:
        """The review, or until when it is due."""
        made = incident.review
        return {
            "incident": incident.id,
            "state": incident.state,
            "due": reviews.due_at(incident, add_workdays),
            "at": made and made.at,
            "by": made and made.by,
            "findings": made and made.findings,
            "lessons": made and made.lessons,
            "actions": [{**asdict(one), "what": one.title.zh} for one in reviews.action_tasks(incident)],
        }

    def _known(self, owners: Iterable[Owner], incident: Incident, *, on: date) -> frozenset[str]:
        """R7.11: of these owners, the keys of persons in post, and of posts that can act, at the incident's units."""
        return frozenset(owner.key for owner in owners if self._exists(owner, incident, on))

    def _exists(self, owner: Owner, incident: Incident, on: date) -> bool:
        if owner.person:
            return any(held.held_on(on) for held in self.directory.of_person(owner.person))
        return owner.unit in incident.units and owner.post in STEP_POSTS


def _action(number: int, said: Mapping[str, Any], incident: Incident, call: Call) -> Task:
    """An action that a body asks for, as a task of the incident. Its words are one text for both languages."""
    name = f"a{number}"
    return Task(
        id=name,
        title=Title(said["what"], said["what"]),
        owner=Owner(**said["owner"]),
        about=f"/v1/incidents/{incident.id}/review",
        done_at=f"/v1/incidents/{incident.id}/actions/{name}/completion",
        units=incident.units,
        made_at=call.now,
        due=said["due"],
        drill=incident.drill,
    )
