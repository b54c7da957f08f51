"""One run of one arm, and the rounds in which the arms alternate."""

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, evolve, field
from pymongo import MongoClient

from tests.bench import children
from tests.bench.arms.arm import STOCK, Arm
from tests.bench.meters import peak_mib, read_meters
from tests.bench.place import Place
from tests.bench.readback import Traces
from tests.bench.requests import COMMAND, READ
from tests.bench.runs import Run, Seen, Wanted, Which, run_of
from tests.bench.tokens import sign_tokens

IDS_KEPT, SLACK_SECONDS = 500, 90.0
SHARED = ("broker", "database")
TOKENS_KEPT_SECONDS = 480.0


class NothingToRead(Exception):
    """Reads were asked of an arm that has acknowledged no command."""


@define
class Bench:
    """The arms on their place, with everything that the runs share. `ids`: what each arm can be asked for."""

    place: Place
    arms: Sequence[Arm]
    units: Sequence[str]
    traces: dict[str, Traces] = field(init=False)
    ids: dict[str, list[str]] = field(factory=dict)
    runs: list[Run] = field(factory=list)
    tokens: dict[tuple[str, str, int, int], tuple[float, list[str]]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        client: MongoClient[dict[str, Any]] = MongoClient(self.place.mongo_url)
        self.traces = {arm.name: Traces(self.place.amqp_url, client, arm.trail) for arm in self.arms}

    def open(self) -> None:
        """Declare what counts, before any arm starts."""
        for traces in self.traces.values():
            traces.open()

    def close(self) -> None:
        """Stop what was started and take away what was declared."""
        for arm in self.arms:
            arm.stop()
            self.traces[arm.name].close()

    def rounds(self, series: str, wanted: Wanted, *, rounds: int, workers: int) -> Iterator[Run]:
        """Every arm once a round, in reversed order in even rounds."""
        for number in range(1, rounds + 1):
            for arm in self.arms if number % 2 else reversed(self.arms):
                yield self.run(series, arm, wanted, round=number, workers=workers)

    def run(self, series: str, arm: Arm, wanted: Wanted, *, round: int, workers: int) -> Run:
        """One arm under load, and what it left behind. Raises NothingToRead."""
        arm.prepare(workers)
        traces = self.traces[arm.name]
        traces.begin()
        seen = self._loaded(arm, wanted)
        if wanted.kind == COMMAND:
            left = traces.left()
            ids = [record for record, _, _ in seen.told["answers"] if record]
            self.ids[arm.name] = ids[-IDS_KEPT:]
            seen = evolve(seen, readback=traces.read(ids, left))
            traces.tidy(ids, self.ids[arm.name])
        run = run_of(Which(series, arm.name, round, workers if arm.name == STOCK else 0), wanted, seen)
        self.runs.append(run)
        return run

    def load_spec(self, arm: Arm, wanted: Wanted) -> dict[str, Any]:
        """The load's orders for this arm."""
        host, port = arm.address
        if wanted.kind == READ and not self.ids.get(arm.name):
            raise NothingToRead(f"{arm.name} has acknowledged no command, so there is nothing to read")
        return {
            "host": host,
            "port": port,
            "path": arm.path,
            "kind": wanted.kind,
            "clients": wanted.clients,
            "warm_up": wanted.warm_up,
            "seconds": wanted.seconds,
            "run": f"bench-{time.time_ns()}",
            "tokens": self._tokens(arm, wanted),
            "units": list(self.units),
            "ids": self.ids[arm.name] if wanted.kind == READ else [],
        }

    def _tokens(self, arm: Arm, wanted: Wanted) -> list[str]:
        """The series' own tokens: kept over its rounds, as a caller keeps one for the ten minutes that it lives."""
        series = arm.name, wanted.kind, wanted.clients, wanted.tokens
        signed_at, tokens = self.tokens.get(series, (-math.inf, []))
        if time.monotonic() - signed_at > TOKENS_KEPT_SECONDS:
            signed_at, tokens = time.monotonic(), sign_tokens(self.place.keys, wanted.tokens)
            self.tokens[series] = signed_at, tokens
        return tokens

    def _loaded(self, arm: Arm, wanted: Wanted) -> Seen:
        """One load, its first and second word being when to read the meters."""
        spec, log = self.load_spec(arm, wanted), self.place.logs / "load.log"
        limit = wanted.warm_up + wanted.seconds + SLACK_SECONDS
        with children.talking("tests.bench.load", spec, log=log, seconds=limit) as load:
            pids = self._roles(arm)
            measured = {**pids, "load": load.pid}
            others = self._everybody() - set(pids.values())
            children.hear(load)
            before = read_meters(measured, others)
            children.hear(load)
            after = read_meters(measured, others)
            told = children.hear(load)
        return Seen(told=told, before=before, after=after, peaks={role: peak_mib(pid) for role, pid in pids.items()})

    def _roles(self, arm: Arm) -> dict[str, int]:
        instance = self.place.pids()
        return arm.pids() | {name: instance[name] for name in SHARED if name in instance}

    def _everybody(self) -> set[int]:
        return {*self.place.pids().values(), *(pid for arm in self.arms for pid in arm.pids().values())}
