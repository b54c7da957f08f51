"""The supervisor's ear: a unix socket in the instance's folder; one JSON line in, one JSON line back.

The folder is the owner's alone, so whoever can reach the socket may command. A path longer than the 107 bytes
that a socket address takes is reached through the folder's descriptor.
"""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from launcher.layout import Layout

NAME = "control"
Answer = dict[str, Any]
Answers = Callable[[Answer], Awaitable[Answer]]


@contextmanager
def address(layout: Layout) -> Iterator[str]:
    """A short path to the socket, good while open."""
    folder = os.open(layout.root, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)


async def listen(layout: Layout, answers: Answers) -> asyncio.Server:
    """Serve commands until the server is closed."""
    (layout.root / NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    with address(layout) as path:
        listener.bind(path)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line:
            writer.write(json.dumps(await answers(json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(converse, sock=listener)


def ask(layout: Layout, do: str, **details: object) -> Answer | None:
    """The supervisor's answer to one command, however long it takes; None where no supervisor runs."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            with address(layout) as path:
                connection.connect(path)
            connection.sendall(json.dumps({"do": do, **details}).encode() + b"\n")
            line = connection.makefile("rb").readline()
        except (FileNotFoundError, ConnectionError):
            return None
    answer: Answer | None = json.loads(line) if line else None
    return answer
