"""R7.6: findings over the store: what the service's methods do with them."""

from attrs import frozen

from chassis.service import Answer, Call
from chassis.work.rectifications import Evidence
from emergency import findings
from emergency.desks import may_answer, number_in
from emergency.inspection_desk import InspectionDesk
from emergency.parameters import FINDING_LONGEST, span_at


@frozen
class FindingDesk:
    """The findings of the inspections of one service process."""

    desk: InspectionDesk

    def assign(self, call: Call) -> Answer:
        """R7.6: a finding is given to somebody, with a deadline."""
        owner, due = call.body["owner"], call.body["due"]
        return self.desk.changed(
            call,
            lambda one, who: findings.assign(
                one,
                number_in(call),
                owner=owner,
                due=due,
                known=may_answer(self.desk.directory, owner, one.units, at=call.now),
                actor=who,
                at=call.now,
                longest=span_at(self.desk.value, FINDING_LONGEST, one.units, call.now),
            ),
        )

    def fix(self, call: Call) -> Answer:
        """R7.6: a finding was put right."""
        evidence = Evidence(call.body["note"], tuple(call.body["hashes"]))
        return self.desk.changed(
            call, lambda one, who: findings.fix(one, number_in(call), evidence=evidence, actor=who, at=call.now)
        )

    def verify(self, call: Call) -> Answer:
        """R7.6: other eyes have seen it."""
        return self.desk.changed(call, lambda one, who: findings.verify(one, number_in(call), actor=who, at=call.now))

    def reject(self, call: Call) -> Answer:
        """R7.6: other eyes have seen that it is not so."""
        reason = call.body["reason"]
        return self.desk.changed(call, lambda one, who: findings.reject(one, number_in(call), reason=reason, actor=who))

    def raise_incident(self, call: Call) -> Answer:
        """R7.6: a finding becomes an incident, which is there a moment later."""
        kind, incident = call.body["kind"], call.new_id()
        return self.desk.changed(
            call,
            lambda one, who: findings.raise_incident(one, number_in(call), kind=kind, incident=incident, actor=who),
        )
