"""What the tests of the chassis stand on: the instance that `make test` starts, and a probe service on it.

Every test has a database of its own; every group of tests that talks over the broker has a service name of its own.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from probe.bench import Bench, bench_on
from probe.places import Place


@pytest.fixture(scope="session")
def instance() -> dict[str, Any]:
    """The content of its `instance.json`; without one the test is skipped, or fails where CI says that it runs."""
    path = os.environ.get("DECALOG_TEST_INSTANCE")
    if path is None:
        missing = "no broker and database for tests: run it by `make test`"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    state: dict[str, Any] = json.loads(Path(path).read_text())
    return state


@pytest.fixture(scope="session")
def place(instance: dict[str, Any]) -> Iterator[Place]:
    """The instance with its addresses and keys; at the end the probe's databases are dropped."""
    with Place.of(instance) as here:
        yield here


@pytest.fixture
def bench(place: Place) -> Bench:
    """A probe service in this process, on an empty database, with a publisher that remembers."""
    return bench_on(place.new_database())


@pytest.fixture
def replica(place: Place) -> Callable[..., Bench]:
    """Makes another replica of a probe service on the same database, clock and publisher."""

    def another(of: Bench, **changes: Any) -> Bench:
        given = {"publisher": of.publisher, "clock": of.clock, "name": of.name, **changes}
        return bench_on(of.database.client[of.database.name], owner=secrets.token_hex(4), **given)

    return another
