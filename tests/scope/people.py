"""The people of the matrix: every post at every kind of unit, by the table of posts and actions that is shown to all.

They are nobody of the scene: they take their seats in the service's own directory once its scene is set.
"""

from collections.abc import Iterable
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

from attrs import frozen

from chassis.clock import business_day
from chassis.contract import WITHIN, Operation
from chassis.documents import converter
from emergency.authority import ELEVATABLE
from emergency.directory import AssignmentCopy, ElevationCopy, StaffCopy
from notifier import directory as notifier
from security.authority import Action
from security.posts import posts
from security.rights import decalog_actions
from tests.house import Badge, House, system
from tests.scope.rule import Persona, Personas, Request, chain, relatives

COUNTER, SIBLING = "4401003", "4401001"
SINCE = date(2026, 1, 1)
RELATIONS = ("own", "told", "task", "assigned")
PERSONNEL = system("scope-personnel", "HQ", *Action)


@frozen
class Seated:
    """Somebody at a post. `standing` is what the staff's list says; `elevation` what was given besides."""

    person: str
    post: str
    unit: str
    since: date = SINCE
    to: date | None = None
    standing: str = "employed"
    elevation: ElevationCopy | None = None

    def persona(self, service: str, at: datetime) -> Persona:
        """What the rule knows of them in a service at this instant."""
        held = self.since <= business_day(at) and (self.to is None or business_day(at) < self.to)
        table = [(name, one.parts) for (whose, name), one in decalog_actions().items() if whose == service]
        parts = [(name, part) for name, those in table for part in those if held and part.post == self.post]
        given = [name for name, _ in parts]
        freely = tuple(name for name, part in parts if part.limit is None)
        lent = self.elevation
        if lent and lent.state == "approved" and lent.since <= at < lent.until and lent.unit == self.unit:
            given.append(lent.right)
        holds = tuple((name, self.unit) for name in given)
        return Persona(Badge(self.person), holds, admitted=self.standing == "employed", freely=freely)


def cast(service: str, operation: Operation, request: Request, now: datetime) -> dict[str, Seated]:
    """Who tries: one whose post has the action from everywhere, the others from the unit and beside it; and whoever's
    post has it not, from where it would matter most."""
    around = relatives((*request.places, COUNTER)[0])
    table = decalog_actions().get((service, str(operation.needs)))
    having = sorted({part.post for part in table.parts}) if table else []
    best, today = (*having, "ho_business_management_head")[0], business_day(now)
    beside = "sibling" if "sibling" in around else "below"
    where = [(best, name) for name in around]
    where += [(post, name) for post in having for name in ("own", beside)]
    where += [(post, "root") for post in posts() if post not in having]
    seats: dict[str, tuple[str, str, dict[str, Any]]] = {
        **{f"{post}, {name}": (post, around[name], {}) for post, name in where},
        "suspended": (best, "HQ", {"standing": "suspended"}),
        "left": (best, "HQ", {"standing": "left"}),
        "post ended": (best, "HQ", {"to": today}),
        "post to come": (best, "HQ", {"since": today + timedelta(days=1)}),
    }
    found = {
        name: Seated(f"P9{n:08}", post, unit, **more) for n, (name, (post, unit, more)) in enumerate(seats.items())
    }
    lendable = service == "emergency" and operation.needs in map(str, ELEVATABLE)
    return found | (_elevated(str(operation.needs), now) if lendable else {})


def _elevated(right: str, now: datetime) -> dict[str, Seated]:
    """R9.6: guides who were given the action at the counter for a time."""
    given: dict[str, dict[str, Any]] = {
        "elevated": {},
        "elevation over": {"hours": (-2, 0)},
        "elevation to come": {"hours": (1, 2)},
        "elevation revoked": {"state": "revoked"},
        "elevation asked for": {"state": "requested"},
        "elevated, and at another counter now": {"seat": SIBLING},
    }

    def one(person: str, seat: str = COUNTER, state: str = "approved", hours: tuple[int, int] = (-1, 1)) -> Seated:
        since, until = (now + timedelta(hours=each) for each in hours)
        lent = ElevationCopy(f"scope:{person}", person, right, COUNTER, state, since, until)
        return Seated(person, "guide", seat, elevation=lent)

    return {name: one(f"P8{number:08}", **more) for number, (name, more) in enumerate(given.items())}


