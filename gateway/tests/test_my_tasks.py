"""GET /v1/my/tasks: one list from many services, and an honest word where one of them is missing."""

from typing import Any

import orjson
import pytest

from gateway.language import Words
from gateway.my_tasks import MyTasks
from gateway.rpc import AnswerLost, TimedOut, Unsent
from gateway.wire import Absent, Broken, Refused, WireFault

pytestmark = pytest.mark.anyio

PATH = "/v1/my/tasks"


def task(id: str, due: str | None) -> dict[str, Any]:
    return {"id": id, "due": due, "title": {"zh": "查看", "en": "look"}}


@pytest.fixture
def offered(operation: Any) -> list[dict[str, Any]]:
    return [operation("my_tasks", kind="query", method="GET", path="/v1/emergency/my-tasks", key="none")]


@pytest.fixture
def gather(house: Any, beacon: Any, manifest: Any, operation: Any) -> Any:
    """Let these services offer their lists, and ask for all of them."""

    async def asked(answers: dict[str, Any], **rest: Any) -> Any:
        def announce() -> None:
            for service in answers:
                path = f"/v1/{service}/my-tasks"
                offer = operation("my_tasks", kind="query", method="GET", path=path, key="none", **rest)
                house.discovery.hear(beacon(manifest(offer, service=service, hash=f"{service}-{'0' * 40}")), service)

        announce()
        house.clock.now += 16
        announce()
        house.services.by_service = answers
        answer = await house.http.get(PATH, headers=house.bearer())
        return answer, house.services.calls

    return asked


async def test_tasks_of_all_services_come_as_one_list_the_earliest_due_first(gather: Any, done: Any) -> None:
    answer, calls = await gather(
        {
            "emergency": done(200, {"items": [task("e1", "2026-11-23T09:30:00+08:00"), task("e2", None)]}),
            "security": done(200, {"items": [task("s1", "2026-11-23T01:00Z"), task("s2", "2026-11-23T02:00:00.5Z")]}),
        }
    )

    body = answer.json()
    assert [item["id"] for item in body["items"]] == ["s1", "e1", "s2", "e2"]
    assert (answer.status_code, body["partial"], body["missing"], body["more"]) == (200, False, [], False)
    assert {(call.service, call.operation, call.seconds) for call in calls} == {
        ("emergency", "my_tasks", 3.0),
        ("security", "my_tasks", 3.0),
    }
    assert len({call.request_id for call in calls}) == 2


@pytest.mark.parametrize(
    "fault",
    [
        TimedOut(),
        Unsent(),
        AnswerLost(),
        WireFault("?"),
        Broken("KeyError"),
        Absent(),
        Refused("unready", "chassis.database_away", Words("稍后", "later"), ()),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_service_that_does_not_answer_is_named_and_the_others_tasks_are_given(
    gather: Any, done: Any, fault: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gateway.limits.ABSENT_PAUSE_SECONDS", 0.0)

    answer, _ = await gather({"emergency": fault, "security": done(200, {"items": [task("s1", None)], "more": False})})

    body = answer.json()
    assert answer.status_code == 200
    assert ([item["id"] for item in body["items"]], body["partial"], body["missing"]) == (["s1"], True, ["emergency"])


@pytest.mark.parametrize(
    "body", [None, [], {"items": None}, {"items": 7}, {"items": [7]}, {"items": [{}]}, {"items": [task("a", "soon")]}]
)
async def test_an_answer_that_is_no_list_of_tasks_counts_as_none(gather: Any, done: Any, body: Any) -> None:
    answer, _ = await gather({"emergency": done(200, body if body is not None else "text")})

    assert (answer.status_code, answer.json()["missing"], answer.json()["items"]) == (200, ["emergency"], [])


async def test_a_service_without_a_live_instance_is_missing_and_not_asked(house: Any, beacon: Any) -> None:
    house.clock.now += 3600
    house.discovery.hear(orjson.dumps({"service": "security", "instance": "s", "hash": "x" * 32}), "security")

    answer = await house.http.get(PATH, headers=house.bearer())

    assert (answer.json()["partial"], answer.json()["missing"]) == (True, ["emergency"])
    assert house.services.calls == []


async def test_a_service_deadline_shorter_than_ours_is_kept(gather: Any, done: Any) -> None:
    _, calls = await gather({"emergency": done(200, {"items": []})}, deadline_seconds=2)

    assert calls[0].seconds == 2


async def test_the_list_ends_at_its_limit_and_says_so(gather: Any, done: Any) -> None:
    many = [task(f"t{number}", "2026-11-23T01:00:00Z") for number in range(200)]
    answer, _ = await gather({"emergency": done(200, {"items": many}), "security": done(200, {"items": []})})
    assert (len(answer.json()["items"]), answer.json()["more"]) == (200, False)

    answer, _ = await gather(
        {"emergency": done(200, {"items": many}), "security": done(200, {"items": [task("x", None)]})}
    )

    assert (len(answer.json()["items"]), answer.json()["more"]) == (200, True)


async def test_a_service_that_has_more_makes_the_list_have_more(gather: Any, done: Any) -> None:
    answer, _ = await gather({"emergency": done(200, {"items": [task("a", None)], "more": True})})

    assert answer.json()["more"] is True


async def test_nobody_reads_tasks_without_a_token_or_with_a_parameter(house: Any) -> None:
    assert (await house.http.get(PATH)).status_code == 401
    answer = await house.http.get(f"{PATH}?person=P2", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.malformed_query")
    assert house.services.calls == []


async def test_the_caller_is_vouched_for_to_every_service(gather: Any, done: Any) -> None:
    _, calls = await gather({"emergency": done(200, {"items": []}), "security": done(200, {"items": []})})

    assert all(call.assertion.count(".") == 2 for call in calls)


async def test_a_service_that_offers_no_list_is_not_asked(house: Any) -> None:
    page = MyTasks(house.discovery, None, house.services)  # type: ignore[arg-type]

    assert page.address().path == PATH
    answer = await house.http.get("/openapi.json")
    assert answer.json()["paths"][PATH]["get"]["operationId"] == "my_tasks_of_all"
