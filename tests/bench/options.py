"""The command line of the bench, and how long what it asks for will take."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from tests.bench.arms.arm import OURS, PLAIN, STOCK
from tests.bench.latency import BARE
from tests.bench.payload import UNKNOWN_UNITS

ARMS = (OURS, STOCK, PLAIN, BARE)
WORKERS = (10, 20, 50)
NAMED_CLIENTS = 20
RUN_OVERHEAD_SECONDS = 2.5
PEOPLE_SERIES = 4


@frozen(kw_only=True)
class Options:
    """What to measure. `workers` empty: the stock arm's best is looked for first."""

    arms: tuple[str, ...]
    clients: tuple[int, ...]
    rounds: int
    seconds: float
    warm_up: float
    tokens: int
    one_token: bool
    people: bool
    workers: int
    trials: int
    trial_seconds: float
    rate: float
    units: tuple[str, ...]
    output: Path

    @property
    def estimated_seconds(self) -> float:
        """About how long all of it takes."""
        run = self.seconds + self.warm_up + RUN_OVERHEAD_SECONDS
        builds = len(set(self.arms) - {BARE})
        series = 2 * len(self.clients) + self.one_token
        trials = 0 if self.workers or STOCK not in self.arms else self.trials * len(WORKERS) * 2 * len(self.clients)
        delays = len({OURS, BARE} & set(self.arms))
        trial = self.trial_seconds + self.warm_up + RUN_OVERHEAD_SECONDS
        people = PEOPLE_SERIES * (self.people and OURS in self.arms)
        return self.rounds * run * (series * builds + delays + people) + trials * trial


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """The options on the command line."""
    told = _parser().parse_args(arguments)
    quick = told.quick
    return Options(
        arms=told.arms,
        clients=told.clients or ((NAMED_CLIENTS,) if quick else (NAMED_CLIENTS, 1, 100)),
        rounds=told.rounds or (1 if quick else 5),
        seconds=told.seconds or (2.0 if quick else 5.0),
        warm_up=told.warm_up,
        tokens=told.tokens,
        one_token=not (told.no_one_token or quick),
        people=not told.no_people,
        workers=told.workers or (WORKERS[0] if quick else 0),
        trials=told.trials,
        trial_seconds=3.0,
        rate=told.rate,
        units=told.units,
        output=told.output,
    )


def _parser() -> argparse.ArgumentParser:
    shape = argparse.ArgumentParser("tests.bench", description="Measure the hot path; exit 1 where an arm is void.")
    shape.add_argument("--arms", type=_arms, default=ARMS, help=f"of {','.join(ARMS)}; default all")
    shape.add_argument("--clients", type=_counts, help="default 20,1,100")
    shape.add_argument("--rounds", type=int, help="default 5")
    shape.add_argument("--seconds", type=float, help="measured seconds of each run; default 5")
    shape.add_argument("--warm-up", type=float, default=1.0, help="seconds before, which don't count; default 1")
    shape.add_argument("--tokens", type=int, default=1_000, help="callers, used in turn; default 1000")
    shape.add_argument("--no-one-token", action="store_true", help="leave out the series with one token")
    shape.add_argument("--no-people", action="store_true", help="leave out sign-ins and reads by persons")
    shape.add_argument("--workers", type=int, help="max_workers of the stock arm; default: its best of 10, 20, 50")
    shape.add_argument("--trials", type=int, default=2, help="passes in looking for that best; default 2")
    shape.add_argument("--rate", type=float, default=100.0, help="reports a second in the latency part; default 100")
    shape.add_argument("--units", type=_names, default=UNKNOWN_UNITS, help="reporting in turn; default: unknown ones")
    shape.add_argument("--output", type=Path, default=Path(".local/bench.json"))
    shape.add_argument("--quick", action="store_true", help="one short round at 20 clients, to see that it works")
    return shape


def _arms(text: str) -> tuple[str, ...]:
    """Arms in the order of the rounds."""
    wanted = {word.strip() for word in text.split(",")}
    if strange := wanted - {*ARMS}:
        raise argparse.ArgumentTypeError(f"no such arm: {', '.join(sorted(strange))}")
    return tuple(arm for arm in ARMS if arm in wanted)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _counts(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))
