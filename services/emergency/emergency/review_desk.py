"""R7.11: reviews as the service's methods need them: whom an action may belong to, and how a review is shown."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from attrs import asdict, frozen

from chassis.service import Call
from chassis.work.tasks import Owner, Task, Title
from chassis.workdays import add_workdays
from emergency import reviews
from emergency.authority import STEP_POSTS
from emergency.directory import Directory
from emergency.incidents import Incident


@frozen
class ReviewDesk:
    """Reviews, with the directory."""

    directory: Directory

    def known(self, owners: Iterable[Owner], incident: Incident, *, on: date) -> frozenset[str]:
        """R7.11: of these owners, the keys of persons in post, and of posts that can act, at the incident's units."""
        return frozenset(owner.key for owner in owners if self._exists(owner, incident, on))

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

    def _exists(self, owner: Owner, incident: Incident, on: date) -> bool:
        if owner.person:
            return any(held.held_on(on) for held in self.directory.of_person(owner.person))
        return owner.unit in incident.units and owner.post in STEP_POSTS


def owner_of(said: Mapping[str, Any]) -> Owner:
    """The owner that a body names, whole or not."""
    return Owner(person=said["person"], post=said["post"], unit=said["unit"])


def action_of(number: int, said: Mapping[str, Any], incident: Incident, call: Call) -> Task:
    """An action that a body asks for, as a task of the incident. Its words are one text for both languages."""
    name = f"a{number}"
    return Task(
        id=name,
        title=Title(said["what"], said["what"]),
        owner=owner_of(said["owner"]),
        about=f"/v1/incidents/{incident.id}/review",
        done_at=f"/v1/incidents/{incident.id}/actions/{name}/completion",
        units=incident.units,
        made_at=call.now,
        due=said["due"],
        drill=incident.drill,
    )
