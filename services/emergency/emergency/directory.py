"""Emergency's copy of the directory: where a unit is, who is in charge there, and what a person may do."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache

from attrs import evolve, frozen

from chassis.clock import business_day
from chassis.identity import Grant
from chassis.mirror import Mirror
from chassis.service import Call
from chassis.store import NotFound, OutOfReach, Reach
from chassis.work.board import Role, Seat
from emergency.authority import ELEVATABLE, PERMISSIONS, Action, Actor, Relation
from emergency.levels import Tier
from emergency.places import Place, unknown_place
from emergency.policies import Policy
from emergency.tellings import PersonInCharge

ROOT = "HQ"

#: D: whose head a unit has, by its kind. A counter without a supervisor of its own is run from its city.
HEADS = {
    "head_office": ("ho_business_management_head", "ho_customer_service_head"),
    "province": ("province_ops_head",),
    "city": ("centre_manager",),
    "counter": ("counter_supervisor",),
}

_FROM_THE_ROOT = (Tier.HEAD_OFFICE, Tier.PROVINCE, Tier.CITY, Tier.COUNTER)


@frozen
class UnitCopy:
    """A unit as security stated it; `open_to` is the first day on which it is not open any more."""

    id: str
    kind: str
    name: str
    units: tuple[str, ...]
    open_from: date | None = None
    open_to: date | None = None
    merged_into: str | None = None

    def merged_on(self, day: date) -> str | None:
        """R9.1: the unit that goes on for it on that day; None for one that has not merged by then."""
        return self.merged_into if self.open_to is not None and self.open_to <= day else None

    def open_on(self, day: date) -> bool:
        """Whether it is open on that day; `open_to` is the first day on which it is not any more."""
        return (self.open_from is None or self.open_from <= day) and (self.open_to is None or day < self.open_to)


@frozen
class AssignmentCopy:
    """An assignment as security stated it; `held_to` is the first day on which it is not held any more."""

    id: str
    person: str
    post: str
    unit: str
    kind: str
    order: int | None
    held_from: date
    held_to: date | None

    def held_on(self, day: date) -> bool:
        """Whether it holds on that day."""
        return self.held_from <= day and (self.held_to is None or day < self.held_to)


@frozen
class StaffCopy:
    """A person's standing as security stated it."""

    standing: str

    @property
    def here(self) -> bool:
        """R9.8: whether the person may act and be asked: neither suspended nor gone."""
        return self.standing == "employed"


@frozen
class ElevationCopy:
    """An elevation as security stated it: an action given to a person over a unit from `since` and before `until`."""

    id: str
    person: str
    right: str
    unit: str
    state: str
    since: datetime | None
    until: datetime

    @property
    def concerns_us(self) -> bool:
        """Whether it is of an action of ours that may be given for a time."""
        return any(each.value == self.right for each in ELEVATABLE)

    def gives(self, at: datetime) -> Action | None:
        """R9.6: the action of ours that it gives at that instant. It ends on time without any message."""
        lasts = self.state == "approved" and self.since is not None and self.since <= at < self.until
        return Action(self.right) if lasts and self.concerns_us else None


def place_of(unit: str, copy: UnitCopy | None) -> Place:
    """R7.4: the place of an event; a unit that no copy is here of is no reason to wait."""
    if copy is None:
        return unknown_place(unit, ROOT)
    return place_under(unit, copy.units)


def place_under(unit: str, units: tuple[str, ...], merged: Collection[str] = ()) -> Place:
    """R7.4: the place of a unit that is known to be under these ancestors, itself the last. Those that have merged lie
    below their survivors and are no level of the organisation."""
    province, city, counter = (*(one for one in units[1:] if one not in merged), None, None, None)[:3]
    company = Tier.CITY if city else Tier.PROVINCE
    return Place(unit=unit, units=units, counter=counter, city=city, province=province, company=company)


def grants(assignments: Iterable[AssignmentCopy], *, on: date) -> tuple[Grant, ...]:
    """What a person may do on that day: each post held gives its actions over its unit."""
    held = [assignment for assignment in assignments if assignment.held_on(on)]
    return tuple(
        Grant(permission.action.value, assignment.unit)
        for assignment in held
        for permission in PERMISSIONS
        if permission.post == assignment.post and permission.relation is Relation.WITHIN
    )


def seats(assignments: Iterable[AssignmentCopy], *, on: date) -> tuple[Seat, ...]:
    """The posts held on that day, acted in or stood by for: whose tasks a person sees."""
    return tuple(Seat(each.post, each.unit, Role(each.kind)) for each in assignments if each.held_on(on))


def elevated_grants(elevations: Iterable[ElevationCopy], *, at: datetime) -> tuple[Grant, ...]:
    """R9.6: what a person may do at that instant by elevations, each over its unit."""
    return tuple(Grant(action.value, each.unit) for each in elevations if (action := each.gives(at)))


def elevated(who: Actor, elevations: Iterable[ElevationCopy], *, units: Iterable[str], at: datetime) -> Actor:
    """R9.6: the person with what elevations over one of these units give at that instant."""
    over = frozenset(units)
    given = (each.gives(at) for each in elevations if each.unit in over)
    return evolve(who, elevated=tuple(action for action in given if action))


def actor(person: str, assignments: Iterable[AssignmentCopy], *, units: Iterable[str] | None, on: date) -> Actor:
    """The person with the posts held on that day over one of these units; with all of them where none is named."""
    if units is None:
        return Actor(person, tuple(each.post for each in assignments if each.held_on(on)))
    tiers = dict(zip(units, _FROM_THE_ROOT, strict=False))
    held = [each for each in assignments if each.unit in tiers and each.held_on(on)]
    return Actor(person, tuple(each.post for each in held), seats=tuple(tiers[each.unit] for each in held))


