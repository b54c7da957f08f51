"""What people and programs get: lines while it runs, a table at the end, and one JSON file."""

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict

from tests.bench.arms.arm import OURS, PLAIN, STOCK
from tests.bench.figures import median, ratios
from tests.bench.latency import BARE, Delay
from tests.bench.people import HASHES, PERSONS, SIGN_INS, SYSTEMS, Pace
from tests.bench.requests import COMMAND, READ
from tests.bench.runs import Run

ROLES = ("gateway", "service", "broker", "database", "load")
AIMS = {"commands_vs_stock": 2.5, "commands_vs_asyncio": 1.4, "reads_vs_stock": 2.0}
FLOORS = {"commands_vs_stock": 1.7, "commands_vs_asyncio": 0.9}
NOISE = ("bystanders", "elsewhere", "stolen")
HEAD = (
    f"{'arm':6} {'req/s (min-max)':>19} {'p50 ms':>7} {'p99 ms':>7}"
    f" {'CPU us/req ' + ' / '.join(ROLES):>55} {'MiB gateway / service':>22}   {'cores ' + ' / '.join(NOISE):>35}"
)


def say(line: str) -> None:
    """One line to people, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def line_of(run: Run) -> str:
    """One run as it ends."""
    read = run.readback
    traces = f"  records {read.records}, events {read.events}, to do {read.unsent} + {read.unheard}" if read else ""
    void = f"  VOID: {run.void}" if run.void else ""
    workers = f" ({run.which.workers} workers)" if run.which.workers else ""
    return (
        f"  round {run.round}  {run.which.arm + workers:18} {run.rps:7.1f} req/s  p50 {run.p50_ms:6.1f}"
        f"  p99 {run.p99_ms:6.1f} ms{traces}{void}"
    )


def line_of_delay(delay: Delay) -> str:
    """One run of the latency part as it ends."""
    void = f"  VOID: {delay.void}" if delay.void else ""
    return (
        f"  round {delay.round}  {delay.arm:6} {delay.rate:6.1f}/s of {delay.body_bytes} B  p50 {delay.p50_ms:6.1f}"
        f"  p99 {delay.p99_ms:6.1f} ms  (after the answer: {delay.after_answer_p50_ms:.1f},"
        f" {delay.after_answer_p99_ms:.1f}){void}"
    )


def line_of_pace(pace: Pace) -> str:
    """One run of the part on people as it ends."""
    void = f"  VOID: {pace.void}" if pace.void else ""
    times = f"p50 {pace.p50_ms:6.1f}  p99 {pace.p99_ms:6.1f} ms"
    return f"  round {pace.round}  {pace.what:16} {pace.rps:7.1f}/s  {times}{void}"


def table(runs: Sequence[Run], series: str) -> list[str]:
    """One series: a line an arm with medians over its rounds, and lines with the ratios. Void runs are left out."""
    here = [run for run in runs if run.which.series == series]
    valid = [run for run in here if run.void is None]
    arms = [name for name in (OURS, STOCK, PLAIN) if any(run.which.arm == name for run in valid)]
    rows = [_row(name, [run for run in valid if run.which.arm == name]) for name in arms]
    void = f", {len(here) - len(valid)} of {len(here)} runs void" if len(valid) < len(here) else ""
    title = f"{series}: medians over {max(run.round for run in here)} rounds{void}"
    return ["", title, HEAD, *rows, *_ratio_lines(valid)]


def _row(name: str, runs: Sequence[Run]) -> str:
    rates = [run.rps for run in runs]
    cpu = " / ".join(f"{_middle(run.cpu_us.get(role, 0) for run in runs):5.0f}" for role in ROLES)
    memory = " / ".join(f"{max(run.peak_mib.get(role, 0) for run in runs):4.0f}" for role in ROLES[:2])
    rate = f"{_middle(rates):.1f} ({min(rates):.0f}-{max(rates):.0f})"
    others = " / ".join(f"{_middle(run.cores[name] for run in runs):.2f}" for name in NOISE)
    p50, p99 = _middle(run.p50_ms for run in runs), _middle(run.p99_ms for run in runs)
    return f"{name:6} {rate:>19} {p50:7.1f} {p99:7.1f}  {cpu:>54} {memory:>22}   {others:>35}"


def _ratio_lines(runs: Sequence[Run]) -> list[str]:
    ours = [run for run in runs if run.which.arm == OURS]
    lines = []
    for name in (STOCK, PLAIN):
        found = ratios(ours, [run for run in runs if run.which.arm == name])
        if found:
            each = " ".join(f"{ratio:.2f}" for ratio in found)
            lines.append(f"ours / {name}: {_middle(found):.2f} (rounds {each})")
    return lines


def _middle(values: Iterable[float]) -> float:
    found = median(values)
    return math.nan if found is None else found


def named_figures(
    runs: Sequence[Run], delays: Sequence[Delay], paces: Sequence[Pace], clients: int
) -> dict[str, float | None]:
    """The figures that others rely on: medians over the rounds at this many clients; None where not measured."""

    def of(kind: str, name: str) -> list[Run]:
        series = f"{kind} at {clients} clients"
        return [run for run in runs if (run.which.series, run.which.arm, run.void) == (series, name, None)]

    def against(kind: str, name: str) -> float | None:
        return median(ratios(of(kind, OURS), of(kind, name)))

    def beside(one: str, other: str) -> float | None:
        valid = [pace for pace in paces if pace.void is None]
        return median(ratios(*([pace for pace in valid if pace.what == what] for what in (one, other))))

    def p99(name: str) -> float | None:
        return median(delay.p99_ms for delay in delays if delay.arm == name and delay.void is None)

    return {
        "commands_vs_stock": against(COMMAND, STOCK),
        "commands_vs_asyncio": against(COMMAND, PLAIN),
        "reads_vs_stock": against(READ, STOCK),
        "report_to_subscriber_p99_ms": p99(OURS),
        "bare_p99_ms": p99(BARE),
        "sign_ins_vs_bare_hash": beside(SIGN_INS, HASHES),
        "person_reads_vs_system_reads": beside(PERSONS, SYSTEMS),
    }


def verdicts(figures: Mapping[str, float | None]) -> list[str]:
    """Each named figure beside its aim and floor."""
    lines = [""]
    for name, value in figures.items():
        shown = "not measured" if value is None else f"{value:.2f}"
        bounds = [f"{word} {bound[name]}" for word, bound in (("aim", AIMS), ("floor", FLOORS)) if name in bound]
        missed = value is not None and value < FLOORS.get(name, value)
        lines.append(f"{name:28} {shown:>12}  {', '.join(bounds)}{'  BELOW THE FLOOR' if missed else ''}")
    return lines


def write_json(
    path: Path,
    *,
    figures: Mapping[str, float | None],
    runs: Sequence[Run],
    delays: Sequence[Delay],
    paces: Sequence[Pace],
    about: Mapping[str, Any],
) -> None:
    """The file: the named figures, what was asked and where, and every run. What is not a number is null."""
    content = {
        **figures,
        "void": [f"{run.which.series}, round {run.round}, {run.which.arm}: {run.void}" for run in runs if run.void]
        + [f"latency, round {delay.round}, {delay.arm}: {delay.void}" for delay in delays if delay.void]
        + [f"people, round {pace.round}, {pace.what}: {pace.void}" for pace in paces if pace.void],
        **about,
        "runs": [asdict(run) for run in runs],
        "latency": [asdict(delay) for delay in delays],
        "people": [asdict(pace) for pace in paces],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_finite(content), indent=1, ensure_ascii=False))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value
