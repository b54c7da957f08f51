"""Where the bench runs: the instance that `instance.json` describes, and the machine under it."""

import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

from attrs import frozen

MEASURED = ("nameko", "eventlet", "kombu", "amqp", "pymongo", "aio-pika", "aiormq", "starlette", "uvicorn", "uvloop")


class NoInstance(Exception):
    """There is no instance to measure."""


@frozen
class Place:
    """An instance. The bench uses its `deploy` user, and folders of its own for logs and settings."""

    state_file: Path
    logs: Path

    @property
    def state(self) -> dict[str, Any]:
        """The content of `instance.json` as it is now."""
        state: dict[str, Any] = json.loads(self.state_file.read_text())
        return state

    @property
    def amqp_url(self) -> str:
        return str(self.state["amqp"]["deploy"])

    @property
    def mongo_url(self) -> str:
        return str(self.state["mongo"]["deploy"])

    @property
    def keys(self) -> Path:
        return Path(self.state["keys"])

    def pids(self) -> dict[str, int]:
        """The process ids of the instance by name."""
        return {name: one["pid"] for name, one in self.state["processes"].items() if one["pid"]}


def find_place() -> Place:
    """The instance named by DECALOG_INSTANCE_FILE. Raises NoInstance, saying how to get one."""
    named = os.environ.get("DECALOG_INSTANCE_FILE", "")
    if not named or not Path(named).exists():
        raise NoInstance("no instance to measure: run `make bench`, or name one in DECALOG_INSTANCE_FILE")
    logs = Path(named).parent / "logs" / "bench"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Place(Path(named), logs)


def machine_facts() -> dict[str, Any]:
    """What a reader needs to place the figures."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": int(memory.split()[1]) // 1024,
        "machine": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "versions": {name: importlib.metadata.version(name) for name in MEASURED},
    }
