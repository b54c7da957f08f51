"""Broker and database up, with their users and the topology: what every process finds in place."""

import asyncio
import shutil
import sys
from pathlib import Path

from launcher import broker, database
from launcher.accounts import DEPLOY
from launcher.failures import LaunchError
from launcher.family import Family
from launcher.instance import DATABASE_PORT, Instance
from launcher.layout import MARK, keep_last_log, tail
from launcher.processes import base_environment, installed


async def lay(instance: Instance, family: Family) -> None:
    """Broker (and then the topology) and database at the same time; those given by URL are not touched."""
    await asyncio.gather(start_broker(instance, family), start_database(instance, family))


async def start_broker(instance: Instance, family: Family) -> None:
    """The instance's own node, then the topology."""
    if instance.own_broker:
        layout, ports = instance.layout, instance.ports
        programs = broker.find_broker(layout)
        mark = {MARK: str(layout.root)}
        broker.configure(layout, ports, instance.credentials)
        await family.bring_up([broker.epmd_spec(programs, layout, ports, mark)])
        await family.bring_up([broker.broker_spec(programs, layout, ports, mark, instance.amqp[DEPLOY])])
    await apply_topology(instance)


async def start_database(instance: Instance, family: Family) -> None:
    """The instance's own server, its set and its users."""
    if instance.own_database:
        layout, port = instance.layout, instance.ports[DATABASE_PORT]
        database.configure(layout, port, instance.credentials.replica_key)
        mongod, mark = database.find_mongod(), base_environment(layout)
        server = family.start(database.database_spec(mongod, layout, port, mark))
        await database.prepare(port, instance.credentials.database)
        await server.ready()


async def apply_topology(instance: Instance) -> None:
    """`decalog topology apply` as the deploy user, where it is installed; LaunchError if it fails."""
    command = shutil.which("decalog", path=str(Path(sys.executable).parent))
    if command is None or not installed("decalog.cli"):
        return

    log = instance.layout.log("topology")
    keep_last_log(log)
    with log.open("ab") as output:
        run = await asyncio.create_subprocess_exec(
            command, "topology", "apply", stdout=output, stderr=output, env=operator_environment(instance)
        )
        code = await run.wait()
    if code:
        raise LaunchError(f"`decalog topology apply` failed with {code}; the end of {log}:\n{tail(log)}")


def operator_environment(instance: Instance) -> dict[str, str]:
    """What the operators' command is told: the deploy user's URLs and the state file."""
    return base_environment(instance.layout) | {
        "DECALOG_ENV": instance.kind,
        "DECALOG_AMQP_URL": instance.amqp[DEPLOY],
        "DECALOG_MONGO_URL": instance.mongo[DEPLOY],
        "DECALOG_KEYS": str(instance.layout.keys),
        "DECALOG_INSTANCE_FILE": str(instance.layout.state),
    }
