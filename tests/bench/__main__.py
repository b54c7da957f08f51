"""`python -m tests.bench`: measure everything on the instance that DECALOG_INSTANCE_FILE names."""

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from attrs import asdict

from tests.bench.arms.arm import OURS, PLAIN, STOCK, Arm
from tests.bench.arms.ours import Ours
from tests.bench.arms.plain import Plain
from tests.bench.arms.stock import Stock
from tests.bench.children import ChildFailed
from tests.bench.latency import BARE, Delay, Delays
from tests.bench.options import NAMED_CLIENTS, Options, read_options
from tests.bench.people import Pace, People
from tests.bench.place import NoInstance, Place, find_place, machine_facts
from tests.bench.report import (
    line_of,
    line_of_delay,
    line_of_pace,
    named_figures,
    say,
    table,
    verdicts,
    write_json,
)
from tests.bench.requests import COMMAND, READ
from tests.bench.rounds import Bench, NothingToRead
from tests.bench.runs import Wanted
from tests.bench.workers import TRIALS, Best, find_best

BUILDS: dict[str, Callable[[Place], Arm]] = {OURS: Ours, STOCK: Stock, PLAIN: Plain}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where an arm is void or nothing could be measured."""
    signal.signal(signal.SIGTERM, leave)
    options = read_options(arguments)
    try:
        place = find_place()
        arms = [build(place) for name, build in BUILDS.items() if name in options.arms]
        return measure(Bench(place, arms, options.units), options)
    except (NoInstance, ChildFailed) as reason:
        sys.stderr.write(f"bench: {reason}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def leave(number: int, _: object) -> NoReturn:
    """SIGTERM ends the bench as Ctrl-C does: what it started is stopped first."""
    raise SystemExit(128 + number)


def measure(bench: Bench, options: Options) -> int:
    """Everything that was asked for."""
    facts = machine_facts()
    say(f"About {options.estimated_seconds / 60:.0f} minutes. {facts['cores']} cores, load {facts['load_before']:.1f}.")
    delays: list[Delay] = []
    paces: list[Pace] = []
    bench.open()
    try:
        best = workers_for(bench, options)
        run_series(bench, options, best)
        delays += follow_reports(bench, options)
        paces += follow_people(bench, options)
    finally:
        bench.close()
    return tell(bench, delays, paces, options, facts)


def workers_for(bench: Bench, options: Options) -> Best:
    """How many workers the stock arm runs with."""
    stock = next((arm for arm in bench.arms if arm.name == STOCK), None)
    if options.workers or stock is None:
        return Best({}, options.workers)
    return find_best(bench, stock, options)


def run_series(bench: Bench, options: Options, best: Best) -> None:
    """Commands and reads at each number of clients; commands once more with one token."""
    series = [(kind, clients, options.tokens) for clients in options.clients for kind in (COMMAND, READ)]
    if options.one_token:
        series.append((COMMAND, options.clients[0], 1))
    for kind, clients, tokens in series:
        name = f"{kind} at {clients} clients{' with one token' if tokens == 1 else ''}"
        say(name)
        wanted = Wanted(kind=kind, clients=clients, tokens=tokens, seconds=options.seconds, warm_up=options.warm_up)
        try:
            for run in bench.rounds(name, wanted, rounds=options.rounds, workers=best.of(kind, clients)):
                say(line_of(run))
        except NothingToRead as reason:
            say(f"  VOID: {reason}")


def follow_reports(bench: Bench, options: Options) -> list[Delay]:
    """From report to subscriber, and the bare arm beside it."""
    ours = next((arm for arm in bench.arms if arm.name == OURS), None)
    wanted = Wanted(
        kind=COMMAND,
        clients=NAMED_CLIENTS,
        tokens=options.tokens,
        seconds=options.seconds,
        warm_up=options.warm_up,
    )
    delays = []
    say(f"report to subscriber, {wanted.clients} clients")
    for delay in Delays(bench, wanted, options.rate).rounds(ours, bare=BARE in options.arms, rounds=options.rounds):
        say(line_of_delay(delay))
        delays.append(delay)
    return delays


def follow_people(bench: Bench, options: Options) -> list[Pace]:
    """Sign-ins and what a person's grants cost, where ours is measured and people are wanted."""
    ours = next((arm for arm in bench.arms if arm.name == OURS), None)
    if ours is None or not options.people:
        return []
    wanted = Wanted(kind=READ, clients=NAMED_CLIENTS, tokens=1, seconds=options.seconds, warm_up=options.warm_up)
    paces = []
    say("people: sign-ins, and reads by persons and by systems")
    for pace in People(bench, ours, wanted).rounds(options.rounds):
        say(line_of_pace(pace))
        paces.append(pace)
    return paces


def tell(bench: Bench, delays: Sequence[Delay], paces: Sequence[Pace], options: Options, facts: dict[str, Any]) -> int:
    """Table and file."""
    figures = named_figures(bench.runs, delays, paces, NAMED_CLIENTS)
    series = dict.fromkeys(run.which.series for run in bench.runs if run.which.series != TRIALS)
    for line in [line for name in series for line in table(bench.runs, name)] + verdicts(figures):
        say(line)
    about = {
        "options": asdict(options) | {"output": str(options.output), "units": len(options.units)},
        "machine": facts,
    }
    write_json(options.output, figures=figures, runs=bench.runs, delays=delays, paces=paces, about=about)
    say(f"All of it: {options.output}")
    voids = [run.void for run in bench.runs] + [delay.void for delay in delays] + [pace.void for pace in paces]
    return 1 if any(voids) else 0


if __name__ == "__main__":
    sys.exit(main())
