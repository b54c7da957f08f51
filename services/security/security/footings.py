"""How a person stands at this moment: posts, and the rights that follow from posts and from elevations in force."""

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from chassis.clock import business_day
from chassis.identity import Grant
from chassis.service import Call
from chassis.store import Aggregates
from security import authority
from security.authority import Actor
from security.elevations import Elevation, Footing, Kind, State
from security.holders import Assignment
from security.matrix_rows import permitted
from security.matrix_versions import Matrix, matrix_id
from security.rights import decalog_actions, posts_doing, right_named
from security.units import Unit


@frozen
class Footings:
    """Reads assignments, matrices in force and elevations of the service's own database."""

    assignments: Aggregates[Assignment]
    matrices: Aggregates[Matrix]
    elevations: Aggregates[Elevation]

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:
        """R9.6: what a person may do in security now."""
        return authority.grants(self.of_person(person), on=business_day(at))

    def of_person(self, person: str) -> list[Assignment]:
        """All assignments of a person, those that have ended too."""
        return [found.state for found in self.assignments.find({"person": person})]

    def actor(self, call: Call, units: Iterable[str]) -> Actor:
        """Who calls, with the posts held today at one of these units; a system holds none."""
        if call.caller.kind == "system":
            return Actor(call.caller.subject)
        person = call.caller.subject
        return authority.actor(person, self.of_person(person), units=units, on=business_day(call.now))

    def posts_of(self, call: Call, units: tuple[str, ...]) -> tuple[str, ...]:
        """The posts that the caller holds today at one of these units."""
        return self.actor(call, units).posts

    def footing(self, person: str, unit: Unit, right: str, at: datetime) -> Footing:
        """R9.6: how the person stands at the unit, and who else there has the right."""
        today = business_day(at)
        held = [each for each in self.of_person(person) if each.held_on(today)]
        here = [each for each in held if each.unit in unit.units]
        lasting = self._lasting(person, at)
        there = {each.right for each in lasting if each.kind is Kind.TEMPORARY and each.unit in unit.units}
        everything = self._by_posts(held) | {each.right for each in lasting}
        rights = self._by_posts(here) | there
        return Footing(
            in_post=any(each.unit == unit.id for each in held),
            held=rights,
            beside=everything - rights,
            others=self._others(person, unit, right, at),
        )

    def _lasting(self, person: str, at: datetime) -> list[Elevation]:
        found = self.elevations.find({"person": person, "status": State.APPROVED.value})
        return [each.state for each in found if each.state.lasts(at)]

    def _by_posts(self, held: Iterable[Assignment]) -> frozenset[str]:
        """What these posts have: in Decalog, and by the matrix in force of the province where they stand."""
        posts: dict[str, set[str]] = {}
        for each in held:
            posts.setdefault(_province(each.units), set()).add(each.post)
        mine = frozenset().union(*posts.values())
        actions = {code for (_, code), one in decalog_actions().items() if any(part.post in mine for part in one.parts)}
        return frozenset(actions).union(*(self._permitted(province, each) for province, each in posts.items()))

    def _others(self, person: str, unit: Unit, right: str, at: datetime) -> tuple[str, ...]:
        """Who else holds a post at this very unit today that has the right. Nobody by what is not known."""
        within = {"_id": {"$gte": f"{unit.id}:", "$lt": f"{unit.id};"}}  # an assignment's id begins with its unit's
        here = [found.state for found in self.assignments.find(within)]
        having = self._posts_having(right, unit)
        today = business_day(at)
        return tuple(
            sorted({one.person for one in here if one.post in having and one.held_on(today) and one.person != person})
        )

    def _posts_having(self, right: str, unit: Unit) -> frozenset[str]:
        if right_named(right).system == "decalog":
            return posts_doing(right)
        matrix = self._matrix(_province(unit.units))
        rows = matrix.in_force.rows if matrix and matrix.in_force else ()
        return frozenset(row.post for row in rows if row.permission == right)

    def _permitted(self, province: str, posts: Iterable[str]) -> frozenset[str]:
        matrix = self._matrix(province)
        return permitted(matrix.in_force.rows, frozenset(posts)) if matrix and matrix.in_force else frozenset()

    def _matrix(self, province: str) -> Matrix | None:
        found = self.matrices.find({"_id": matrix_id(province)})
        return found[0].state if found else None


def _province(units: tuple[str, ...]) -> str:
    """The province among these units from the root down; head office has none."""
    return units[1] if len(units) > 1 else ""
