"""Quotas, requests at once, and failed sign-ins: each caller has its own."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.limits import Quota
from gateway.rates import Buckets
from gateway.wire import Answer, Call

pytestmark = pytest.mark.anyio


@pytest.fixture
def quotas() -> dict[tuple[str, str], Quota]:
    return {
        ("default", "person"): Quota("default", 60, 3),
        ("default", "system"): Quota("default", 600, 30),
        ("incident", "person"): Quota("incident", 60, 2),
        ("incident", "system"): Quota("incident", 60, 2),
    }


@pytest.fixture
def concurrency() -> int:
    return 2


async def test_a_quota_that_is_used_up_says_when_to_come_back(house: Any) -> None:
    answers = [await house.http.get("/v1/incidents", headers=house.bearer()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"default";r=2;t=1',
        '"default";r=1;t=2',
        '"default";r=0;t=3',
        '"default";r=0;t=3',
    ]
    assert answers[3].headers["ratelimit-policy"] == '"default";q=3;w=3'
    assert (answers[3].json()["code"], answers[3].headers["retry-after"]) == ("gateway.rate_exceeded", "1")


async def test_it_fills_again_with_time(house: Any) -> None:
    for _ in range(4):
        await house.http.get("/v1/incidents", headers=house.bearer())
    house.clock.now += 1

    answers = [await house.http.get("/v1/incidents", headers=house.bearer()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]


async def test_one_callers_flood_is_not_anothers(house: Any) -> None:
    for _ in range(5):
        await house.http.get("/v1/incidents", headers=house.bearer("p1"))

    assert (await house.http.get("/v1/incidents", headers=house.bearer("p2"))).status_code == 200


async def test_a_person_and_a_system_of_one_name_are_two_callers(house: Any) -> None:
    for _ in range(5):
        await house.http.get("/v1/incidents", headers=house.bearer("x"))

    assert (await house.http.get("/v1/incidents", headers=house.bearer("x", kind="system"))).status_code == 200


async def test_reporting_an_incident_has_a_quota_of_its_own(house: Any) -> None:
    for _ in range(5):
        await house.http.get("/v1/incidents", headers=house.bearer())

    answer = await house.http.post("/v1/incidents/urgent", headers=house.bearer())

    assert (answer.status_code, answer.headers["ratelimit"]) == (200, '"incident";r=1;t=1')


async def test_a_caller_has_a_number_of_requests_at_once(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = asyncio.Event()
    answered = house.services.ask

    async def wait(call: Call) -> Answer:
        house.services.calls.append(call)
        await let_go.wait()
        answer: Answer = await answered(call)
        return answer

    monkeypatch.setattr(type(house.services), "ask", lambda _, call: wait(call))
    pending = [asyncio.create_task(house.http.get("/v1/incidents", headers=house.bearer())) for _ in range(2)]
    while len(house.services.calls) < 2:
        await asyncio.sleep(0)
    third = await house.http.get("/v1/incidents", headers=house.bearer())
    monkeypatch.undo()
    other = await house.http.get("/v1/incidents", headers=house.bearer("p2"))
    let_go.set()

    assert (third.status_code, third.json()["code"]) == (429, "gateway.too_many_at_once")
    assert other.status_code == 200
    assert [(await task).status_code for task in pending] == [200, 200]


async def test_failed_sign_ins_of_one_address_are_slowed_down(house: Any) -> None:
    bad = {"Authorization": "Bearer x.y.z"}
    answers = [await house.http.get("/v1/incidents", headers=bad) for _ in range(limits.ADDRESS_FAILURES.burst + 1)]

    assert [answer.status_code for answer in answers] == [401] * limits.ADDRESS_FAILURES.burst + [429]
    assert answers[-1].json()["code"] == "gateway.rate_exceeded"


async def test_a_good_token_is_believed_behind_an_address_that_fails(house: Any) -> None:
    for _ in range(limits.ADDRESS_FAILURES.burst + 5):
        await house.http.get("/v1/incidents", headers={"Authorization": "Bearer x.y.z"})

    assert (await house.http.get("/v1/incidents", headers=house.bearer("new"))).status_code == 200


async def test_when_all_together_fail_too_often_only_the_failing_addresses_wait(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ALL_FAILURES", Quota("failures", 60, 1))
    known = house.bearer("known")
    await house.http.get("/v1/incidents", headers=known)
    for _ in range(limits.ADDRESS_FAILURES.burst + 5):
        await house.http.get("/v1/incidents", headers={"Authorization": "Bearer x.y.z"})

    unknown = await house.http.get("/v1/incidents", headers=house.bearer("new"))
    still_known = await house.http.get("/v1/incidents", headers=known)

    assert (unknown.status_code, still_known.status_code) == (429, 200)


async def test_public_operations_are_limited_by_address(house: Any) -> None:
    answers = [await house.http.post("/v1/links/x") for _ in range(limits.PUBLIC.burst + 1)]

    assert [answer.status_code for answer in answers][-2:] == [200, 429]
    assert answers[0].headers["ratelimit-policy"].startswith('"public"')


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 600), st.integers(1, 20))
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(
    pauses: list[float], per_minute: int, burst: int
) -> None:
    quota, buckets, now, given_out = Quota("q", per_minute, burst), Buckets(), 0.0, 0
    for pause in pauses:
        now += pause
        given_out += buckets.take("c", quota, now=now).allowed

    assert given_out <= burst + now * per_minute / 60 + 1e-6


def test_the_buckets_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUCKETS_KEPT", 20)
    buckets, quota = Buckets(), Quota("q", 60, 2)
    for number in range(1000):
        buckets.take(f"c{number}", quota, now=float(number))

    assert len(buckets._buckets) <= 20
    assert buckets.take("c999", quota, now=999.0).remaining == 0
