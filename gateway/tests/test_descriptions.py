"""The gateway describes itself: one OpenAPI document, pages for people, each problem in two languages."""

import string
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from gateway import problems
from gateway.edge import Counts, Edge
from gateway.health import Health, inside_routes
from gateway.language import accepts_json, language_of
from gateway.own import router
from gateway.problems import KINDS

pytestmark = pytest.mark.anyio

Make = Callable[..., dict[str, Any]]


def described(service: str, path: str, method: str) -> dict[str, Any]:
    page = {"$ref": "#/components/schemas/Page"}
    answer = {"description": "good", "content": {"application/json": {"schema": page}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1"},
        "paths": {
            path: {method: {"operationId": "list", "summary": f"List <{service}>", "responses": {"200": answer}}}
        },
        "components": {"schemas": {"Page": {"type": "object", "title": service}}},
    }


@pytest.fixture
def two_services(house: Any, manifest: Make, operation: Make, beacon: Any) -> None:
    for service, path in (("info", "/v1/complaints"), ("marketing", "/v1/referrals")):
        one = operation("list", kind="query", method="GET", path=path)
        whole = manifest(one, service=service, hash=service * 10, openapi=described(service, path, "get"))
        house.discovery.hear(beacon(whole), service)


@pytest.mark.usefixtures("two_services")
async def test_the_services_documents_are_merged_into_a_valid_one(house: Any) -> None:
    answer = await house.http.get("/openapi.json")

    document = answer.json()
    validate(document)
    assert answer.headers["content-type"] == "application/json"
    assert {"/v1/complaints", "/v1/referrals", "/v1/incidents", "/v1/token"} <= set(document["paths"])
    assert document["components"]["schemas"]["info.Page"]["title"] == "info"
    assert document["components"]["schemas"]["marketing.Page"]["title"] == "marketing"
    schema = document["paths"]["/v1/complaints"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/info.Page"}


@pytest.mark.usefixtures("two_services")
async def test_operation_ids_are_told_apart(house: Any) -> None:
    document = (await house.http.get("/openapi.json")).json()

    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(set(ids)) == len(ids)


async def test_every_operation_may_answer_with_a_problem(house: Any) -> None:
    document = (await house.http.get("/openapi.json")).json()

    for item in document["paths"].values():
        for operation in item.values():
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


async def test_every_operation_names_what_the_gateway_itself_may_answer(house: Any) -> None:
    responses = (await house.http.get("/openapi.json")).json()["paths"]["/v1/incidents"]["post"]["responses"]

    assert {"401", "406", "414", "429", "431", "500", "503", "504"} <= set(responses)


async def test_who_may_call_is_said_by_the_gateway_alone(
    house: Any, manifest: Make, operation: Make, beacon: Any
) -> None:
    told = described("info", "/v1/complaints", "get")
    told["paths"]["/v1/complaints"]["get"]["security"] = [{"token": []}]
    told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    one = operation("list", kind="query", method="GET", path="/v1/complaints")
    house.discovery.hear(beacon(manifest(one, service="info", hash="info" * 10, openapi=told)), "info")

    document = (await house.http.get("/openapi.json")).json()

    assert "security" not in document["paths"]["/v1/complaints"]["get"]
    assert set(document["components"]["securitySchemes"]) == {"bearer", "client"}


async def test_public_operations_are_open_and_others_closed(house: Any) -> None:
    paths = (await house.http.get("/openapi.json")).json()["paths"]

    assert paths["/v1/links/{link}"]["post"]["security"] == []
    assert "security" not in paths["/v1/incidents"]["post"]


async def test_the_document_is_sent_again_only_when_it_changed(
    house: Any, manifest: Make, operation: Make, beacon: Any
) -> None:
    tag = (await house.http.get("/openapi.json")).headers["etag"]
    same = await house.http.get("/openapi.json", headers={"If-None-Match": tag})
    house.discovery.hear(beacon(manifest(operation(path="/v1/x"), service="info")), "info")
    other = await house.http.get("/openapi.json", headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.usefixtures("two_services")
async def test_the_docs_list_the_operations_without_a_script(house: Any) -> None:
    page = await house.http.get("/docs", headers={"Accept-Language": "en"})

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/v1/complaints" in page.text
    assert "List &lt;info&gt;" in page.text
    assert "<script" not in page.text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]


async def test_the_pages_speak_the_readers_language(house: Any) -> None:
    zh = await house.http.get("/docs")
    en = await house.http.get("/problems", headers={"Accept-Language": "en"})

    assert ("Decalog 接口" in zh.text, "Problems of the gateway" in en.text) == (True, True)


@pytest.mark.parametrize("code", sorted(KINDS))
async def test_each_problem_has_a_page(house: Any, code: str) -> None:
    page = await house.http.get(f"/problems/{code}", headers={"Accept": "text/html"})
    data = await house.http.get(f"/problems/{code}", headers={"Accept-Language": "en"})

    assert code in page.text
    assert data.json()["type"] == f"/problems/{code}"


async def test_an_unknown_problem_has_no_page(house: Any) -> None:
    assert (await house.http.get("/problems/gateway.unheard_of")).status_code == 404


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: str(kind.code))
def test_each_problem_says_the_same_in_both_languages(kind: problems.Kind) -> None:
    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert kind.title.zh
    assert kind.title.en
    given = places(kind.detail.zh) | places(kind.detail.en)
    assert places(kind.detail.zh) == places(kind.detail.en) or given == {"zh", "en"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("zh-CN", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("zh;q=0.5,en;q=0.8", "en"),
        ("en;q=0.5,zh;q=0.8", "zh"),
        ("en;q=0.5,zh;q=0.5", "zh"),
        ("fr", "zh"),
        ("fr,en;q=0.1", "en"),
        ("*", "zh"),
        ("en;q=0.8,*;q=0.9", "zh"),
        ("en;q=x", "zh"),
        ("en;q=0", "zh"),
        (";;,;q=1", "zh"),
    ],
)
def test_the_language_is_the_one_wanted_most(header: str, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("accept", "served"),
    [("", True), ("*/*", True), ("text/html, */*;q=0.1", True), ("application/json;q=0", False), ("text/html", False)],
)
def test_json_is_what_there_is(accept: str, served: bool) -> None:
    assert accepts_json(accept) is served


class _Broker:
    up = True
    in_flight = 2


async def test_readiness_names_what_is_missing(house: Any) -> None:
    broker = _Broker()
    health = Health(broker, house.discovery, house.counts)  # type: ignore[arg-type]

    assert all(health.checks().values())
    broker.up = False
    health.draining = True
    assert health.checks() == {"not_draining": False, "broker": False, "routes": True}


async def test_idle_counts_requests_and_rpcs_at_work(house: Any) -> None:
    await house.http.get("/v1/incidents", headers=house.bearer())
    health = Health(_Broker(), house.discovery, house.counts)  # type: ignore[arg-type]

    assert health.idle() == {"in_flight": 2, "unsent": 0, "deliveries": 1}


async def test_the_inside_is_not_shown_outside(house: Any) -> None:
    assert (await house.http.get("/metrics")).status_code == 404
    assert (await house.http.get("/idle")).status_code == 404


async def test_metrics_name_routes_by_template(house: Any) -> None:
    await house.http.get("/v1/incidents/secret-7", headers=house.bearer())
    health = Health(_Broker(), house.discovery, house.counts)  # type: ignore[arg-type]
    inside = Edge(router(inside_routes(health)), Counts())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(inside), base_url="http://h") as http:
        text = (await http.get("/metrics")).text
        ready = (await http.get("/readyz?verbose")).json()

    assert 'route="/v1/incidents/{incident}",status="200"' in text
    assert "secret-7" not in text
    assert ready["checks"]["broker"] == [{"status": "pass"}]
