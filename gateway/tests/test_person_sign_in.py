"""People's tokens are security's to sign and the gateway's to believe, whether or not security is there to be asked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway.issuers import LocalIssuer
from gateway.limits import Quota
from gateway.manifests import QUOTAS
from gateway.principal import Principal
from gateway.settings import DEFAULT_QUOTAS
from gateway.tokens import Untrusted, issue_access, verify
from gateway.uploads import QUOTA as UPLOAD
from gateway.wire import Call, request_headers

pytestmark = [pytest.mark.anyio, pytest.mark.clause("R9.7")]

NOW = 1_800_000_000.0

Forge = Callable[..., str]


@pytest.fixture
def sessions_key() -> OKPKey:
    """The key that security signs people's tokens with."""
    return OKPKey.generate_key("Ed25519", auto_kid=True)


@pytest.fixture
def issuer(key: OKPKey, sessions_key: OKPKey) -> LocalIssuer:
    own, sessions = ({"keys": [one.as_dict(private=False)]} for one in (key, sessions_key))
    return LocalIssuer(own, sessions)


@pytest.fixture
def forged(sessions_key: OKPKey) -> Forge:
    """A token as security signs it but for what is given: claims (None leaves one out), `header`, the signing key."""

    def make(*, signed_by: Any = sessions_key, header: dict[str, Any] | None = None, **claims: Any) -> str:
        good = {"iss": "decalog", "aud": "decalog", "sub": "P440100301", "kind": "person", "sid": "s", "amr": ["pwd"]}
        good |= {"client_id": "decalog-accounts", "jti": "j", "epoch": 0, "iat": int(NOW), "exp": int(NOW) + 600}
        whole = {name: value for name, value in (good | claims).items() if value is not None}
        heading = {"alg": "Ed25519", "typ": "at+jwt", "kid": sessions_key.kid} | (header or {})
        heading = {name: value for name, value in heading.items() if value is not None}
        return jwt.encode(heading, whole, signed_by, algorithms=[heading["alg"]], default_type=None)

    return make


async def believed(token: str, issuer: LocalIssuer) -> Principal | None:
    try:
        return await verify(token, {issuer.name: issuer}, now=NOW)
    except Untrusted:
        return None


async def test_a_token_of_securitys_key_names_a_person(issuer: LocalIssuer, forged: Forge) -> None:
    principal = await believed(forged(), issuer)

    assert principal is not None
    assert (principal.id, principal.grants) == ("person:P440100301", ())


async def test_securitys_key_never_names_a_system_and_grants_nothing(issuer: LocalIssuer, forged: Forge) -> None:
    grants = [{"action": "account.manage", "unit": "HQ"}]

    assert await believed(forged(kind="system", grants=grants), issuer) is None
    person = await believed(forged(grants=grants), issuer)
    assert person is not None
    assert person.grants == ()


async def test_the_gateways_own_key_still_names_both(issuer: LocalIssuer, key: OKPKey) -> None:
    for kind in ("person", "system"):
        token = issue_access(key, sub="p1", kind=kind, now=NOW)  # type: ignore[arg-type]
        assert await believed(token, issuer) is not None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "another"},
        {"iss": None},
        {"aud": "decalog-services"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"exp": None},
        {"exp": int(NOW)},
        {"exp": int(NOW) + 601},
        {"iat": None},
        {"iat": int(NOW) + 61, "exp": int(NOW) + 300},
        {"nbf": int(NOW) + 61},
        {"kind": "system"},
        {"kind": "anonymous"},
        {"kind": "root"},
        {"kind": ["person"]},
        {"epoch": "1"},
        {"grants": {}},
    ],
)
async def test_a_token_of_its_with_a_wrong_claim_is_not_believed(
    issuer: LocalIssuer, forged: Forge, claims: dict[str, Any]
) -> None:
    assert await believed(forged(**claims), issuer) is None


@pytest.mark.parametrize("header", [{"kid": None}, {"kid": "unknown"}, {"typ": "JWT"}, {"typ": None}])
async def test_a_token_of_its_with_a_wrong_header_is_not_believed(
    issuer: LocalIssuer, forged: Forge, header: dict[str, Any]
) -> None:
    assert await believed(forged(header=header), issuer) is None


