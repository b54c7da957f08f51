"""Which instance a command speaks of: its `instance.json`, as the launcher writes it, or URLs from the environment."""

import json
import os
from pathlib import Path
from typing import Any

DEFAULT = Path(".local/run/instance.json")


class NoInstance(Exception):
    """There is no instance to speak to."""


def amqp_url(user: str = "deploy") -> str:
    """The broker's URL for this user: DECALOG_AMQP_URL, else the instance's."""
    return os.environ.get("DECALOG_AMQP_URL") or str(instance()["amqp"][user])


def mongo_url(user: str) -> str:
    """The database URL of this user in the instance."""
    return str(instance()["mongo"][user])


def instance() -> dict[str, Any]:
    """The content of `instance.json`: at DECALOG_INSTANCE_FILE, else under `.local/run`. Raises NoInstance."""
    path = Path(os.environ.get("DECALOG_INSTANCE_FILE", DEFAULT))
    if not path.exists():
        raise NoInstance(f"no instance at {path}; start one with `make up`, or name one in DECALOG_INSTANCE_FILE")
    state: dict[str, Any] = json.loads(path.read_text())
    return state


def health_ports(state: dict[str, Any]) -> dict[str, int]:
    """The health port of each process that runs."""
    return {
        name: process["health_port"]
        for name, process in state["processes"].items()
        if process.get("health_port") and process["state"] != "stopped"
    }
