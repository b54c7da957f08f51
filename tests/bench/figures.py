"""Figures made of runs: percentiles, medians over rounds, ratios within a round and their median."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Protocol


class Measured(Protocol):
    """What a ratio needs of a run."""

    @property
    def round(self) -> int: ...
    @property
    def rps(self) -> float: ...


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of ascending values; NaN of none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values: Iterable[float]) -> float | None:
    """The median, or None of nothing."""
    known = list(values)
    return statistics.median(known) if known else None


def ratios(ours: Iterable[Measured], other: Iterable[Measured]) -> list[float]:
    """Requests per second of ours by the other's, for each round that has both."""
    rates = {run.round: run.rps for run in other}
    return [run.rps / rates[run.round] for run in ours if rates.get(run.round)]