async def test_neither_key_signs_under_the_others_id(
    issuer: LocalIssuer, forged: Forge, key: OKPKey, sessions_key: OKPKey
) -> None:
    assert await believed(forged(header={"kid": key.kid}, kind="system"), issuer) is None
    assert await believed(forged(signed_by=key), issuer) is None
    assert await believed(forged(signed_by=key, header={"kid": key.kid}), issuer) is not None
    assert sessions_key.kid != key.kid


def test_one_key_in_both_sets_is_refused_at_the_start(key: OKPKey) -> None:
    keys = {"keys": [key.as_dict(private=False)]}

    with pytest.raises(ValueError, match="own too"):
        LocalIssuer(keys, keys)


async def test_while_keys_change_over_both_are_believed(key: OKPKey, sessions_key: OKPKey, forged: Forge) -> None:
    following = OKPKey.generate_key("Ed25519", auto_kid=True)
    both = {"keys": [one.as_dict(private=False) for one in (sessions_key, following)]}
    issuer = LocalIssuer({"keys": [key.as_dict(private=False)]}, json.loads(json.dumps(both)))

    assert await believed(forged(), issuer) is not None
    assert await believed(forged(signed_by=following, header={"kid": following.kid}), issuer) is not None


@pytest.fixture
def quotas() -> dict[tuple[str, str], Quota]:
    names = ((quota, kind) for quota in ("default", "incident") for kind in ("person", "system"))
    made = {(quota, kind): Quota(quota, 60_000, 10_000) for quota, kind in names}
    return made | {("sign_in", "address"): Quota("sign_in", 60, 3)}


@pytest.fixture
def offered(operation: Any) -> list[dict[str, Any]]:
    return [
        operation("incidents", kind="query", method="GET", key="none"),
        operation("sign", path="/v1/links/{link}", public=True),
        operation("sign_in", path="/v1/sessions", public=True, key="none", quota="sign_in"),
    ]


async def test_the_service_is_told_where_a_public_call_came_from_and_of_no_other(house: Any) -> None:
    await house.http.post("/v1/sessions", json={})
    await house.http.get("/v1/incidents", headers=house.bearer())

    told, untold = house.services.calls
    assert told.address == "127.0.0.1"
    assert request_headers(told)["decalog.address"] == "127.0.0.1"
    assert untold.address is None
    assert "decalog.address" not in request_headers(untold)


async def test_passwords_are_tried_from_an_address_with_a_token_or_without(house: Any) -> None:
    tokens = [{}, house.bearer("p1"), house.bearer("p2"), house.bearer("p3")]

    answers = [await house.http.post("/v1/sessions", json={}, headers=headers) for headers in tokens]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "gateway.rate_exceeded"
    assert (await house.http.post("/v1/links/x")).status_code == 200


def test_every_quota_of_a_manifest_has_its_numbers() -> None:
    assert {quota for quota, _ in DEFAULT_QUOTAS} == {*QUOTAS, UPLOAD}


async def test_with_security_down_nobody_new_gets_in_and_the_signed_in_go_on(
    house: Any, manifest: Any, operation: Any, beacon: Any, offered: list[dict[str, Any]]
) -> None:
    sign_in = operation("open_session", path="/v1/session-desk", public=True, key="none", quota="sign_in")
    for _ in range(2):
        house.discovery.hear(beacon(manifest(sign_in, service="security")), "security")
    headers = house.bearer("P440100301")
    assert (await house.http.post("/v1/session-desk", json={})).status_code == 200
    house.discovery.hear(beacon(manifest(sign_in, service="security"), gone=True), "security")
    for _ in range(4):
        house.clock.now += 15
        house.discovery.hear(beacon(manifest(*offered)), "emergency")
        house.discovery.settle()

    refused = await house.http.post("/v1/session-desk", json={})
    served = await house.http.get("/v1/incidents", headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (503, "gateway.service_down")
    assert served.status_code == 200


def test_a_call_without_an_address_is_as_before() -> None:
    call = Call("emergency", "incident", {}, "a.b.c", "r", "t", 1.0, 1.0)

    assert set(request_headers(call)) == {
        "nameko.auth_token",
        "nameko.call_id_stack",
        "traceparent",
        "decalog.deadline",
    }
