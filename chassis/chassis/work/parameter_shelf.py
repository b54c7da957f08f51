"""The approved values of one service process, held in memory: numbers are asked for whenever something opens.

In time order: the first question reads them all; questions within the next `KEPT_SECONDS` are answered from memory, and
the first one after that reads them again, while others are still answered from what was there. So a value is in force
in the process that approved it at once, and in every other at the latest so long after its approval. Whoever proposes
or approves is answered from the database instead.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from chassis.clock import monotonic
from chassis.store import Aggregates
from chassis.work import parameters
from chassis.work.approvals import ApprovalState
from chassis.work.parameters import Definition, ParameterValue

KEPT_SECONDS = 1.0


class ParameterShelf:
    """Finds what holds."""

    def __init__(self, values: Aggregates[ParameterValue]) -> None:
        self._values = values
        self._held: Mapping[str, list[ParameterValue]] | None = None
        self._until = 0.0

    def value(self, definition: Definition, units: tuple[str, ...], at: datetime) -> int:
        """What holds for the last of these units at that instant."""
        held = self._approved().get(definition.key)
        return parameters.in_force(definition, held, units, at).value if held else definition.default

    def forget(self) -> None:
        """The next question reads anew: a value was decided on here."""
        self._until = 0.0

    def _approved(self) -> Mapping[str, list[ParameterValue]]:
        if self._held is None or monotonic() >= self._until:
            self._until = monotonic() + KEPT_SECONDS  # before the read: one green thread reads, others go on
            self._held = self._read()
        return self._held

    def _read(self) -> Mapping[str, list[ParameterValue]]:
        found: dict[str, list[ParameterValue]] = defaultdict(list)
        for loaded in self._values.find({"status": ApprovalState.APPROVED.value}):
            found[loaded.state.key].append(loaded.state)
        return dict(found)
