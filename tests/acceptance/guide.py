"""A document that says how to do something, done as it stands.

A block that names a file is that file (` ```python services/x/y.py `), or changes it (` ```diff services/x/y.py `: `+`
and `-` lines among others that say where, several places parted by `@@`). Other blocks are what a reader types or sees:
`sh` commands, `http` requests, and the part of the answer that the `json` block after a request shows.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from attrs import frozen

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@frozen
class Request:
    """What a reader sends, and what the answer's body holds among other things."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    answered: dict[str, Any]


@frozen
class Guide:
    """The blocks of a document, in order: kind, file (empty for none), text."""

    blocks: tuple[tuple[str, str, str], ...]

    @classmethod
    def at(cls, document: Path) -> "Guide":
        """The guide in this document."""
        return cls(tuple(_BLOCK.findall(document.read_text())))

    def follow(self, workspace: Path) -> None:
        """Write and change the files as it says."""
        for kind, name, text in self.blocks:
            if name:
                file = workspace / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(changed(file.read_text(), text) if kind == "diff" else text)

    def command(self, word: str) -> list[str]:
        """The one command line with this word in it."""
        lines = [line for kind, _, text in self.blocks if kind == "sh" for line in text.splitlines()]
        (found,) = (line for line in lines if word in line)
        return shlex.split(found)

    def request(self) -> Request:
        """The one request of the document."""
        ((place, text),) = ((nth, text) for nth, (kind, _, text) in enumerate(self.blocks) if kind == "http")
        head, _, body = text.partition("\n\n")
        first, *headers = head.splitlines()
        method, path = first.split()
        answered = json.loads(self.blocks[place + 1][2])
        return Request(method, path, dict(line.split(": ", 1) for line in headers), json.loads(body), answered)


def changed(text: str, change: str) -> str:
    """The text after a change; each place must be there exactly once."""
    for part in change.split("@@\n"):
        lines = part.splitlines(keepends=True)
        old, new = ("".join(line[1:] or "\n" for line in lines if line[0] != sign) for sign in "+-")
        assert f"\n{text}".count(f"\n{old}") == 1, f"not there exactly once:\n{old}"
        text = f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]
    return text
