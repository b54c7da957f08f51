"""One request's way: what the service is told, and what the caller gets."""

from typing import Any

import orjson
import pytest

from gateway.language import Words
from gateway.problems import Fault
from gateway.rpc import AnswerLost, TimedOut, Unsent
from gateway.wire import Absent, Broken, Refused, WireFault

pytestmark = pytest.mark.anyio


async def test_the_service_is_told_path_query_body_key_and_version(house: Any, done: Any) -> None:
    answer = await house.http.post(
        "/v1/incidents/i%2F7/closing?reason=a&reason=b&note=%E5%A5%BD",
        json={"why": "done"},
        headers=house.bearer() | {"Idempotency-Key": '"k-1"', "If-Match": '"3"'},
    )

    assert answer.status_code == 200
    assert house.services.calls[0].kwargs == {
        "path": {"incident": "i/7"},
        "query": {"reason": ["a", "b"], "note": "好"},
        "body": {"why": "done"},
        "key": "k-1",
        "if_match": 3,
    }


async def test_the_call_carries_assertion_trace_and_deadline(house: Any) -> None:
    parent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"

    answer = await house.http.post("/v1/incidents/urgent", headers=house.bearer() | {"traceparent": parent})

    call = house.services.calls[0]
    assert (call.service, call.operation, call.seconds) == ("emergency", "urgent", 2.5)
    assert call.assertion.count(".") == 2
    assert call.traceparent[3:35] == "a" * 32
    assert call.traceparent != parent
    assert answer.headers["traceparent"] == call.traceparent
    assert answer.headers["x-request-id"] == call.request_id


async def test_a_created_thing_has_location_and_etag(house: Any, done: Any) -> None:
    house.services.answers.append(done(201, {"id": "i1"}, version=1, location="/v1/incidents/i1"))

    answer = await house.http.post("/v1/incidents", json={"kind": "fire"}, headers=house.bearer())

    assert (answer.status_code, answer.json()) == (201, {"id": "i1"})
    assert answer.headers["location"] == "/v1/incidents/i1"
    assert answer.headers["etag"] == '"1"'
    assert "idempotency-replayed" not in answer.headers


async def test_a_replayed_command_says_so(house: Any, done: Any) -> None:
    house.services.answers.append(done(201, {}, replayed=True))

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert answer.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("given", ['"7"', 'W/"7"', '"1", "7"', "*"])
async def test_a_copy_that_is_still_good_is_not_sent_again(house: Any, done: Any, given: str) -> None:
    house.services.answers.append(done(200, {"id": "i1"}, version=7))

    answer = await house.http.get("/v1/incidents/i1", headers=house.bearer() | {"If-None-Match": given})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"7"')


async def test_an_old_copy_is_replaced(house: Any, done: Any) -> None:
    house.services.answers.append(done(200, {"id": "i1"}, version=8))

    answer = await house.http.get("/v1/incidents/i1", headers=house.bearer() | {"If-None-Match": '"7"'})

    assert (answer.status_code, answer.headers["etag"]) == (200, '"8"')


