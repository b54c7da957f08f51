"""The probe as real processes on a real broker, under a name of their own."""

import os
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from chassis import documents
from chassis.clock import machine_now
from decalog import idleness, topology
from probe.bench import until
from probe.contract import contract
from probe.places import Place
from probe.wire import Gateway, assertion, connected

TESTS = Path(__file__).parents[1]
ROOT_FOLDER = TESTS.parents[1]


@define
class Replica:
    """One kept process."""

    instance: str
    port: int
    process: subprocess.Popen
    log: Path

    def ready(self) -> bool:
        """Whether it says that it is ready; AssertionError with its log when it has ended."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def idle(self) -> dict[str, Any] | None:
        """What it says of itself; None where it does not answer."""
        return idleness.idle_of(self.port)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.process.terminate()

    def ended(self, within: float = 30) -> int:
        """Its exit status, when it has ended."""
        return self.process.wait(within)


@define
class Host:
    """Everything of one probe service on the instance."""

    place: Place
    folder: Path
    environment: str = "test"
    name: str = field(factory=lambda: f"probe{secrets.token_hex(4)}")
    replicas: dict[str, Replica] = field(factory=dict)
    mongo_url: str = field(init=False)
    database: Any = field(init=False)
    items: list[Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.mongo_url = self.place.new_database_url()
        self.database = documents.connect(self.mongo_url, name="tests")
        (self.folder / "crashes").mkdir()
        self.items = topology.topology([contract(self.name)], simulated=True)
        topology.apply(self.url, self.items)
        with connected(self.url) as connection:
            channel = connection.channel()
            channel.queue_declare(f"{self.name}.tap", durable=True, auto_delete=False)
            channel.queue_bind(f"{self.name}.tap", f"{self.name}.events", "#")

    @property
    def url(self) -> str:
        """The broker's URL of the probe: as the deploy user, who may use any name."""
        return self.place.amqp["deploy"]

    def spawn(self, instance: str = "one", *, program: str = "probe.process", **environment: str) -> Replica:
        """Start a process of the probe (or of another program that hosts one); it is not ready yet."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        told = {
            "ENV": self.environment, "INSTANCE": f"{self.name}-{instance}", "AMQP_URL": self.url,
            "MONGO_URL": self.mongo_url, "HEALTH_PORT": str(port), "KEYS": str(self.place.keys),
            "CRASH_DIR": str(self.folder / "crashes"), "LOG_LEVEL": "INFO", **environment,
        }  # fmt: skip
        log = self.folder / f"{instance}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", program, self.name],
                env={
                    **os.environ,
                    **{f"DECALOG_{name}": value for name, value in told.items()},
                    "PYTHONPATH": os.pathsep.join(map(str, (TESTS, ROOT_FOLDER))),
                },
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.replicas[instance] = Replica(instance, port, process, log)
        return self.replicas[instance]

    def start(self, instance: str = "one", **environment: str) -> Replica:
        """Start a process and wait until it is ready."""
        replica = self.spawn(instance, **environment)
        until(replica.ready, within=20)
        return replica

    def rest(self, seconds: float = 30) -> None:
        """Wait until the whole service is at rest."""
        ports = {name: replica.port for name, replica in self.replicas.items() if replica.process.poll() is None}
        idleness.wait(ports, self.url, [contract(self.name)], seconds=seconds)

    @contextmanager
    def gateway(self) -> Iterator[Gateway]:
        """A gateway's connection to this service."""
        with connected(self.place.amqp["gateway"]) as connection:
            until_long_after = int(machine_now().timestamp()) + 3_600
            yield Gateway(connection, self.name, assertion(self.place.keys, exp=until_long_after))

    def end(self) -> None:
        """End the processes, and remove what was declared."""
        for replica in self.replicas.values():
            if replica.process.poll() is None:
                os.killpg(replica.process.pid, 9)
                replica.process.wait()
        with connected(self.url) as connection:
            channel = connection.channel()
            own = [item for item in self.items if item.name.removeprefix("rpc-").startswith(self.name)]
            for item in own:
                remove = channel.queue_delete if isinstance(item, topology.Queue) else channel.exchange_delete
                remove(item.name)
            channel.queue_delete(f"{self.name}.tap")
        self.database.client.close()


@contextmanager
def hosted(place: Place, folder: Path, **how: Any) -> Iterator[Host]:
    """A probe service that is gone at the end."""
    host = Host(place, folder, **how)
    try:
        yield host
    finally:
        host.end()
