"""What no record refers to is set aside, and nothing that anybody may refer to is ever touched."""

import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from chassis.objects import open_objects
from gateway import limits
from gateway.language import Words
from gateway.rpc import TimedOut, Unsent
from gateway.sweep import Sweep, Unsure
from gateway.tokens import Tokens
from gateway.wire import Absent, Broken, Done, Refused

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
KEPT = timedelta(hours=24)


def keeping(operation, service):
    return operation("objects_kept", kind="query", method="GET", path=f"/v1/{service}/objects-kept", key="none")


@pytest.fixture
def offered(operation):
    return [keeping(operation, "emergency")]


@pytest.fixture
def objects(house):
    return open_objects(house.folder.as_uri())


@pytest.fixture
def sweep(house, objects):
    return Sweep(objects, house.discovery, Tokens({}, house.key, clock=house.clock), house.services, KEPT, lambda: NOW)


@pytest.fixture
def stored(house, objects):
    """Stores bytes that came so long ago; their hash."""

    async def made(content, age):
        async def chunks():
            yield content

        found = await objects.take(chunks())
        grow_old(house, "objects", found.hash, age)
        return found.hash

    return made


def grow_old(house, folder, name, age):
    at = (NOW - age).timestamp()
    os.utime(house.folder / folder / name[:2] / name, (at, at))


def lying(house, folder):
    return {path.name for path in (house.folder / folder).rglob("*") if path.is_file()}


async def test_what_is_old_and_unused_is_set_aside_and_nothing_else(house, stored, sweep, done):
    used, unused = await stored(b"used", KEPT * 9), await stored(b"unused", KEPT + timedelta(seconds=1))
    young = await stored(b"young", KEPT - timedelta(seconds=1))
    house.services.by_service = {"emergency": done(200, {"kept": [used]})}

    await sweep.once()

    assert (lying(house, "objects"), lying(house, "swept")) == ({used, young}, {unused})
    assert [call.kwargs["query"] for call in house.services.calls] == [{"hashes": ",".join(sorted([used, unused]))}]


async def test_what_was_set_aside_comes_back_when_somebody_asks_for_it(house, objects, stored, sweep, done):
    name = await stored(b"unused", KEPT * 2)
    house.services.by_service = {"emergency": done(200, {"kept": []})}
    await sweep.once()

    assert [chunk async for chunk in objects.chunks(name, len(b"unused"))] == [b"unused"]
    assert (lying(house, "objects"), lying(house, "swept")) == ({name}, set())


async def test_what_has_lain_aside_for_long_is_asked_for_once_more_and_then_dropped(
    house, objects, stored, sweep, done
):
    used, unused, fresh = [await stored(content, KEPT * 2) for content in (b"used", b"unused", b"fresh")]
    house.services.by_service = {"emergency": done(200, {"kept": []})}
    await sweep.once()
    for name in (used, unused):
        grow_old(house, "swept", name, limits.SWEPT_KEPT + timedelta(seconds=1))
    grow_old(house, "swept", fresh, limits.SWEPT_KEPT - timedelta(seconds=1))

    house.services.by_service = {"emergency": done(200, {"kept": [used]})}
    await sweep.once()

    assert (lying(house, "objects"), lying(house, "swept")) == ({used}, {fresh})


@pytest.mark.parametrize(
    "fault",
    [
        TimedOut(),
        Unsent(),
        Absent(),
        Broken("KeyError"),
        Refused("unready", "chassis.database_away", Words("稍后", "later"), ()),
        None,
        Done(200, {"kept": [{}]}, None, None, False, None),
        Done(200, None, None, None, False, None),
    ],
    ids=str,
)
async def test_while_one_service_does_not_say_nothing_is_touched(
    house, stored, sweep, done, beacon, manifest, operation, fault, monkeypatch
):
    monkeypatch.setattr(limits, "ABSENT_PAUSE_SECONDS", 0.0)
    for _ in range(2):
        house.clock.now += 16
        for service in ("emergency", "security"):
            offer = manifest(keeping(operation, service), service=service, hash=f"{service}-{'1' * 40}")
            house.discovery.hear(beacon(offer), service)
    name = await stored(b"unused", KEPT * 2)
    house.services.by_service = {"emergency": done(200, {"kept": []}), "security": fault or done(200, {})}

    with pytest.raises(Unsure):
        await sweep.once()

    assert lying(house, "objects") == {name}


class TestNobodyToAsk:
    @pytest.fixture
    def offered(self, operation):
        return [operation()]

    async def test_before_any_service_has_offered_to_say_nothing_is_touched(self, house, stored, sweep):
        name = await stored(b"unused", KEPT * 2)

        with pytest.raises(Unsure):
            await sweep.once()

        assert lying(house, "objects") == {name}


async def test_many_are_asked_for_a_hundred_at_a_time(house, stored, sweep, done):
    for number in range(limits.SWEPT_AT_ONCE + 1):
        await stored(f"{number}".encode(), KEPT * 2)
    house.services.by_service = {"emergency": done(200, {"kept": []})}

    await sweep.once()

    asked = [call.kwargs["query"]["hashes"].split(",") for call in house.services.calls]
    assert sorted(len(hashes) for hashes in asked) == [1, limits.SWEPT_AT_ONCE]
    assert len(lying(house, "swept")) == limits.SWEPT_AT_ONCE + 1


async def test_what_a_crash_left_of_an_upload_is_dropped_and_what_is_not_ours_is_let_be(house, sweep):
    for folder, name in (("arriving", "half"), ("objects", "notes.txt")):
        (house.folder / folder).mkdir()
        (house.folder / folder / name).write_bytes(b"x")
        os.utime(house.folder / folder / name, ((NOW - KEPT * 2).timestamp(),) * 2)

    await sweep.once()

    assert (lying(house, "arriving"), lying(house, "objects")) == (set(), {"notes.txt"})


async def test_two_gateways_may_sweep_at_once(house, stored, sweep, done):
    name = await stored(b"unused", KEPT * 2)
    house.services.by_service = {"emergency": done(200, {"kept": []})}

    await sweep.once()
    await sweep.objects.set_aside(name)
    await sweep.objects.drop(hashlib.sha256(b"never there").hexdigest())

    assert lying(house, "swept") == {name}
