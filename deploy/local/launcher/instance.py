"""What an instance is: where its broker and database are reached, by which user, and on which ports.

`instance.json` (0600) is its public face for everybody with the owner's rights:
`env`, `root`, `phase`, `supervisor`, `broker`, `database`, `amqp` and `mongo` (URL by user), `gateway_url`,
`keys`, `crashes`, `logs`, `ports`, and `processes` (by name: `state`, `pid`, `deaths`, `health_port`, `log`).
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from launcher.accounts import DEPLOY, GATEWAY, VHOST, users
from launcher.broker import PORTS as BROKER_PORTS
from launcher.broker import amqp_url, node_name
from launcher.child import Child
from launcher.credentials import Credentials, kept_credentials
from launcher.database import REPLICA_SET, mongo_url
from launcher.failures import LaunchError
from launcher.keys import keep_keys
from launcher.layout import Layout, private_file
from launcher.ports import choose
from launcher.processes import MAIL_PORT, Program, http_url, instances, port_names

DATABASE_PORT = "mongo"
BROKER_ADMIN, DATABASE_ADMIN = "DECALOG_BROKER_ADMIN_URL", "DECALOG_DATABASE_ADMIN_URL"


@frozen
class Instance:
    """Everything about an instance that does not change while its supervisor lives."""

    layout: Layout
    kind: str
    programs: tuple[Program, ...]
    replicas: Mapping[str, int]
    credentials: Credentials
    ports: dict[str, int]
    amqp: Mapping[str, str]
    mongo: Mapping[str, str]
    own_broker: bool
    own_database: bool


def settle(layout: Layout, *, kind: str, programs: tuple[Program, ...], replicas: Mapping[str, int]) -> Instance:
    """The instance in this folder: folders, secrets, keys and ports, kept where they exist, else made."""
    layout.make()
    keep_keys(layout.keys)
    credentials = kept_credentials(layout, users())
    ports = settle_ports(layout, programs, replicas)
    given_broker, given_database = BROKER_ADMIN in os.environ, DATABASE_ADMIN in os.environ
    amqp = {user: amqp_url(user, word, ports["amqp"]) for user, word in credentials.broker.items()}
    mongo = {user: mongo_url(user, word, ports[DATABASE_PORT]) for user, word in credentials.database.items()}
    return Instance(
        layout=layout,
        kind=kind,
        programs=programs,
        replicas=replicas,
        credentials=credentials,
        ports=ports,
        amqp=given_urls(BROKER_ADMIN, "DECALOG_AMQP_URL_", os.environ) if given_broker else amqp,
        mongo=given_urls(DATABASE_ADMIN, "DECALOG_MONGO_URL_", os.environ) if given_database else mongo,
        own_broker=not given_broker,
        own_database=not given_database,
    )


def settle_ports(layout: Layout, programs: tuple[Program, ...], replicas: Mapping[str, int]) -> dict[str, int]:
    """A port for everything that listens, as recorded in `instance.json` wherever that is still free."""
    recorded = recorded_state(layout).get("ports", {})
    names = [*BROKER_PORTS, DATABASE_PORT, MAIL_PORT, *product_ports(programs, replicas)]
    return {**recorded, **choose(names, kept=recorded, seed=str(layout.root))}


def further_ports(instance: Instance, program: Program, replicas: Mapping[str, int]) -> dict[str, int]:
    """Ports for those processes of a program that have none yet."""
    names = [name for name in product_ports((program,), replicas) if name not in instance.ports]
    return choose(names, kept=instance.ports, seed=str(instance.layout.root))


def product_ports(programs: Iterable[Program], replicas: Mapping[str, int]) -> list[str]:
    """The names of all ports of these programs' processes."""
    return [name for program in programs for name in port_names(instances(program, replicas), program)]


def given_urls(admin: str, prefix: str, variables: Mapping[str, str]) -> dict[str, str]:
    """URLs of a broker or database that is not ours: the admin's for `deploy`, one for each user."""
    named = {user: f"{prefix}{user.upper()}" for user in users() if user != DEPLOY}
    if missing := [name for name in named.values() if name not in variables]:
        raise LaunchError(f"{admin} is given, but not the users' own URLs: {', '.join(missing)}")
    return {DEPLOY: variables[admin]} | {user: variables[name] for user, name in named.items()}


def recorded_state(layout: Layout) -> dict[str, Any]:
    """What `instance.json` says; empty where there is none."""
    state: dict[str, Any] = json.loads(layout.state.read_text()) if layout.state.exists() else {}
    return state


def record_state(instance: Instance, phase: str, children: Mapping[str, Child]) -> None:
    """Write `instance.json`."""
    private_file(instance.layout.state, json.dumps(described(instance, phase, children), indent=1))


def described(instance: Instance, phase: str, children: Mapping[str, Child]) -> dict[str, Any]:
    """The content of `instance.json`."""
    layout, ports = instance.layout, instance.ports
    broker = {"own": instance.own_broker, "port": ports["amqp"], "vhost": VHOST, "node": node_name(layout)}
    database = {"own": instance.own_database, "port": ports[DATABASE_PORT], "replica_set": REPLICA_SET}
    gateway = ports[f"http:{GATEWAY}-1"] if any(one.name == GATEWAY for one in instance.programs) else None
    return {
        "env": instance.kind,
        "root": str(layout.root),
        "phase": phase,
        "supervisor": {"pid": os.getpid(), "log": str(layout.log("supervisor"))},
        "broker": broker,
        "database": database,
        "amqp": dict(instance.amqp),
        "mongo": dict(instance.mongo),
        "gateway_url": http_url(gateway) if gateway else None,
        "keys": str(layout.keys),
        "crashes": str(layout.crashes),
        "logs": str(layout.logs),
        "ports": ports,
        "processes": {name: described_process(child) for name, child in children.items()},
    }


def described_process(child: Child) -> dict[str, Any]:
    """One entry of `processes`."""
    return {
        "state": child.state,
        "pid": child.pid,
        "deaths": child.deaths,
        "health_port": child.spec.health_port,
        "log": str(child.spec.log),
    }
