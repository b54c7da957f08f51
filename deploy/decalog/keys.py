"""The command `decalog keys`: new versions of the keys that seal and find personal data, and the end of old ones.

A new version first opens everywhere (`add`), then seals (`use`); `rotate` does both where all processes read one
folder. Services take a changed file over by themselves, and seal anew what older keys sealed, a little at a time.
`retire` looks through every document of every database for what the key has made, and refuses while there is any.
"""

import argparse
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from chassis import documents
from chassis.clock import machine_now
from chassis.fieldcrypt import KeysFaulty, person_key_of, sealed_by
from chassis.keyfile import FIELD_FILE, PERSON_FILE, KeyFile, new_key, read_file, write_file
from decalog import place, topology

Options = argparse.Namespace
Made = Counter[tuple[str, str]]
"""How many texts a key has made: by its id and where they lie (`service.collection`)."""

ACTIONS = ("show", "rotate", "add", "use", "retire")
QUIET = timedelta(minutes=1)
"""Twice the longest deadline of a call (30 s): what was begun under the key before has ended by then."""


class KeyStays(Exception):
    """What was asked of a key cannot be done; the message says why."""


FAULTS = (KeyStays, KeysFaulty)


def declare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = commands.add_parser("keys", help="versions of the keys of personal data")
    command.add_argument("action", choices=ACTIONS)
    command.add_argument("id", nargs="?", help="the key's id, for use and retire")
    command.add_argument("--person", action="store_true", help="the person key instead of the field keys")
    command.set_defaults(run=_run)


def _run(options: Options) -> int:
    folder = Path(os.environ.get("DECALOG_KEYS") or place.instance()["keys"])
    path = folder / (PERSON_FILE if options.person else FIELD_FILE)
    made = person_key_of if options.person else sealed_by
    print("\n".join(obey(options.action, options.id, path, lambda: count(databases(), made))))
    return 0


def obey(action: str, named: str | None, path: Path, counted: Callable[[], Made]) -> list[str]:
    """Do it, and the lines to print (KeyStays, KeysFaulty)."""
    file = read_file(path)
    if action == "show":
        return _shown(file, counted())
    key = file.next_id() if action in ("add", "rotate") else named
    if action in ("add", "rotate"):
        file = file.with_key(file.next_id(), new_key())
    if key is None or key not in file.keys:
        raise KeyStays(f"name one of the keys: {', '.join(file.keys)}")
    if action in ("use", "rotate"):
        file = file.sealing_by(key)
    if action == "retire":
        _check_done(file, key, path, counted)
        file = file.without(key)
    write_file(path, file)
    return [f"{path.name}: {action} {key} done; {file.current} is current, there are {', '.join(file.keys)}"]


def count(found: Iterable[tuple[str, Any]], made: Callable[[str], str | None]) -> Made:
    """How many texts each key has made, in all documents of these databases."""
    counted: Made = Counter()
    for name, database in found:
        for collection in database.list_collection_names():
            if collection.startswith("system."):
                continue
            for document in database[collection].find(batch_size=1_000):
                counted.update((key, f"{name}.{collection}") for text in _texts(document) if (key := made(text)))
    return counted


def databases() -> Iterator[tuple[str, Any]]:
    """The database of each service, read as its own user."""
    for contract in topology.contracts():
        database = documents.connect(place.mongo_url(contract.service), name="keys")
        yield contract.service, database
        database.client.close()


def _check_done(file: KeyFile, id: str, path: Path, counted: Callable[[], Made]) -> None:
    if id == file.current:
        raise KeyStays(f"{id} is the current key: rotate first")
    if machine_now().timestamp() - path.stat().st_mtime < QUIET.total_seconds():
        raise KeyStays(f"{path.name} was changed less than {QUIET.seconds} s ago: writes may still be under way")
    if left := {where: number for (key, where), number in counted().items() if key == id}:
        told = ", ".join(f"{number} in {where}" for where, number in sorted(left.items()))
        raise KeyStays(f"{id} is still needed: {told}")


def _shown(file: KeyFile, counted: Made) -> list[str]:
    lines = []
    for each in dict.fromkeys([*file.keys, *(key for key, _ in counted)]):
        state = "current" if each == file.current else "older" if each in file.keys else "LOST"
        places = [f"{number} in {where}" for (key, where), number in sorted(counted.items()) if key == each]
        lines.append(f"{each}\t{state}\t{', '.join(places) or 'nothing'}")
    return lines


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)
