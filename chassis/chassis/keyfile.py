"""The files of keys, which lie outside of every database: read, followed while a process runs, and changed whole.

`field.keys.json` is `{"current": id, "keys": {id: key}, "lookup": key}`, `person.keys.json` the same without `lookup`;
a key is 32 bytes in base64. A file is changed by putting another one in its place, so that nobody ever reads half of
one. A process looks before every use whether another file lies there (one `stat`), and takes over its keys without a
restart; where that file is faulty or gone, it keeps those it has and logs that once. The look-up key is read at start.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from chassis import telemetry
from chassis.fieldcrypt import KEY_BYTES, FieldKeys, KeysFaulty, PersonKeys, Versions, check_versions

FIELD_FILE = "field.keys.json"
PERSON_FILE = "person.keys.json"

Stamp = tuple[int, int, int]


@frozen
class KeyFile:
    """What a file of keys says; `rest` is what else stands in it."""

    current: str
    keys: Mapping[str, bytes]
    rest: Mapping[str, Any]

    def with_key(self, name: str, key: bytes) -> "KeyFile":
        """A further key that opens and does not seal yet."""
        return evolve(self, keys={**self.keys, name: key})

    def sealing_by(self, name: str) -> "KeyFile":
        """This key seals from now on."""
        return evolve(self, current=name)

    def without(self, name: str) -> "KeyFile":
        """The key is gone, and what it sealed with it."""
        return evolve(self, keys={each: key for each, key in self.keys.items() if each != name})

    def next_id(self) -> str:
        """`k3` after `k1` and `k2`: the letters of the current id, and the first number above all that are there."""
        letters = self.current.rstrip("0123456789")
        numbers = [name.removeprefix(letters) for name in self.keys]
        return f"{letters}{max((int(number) for number in numbers if number.isdigit()), default=0) + 1}"


def read_file(path: Path) -> KeyFile:
    """What the file says (KeysFaulty)."""
    try:
        told = json.loads(path.read_text())
        keys = {str(name): base64.b64decode(key, validate=True) for name, key in told.pop("keys").items()}
        made = KeyFile(str(told.pop("current")), keys, told)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise KeysFaulty(f"{path} cannot be read: {type(error).__name__}") from None
    check_versions(made.current, made.keys)
    return made


def write_file(path: Path, file: KeyFile) -> None:
    """Put it in the place of the one that lies there; readable by its owner alone."""
    check_versions(file.current, file.keys)
    keys = {name: base64.b64encode(key).decode() for name, key in file.keys.items()}
    text = json.dumps({"current": file.current, "keys": keys, **file.rest}, indent=1)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)


def new_key() -> bytes:
    """A key that nobody has."""
    return secrets.token_bytes(KEY_BYTES)


def read_keys(folder: Path) -> FieldKeys:
    """The keys of field encryption in this folder, followed from now on (KeysFaulty)."""
    return _FollowedFieldKeys(folder / FIELD_FILE)


def read_person_keys(folder: Path) -> Callable[[], PersonKeys]:
    """What gives the company's person keys of the moment (KeysFaulty)."""
    return _Followed(folder / PERSON_FILE, lambda file: PersonKeys(file.current, file.keys)).now


class _Followed:
    """What a file says, made into what is used of it; made anew when another file lies there."""

    def __init__(self, path: Path, make: Callable[[KeyFile], Any]) -> None:
        self._path = path
        self._make = make
        self._stamp = _stamp(path)
        self._made = make(read_file(path))

    def now(self) -> Any:
        """What is used now."""
        if (stamp := _stamp(self._path)) != self._stamp:
            self._stamp = stamp
            self._take()
        return self._made

    def _take(self) -> None:
        try:
            self._made = self._make(read_file(self._path))
            telemetry.logger().info("keys.taken_over", file=self._path.name)
        except KeysFaulty as fault:
            telemetry.logger().error("keys.faulty", file=self._path.name, reason=str(fault))


class _FollowedFieldKeys(FieldKeys):
    """Field keys that are those of the file at every moment."""

    def __init__(self, path: Path) -> None:
        self._file = _Followed(path, lambda file: Versions.of(file.current, file.keys))
        told = read_file(path)
        try:
            lookup = base64.b64decode(told.rest["lookup"], validate=True)
        except (ValueError, TypeError, KeyError) as error:
            raise KeysFaulty(f"{path} cannot be read: {type(error).__name__}") from None
        super().__init__(told.current, told.keys, lookup)

    def now(self) -> Versions:
        made: Versions = self._file.now()
        return made


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
