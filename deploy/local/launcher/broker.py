"""A RabbitMQ node of the instance's own: own name, cookie, ports and data; loopback only; no plugins.

Users and permissions come from a definitions file that the node loads while it boots, so that no call of
`rabbitmqctl` (seconds each) is needed; a fresh node has every stable feature flag on. The port mapper `epmd`
is the instance's own as well, run in the foreground beside the node.
"""

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import amqp
from attrs import frozen
from kombu.utils.url import url_to_parts

from launcher.accounts import DEPLOY, VHOST, definitions
from launcher.child import Spec
from launcher.credentials import Credentials
from launcher.failures import LaunchError
from launcher.health import listening
from launcher.layout import Layout, private_file, private_folder
from launcher.packages import can_install, install

DEBIAN_WRAPPER = "rabbitmq-script-wrapper"
"""Debian's scripts on PATH lead here: it runs the node as user rabbitmq, who cannot read our folder."""
DEBIAN_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PORTS = ("amqp", "distribution", "epmd")

ERLANG = "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
"""Two schedulers that sleep when idle; distribution on loopback."""

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
load_definitions = {definitions}
raft.wal_max_size_bytes = 64000000
disk_free_limit.absolute = 500MB
vm_memory_high_watermark.relative = 0.3
log.console = true
log.console.level = info
log.file = false
log.connection.level = warning
"""


@frozen
class BrokerPrograms:
    """The executables of a RabbitMQ installation."""

    server: str
    epmd: str


def find_broker(layout: Layout) -> BrokerPrograms:
    """RabbitMQ on PATH, or Debian's, installed now where we are root; else LaunchError."""
    server = server_script()
    if server is None and can_install():
        install("rabbitmq-server", log=layout.log("apt"))
        server = server_script()
    if server is None:
        raise LaunchError(
            "RabbitMQ is not here: install Debian's package rabbitmq-server, or run this as root once, "
            "or name a broker with DECALOG_BROKER_ADMIN_URL and DECALOG_AMQP_URL_<USER>"
        )
    epmd = shutil.which("epmd")
    if epmd is None:
        raise LaunchError("Erlang's epmd is not on PATH; RabbitMQ cannot run without it")
    return BrokerPrograms(server=str(server), epmd=epmd)


def server_script() -> Path | None:
    """The script that runs a node as the calling user."""
    found = shutil.which("rabbitmq-server")
    if found and Path(found).resolve().name != DEBIAN_WRAPPER:
        return Path(found)
    return DEBIAN_SCRIPT if DEBIAN_SCRIPT.exists() else None


def node_name(layout: Layout) -> str:
    """The Erlang node's name: one for each instance folder of this machine."""
    return f"decalog-{hashlib.sha256(str(layout.root).encode()).hexdigest()[:10]}@localhost"


def configure(layout: Layout, ports: Mapping[str, int], credentials: Credentials) -> None:
    """Write the node's cookie, configuration and definitions."""
    home = private_folder(layout.broker / "home")
    private_file(home / ".erlang.cookie", credentials.cookie, mode=0o400)
    users = json.dumps(definitions(credentials.broker), indent=1)
    loaded = private_file(layout.broker / "definitions.json", users)
    configuration = CONFIGURATION.format(port=ports["amqp"], definitions=loaded)
    private_file(layout.broker / "rabbitmq.conf", configuration)
    private_file(layout.broker / "enabled_plugins", "[].\n")
    private_folder(layout.broker / "data")


def environment(layout: Layout, ports: Mapping[str, int], mark: Mapping[str, str]) -> dict[str, str]:
    """All that the node's scripts are told; nothing of the caller's own RabbitMQ settings leaks in."""
    folder = layout.broker
    return {
        **mark,
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "RABBITMQ_NODENAME": node_name(layout),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(ports["amqp"]),
        "RABBITMQ_DIST_PORT": str(ports["distribution"]),
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(layout.logs),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "node.pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG,
        # the script then becomes the node itself, which takes SIGTERM as a clean stop
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def epmd_spec(programs: BrokerPrograms, layout: Layout, ports: Mapping[str, int], mark: Mapping[str, str]) -> Spec:
    """The port mapper, on loopback, in the foreground."""

    async def ready() -> str | None:
        return await listening(ports["epmd"])

    return Spec(
        name="epmd",
        command=(programs.epmd, "-port", str(ports["epmd"]), "-address", "127.0.0.1"),
        environment=environment(layout, ports, mark),
        log=layout.log("epmd"),
        ready=ready,
        stop_seconds=2.0,
    )


def broker_spec(
    programs: BrokerPrograms, layout: Layout, ports: Mapping[str, int], mark: Mapping[str, str], url: str
) -> Spec:
    """The node; ready when the deploy user can open a connection on the vhost."""

    async def ready() -> str | None:
        return await listening(ports["amqp"]) or await asyncio.to_thread(login, url)

    return Spec(
        name="broker",
        command=(programs.server,),
        environment=environment(layout, ports, mark),
        log=layout.log("broker"),
        ready=ready,
        stop_seconds=30.0,
        folder=layout.broker,
    )


def amqp_url(user: str, password: str, port: int) -> str:
    """A user's URL of the instance's own broker."""
    return f"amqp://{user}:{password}@127.0.0.1:{port}/{VHOST}"


def login(url: str) -> str | None:
    """None when a connection with this URL opens."""
    _, host, port, user, password, vhost, _ = url_to_parts(url)
    connection = amqp.Connection(
        host=f"{host}:{port or 5672}",
        userid=user,
        password=password,
        virtual_host=vhost or "/",
        connect_timeout=3,
    )
    try:
        connection.connect()
    except (OSError, amqp.AMQPError) as refused:
        return f"the broker refuses {DEPLOY}: {refused}"
    connection.close()
    return None
