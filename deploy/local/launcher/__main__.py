"""`python -m launcher`: run Decalog on this machine.

A broker that is already there is used, and never stopped or set up, when DECALOG_BROKER_ADMIN_URL names its
deploy user (all rights on the vhost) and DECALOG_AMQP_URL_<USER> the user GATEWAY and that of each service which is
installed, such as EMERGENCY; a database likewise with DECALOG_DATABASE_ADMIN_URL and DECALOG_MONGO_URL_<USER>.
Whoever runs them makes these users, with the permissions of `launcher/accounts.py`.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

from launcher import starting
from launcher.control import ask
from launcher.failures import LaunchError
from launcher.instance import settle
from launcher.layout import Layout
from launcher.processes import chosen
from launcher.supervisor import Supervisor

KINDS = ("local", "test", "simulation", "production")


def main(arguments: Sequence[str] | None = None) -> int:
    """Obey the command line; 1 and a sentence on stderr where that cannot be done."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, leave)
    try:
        return COMMANDS[options.command](options)
    except LaunchError as reason:
        print(f"launcher: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def leave(number: int, _: object) -> NoReturn:
    """SIGTERM ends a command as Ctrl-C does: what it has to stop is stopped first."""
    raise SystemExit(128 + number)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    plain = argparse.RawTextHelpFormatter
    shape = argparse.ArgumentParser("launcher", description=__doc__, formatter_class=plain)
    commands = shape.add_subparsers(dest="command", required=True)
    for name, help_text in (
        ("up", "start the instance and leave it running; returns when everything is ready"),
        ("run", "start the instance, run a command (after --) that finds it by environment, stop it again"),
        ("supervise", "the background process itself"),
    ):
        add_start_options(commands.add_parser(name, help=help_text))
    add_root(commands.add_parser("down", help="stop everything cleanly"))
    add_root(commands.add_parser("status", help="what runs, where, and what is amiss"))
    for name in ("start", "stop", "restart"):
        named = commands.add_parser(name, help=f"{name} a process, or all processes of a program")
        named.add_argument("name")
        add_root(named)
    scale = commands.add_parser("scale", help="run this many processes of a program")
    scale.add_argument("name")
    scale.add_argument("count", type=int)
    add_root(scale)
    return shape


def add_root(command: argparse.ArgumentParser) -> None:
    """Where the instance keeps its things."""
    command.add_argument("--root", type=Layout.at, default=Layout.at(".local/run"), dest="layout")


def add_start_options(command: argparse.ArgumentParser) -> None:
    """What an instance is made of."""
    add_root(command)
    command.add_argument("--env", choices=KINDS, default="local", help="what DECALOG_ENV says")
    command.add_argument("--processes", default="all", help="all, none, or names with commas")
    command.add_argument("--replicas", type=replica, action="append", default=[], metavar="NAME=N")
    command.add_argument("--fresh", action="store_true", help="with the data of no run before")
    command.add_argument("rest", nargs="*", metavar="-- COMMAND", help="for run: the command")


def replica(text: str) -> tuple[str, int]:
    """`emergency=2` as a pair."""
    name, _, count = text.partition("=")
    return name, int(count)


def supervisor_arguments(options: argparse.Namespace) -> list[str]:
    """The options that the background process needs, as a command line."""
    replicas = [word for name, count in options.replicas for word in ("--replicas", f"{name}={count}")]
    root = str(options.layout.root)
    return ["--root", root, "--env", options.env, "--processes", options.processes, *replicas]


def up(options: argparse.Namespace, *, tied: bool = False) -> int:
    began = time.monotonic()
    chosen(options.processes)
    arguments = supervisor_arguments(options)
    status = starting.up(options.layout, arguments, fresh=options.fresh, tied=tied)
    print(f"Up after {time.monotonic() - began:.1f} s. Gateway: {status['gateway_url'] or 'none'}.")
    print(f"Logs: {status['logs']}. Everything else: {options.layout.state}.")
    return 0


def run(options: argparse.Namespace) -> int:
    up(options, tied=True)
    try:
        return starting.run(options.layout, options.rest)
    finally:
        starting.down(options.layout)


def supervise(options: argparse.Namespace) -> int:
    with starting.only_one(options.layout.supervisor_lock, wait=False):
        programs = chosen(options.processes)
        replicas = dict(options.replicas)
        instance = settle(options.layout, kind=options.env, programs=programs, replicas=replicas)
        asyncio.run(Supervisor(instance).run())
    return 0


def down(options: argparse.Namespace) -> int:
    print("Stopped." if starting.down(options.layout) else "Nothing was running.")
    return 0


def status(options: argparse.Namespace) -> int:
    answer = ask(options.layout, "status")
    if answer is None:
        print(f"Nothing runs in {options.layout.root}.")
        return 1
    print(f"{answer['phase']} {answer['why']}  gateway: {answer['gateway_url'] or 'none'}")
    for name, process in answer["processes"].items():
        reason = answer["amiss"].get(name, "")
        state, pid, deaths = process["state"], process["pid"] or "-", process["deaths"]
        print(f"{name:18} {state:9} pid {pid:>7}  deaths {deaths}  {reason}")
    return 0 if answer["phase"] == "ready" and not answer["amiss"] else 1


def command(options: argparse.Namespace) -> int:
    """start, stop, restart, scale: done when the supervisor says so."""
    details = {name: getattr(options, name) for name in ("name", "count") if hasattr(options, name)}
    answer = ask(options.layout, options.command, **details)
    if answer is None:
        raise LaunchError(f"nothing runs in {options.layout.root}")
    if "error" in answer:
        raise LaunchError(answer["error"])
    return 0


COMMANDS = {
    "up": up,
    "run": run,
    "supervise": supervise,
    "down": down,
    "status": status,
    "start": command,
    "stop": command,
    "restart": command,
    "scale": command,
}

if __name__ == "__main__":
    sys.exit(main())
