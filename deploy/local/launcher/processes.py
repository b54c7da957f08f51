"""The processes of the product, the gateway and each service that is installed, and the environment each gets."""

import importlib.util
import os
import sys
from collections.abc import Iterable, Mapping

from attrs import frozen

from launcher.accounts import GATEWAY, services
from launcher.child import Spec
from launcher.failures import LaunchError
from launcher.health import Probe, http_ready
from launcher.layout import MARK, Layout

SERVICE_STOP_SECONDS, GATEWAY_STOP_SECONDS = 22.0, 27.0
"""What a process may take: 20 s (the gateway 25 s) to finish its work in flight, and 2 s to close."""

MAIL_PORT = "smtp"
"""The port at which the demo's mail server listens."""

NOTIFIER = "notifier"
"""The service that is told where mail goes out, and by which address people follow a link."""

GATEWAY_MODULE = "gateway.__main__"


@frozen
class Program:
    """A kind of process, and how it is run."""

    name: str
    arguments: tuple[str, ...]
    stop_seconds: float = SERVICE_STOP_SECONDS
    serves_http: bool = False
    tells_people: bool = False


def installed(module: str) -> bool:
    """Whether this module is there to be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def programs() -> tuple[Program, ...]:
    """What is installed: each service, and the gateway."""
    found = [Program(name, ("-m", "chassis", name), tells_people=name == NOTIFIER) for name in services()]
    if installed(GATEWAY_MODULE):
        arguments = ("-m", "gateway")
        found.append(Program(GATEWAY, arguments, stop_seconds=GATEWAY_STOP_SECONDS, serves_http=True))
    return tuple(found)


def chosen(wanted: str) -> tuple[Program, ...]:
    """The programs for `all` (that are installed), `none`, or names parted by commas; LaunchError for others."""
    if wanted == "none":
        return ()
    if wanted == "all":
        return programs()

    known = {program.name: program for program in programs()}
    names = [name.strip() for name in wanted.split(",")]
    if strange := [name for name in names if name not in known]:
        raise LaunchError(f"no such process: {', '.join(strange)}; there are {', '.join(known)}")
    return tuple(known[name] for name in names)


def instances(program: Program, replicas: Mapping[str, int]) -> list[str]:
    """The names of the program's processes, as `emergency-1`."""
    return [f"{program.name}-{number}" for number in range(1, replicas.get(program.name, 1) + 1)]


def port_names(names: Iterable[str], program: Program) -> list[str]:
    """The names under which the ports of these processes are kept."""
    kinds = ("health", "http") if program.serves_http else ("health",)
    return [f"{kind}:{name}" for name in names for kind in kinds]


def base_environment(layout: Layout) -> dict[str, str]:
    """The caller's environment with the instance's mark; what Python prints reaches the log at once."""
    return {**os.environ, MARK: str(layout.root), "PYTHONUNBUFFERED": "1"}


def environment(
    name: str, program: Program, *, layout: Layout, kind: str, ports: Mapping[str, int], amqp: str, mongo: str
) -> dict[str, str]:
    """Everything that a process reads from its environment."""
    told = {
        "DECALOG_ENV": kind,
        "DECALOG_INSTANCE": name,
        "DECALOG_AMQP_URL": amqp,
        "DECALOG_MONGO_URL": mongo,
        "DECALOG_HEALTH_PORT": str(ports[f"health:{name}"]),
        "DECALOG_KEYS": str(layout.keys),
        "DECALOG_CRASH_DIR": str(layout.crashes),
        "DECALOG_LOG_LEVEL": os.environ.get("DECALOG_LOG_LEVEL", "INFO"),
    }
    if program.serves_http:
        port = ports[f"http:{name}"]
        told["DECALOG_HTTP_HOST"] = "127.0.0.1"
        told["DECALOG_HTTP_PORT"] = str(port)
        told["DECALOG_PUBLIC_URL"] = http_url(port)
        told["DECALOG_OBJECTS"] = os.environ.get("DECALOG_OBJECTS", layout.objects.as_uri())
    if program.tells_people:
        told |= {variable: os.environ.get(variable, usual) for variable, usual in mail_environment(ports).items()}
    return base_environment(layout) | told


def mail_environment(ports: Mapping[str, int]) -> dict[str, str]:
    """What the notifier is told where the caller says nothing else: a mail server on this machine, if one listens."""
    gateway = ports.get(f"http:{GATEWAY}-1")
    return {
        "DECALOG_SMTP_URL": f"smtp://127.0.0.1:{ports[MAIL_PORT]}",
        "DECALOG_MAIL_FROM": "decalog@example.invalid",
        "DECALOG_PUBLIC_URL": http_url(gateway) if gateway else "http://127.0.0.1",
        "DECALOG_WEBHOOK_HTTP": "allow",
        "DECALOG_WEBHOOK_PRIVATE": "allow",
    }


def http_url(port: int) -> str:
    """Where a process that serves HTTP is reached."""
    return f"http://127.0.0.1:{port}"


def readiness(name: str, program: Program, ports: Mapping[str, int]) -> Probe:
    """Ready when /readyz says so on the health port and, where it has one, on the public port."""
    wanted = [ports[port] for port in port_names([name], program)]

    async def ready() -> str | None:
        for port in wanted:
            if amiss := await http_ready(port):
                return amiss
        return None

    return ready


def product_spec(
    name: str, program: Program, *, layout: Layout, kind: str, ports: Mapping[str, int], amqp: str, mongo: str
) -> Spec:
    """One process of the product, run by the Python that runs the launcher."""
    return Spec(
        name=name,
        command=(sys.executable, *program.arguments),
        environment=environment(name, program, layout=layout, kind=kind, ports=ports, amqp=amqp, mongo=mongo),
        log=layout.log(name),
        ready=readiness(name, program, ports),
        stop_seconds=program.stop_seconds,
        health_port=ports[f"health:{name}"],
    )