async def test_a_page_links_to_the_next_with_the_same_filter(house: Any, done: Any) -> None:
    house.services.answers.append(done(200, {"items": []}, cursor="c/2="))

    answer = await house.http.get("/v1/incidents?limit=2&grade=I&grade=II&cursor=c1", headers=house.bearer())

    assert answer.headers["link"] == '</v1/incidents?limit=2&grade=I&grade=II&cursor=c%2F2%3D>; rel="next"'


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "1.5", "", "٣", "1&limit=2"])
async def test_a_page_has_1_to_200_items(house: Any, limit: str) -> None:
    answer = await house.http.get(f"/v1/incidents?limit={limit}", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.malformed_query")
    assert house.services.calls == []


@pytest.mark.parametrize("limit", ["1", "200"])
async def test_both_ends_of_the_page_limit_are_good(house: Any, limit: str) -> None:
    answer = await house.http.get(f"/v1/incidents?limit={limit}", headers=house.bearer())

    assert answer.status_code == 200


async def test_a_page_is_linked_across_pages_without_growing(house: Any, done: Any) -> None:
    house.services.answers += [done(cursor="two"), done(cursor="three")]
    first = await house.http.get("/v1/incidents?limit=2", headers=house.bearer())
    target = first.links["next"]["url"]

    second = await house.http.get(target, headers=house.bearer())

    assert house.services.calls[1].kwargs["query"] == {"limit": "2", "cursor": "two"}
    assert second.links["next"]["url"] == "/v1/incidents?limit=2&cursor=three"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("missing", 404),
        ("conflict", 409),
        ("malformed", 422),
        ("forbidden", 403),
        ("stale", 412),
        ("required", 428),
        ("unready", 503),
        ("a kind of next year", 500),
    ],
)
async def test_each_kind_of_refusal_has_its_status(house: Any, kind: str, status: int) -> None:
    house.services.answers.append(Refused(kind, "emergency.x", Words("不行", "no"), ()))

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_refusal_is_told_in_the_callers_language(house: Any) -> None:
    refused = Refused(
        "malformed",
        "emergency.bad",
        Words("内容不对", "it is wrong"),
        (Fault("/body/people", "emergency.many", Words("人数过多", "too many")),),
    )
    house.services.answers += [refused, refused]

    zh = await house.http.post("/v1/incidents", headers=house.bearer())
    en = await house.http.post("/v1/incidents", headers=house.bearer() | {"Accept-Language": "en-GB, zh;q=0.5"})

    assert (zh.headers["content-language"], zh.json()["detail"]) == ("zh", "内容不对")
    assert en.headers["content-language"] == "en"
    assert en.json() == {
        "type": "/problems/emergency.bad",
        "title": "Malformed content",
        "status": 422,
        "detail": "it is wrong",
        "instance": f"urn:uuid:{en.headers['x-request-id']}",
        "code": "emergency.bad",
        "trace_id": en.headers["traceparent"][3:35],
        "errors": [{"pointer": "/body/people", "code": "emergency.many", "detail": "too many"}],
    }


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Unsent(), 503, "gateway.busy"),
        (AnswerLost(), 503, "gateway.answer_lost"),
        (TimedOut(), 504, "gateway.timed_out"),
        (WireFault("x"), 500, "gateway.defect"),
        (ZeroDivisionError("secret"), 500, "gateway.defect"),
    ],
)
async def test_what_goes_wrong_on_the_way_is_a_problem(house: Any, fault: Exception, status: int, code: str) -> None:
    house.services.answers.append(fault)

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert b"secret" not in answer.content


async def test_a_service_that_breaks_is_a_defect_that_shows_nothing(house: Any) -> None:
    house.services.answers.append(Broken("KeyError"))

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (500, "gateway.defect")
    assert b"KeyError" not in answer.content


async def test_an_old_replica_that_lacks_the_operation_is_asked_again_elsewhere(house: Any, done: Any) -> None:
    house.services.answers += [Absent(), Absent(), done(201)]

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert answer.status_code == 201
    assert len({call.request_id for call in house.services.calls}) == 3


