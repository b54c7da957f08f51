"""The object store: bytes under their own SHA-256, in a folder or in S3 alike.

In time order: an upload is streamed to `arriving/<id>` while it is hashed, and moved to `objects/<hash>` when all of it
is there and right; whatever goes wrong before leaves nothing. The same bytes are the same object. When they are read
they are hashed again, and the last part is held back until the hash is right, so that altered bytes never arrive as a
whole. What is old and nobody refers to is set aside under `swept/<hash>`, from where it comes back when somebody asks
for it after all, and is dropped at last. Only a process that moves bytes opens the store.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from attrs import frozen
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

PART_BYTES = 5 * 1024 * 1024
"""What is held in memory of an upload; S3 takes no smaller part."""

CHUNK_BYTES = 1024 * 1024
"""What is read at once. An object of up to this size is verified before its first byte is sent."""

LISTED = 500
"""Names in one page of a listing."""

ARRIVING, KEPT, SWEPT = "arriving", "objects", "swept"
_CLIENT: Mapping[str, Any] = {"connect_timeout": "3s", "timeout": "30s"}
_RETRY: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


class StoreAway(Exception):
    """The store does not answer, is full, or refuses: the same may succeed later."""


class Damaged(Exception):
    """The object is missing, or is not what it was."""


@frozen
class Stored:
    """What the store took."""

    hash: str
    size: int


class Objects:
    """One object store."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def take(self, chunks: AsyncIterator[bytes]) -> Stored:
        """Keep what comes, whole or not at all. What `chunks` raises is raised; StoreAway."""
        digest, counted = sha256(), [0]

        async def hashed() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                digest.update(chunk)
                counted[0] += len(chunk)
                yield chunk

        arriving = f"{ARRIVING}/{uuid.uuid4().hex}"
        with _away():
            await obstore.put_async(self._store, arriving, hashed(), chunk_size=PART_BYTES, max_concurrency=1)
            name = digest.hexdigest()
            await obstore.rename_async(self._store, arriving, _path(name))
            if isinstance(self._store, LocalStore):
                await asyncio.to_thread(_settle, Path(str(self._store.prefix)) / _path(name))
        return Stored(name, counted[0])

    async def chunks(self, hash: str, size: int) -> AsyncGenerator[bytes, None]:
        """The object's bytes, the last of them only once all are known to be right. Damaged; StoreAway."""
        with _away():
            found = await self._found(hash)
            if found.meta["size"] != size:
                raise Damaged(f"{hash} has another size")
            digest, held = sha256(), b""
            async for part in found.stream(min_chunk_size=CHUNK_BYTES):
                if held:
                    yield held
                held = bytes(part)
                digest.update(held)
        if digest.hexdigest() != hash:
            raise Damaged(f"{hash} was altered")
        yield held

    async def old(self, folder: str, before: datetime) -> AsyncIterator[str]:
        """The names in this folder that are unchanged since before that instant. StoreAway."""
        with _away():
            async for page in obstore.list(self._store, prefix=folder, chunk_size=LISTED):
                for one in page:
                    if one["last_modified"] < before:
                        yield one["path"].rpartition("/")[2]

    async def set_aside(self, hash: str) -> None:
        """Nobody refers to it. It is not dropped yet."""
        await self._move(_path(hash), _path(hash, SWEPT))

    async def bring_back(self, hash: str) -> None:
        """Somebody refers to it after all."""
        await self._move(_path(hash, SWEPT), _path(hash))

    async def drop(self, hash: str) -> None:
        """For good, of what was set aside."""
        await self._delete(_path(hash, SWEPT))

    async def drop_arriving(self, name: str) -> None:
        """What an upload left that a crash has ended."""
        await self._delete(f"{ARRIVING}/{name}")

    async def _found(self, hash: str) -> Any:
        """The object, brought back where it was set aside. Damaged where it is nowhere."""
        with suppress(FileNotFoundError):
            return await obstore.get_async(self._store, _path(hash))
        await self.bring_back(hash)
        try:
            return await obstore.get_async(self._store, _path(hash))
        except FileNotFoundError:
            raise Damaged(f"{hash} is missing") from None

    async def _move(self, source: str, target: str) -> None:
        """What is not there, because another process was faster, is not moved."""
        with _away(), suppress(FileNotFoundError):
            await obstore.rename_async(self._store, source, target)

    async def _delete(self, path: str) -> None:
        with _away(), suppress(FileNotFoundError):
            await obstore.delete_async(self._store, path)


def open_objects(url: str, **s3: str | None) -> Objects:
    """The store at `file:///…` (made where it is missing) or `s3://bucket`; ValueError for any other address.

    `s3` may hold endpoint, region, access_key_id and secret_access_key; without keys those of the machine are used.
    """
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return Objects(LocalStore(unquote(urlsplit(url).path), mkdir=True))
    if scheme != "s3":
        raise ValueError(f"an object store is file:///… or s3://bucket, not {scheme}")
    given: dict[str, Any] = {name: value for name, value in s3.items() if value is not None}
    client: Any = {**_CLIENT, "allow_http": str(given.get("endpoint", "")).startswith("http://")}
    return Objects(from_url(url, client_options=client, retry_config=_RETRY, **given))


def _path(hash: str, folder: str = KEPT) -> str:
    return f"{folder}/{hash[:2]}/{hash}"


def _settle(path: Path) -> None:
    """Have the disk keep the file and its name before anybody is told that it is there."""
    for one in (path, path.parent):
        opened = os.open(one, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextmanager
def _away() -> Iterator[None]:
    """Whatever the store can not do becomes StoreAway."""
    try:
        yield
    except (BaseError, OSError) as fault:
        raise StoreAway(f"{type(fault).__name__}: {str(fault)[:200]}") from fault
