"""R7.9: the plans as every command needs them: in memory, the one in force found without a trip to the database.

A plan that was adopted comes here as the service's own event and is at hand in every replica about half a second later.
"""

from collections.abc import Iterable
from datetime import date

from attrs import frozen

from chassis.clock import business_day
from chassis.mirror import Mirror
from chassis.store import Aggregates
from emergency.incidents import Incident
from emergency.kinds import Kind
from emergency.plan_catalogue import shipped_by_id, shipped_plans
from emergency.plans import Plan, holding, in_force, line_of


@frozen
class PlanShelf:
    """Finds plans."""

    adopted: Aggregates[Plan]
    copies: Mirror[Plan]

    def of(self, incident: Incident) -> Plan:
        """R7.9: the plan that is active in the incident; while none is, the one in force for it at its report."""
        if incident.activation is not None:
            return self.named(incident.activation.plan)
        return self.in_force(incident.kind, incident.units, on=business_day(incident.reported_at))

    def in_force(self, kind: Kind, units: Iterable[str], *, on: date) -> Plan:
        """R7.9: on that day, of the nearest of these units (root first) that has one; else the shipped one."""
        return self.adopted_above(kind, units, on=on) or shipped_plans()[kind]

    def adopted_above(self, kind: Kind, units: Iterable[str], *, on: date) -> Plan | None:
        """The same, of those that were adopted."""
        return holding(in_force(self.copies.where("line", line_of(unit, kind)), on=on) for unit in units)

    def named(self, id: str) -> Plan:
        """One version; NotFound."""
        return shipped_by_id().get(id) or self.copies.get(id) or self.adopted.load(id).state
