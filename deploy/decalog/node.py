"""`rabbitmqctl` on the instance's own broker node: what AMQP itself has no words for, such as users."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from launcher.broker import environment, node_name, server_script
from launcher.layout import Layout

SECONDS = 60


class NodeRefused(Exception):
    """`rabbitmqctl` did not do it; the message is its own."""


@frozen
class Node:
    """The node of one instance."""

    root: Path
    ports: Mapping[str, int]

    def import_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Add these users and permissions. They go in by standard input, so that no process list shows them."""
        self._control("import_definitions", "--format", "json", given=json.dumps(definitions))

    def delete_user(self, user: str) -> None:
        """Delete the user; its connections are closed."""
        self._control("delete_user", user)

    def queues(self, vhost: str) -> list[dict[str, Any]]:
        """Every queue's name, type, messages and consumers."""
        columns = ("name", "type", "messages", "consumers")
        told = self._control("list_queues", "--formatter", "json", "-p", vhost, *columns)
        rows: list[dict[str, Any]] = json.loads(told)
        return rows

    def _control(self, *arguments: str, given: str = "") -> str:
        layout = Layout.at(self.root)
        server = server_script()
        if server is None:
            raise NodeRefused("rabbitmqctl is not on this machine")
        done = subprocess.run(
            [str(server.with_name("rabbitmqctl")), "-q", "-n", node_name(layout), *arguments],
            input=given,
            env=environment(layout, self.ports, {}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise NodeRefused((done.stderr or done.stdout).strip()[-500:])
        return done.stdout


def node_of(instance: Mapping[str, Any]) -> Node | None:
    """The instance's own node; None where its broker was given by URL."""
    return Node(Path(instance["root"]), instance["ports"]) if instance["broker"]["own"] else None