def in_charge(assignments: Iterable[AssignmentCopy], *, on: date) -> tuple[PersonInCharge, ...]:
    """R7.5: who answers for each post on that day: its holders (whoever is lent for it too), or who acts for them; with
    the first deputy."""
    posts: dict[tuple[str, str], list[AssignmentCopy]] = {}
    for assignment in assignments:
        if assignment.held_on(on):
            posts.setdefault((assignment.unit, assignment.post), []).append(assignment)
    return tuple(person for held in posts.values() for person in _of_post(held))


@cache
def posts_told(policy: Policy) -> frozenset[str]:
    """Every post that the policy may tell."""
    return frozenset(post for ladder in policy.ladders for rung in ladder.rungs for post in rung.posts)


class Directory:
    """Reads the copies."""

    def __init__(
        self,
        units: Mirror[UnitCopy],
        assignments: Mirror[AssignmentCopy],
        staff: Mirror[StaffCopy],
        elevations: Mirror[ElevationCopy],
    ) -> None:
        self.units = units
        self.assignments = assignments
        self.staff = staff
        self.elevations = elevations

    def of_person(self, person: str) -> list[AssignmentCopy]:
        """All assignments of a person; R9.8: none of whoever is suspended or has left."""
        return self.assignments.where("person", person) if self.here(person) else []

    def elevations_of(self, person: str, *, on: date) -> list[ElevationCopy]:
        """R9.6: the elevations of a person at units where they hold a post that day: whoever left takes none along."""
        here = {each.unit for each in self.of_person(person) if each.held_on(on)}
        return [each for each in self.elevations.where("person", person) if each.unit in here]

    def in_charge(self, place: Place, policy: Policy, *, on: date) -> tuple[PersonInCharge, ...]:
        """R7.5: the persons in charge that the policy may tell of an event at this place."""
        posts = posts_told(policy)
        units = [unit for unit in (ROOT, place.province, place.city) if unit]
        held = [one for unit in units for one in self.assignments.where("unit", unit) if one.post in posts]
        return in_charge([one for one in held if self.here(one.person)], on=on)

    def heads(self, unit: str, *, on: date) -> tuple[PersonInCharge, ...]:
        """R7.6, R7.7: who answers for a unit on that day, by the posts of `HEADS`; nobody for an unknown unit."""
        copy = self.units.get(unit)
        posts = HEADS.get(copy.kind, ()) if copy else ()
        held = [one for one in self.assignments.where("unit", unit) if one.post in posts and self.here(one.person)]
        return in_charge(held, on=on)

    def in_post(self, persons: Iterable[str], *, on: date) -> frozenset[str]:
        """Those of the persons who hold any post on that day."""
        return frozenset(person for person in persons if any(one.held_on(on) for one in self.of_person(person)))

    def within(self, unit: str, call: Call) -> UnitCopy:
        """The unit, where the caller may do this; NotFound for one not known here, or out of the caller's sight."""
        return self._reached(unit, call.reach)

    def chain_of(self, unit: str, reach: Reach | None) -> tuple[str, ...]:
        """The ids of a unit within reach and of all above it, the root first."""
        return self._reached(unit, reach).units

    def _reached(self, unit: str, reach: Reach | None) -> UnitCopy:
        copy = self.units.get(unit)
        if copy is None or reach is None or not set(copy.units) & set(reach.visible):
            raise NotFound(id=unit)
        if not set(copy.units) & set(reach.within):
            raise OutOfReach(id=unit)
        return copy

    def taking(self, unit: str, call: Call) -> UnitCopy:
        """R9.1: the unit that takes what a branch system reports under this one's code, as `within` gives it."""
        copy = self.answering(unit, on=business_day(call.now))
        return self.within(copy.id if copy else unit, call)

    def answering(self, unit: str, *, on: date) -> UnitCopy | None:
        """R9.1: who answers on that day for what is called by this unit: itself, or from its merger on the unit that it
        was merged into; None where no copy is here."""
        copy, passed = self.units.get(unit), {unit}
        while copy and (survivor := copy.merged_on(on)) and survivor not in passed:
            passed.add(survivor)
            copy = self.units.get(survivor) or copy
        return copy

    def merged_among(self, units: Iterable[str]) -> frozenset[str]:
        """R9.1: those of the units that lie under the unit that they were merged into."""
        chain = tuple(units)
        copies = [copy for copy in map(self.units.get, chain) if copy]
        return frozenset(copy.id for copy in copies if copy.merged_into in chain)

    def name_of(self, unit: str) -> str:
        """The unit's name, or its id where no copy is here."""
        copy = self.units.get(unit)
        return copy.name if copy else unit

    def here(self, person: str) -> bool:
        """R9.8: neither suspended nor gone. Whoever no standing is known of is here: the post is proof enough."""
        copy = self.staff.get(person)
        return copy is None or copy.here


def _of_post(held: list[AssignmentCopy]) -> list[PersonInCharge]:
    acting = [assignment for assignment in held if assignment.kind == "acting"]
    deputies = sorted((one for one in held if one.kind == "deputy"), key=lambda one: (one.order or 0, one.id))
    answering = acting or [assignment for assignment in held if assignment.kind in ("holder", "lent")]
    if not answering:
        answering, deputies = deputies[:1], deputies[1:]
    first = deputies[0].person if deputies else None
    return [
        PersonInCharge(one.person, one.post, one.unit, first if first != one.person else None)
        for one in {one.person: one for one in answering}.values()
    ]