def related(house: House, operation: Operation, request: Request) -> tuple[Personas, Any]:
    """Somebody for each relation, and where the thing is kept; nobody where no single thing bears the path's name."""
    if request.owner:
        return {"own alone": Persona(request.owner, (), ("own",))}, None
    name = next(iter((request.path or {}).values()), None)
    kept = [each for each in house.database.list_collection_names() if house.database[each].find_one(_stamped(name))]
    if not kept:
        assert not operation.parameters or operation.relations == (WITHIN,), "nobody can be related to it here"
        return {}, None
    people = {f"{one} alone": Persona(Badge(f"P7{n:08}"), (), (one,)) for n, one in enumerate(RELATIONS)}
    return people, house.database[kept[0]]


def _stamped(name: str | None) -> dict[str, Any]:
    return {"_id": name, "state": {"$exists": True}, "units": {"$exists": True}}


def relate(persona: Persona, things: Any, request: Request) -> None:
    """The thing carries the relation as records do: among its units, as `<relation>:<caller>`."""
    if things is not None and persona.badge:
        stamps = [f"{relation}:{persona.badge.subject}" for relation in persona.related]
        name = next(iter((request.path or {}).values()))
        things.update_one({"_id": name}, {"$addToSet": {"units": {"$each": stamps}}})


def seat_in_emergency(house: House, people: Iterable[Seated]) -> None:
    """They stand in emergency's copies of the directory."""
    service: Any = house.service
    copies: dict[str, list[Any]] = {"assignment_copies": [], "staff_copies": [], "elevation_copies": []}
    for one in people:
        held = AssignmentCopy(f"{one.unit}:{one.post}:{one.person}", one.person, one.post, one.unit, "holder", None,
                              one.since, one.to)  # fmt: skip
        copies["assignment_copies"].append((held.id, held))
        copies["staff_copies"].append((one.person, StaffCopy(one.standing)))
        copies["elevation_copies"] += [(one.elevation.id, one.elevation)] if one.elevation else []
    for collection, states in copies.items():
        if states:
            house.database[collection].insert_many([_copy(name, state) for name, state in states])
    for mirror in (service.directory.assignments, service.directory.staff, service.directory.elevations):
        mirror.load()


def seat_in_security(house: House, people: Iterable[Seated]) -> None:
    """They stand in security's directory as those who are there do; suspended and leaving by its own commands."""
    pattern = house.database.assignments.find_one({})
    documents = []
    for one in people:
        document, units = deepcopy(pattern), list(chain(one.unit)[::-1])
        held = {"person": one.person, "post": one.post, "unit": one.unit, "units": units}
        dates = {"held_from": one.since.isoformat(), "held_to": one.to and one.to.isoformat()}
        document["_id"] = f"{one.unit}:{one.post}:{one.person}:{one.since}"
        document["state"] |= {**held, **dates, "id": document["_id"], "kind": "holder", "order": None}
        documents.append({**document, **held})
        if one.standing != "employed":
            path = {"person": one.person}
            house.done("join_staff", PERSONNEL, body={"person": one.person, "unit": one.unit})
            gone = ("leave_staff", {}) if one.standing == "left" else ("suspend_staff", {"ground": "other"})
            house.done(gone[0], PERSONNEL, path=path, body=gone[1])
    house.database.assignments.insert_many(documents)


def seat_in_notifier(house: House, people: Iterable[Seated]) -> None:
    """They stand in the notifier's copies of the directory."""
    copies: dict[str, list[Any]] = {"assignment_copies": [], "staff_copies": []}
    for one in people:
        name = f"{one.unit}:{one.post}:{one.person}"
        held = notifier.AssignmentCopy(name, one.person, one.post, one.unit, one.since, one.to)
        copies["assignment_copies"].append((name, held))
        copies["staff_copies"].append((one.person, notifier.StaffCopy(one.standing)))
    for collection, states in copies.items():
        house.database[collection].insert_many([_copy(name, state) for name, state in states])


def _copy(name: str, state: Any) -> dict[str, Any]:
    return {"_id": name, "sequence": 0, "state": converter().unstructure(state)}


SEATS = {"emergency": seat_in_emergency, "security": seat_in_security, "notifier": seat_in_notifier}
