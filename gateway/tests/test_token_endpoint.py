"""POST /v1/token: branch systems sign in by client credentials, in RFC 6749's own words."""

import base64
import time
from typing import Any

import pytest

from gateway import clients, limits
from gateway.clients import _hash
from gateway.issuers import LocalIssuer
from gateway.store import StoreDown
from gateway.tokens import verify

pytestmark = pytest.mark.anyio

GRANTS = [{"action": "incident.report", "unit": "44"}]
GOOD = {"grant_type": "client_credentials", "client_id": "ccms-gd", "client_secret": "s3cret"}


@pytest.fixture(autouse=True)
def client(house: Any) -> dict[str, Any]:
    document = {
        "_id": "ccms-gd",
        "secrets": [{"hash": _hash("s3cret")}],
        "grants": GRANTS,
        "disabled": False,
        "epoch": 4,
    }
    house.clients.documents["ccms-gd"] = document
    return document


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


async def test_a_client_gets_a_token_with_its_grants(house: Any) -> None:
    answer = await house.http.post("/v1/token", data=GOOD)

    issued = answer.json()
    issuer = LocalIssuer({"keys": [house.key.as_dict(private=False)]})
    principal = await verify(issued["access_token"], {"decalog": issuer}, now=time.time())
    assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 600)
    assert answer.headers["cache-control"] == "no-store"
    assert (principal.id, list(principal.grants), principal.epoch) == ("system:ccms-gd", GRANTS, 4)


async def test_the_secret_may_come_by_basic(house: Any) -> None:
    answer = await house.http.post(
        "/v1/token", data={"grant_type": "client_credentials"}, headers=basic("ccms-gd", "s3cret")
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        (GOOD | {"client_secret": "wrong"}, {}),
        (GOOD | {"client_secret": ""}, {}),
        (GOOD | {"client_id": "nobody"}, {}),
        (GOOD | {"client_id": "nobody", "client_secret": ""}, {}),
        ({"grant_type": "client_credentials"}, {}),
        ({"grant_type": "client_credentials"}, basic("ccms-gd", "wrong")),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic !!!"}),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic " + base64.b64encode(b"\xff").decode()}),
        ({"grant_type": "client_credentials"}, {"Authorization": "Bearer x"}),
    ],
)
async def test_a_wrong_client_is_refused_without_saying_what_is_wrong(
    house: Any, form: dict[str, str], headers: dict[str, str]
) -> None:
    answer = await house.http.post("/v1/token", data=form, headers=headers)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["www-authenticate"] == 'Basic realm="decalog"'


@pytest.mark.parametrize(
    ("content", "content_type", "error"),
    [
        (b"grant_type=password", "application/x-www-form-urlencoded", "unsupported_grant_type"),
        (b"", "application/x-www-form-urlencoded", "invalid_request"),
        (b"grant_type=client_credentials&grant_type=x", "application/x-www-form-urlencoded", "invalid_request"),
        (b"grant_type=%FF", "application/x-www-form-urlencoded", "invalid_request"),
        (b"\xff", "application/x-www-form-urlencoded", "invalid_request"),
        (b"a=" + b"x" * 9000, "application/x-www-form-urlencoded", "invalid_request"),
        (b"&".join(b"a%d=1" % n for n in range(30)), "application/x-www-form-urlencoded", "invalid_request"),
        (b'{"grant_type":"client_credentials"}', "application/json", "invalid_request"),
    ],
)
async def test_what_is_no_token_request_is_refused(house: Any, content: bytes, content_type: str, error: str) -> None:
    answer = await house.http.post("/v1/token", content=content, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_a_secret_comes_one_way_only(house: Any) -> None:
    answer = await house.http.post("/v1/token", data=GOOD, headers=basic("ccms-gd", "s3cret"))

    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


async def test_a_disabled_client_is_refused(house: Any, client: dict[str, Any]) -> None:
    client["disabled"] = True

    assert (await house.http.post("/v1/token", data=GOOD)).status_code == 401


async def test_both_secrets_of_a_rotation_are_good(house: Any, client: dict[str, Any]) -> None:
    client["secrets"].append({"hash": _hash("next")})

    answers = [
        await house.http.post("/v1/token", data=GOOD | {"client_secret": secret}) for secret in ("s3cret", "next")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


async def test_while_the_database_is_away_it_says_so(house: Any) -> None:
    house.clients.fault = StoreDown()

    answer = await house.http.post("/v1/token", data=GOOD)

    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert answer.headers["retry-after"] == "15"


async def test_token_requests_of_one_address_are_limited(house: Any) -> None:
    answers = [await house.http.post("/v1/token", data=GOOD) for _ in range(limits.ADDRESS_TOKENS.burst + 1)]

    assert [answer.status_code for answer in answers][-2:] == [200, 429]


async def test_a_token_is_asked_for_by_post(house: Any) -> None:
    answer = await house.http.get("/v1/token")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_an_unknown_client_takes_as_many_comparisons_as_a_known_one() -> None:
    assert not clients.accepts(None, "")
    assert not clients.accepts(None, "anything")
