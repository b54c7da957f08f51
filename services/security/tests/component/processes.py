"""Security's own process on a database of the test's own, to be killed in the middle."""

import os
import secrets
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from chassis import documents
from chassis.clock import SteppedClock, machine_now, monotonic
from decalog import topology
from security.service import Security
from tests.house import Exchange, Ground


@pytest.fixture
def own(tmp_path, instance):
    """Security on a database of the test's own, and how to run its process there."""
    state = instance
    url = urlunsplit(urlsplit(state["mongo"]["deploy"])._replace(path=f"/test_{secrets.token_hex(6)}"))
    database = documents.connect(url, name="tests")
    topology.apply(state["amqp"]["deploy"], topology.topology(topology.contracts()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        "ENV": "test",
        "INSTANCE": "security-1",
        "AMQP_URL": state["amqp"]["security"],
        "MONGO_URL": url,
        "HEALTH_PORT": str(port),
        "KEYS": state["keys"],
        "CRASH_DIR": str(tmp_path),
        "LOG_LEVEL": "INFO",
    }
    keys = Path(state["keys"])
    clock = SteppedClock(machine_now())
    house = Ground(database, keys).house(partial(Security, keys=keys), "security", clock=clock, exchange=Exchange())
    running = []

    def process():
        environment = {**os.environ, **{f"DECALOG_{name}": value for name, value in told.items()}}
        with (tmp_path / "security.log").open("ab") as log:
            command = [sys.executable, "-m", "chassis", "security"]
            running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return running[-1]

    yield house, process, tmp_path
    for one in running:
        one.kill()
        one.wait(30)
    database.client.drop_database(database.name)
    database.client.close()


def until(so, seconds=60):
    """Wait for what another process does."""
    ends = monotonic() + seconds
    while not so():
        assert monotonic() < ends
