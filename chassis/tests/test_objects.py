"""A folder and S3 keep objects alike: under their hash, whole or not at all, and never served altered."""

import asyncio
import hashlib
import os
import resource
import urllib.request
from datetime import timedelta

import pytest
from moto.server import ThreadedMotoServer

from chassis.clock import machine_now
from chassis.objects import PART_BYTES, Damaged, StoreAway, Stored, open_objects

MEGABYTE = 1024 * 1024
SMALL = b"small"
LARGE = os.urandom(12 * MEGABYTE + 1)


@pytest.fixture(scope="module")
def s3():
    """An S3 of our own on this machine; its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["file", "s3"])
def objects(request, tmp_path):
    if request.param == "file":
        return open_objects((tmp_path / "objects").as_uri())
    bucket = f"b{os.urandom(6).hex()}"
    address = request.getfixturevalue("s3")
    urllib.request.urlopen(urllib.request.Request(f"{address}/{bucket}", method="PUT"))
    return of_s3(address, bucket)


def of_s3(address, bucket):
    keys = {"access_key_id": "example", "secret_access_key": "example"}
    return open_objects(f"s3://{bucket}/attachments", endpoint=address, region="us-east-1", **keys)


def name(content):
    return hashlib.sha256(content).hexdigest()


async def cut(content, size=MEGABYTE, fault=None):
    for start in range(0, len(content), size):
        yield content[start : start + size]
    if fault:
        raise fault


async def read(objects, hash, size):
    return b"".join([chunk async for chunk in objects.chunks(hash, size)])


def listed(objects):
    return sorted(one["path"] for one in objects._store.list().collect())


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "of several parts"])
def test_what_comes_is_kept_under_its_hash_and_read_as_it_was(objects, content):
    async def both():
        stored = await objects.take(cut(content))
        return stored, await read(objects, stored.hash, stored.size)

    assert asyncio.run(both()) == (Stored(name(content), len(content)), content)


def test_the_same_bytes_twice_are_one_object(objects):
    async def twice():
        return [await objects.take(cut(SMALL)), await objects.take(cut(SMALL, 1))]

    first, second = asyncio.run(twice())

    assert first == second
    assert listed(objects) == [f"objects/{first.hash[:2]}/{first.hash}"]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "of several parts"])
def test_of_what_breaks_off_nothing_stays_and_the_fault_is_passed_on(objects, content):
    class BrokenOff(Exception):
        pass

    with pytest.raises(BrokenOff):
        asyncio.run(objects.take(cut(content, fault=BrokenOff())))

    assert listed(objects) == []


@pytest.mark.parametrize("altered", [b"smalL", b"smalls", None], ids=["other", "longer", "gone"])
def test_an_object_that_is_not_what_it_was_is_never_read_to_its_end(objects, altered):
    async def alter():
        stored = await objects.take(cut(SMALL))
        path = f"objects/{stored.hash[:2]}/{stored.hash}"
        await (objects._store.delete_async(path) if altered is None else objects._store.put_async(path, altered))
        return await read(objects, stored.hash, stored.size)

    with pytest.raises(Damaged):
        asyncio.run(alter())


def test_of_a_large_object_that_was_altered_at_its_beginning_the_last_part_is_held_back(objects):
    async def alter():
        stored = await objects.take(cut(LARGE))
        path = f"objects/{stored.hash[:2]}/{stored.hash}"
        await objects._store.put_async(path, b"x" + LARGE[1:])
        came = 0
        try:
            async for chunk in objects.chunks(stored.hash, stored.size):
                came += len(chunk)
        except Damaged:
            return came
        raise AssertionError("it was served")

    assert asyncio.run(alter()) < len(LARGE)


def test_what_is_set_aside_is_listed_comes_back_and_is_dropped(objects):
    async def swept():
        stored = await objects.take(cut(SMALL))
        later, earlier = machine_now() + timedelta(hours=1), machine_now() - timedelta(hours=1)
        seen = [[one async for one in objects.old("objects", at)] for at in (later, earlier)]
        await objects.set_aside(stored.hash)
        aside = listed(objects)
        content = await read(objects, stored.hash, stored.size)
        await objects.set_aside(stored.hash)
        await objects.drop(stored.hash)
        return seen, aside, content

    seen, aside, content = asyncio.run(swept())

    assert seen == [[name(SMALL)], []]
    assert aside == [f"swept/{name(SMALL)[:2]}/{name(SMALL)}"]
    assert content == SMALL
    assert listed(objects) == []


def test_an_upload_goes_to_the_disk_part_by_part(tmp_path):
    objects = open_objects((tmp_path / "objects").as_uri())
    seen = []

    async def watched():
        async for chunk in cut(LARGE):
            seen.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
            yield chunk

    asyncio.run(objects.take(watched()))

    held = [number * MEGABYTE - on_disk for number, on_disk in enumerate(seen)]
    assert max(held) <= 2 * PART_BYTES
    assert seen[-1] >= PART_BYTES


def test_a_store_that_does_not_answer_is_away(tmp_path, s3):
    folder = tmp_path / "objects"
    on_disk, gone = open_objects(folder.as_uri()), of_s3(s3, "no-such-bucket")
    folder.rmdir()
    folder.write_text("no folder")

    for objects in (on_disk, gone):
        with pytest.raises(StoreAway):
            asyncio.run(objects.take(cut(SMALL)))


def test_a_disk_that_takes_no_more_is_away_and_what_was_kept_stays(tmp_path):
    objects = open_objects((tmp_path / "objects").as_uri())
    asyncio.run(objects.take(cut(SMALL)))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PART_BYTES - 1, usual[1]))
    try:
        with pytest.raises(StoreAway):
            asyncio.run(objects.take(cut(LARGE)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    assert listed(objects) == [f"objects/{name(SMALL)[:2]}/{name(SMALL)}"]
    assert asyncio.run(objects.take(cut(LARGE))).hash == name(LARGE)


def test_a_folder_may_be_called_anything(tmp_path):
    folder = tmp_path / "附件 1%20"
    stored = asyncio.run(open_objects(folder.as_uri()).take(cut(SMALL)))

    assert (folder / "objects" / stored.hash[:2] / stored.hash).read_bytes() == SMALL


def test_any_other_address_is_refused():
    with pytest.raises(ValueError, match=r"not https"):
        open_objects("https://example.invalid/bucket")
