"""What the tests of the chassis stand on: the instance that `make test` starts, and a probe service on it.

A test finds its database empty; every group of tests that talks over the broker has a database and a service name of
its own.
"""

import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from probe.bench import Bench, bench_on
from probe.host import Host, hosted
from probe.places import Place
from probe.tampering import anchored


@pytest.fixture(scope="session")
def place(instance: dict[str, Any]) -> Iterator[Place]:
    """The instance with its addresses and keys; at the end the probe's databases are dropped."""
    with Place.of(instance) as here:
        yield here


@pytest.fixture
def bench(place: Place) -> Bench:
    """A probe service in this process, on an empty database, with a publisher that remembers."""
    return bench_on(place.emptied_database())


@pytest.fixture
def written(bench: Bench) -> Bench:
    """A tally at version 7 and one at version 1, their journal moved; anchors that have settled."""
    anchored(bench, times=2)
    bench.begin("t1")
    bench.begin("t2")
    for number in range(6):
        bench.add("t1", command=bench.command(f"c{number}", who=f"P{number}"))
    bench.relayed()
    return bench


@pytest.fixture
def replica(place: Place) -> Callable[..., Bench]:
    """Makes another replica of a probe service on the same database, clock and publisher."""

    def another(of: Bench, **changes: Any) -> Bench:
        given = {"publisher": of.publisher, "clock": of.clock, "name": of.name, **changes}
        return bench_on(of.database.client[of.database.name], owner=secrets.token_hex(4), **given)

    return another


@pytest.fixture(scope="module")
def host(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A probe service for the tests of one module; they start its processes."""
    with hosted(place, tmp_path_factory.mktemp("probe")) as host:
        yield host


@pytest.fixture
def own_host(place: Place, tmp_path: Path) -> Iterator[Host]:
    """A probe service for one test."""
    with hosted(place, tmp_path) as host:
        yield host


@pytest.fixture
def simulated_host(place: Place, tmp_path: Path) -> Iterator[Host]:
    """A probe service for one test, whose clock is stepped."""
    with hosted(place, tmp_path, environment="simulation") as host:
        yield host
