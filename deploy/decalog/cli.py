"""`decalog`: what operators type."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from attrs import asdict
from pymongo.errors import PyMongoError

from decalog import (
    branch_clients,
    documents,
    feeds,
    idleness,
    journals,
    keys,
    letters,
    place,
    replays,
    simulated_time,
    tokens,
    topology,
)
from decalog.broker import NotConfirmed
from decalog.demo import story
from decalog.idleness import StillBusy
from decalog.place import NoInstance
from decalog.replays import NothingToReplay
from decalog.simulated_time import NotStepped

Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Obey the command line; 1 and a sentence on stderr where that cannot be done."""
    options = _parser().parse_args(arguments)
    run: Callable[[Options], int] = options.run
    try:
        return run(options)
    except (
        branch_clients.NotDone,
        NoInstance,
        NotConfirmed,
        NothingToReplay,
        NotStepped,
        StillBusy,
        OSError,
        PyMongoError,
        *feeds.FAULTS,
        *keys.FAULTS,
    ) as reason:
        print(f"decalog: {reason}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("decalog", description=__doc__)
    commands = parser.add_subparsers(required=True)
    _command(
        commands,
        "topology",
        "declare the broker's exchanges and queues",
        _topology,
        ("action", {"choices": ["apply", "show"]}),
    )
    _command(
        commands,
        "contracts",
        "the generated OpenAPI and AsyncAPI files",
        _contracts,
        ("action", {"choices": ["write", "check"]}),
    )
    dead = _command(
        commands,
        "dead-letters",
        "messages that were given up",
        _letters,
        ("action", {"choices": ["list", "show", "replay", "drop"]}),
    )
    dead.add_argument("service")
    dead.add_argument("id", nargs="?", help="event id, or `all` for replay and drop")
    replay = _command(commands, "replay", "have a handler's copies told again by their owners", _replay)
    replay.add_argument("service")
    replay.add_argument("handler")
    idle = _command(commands, "idle", "whether the system is at rest", _idle)
    idle.add_argument("--wait", type=float, default=0, metavar="SECONDS", nargs="?", const=60)
    clock = _command(commands, "clock", "step a simulation's clock", _clock, ("action", {"choices": ["advance"]}))
    clock.add_argument("--to", type=datetime.fromisoformat, required=True, help="an instant with its zone, RFC 3339")
    _command(commands, "demo", "play the story on the instance that runs", _demo)
    token = _command(commands, "token", "an access token for local use, good for 10 minutes", _token)
    token.add_argument("subject")
    token.add_argument("--system", action="store_true", help="of a branch system, whose grants stand in the token")
    token.add_argument("--grant", action="append", default=[], type=tokens.parse_grant, metavar="ACTION@UNIT")
    client = _command(
        commands,
        "client",
        "credentials of branch systems",
        _client,
        ("action", {"choices": branch_clients.ACTIONS}),
    )
    client.add_argument("client_id", nargs="?")
    client.add_argument("--grant", action="append", default=[], type=tokens.parse_grant, metavar="ACTION@UNIT")
    feeds.declare(commands)
    journals.declare(commands)
    keys.declare(commands)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    says: str,
    run: Callable[[Options], int],
    *arguments: tuple[str, dict[str, object]],
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=says)
    command.set_defaults(run=run)
    for argument, settings in arguments:
        command.add_argument(argument, **settings)  # type: ignore[arg-type]
    return command


def _topology(options: Options) -> int:
    items = topology.topology(topology.contracts(), simulated=os.environ.get("DECALOG_ENV") == "simulation")
    if options.action == "apply":
        topology.apply(place.amqp_url(), items)
        print(f"topology: {len(items)} exchanges and queues declared")
    else:
        print(json.dumps([asdict(item) for item in items], indent=1, default=str))
    return 0


def _contracts(options: Options) -> int:
    if options.action == "write":
        print(f"contracts: {len(documents.write(topology.contracts()))} files changed")
        return 0
    stale = documents.drifted(topology.contracts())
    for path in stale:
        print(f"contracts: {path} is not what the contracts say; run `make contracts`")
    return 1 if stale else 0


def _letters(options: Options) -> int:
    url = place.amqp_url()
    if options.action in ("list", "show"):
        found = letters.listed(url, options.service)
        for letter in found:
            if options.action == "list":
                print(f"{letter.id}\t{letter.queue}\t{letter.attempts}\t{letter.reason}")
            elif options.id in (letter.id, None):
                print(json.dumps(asdict(letter), ensure_ascii=False, indent=1))
        print(f"dead-letters: {len(found)} in {options.service}")
        return 0
    if options.id is None:
        print("decalog: name the letter's event id, or `all`", file=sys.stderr)
        return 2
    settle = letters.replay if options.action == "replay" else letters.drop
    print(f"dead-letters: {settle(url, options.service, options.id)} {options.action} in {options.service}")
    return 0


def _replay(options: Options) -> int:
    events = replays.ask(place.amqp_url(), topology.contracts(), options.service, options.handler)
    print(f"replay: asked for {', '.join(events)}")
    return 0


def _idle(options: Options) -> int:
    state = place.instance()
    ports = place.health_ports(state)
    if options.wait:
        idleness.wait(ports, state["amqp"]["deploy"], topology.contracts(), seconds=options.wait)
        print("idle")
        return 0
    busy, _ = idleness.busyness(ports, state["amqp"]["deploy"], idleness.work_queues(topology.contracts()))
    print("\n".join(busy) or "idle")
    return 1 if busy else 0


def _clock(options: Options) -> int:
    state = place.instance()
    ports, url, offered = place.health_ports(state), state["amqp"]["deploy"], topology.contracts()
    steps = simulated_time.advance(ports, options.to, rest=lambda: idleness.wait(ports, url, offered, seconds=60))
    print(f"clock: {steps} steps to {options.to.isoformat()}")
    return 0


def _token(options: Options) -> int:
    kind = "system" if options.system else "person"
    keys = Path(place.instance()["keys"])
    print(tokens.access_token(keys, options.subject, kind=kind, grants=options.grant))
    return 0


def _demo(_: Options) -> int:
    return story.play()


def _client(options: Options) -> int:
    print("\n".join(branch_clients.obey(options.action, options.client_id, options.grant)))
    return 0