async def test_replicas_that_all_lack_it_are_asked_a_few_times_only(house: Any) -> None:
    house.services.answers += [Absent()] * 20

    answer = await house.http.post("/v1/incidents", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (503, "gateway.not_yet")
    assert len(house.services.calls) == 6


async def test_a_missing_key_is_asked_for(house: Any) -> None:
    answer = await house.http.post("/v1/incidents/i1/closing", headers=house.bearer() | {"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.key_required")


async def test_a_missing_version_is_asked_for(house: Any) -> None:
    answer = await house.http.post("/v1/incidents/i1/closing", headers=house.bearer() | {"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (428, "gateway.if_match_required")


async def test_a_version_that_would_be_ignored_is_refused(house: Any) -> None:
    answer = await house.http.post("/v1/incidents", headers=house.bearer() | {"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.if_match_unsupported")


async def test_head_is_get_without_a_body(house: Any, done: Any) -> None:
    house.services.answers.append(done(200, {"id": "i1"}, version=2))

    answer = await house.http.head("/v1/incidents/i1", headers=house.bearer())

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')


async def test_another_method_is_told_which_ones_there_are(house: Any) -> None:
    answer = await house.http.put("/v1/incidents/i1", headers=house.bearer())

    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS")
    assert answer.json()["code"] == "gateway.method_not_allowed"


async def test_options_names_the_methods(house: Any) -> None:
    answer = await house.http.options("/v1/incidents")

    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/incidents/", "/v1//incidents", "/v2/incidents", "/x"])
async def test_an_unknown_address_is_not_found(house: Any, path: str) -> None:
    answer = await house.http.get(path, headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (404, "gateway.not_found")


@pytest.mark.parametrize("path", ["/v1/incidents/%FF", "/v1/incidents/%00", "/v1/incidents/a%0Ab", "/v1/x" + "y" * 201])
async def test_a_path_that_no_service_should_see_is_refused(house: Any, path: str) -> None:
    answer = await house.http.get(path, headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.malformed_path")


@pytest.mark.parametrize("query", ["a=%FF", "a=%ED%A0%80", "a=%00", "&".join(f"a{n}=1" for n in range(101))])
async def test_a_query_that_no_service_should_see_is_refused(house: Any, query: str) -> None:
    answer = await house.http.get(f"/v1/incidents?{query}", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.malformed_query")


async def test_every_answer_has_its_ids_and_its_security_headers(house: Any) -> None:
    for path in ("/v1/incidents", "/nothing", "/docs"):
        answer = await house.http.get(path)

        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 36
        assert answer.headers["traceparent"].startswith("00-")


async def test_an_answer_in_another_format_is_not_to_be_had(house: Any) -> None:
    answer = await house.http.get(
        "/v1/incidents", headers=house.bearer() | {"Accept": "text/csv, application/json;q=0"}
    )

    assert (answer.status_code, answer.json()["code"]) == (406, "gateway.not_acceptable")


async def test_a_get_carries_no_body(house: Any) -> None:
    answer = await house.http.request("GET", "/v1/incidents", content=b"{}", headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.body_unexpected")


async def test_a_body_without_framing_is_no_body(house: Any) -> None:
    await house.http.post("/v1/incidents", headers=house.bearer())

    assert house.services.calls[0].kwargs["body"] is None


async def test_what_is_counted_comes_back_to_nothing_in_flight(house: Any) -> None:
    house.services.answers.append(ZeroDivisionError())
    for _ in range(3):
        await house.http.post("/v1/incidents", headers=house.bearer())

    assert (house.counts.in_flight, house.counts.taken) == (0, 3)


async def test_a_header_that_may_come_once_comes_once(house: Any) -> None:
    headers = [*house.bearer().items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]

    answer = await house.http.post("/v1/incidents", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "gateway.malformed_request")


async def test_a_long_url_and_large_headers_are_refused(house: Any) -> None:
    url = await house.http.get("/v1/incidents?a=" + "x" * 8200, headers=house.bearer())
    headers = await house.http.get("/v1/incidents", headers=house.bearer() | {"X-A": "x" * 33_000})
    many = await house.http.get("/v1/incidents", headers={f"X-{n}": "1" for n in range(101)})

    assert [answer.status_code for answer in (url, headers, many)] == [414, 431, 431]


async def test_answers_are_json_of_what_the_service_said(house: Any, done: Any) -> None:
    house.services.answers += [done(200, {"words": "好"}), done(204)]

    some = await house.http.get("/v1/incidents", headers=house.bearer())
    none = await house.http.delete("/v1/incidents/i1", headers=house.bearer())

    assert some.content == orjson.dumps({"words": "好"})
    assert (none.status_code, none.content) == (204, b"")
