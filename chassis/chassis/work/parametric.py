"""The methods of a service that has parameters: one for each operation of `parameter_operations`."""

from chassis.service import Answer, Call, Service
from chassis.work.parameter_desk import ParameterDesk


class Parametric(Service):
    """Numbers that hold at units, and the proposals of others."""

    numbers: ParameterDesk

    def parameter_list(self, call: Call) -> Answer:
        """The numbers that hold at a unit."""
        return self.numbers.all(call)

    def parameter(self, call: Call) -> Answer:
        """One number."""
        return self.numbers.one(call)

    def parameter_proposal_list(self, call: Call) -> Answer:
        """Proposed values."""
        return self.numbers.page(call)

    def parameter_proposal(self, call: Call) -> Answer:
        """One proposed value."""
        return self.numbers.proposal(call)

    def propose_parameter(self, call: Call) -> Answer:
        """Another value is proposed."""
        return self.numbers.propose(call)

    def approve_parameter(self, call: Call) -> Answer:
        """Somebody else approves it."""
        return self.numbers.approve(call)

    def reject_parameter(self, call: Call) -> Answer:
        """It is not approved."""
        return self.numbers.reject(call)

    def withdraw_parameter(self, call: Call) -> Answer:
        """It is no longer proposed."""
        return self.numbers.withdraw(call)
