"""Looks everywhere that something may lie or has passed: documents, oplog, broker, files of the instance, metrics.

WiredTiger compresses its blocks, so documents are read through the driver as the bytes they are stored as, and so is
the oplog, which holds every write that there was. Messages are seen by a queue that was bound to every exchange of the
house before anything was planted; what lies in queues and streams at the end is read and stays there.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from decalog import topology
from decalog.broker import connected
from tests.canary.values import Canary

TAP = "canary.tap"
RAW = CodecOptions(document_class=RawBSONDocument)
PRIVATE = ("keys",)
"""Folders of the instance that hold secrets by purpose."""


@frozen
class Place:
    """Somewhere, and what is written there."""

    name: str
    content: bytes


def found(places: Iterable[Place], canaries: Iterable[Canary]) -> tuple[list[str], dict[str, int]]:
    """What of them shows where; and how many bytes were looked through, by the place's first word."""
    forms = [(one, form) for one in canaries for form in one.forms()]
    hits: list[str] = []
    seen: dict[str, int] = {}
    for place in places:
        sort = place.name.partition(" ")[0]
        seen[sort] = seen.get(sort, 0) + len(place.content)
        kinds = {one.kind for one, form in forms if form in place.content}
        hits += [f"{kind} in {place.name}" for kind in sorted(kinds)]
    return hits, seen


def stored(url: str) -> Iterator[Place]:
    """Every document of every collection of every database, the oplog among them; but for the server's own (`system.`
    and `replset.`, some of which nobody may read)."""
    with MongoClient[Any](url) as client:
        for database in client.list_database_names():
            for name in client[database].list_collection_names(
                filter={"name": {"$not": {"$regex": r"^(system|replset)\."}}}
            ):
                collection = client[database].get_collection(name, codec_options=RAW)
                content = b"".join(one.raw for one in collection.find())
                yield Place(f"database {database}.{name}", content)


@contextmanager
def tapped(url: str) -> Iterator[None]:
    """Every message of the house's exchanges is copied to one queue while the block runs."""
    with connected(url) as channel:
        channel.queue_declare(TAP, durable=True, auto_delete=False, arguments={"x-queue-type": "classic"})
        for item in topology.topology(topology.contracts()):
            if isinstance(item, topology.Exchange) and item.name != topology.RPC_EXCHANGE:
                channel.queue_bind(TAP, item.name, "#")
    try:
        yield
    finally:
        with connected(url) as channel:
            channel.queue_delete(TAP)


def passed(url: str) -> Iterator[Place]:
    """What was copied, and what lies in every queue of the house; nothing is taken away."""
    queues = [one for one in topology.topology(topology.contracts()) if isinstance(one, topology.Queue)]
    plain = [one.name for one in queues if one.arguments.get("x-queue-type") != "stream"]
    for queue in (TAP, *plain):
        with connected(url) as channel:
            yield Place(f"queue {queue}", b"\n".join(_waiting(channel, queue)))
    for one in queues:
        if one.arguments.get("x-queue-type") == "stream":
            yield Place(f"stream {one.name}", b"\n".join(_streamed(url, one.name)))


def files(root: Path) -> Iterator[Place]:
    """Every file of the instance: logs, the broker's and the database's own files; but not its keys."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.relative_to(root).parts[0] not in PRIVATE:
            try:
                content = path.read_bytes().rstrip(b"\0")  # what is reserved and was never written
            except FileNotFoundError:
                continue
            yield Place(f"file {path.relative_to(root)}", content)


def metrics(ports: Mapping[str, int]) -> Iterator[Place]:
    """What each process tells of itself."""
    for process, port in ports.items():
        yield Place(f"metrics {process}", httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).content)


def _waiting(channel: Any, queue: str) -> Iterator[bytes]:
    """Messages held without an acknowledgement: they go back when the connection ends."""
    while (message := channel.basic_get(queue, no_ack=False)) is not None:
        yield _bytes(message)


def _streamed(url: str, stream: str) -> Iterator[bytes]:
    told: list[bytes] = []
    with connected(url) as channel:
        channel.basic_qos(0, 200, False)

        def take(message: Any) -> None:
            told.append(_bytes(message))
            channel.basic_ack(message.delivery_tag)

        channel.basic_consume(stream, callback=take, arguments={"x-stream-offset": "first"})
        while True:
            try:
                channel.connection.drain_events(timeout=1)
            except TimeoutError:
                break
    yield from told


def _bytes(message: Any) -> bytes:
    body = message.body if isinstance(message.body, bytes) else message.body.encode()
    return body + f" {message.properties} {message.delivery_info.get('routing_key')}".encode()
