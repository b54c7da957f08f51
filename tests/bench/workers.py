"""Looking for the number of workers with which the stock arm is fastest, so that it is measured at its best."""

from collections.abc import Mapping
from itertools import product

from attrs import frozen

from tests.bench.arms.arm import Arm
from tests.bench.figures import median
from tests.bench.options import WORKERS, Options
from tests.bench.report import say
from tests.bench.requests import COMMAND, READ
from tests.bench.rounds import Bench
from tests.bench.runs import Wanted

TRIALS = "trials"


@frozen
class Best:
    """The best number of workers by kind and clients; `fallback` where nothing was tried."""

    found: Mapping[tuple[str, int], int]
    fallback: int

    def of(self, kind: str, clients: int) -> int:
        """How many workers to run with."""
        return self.found.get((kind, clients), self.fallback)


def find_best(bench: Bench, stock: Arm, options: Options) -> Best:
    """Try each number in several passes, in reversed order in even ones, and take the highest median."""
    rates: dict[tuple[str, int], dict[int, list[float]]] = {}
    for number in range(1, options.trials + 1):
        for workers in WORKERS if number % 2 else reversed(WORKERS):
            for clients, kind in product(options.clients, (COMMAND, READ)):
                wanted = Wanted(
                    kind=kind,
                    clients=clients,
                    tokens=options.tokens,
                    seconds=options.trial_seconds,
                    warm_up=options.warm_up,
                )
                run = bench.run(TRIALS, stock, wanted, round=number, workers=workers)
                rates.setdefault((kind, clients), {}).setdefault(workers, []).append(run.rps)
    found = {case: _fastest(tried) for case, tried in rates.items()}
    for (kind, clients), workers in found.items():
        say(f"stock, {kind} at {clients} clients: best with max_workers {workers}")
    return Best(found, WORKERS[0])


def _fastest(tried: Mapping[int, list[float]]) -> int:
    """The number of workers with the highest median rate."""
    return max(tried, key=lambda workers: median(tried[workers]) or 0.0)
