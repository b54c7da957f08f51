"""R7.11: what incidents come to in a period: how many of what, and how long each stage took.

Drills never count, and false alarms stand apart. Percentiles are by nearest rank: a value that was really there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil

from attrs import field, frozen

from emergency.incidents import Outcome


@frozen(kw_only=True)
class Case:
    """One incident as the statistics see it; `units` runs from the root down, `noticed_at` is when it was noticed."""

    level: str
    kind: str
    units: tuple[str, ...]
    drill: bool
    outcome: str | None
    noticed_at: datetime | None
    reported_at: datetime
    graded_at: datetime
    first_guided_at: datetime | None
    contained_at: datetime | None
    closed_at: datetime | None
    clocks_missed: int


@frozen
class Span:
    """How long a stage took, in whole seconds, over the `count` incidents that have come to its end."""

    count: int = 0
    median_seconds: int | None = None
    p90_seconds: int | None = None
    max_seconds: int | None = None


@frozen(kw_only=True)
class Figures:
    """R7.11: the figures of one unit and period. `by_area` counts by the units right below the one asked for."""

    incidents: int = 0
    false_alarms: int = 0
    drills: int = 0
    by_level: dict[str, int] = field(factory=dict)
    by_kind: dict[str, int] = field(factory=dict)
    by_area: dict[str, int] = field(factory=dict)
    by_outcome: dict[str, int] = field(factory=dict)
    to_report: Span = Span()
    to_grade: Span = Span()
    to_guide: Span = Span()
    to_contain: Span = Span()
    to_close: Span = Span()
    clocks_missed: int = 0


def figures(cases: Iterable[Case], unit: str) -> Figures:
    """R7.11: what the cases of `unit` and below come to; an incident that is not closed counts as `open`."""
    given = list(cases)
    real = [case for case in given if not case.drill]
    counted = [case for case in real if case.outcome != Outcome.FALSE_ALARM]
    return Figures(
        incidents=len(counted),
        false_alarms=len(real) - len(counted),
        drills=len(given) - len(real),
        by_level=_counts(case.level for case in counted),
        by_kind=_counts(case.kind for case in counted),
        by_area=_counts(_area(case.units, unit) for case in counted),
        by_outcome=_counts(case.outcome or "open" for case in counted),
        to_report=_span([(case.noticed_at, case.reported_at) for case in counted]),
        to_grade=_span([(case.reported_at, case.graded_at) for case in counted]),
        to_guide=_span([(case.reported_at, case.first_guided_at) for case in counted]),
        to_contain=_span([(case.reported_at, case.contained_at) for case in counted]),
        to_close=_span([(case.reported_at, case.closed_at) for case in counted]),
        clocks_missed=sum(case.clocks_missed for case in counted),
    )


def _area(units: tuple[str, ...], unit: str) -> str:
    """The unit right below the one asked for, or that one itself."""
    below = units[units.index(unit) + 1 :] if unit in units else units
    return below[0] if below else unit


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _span(stages: Sequence[tuple[datetime | None, datetime | None]]) -> Span:
    seconds = sorted(max(0, int((end - start).total_seconds())) for start, end in stages if start and end)
    if not seconds:
        return Span()
    return Span(len(seconds), _rank(seconds, 0.5), _rank(seconds, 0.9), seconds[-1])


def _rank(ordered: Sequence[int], share: float) -> int:
    return ordered[ceil(share * len(ordered)) - 1]
