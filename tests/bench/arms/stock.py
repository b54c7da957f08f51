"""(a) Stock nameko, as its own documentation shows it, run by what `nameko run` runs, with its default settings.

Gateway and service are two processes. `python -m tests.bench.arms.stock --config FILE MODULE:CLASS` is `nameko run`
without the command's front, which imports pkg_resources for the sake of `--version`.
"""

import argparse
import json
import sys
from pathlib import Path

from nameko.cli.commands import Run

from tests.bench import children
from tests.bench.arms.arm import GATEWAY, SERVICE, STOCK
from tests.bench.arms.yardstick import await_consumer, trail_of
from tests.bench.place import Place

SERVICES = "tests.bench.arms.stock_services"
CLASSES = {SERVICE: "Incidents", GATEWAY: "Gateway"}


class Stock:
    """The two processes, started anew where another number of workers is wanted."""

    name = STOCK
    path = "/incidents"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._processes: dict[str, children.Process] = {}
        self._port = 0
        self._workers = 0
        self.trail = trail_of(STOCK)

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self._port

    def pids(self) -> dict[str, int]:
        return {role: process.pid for role, process in self._processes.items()}

    def prepare(self, workers: int) -> None:
        if workers == self._workers:
            return
        self.stop()
        self._workers, self._port = workers, children.free_port()
        log = self._place.logs / "stock.log"
        config = self._configure()
        for role, name in CLASSES.items():
            arguments = ["tests.bench.arms.stock", "--config", str(config), f"{SERVICES}:{name}"]
            self._processes[role] = children.spawn(arguments, log=log)
        children.await_port(self._processes[GATEWAY], self._port, log)
        await_consumer(self._place.amqp_url, "rpc-bench-stock")

    def stop(self) -> None:
        for process in self._processes.values():
            children.stop(process)
        self._processes.clear()
        self._workers = 0

    def _configure(self) -> Path:
        """nameko's settings file (YAML, of which JSON is a part), readable by the owner alone."""
        file = self._place.logs / "stock.yaml"
        file.touch(mode=0o600)
        settings = {
            "AMQP_URI": self._place.amqp_url,
            "MONGO_URI": self._place.mongo_url,
            "WEB_SERVER_ADDRESS": f"127.0.0.1:{self._port}",
            "max_workers": self._workers,
        }
        file.write_text(json.dumps(settings))
        return file


def main() -> int:
    """`nameko run`."""
    parser = argparse.ArgumentParser()
    Run.init_parser(parser)
    Run.main(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
