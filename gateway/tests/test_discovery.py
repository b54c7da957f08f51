"""From beacons to the table: who is believed, what is fetched, what is remembered."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from attrs import define, field
from joserfc.jwk import OKPKey

from gateway import limits
from gateway.discovery import Discovery
from gateway.issuers import LocalIssuer
from gateway.rpc import Unsent
from gateway.store import StoreDown
from gateway.tokens import Tokens
from gateway.wire import Answer, Call, Done

pytestmark = pytest.mark.anyio

Make = Callable[..., dict[str, Any]]


@define
class Memory:
    """A database that can be away."""

    kept: dict[str, dict[str, Any]] = field(factory=dict)
    away: bool = False
    writes: int = 0

    async def load(self) -> list[dict[str, Any]]:
        if self.away:
            raise StoreDown
        return list(self.kept.values())

    async def save(self, document: dict[str, Any]) -> None:
        if self.away:
            raise StoreDown
        self.writes += 1
        self.kept[document["_id"]] = document


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def make(key: OKPKey, clock: Any) -> Callable[[Any], Discovery]:
    tokens = Tokens({"decalog": LocalIssuer({"keys": [key.as_dict(private=False)]})}, key, clock=clock)
    return lambda store: Discovery(tokens, store, monotonic=clock, clock=clock)


@pytest.fixture
def discovery(make: Callable[[Any], Discovery]) -> Discovery:
    return make(None)


def paths(discovery: Discovery) -> list[str]:
    return [route.operation.path for route in discovery.table.routes]


async def test_a_whole_manifest_is_served_at_once(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any
) -> None:
    discovery.hear(beacon(manifest(operation())), "emergency")

    assert paths(discovery) == ["/v1/incidents"]


@pytest.mark.parametrize("user", [None, "marketing", "deploy", ""])
async def test_a_beacon_from_another_user_is_not_believed(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any, user: str | None
) -> None:
    discovery.hear(beacon(manifest(operation())), user)

    assert paths(discovery) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b"{}",
        b'{"service":"emergency"}',
        b'{"service":"emergency","instance":7,"hash":"x"}',
        b" " * 3_000_000,
    ],
)
async def test_a_malformed_beacon_changes_nothing(discovery: Discovery, body: bytes) -> None:
    discovery.hear(body, "emergency")

    assert discovery.registry.instances == {}


async def test_a_manifest_of_another_hash_or_service_is_not_believed(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any
) -> None:
    whole = manifest(operation())
    other = manifest(operation(), service="marketing")
    known = {name: whole[name] for name in ("service", "instance")}

    discovery.hear(orjson.dumps({**known, "hash": "f" * 64, "manifest": whole}), "emergency")
    discovery.hear(orjson.dumps({**known, "hash": other["hash"], "manifest": other}), "emergency")

    assert paths(discovery) == []


async def test_an_unknown_hash_is_asked_for_until_its_manifest_comes(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any
) -> None:
    older, newer = manifest(operation(), hash="a" * 64), manifest(operation("other", path="/v1/others"), hash="b" * 64)
    calls: list[Call] = []

    class Replicas:
        async def ask(self, call: Call) -> Answer:
            calls.append(call)
            body = older if len(calls) < 3 else newer
            return Done(200, body, None, None, False, None)

    discovery.hear(beacon(newer, manifest=None), "emergency")
    await running_until(discovery, Replicas(), lambda: bool(discovery.table.routes))

    assert [(call.service, call.operation, call.kwargs) for call in calls] == [("emergency", "manifest", {})] * 3
    assert paths(discovery) == ["/v1/others"]


async def test_a_service_that_does_not_answer_is_asked_again(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SETTLE_SECONDS", 0)
    whole = manifest(operation())
    asked = 0

    class Silent:
        async def ask(self, call: Call) -> Answer:
            nonlocal asked
            asked += 1
            if asked < 3:
                raise Unsent
            return Done(200, whole, None, None, False, None)

    discovery.hear(beacon(whole, manifest=None), "emergency")
    await running_until(discovery, Silent(), lambda: bool(discovery.table.routes))

    assert asked == 3


async def test_an_instance_that_says_goodbye_leaves_at_once(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any
) -> None:
    whole = manifest(operation())
    discovery.hear(beacon(whole), "emergency")

    discovery.hear(beacon(whole, manifest=None, gone=True), "emergency")

    assert discovery.registry.instances == {}
    assert [route.standing.name for route in discovery.table.routes] == ["DOWN"]


async def test_the_table_is_replaced_only_when_routes_change(
    discovery: Discovery, manifest: Make, operation: Make, beacon: Any, clock: Any
) -> None:
    whole = manifest(operation())
    discovery.hear(beacon(whole), "emergency")
    table = discovery.table

    clock.now += 15
    discovery.hear(beacon(whole, manifest=None), "emergency")
    discovery.settle()
    assert discovery.table is table

    clock.now += 45
    discovery.settle()
    assert discovery.table is not table


async def test_what_changed_is_remembered_and_what_did_not_is_not_written_again(
    make: Any, memory: Memory, manifest: Make, operation: Make, beacon: Any, clock: Any
) -> None:
    discovery = make(memory)
    await discovery.load()
    whole = manifest(operation())
    discovery.hear(beacon(whole), "emergency")
    await discovery.save()
    clock.now += 15
    discovery.hear(beacon(whole, manifest=None), "emergency")
    await discovery.save()

    assert memory.writes == 1


async def test_a_restarted_gateway_serves_before_any_beacon(
    make: Any, memory: Memory, manifest: Make, operation: Make, beacon: Any
) -> None:
    first = make(memory)
    await first.load()
    first.hear(beacon(manifest(operation())), "emergency")
    await first.save()

    second = make(memory)
    await second.load()

    assert [route.standing.name for route in second.table.routes] == ["SERVED"]
    assert second.knows


async def test_while_the_database_is_away_beacons_do(
    make: Any, memory: Memory, manifest: Make, operation: Make, beacon: Any
) -> None:
    memory.away = True
    discovery = make(memory)
    with pytest.raises(StoreDown):
        await discovery.load()
    discovery.hear(beacon(manifest(operation())), "emergency")
    await discovery.save()
    assert (paths(discovery), memory.writes) == (["/v1/incidents"], 0)

    memory.away = False
    await discovery.load()
    await discovery.save()
    assert set(memory.kept) == {"emergency"}


async def test_a_gateway_that_starts_from_nothing_knows_after_a_beacon_period(discovery: Discovery, clock: Any) -> None:
    assert not discovery.knows
    discovery.listening()
    clock.now += 15.9
    discovery.listening()
    assert not discovery.knows
    clock.now += 0.1
    assert discovery.knows


async def test_until_it_knows_an_unknown_path_is_told_to_wait(house: Any) -> None:
    house.clock.now -= 1

    early = await house.http.get("/v1/others", headers=house.bearer())
    house.clock.now += 1
    late = await house.http.get("/v1/others", headers=house.bearer())

    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (503, "gateway.not_yet", "5")
    assert late.status_code == 404


async def test_a_service_that_is_down_is_told_to_be(house: Any) -> None:
    house.clock.now += 45
    house.discovery.settle()

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        503,
        "gateway.service_down",
        "15",
    )
    assert house.services.calls == []


async def test_a_new_operation_is_told_to_be_coming(house: Any, manifest: Make, operation: Make, beacon: Any) -> None:
    newer = manifest(operation("more", path="/v1/more"), instance="emergency-2", hash="e" * 64)
    house.discovery.hear(beacon(newer), "emergency")

    answer = await house.http.post("/v1/more", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (503, "gateway.not_yet")


async def running_until(discovery: Discovery, rpc: Any, condition: Callable[[], bool]) -> None:
    """Run the upkeep until the condition holds."""
    upkeep = asyncio.create_task(discovery.run(rpc))
    try:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0)
    finally:
        upkeep.cancel()
        await asyncio.gather(upkeep, return_exceptions=True)
