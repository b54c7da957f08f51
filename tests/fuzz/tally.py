"""What came of it: requests and successes of each operation and persona, and each failure once, with its request."""

from collections import Counter
from collections.abc import Sequence

from attrs import define, field, frozen

LEAST_SHARE = 0.9
"""Of the operations, that must have succeeded at least once."""


@frozen
class Failure:
    """One thing that must not be."""

    operation: str
    check: str
    status: int
    said: str
    curl: str


@define
class Tally:
    """Counts, by operation and persona."""

    operations: Sequence[str]
    personas: Sequence[str]
    sent: Counter[tuple[str, str]] = field(factory=Counter)
    succeeded: Counter[tuple[str, str]] = field(factory=Counter)
    failures: dict[tuple[str, str, int], Failure] = field(factory=dict)

    def count(self, operation: str, persona: str, status: int) -> None:
        """One answer."""
        self.sent[operation, persona] += 1
        self.succeeded[operation, persona] += 200 <= status < 300

    def fail(self, failure: Failure) -> None:
        """Keep the first of its kind."""
        self.failures.setdefault((failure.operation, failure.check, failure.status), failure)

    @property
    def reached(self) -> int:
        """How many operations have succeeded for somebody."""
        return sum(any(self.succeeded[name, persona] for persona in self.personas) for name in self.operations)

    @property
    def passed(self) -> bool:
        """No failure, and enough operations have succeeded."""
        return not self.failures and self.reached >= LEAST_SHARE * len(self.operations)

    def lines(self, run: str) -> list[str]:
        """The table (successes of requests), the failures, what the run was, and the last line that says it all."""
        width = max(len(name) for name in self.operations)
        head = f"  {'2xx / requests':<{width}}" + "".join(f"  {name:>16}" for name in self.personas)
        rows = [self._row(name, width) for name in self.operations]
        faults = [
            f"FAIL {one.operation}: {one.check} at {one.status}: {one.said}\n     {one.curl}"
            for one in self.failures.values()
        ]
        share = 100 * self.reached / len(self.operations)
        said = f"{len(self.operations)} operations, {self.reached} with 2xx ({share:.0f} %)"
        return [head, *rows, "", *faults, run, f"fuzz: {said}, {len(self.failures)} failures"]

    def _row(self, name: str, width: int) -> str:
        cells = (f"{self.succeeded[name, persona]} / {self.sent[name, persona]}" for persona in self.personas)
        return f"  {name:<{width}}" + "".join(f"  {cell:>16}" for cell in cells)
