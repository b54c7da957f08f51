"""Which tokens are believed: RFC 8725's lessons as a list of tokens that are not."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from gateway import limits
from gateway.issuers import LocalIssuer
from gateway.principal import ANONYMOUS, GATEWAY, Principal
from gateway.refused_calls import WITNESS
from gateway.sweep import SWEEPER
from gateway.tokens import Tokens, Untrusted, assert_caller, issue_access, verify

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000.0

Forge = Callable[..., str]


@pytest.fixture
def issuer(key: OKPKey) -> LocalIssuer:
    return LocalIssuer({"keys": [key.as_dict(private=False)]})


@pytest.fixture
def forged(key: OKPKey) -> Forge:
    """A good token but for what is given: claims by name (None leaves one out), `header`, and the signing key."""

    def make(*, signed_by: Any = key, header: dict[str, Any] | None = None, **claims: Any) -> str:
        good = {"iss": "decalog", "aud": "decalog", "sub": "p1", "iat": int(NOW), "exp": int(NOW) + 600}
        whole = {name: value for name, value in (good | claims).items() if value is not None}
        heading = {"alg": "Ed25519", "typ": "at+jwt", "kid": key.kid} | (header or {})
        heading = {name: value for name, value in heading.items() if value is not None}
        return jwt.encode(heading, whole, signed_by, algorithms=[heading["alg"]], default_type=None)

    return make


async def believed(token: str, issuer: LocalIssuer, *, now: float = NOW) -> bool:
    try:
        await verify(token, {issuer.name: issuer}, now=now)
    except Untrusted:
        return False
    return True


async def test_a_good_token_names_its_bearer(issuer: LocalIssuer, key: OKPKey) -> None:
    grants = ({"action": "incident.report", "unit": "44"},)
    token = issue_access(key, sub="ccms-gd", kind="system", now=NOW, grants=grants, epoch=3)

    principal = await verify(token, {"decalog": issuer}, now=NOW)

    assert (principal.id, principal.grants, principal.epoch) == ("system:ccms-gd", grants, 3)
    assert principal.expires == NOW + 600


async def test_a_persons_grants_are_not_taken_from_the_token(issuer: LocalIssuer, forged: Forge) -> None:
    principal = await verify(forged(kind="person", grants=[{"action": "all"}]), {"decalog": issuer}, now=NOW)

    assert principal.grants == ()


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "another"},
        {"iss": None},
        {"iss": 7},
        {"iss": ["decalog"]},
        {"aud": "decalog-services"},
        {"aud": None},
        {"aud": ["another"]},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 201},
        {"sub": "a\x00b"},
        {"sub": "ccms|44"},
        {"exp": None},
        {"exp": "soon"},
        {"exp": int(NOW)},
        {"exp": int(NOW) - 1},
        {"exp": int(NOW) + 601},
        {"iat": None},
        {"iat": int(NOW) + 61, "exp": int(NOW) + 300},
        {"nbf": int(NOW) + 61},
        {"kind": "anonymous"},
        {"kind": "root"},
        {"kind": ["person"]},
        {"epoch": "1"},
        {"grants": {}},
        {"grants": ["all"]},
    ],
)
async def test_a_token_with_a_wrong_claim_is_not_believed(
    issuer: LocalIssuer, forged: Forge, claims: dict[str, Any]
) -> None:
    assert not await believed(forged(**claims), issuer)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"iat": int(NOW) + 60, "exp": int(NOW) + 300},
        {"nbf": int(NOW) + 60},
        {"exp": int(NOW) + 1},
        {"aud": ["x", "decalog"]},
    ],
)
async def test_a_token_within_bounds_is_believed(issuer: LocalIssuer, forged: Forge, claims: dict[str, Any]) -> None:
    assert await believed(forged(**claims), issuer)


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None},
        {"kid": "unknown"},
        {"kid": 7},
        {"kid": "../../etc/passwd"},
        {"typ": None},
        {"typ": "JWT"},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"x5c": ["AAAA"]},
        {"alg": "EdDSA"},
    ],
)
async def test_a_token_with_a_wrong_header_is_not_believed(
    issuer: LocalIssuer, forged: Forge, header: dict[str, Any]
) -> None:
    try:
        token = forged(header=header)
    except Exception:  # noqa: BLE001 - joserfc won't make some of them: then they are put together by hand
        token = _by_hand(header, forged())

    assert not await believed(token, issuer)


async def test_an_unsigned_token_is_not_believed(issuer: LocalIssuer, forged: Forge, key: OKPKey) -> None:
    head = _part({"alg": "none", "typ": "at+jwt", "kid": key.kid})

    for signature in ("", forged().split(".")[2]):
        assert not await believed(f"{head}.{forged().split('.')[1]}.{signature}", issuer)


async def test_a_token_signed_with_the_public_key_as_a_secret_is_not_believed(
    issuer: LocalIssuer, forged: Forge, key: OKPKey
) -> None:
    for secret in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        token = jws.serialize_compact(
            {"alg": "HS256", "typ": "at+jwt", "kid": key.kid},
            base64.urlsafe_b64decode(forged().split(".")[1] + "=="),
            OctKey.import_key(base64.b64encode(secret)),
            algorithms=["HS256"],
        )

        assert not await believed(token, issuer)


async def test_another_key_under_our_kid_is_not_believed(issuer: LocalIssuer, forged: Forge, key: OKPKey) -> None:
    other = OKPKey.import_key(OKPKey.generate_key("Ed25519").as_dict(private=True) | {"kid": key.kid})
    rsa = RSAKey.generate_key(2048, {"kid": str(key.kid)})

    assert not await believed(forged(signed_by=other), issuer)
    assert not await believed(forged(signed_by=rsa, header={"alg": "RS256"}), issuer)


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_changed_anywhere_is_not_believed(issuer: LocalIssuer, forged: Forge, part: int) -> None:
    parts = forged().split(".")
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]

    assert not await believed(".".join(parts), issuer)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d",
        "x" * 9000,
        "é.é.é",
        "." * 8000,
        "e30.e30.e30",
        "e30.W10.e30",
        "bnVsbA.bnVsbA.",
    ],
)
async def test_what_is_no_token_is_not_believed(issuer: LocalIssuer, token: str) -> None:
    assert not await believed(token, issuer)


async def test_a_deeply_nested_payload_is_not_believed(issuer: LocalIssuer) -> None:
    payload = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")

    assert not await believed(f"e30.{payload}.e30", issuer)


async def test_a_token_is_verified_once_and_no_longer_than_it_lives(
    issuer: LocalIssuer, key: OKPKey, clock: Any
) -> None:
    tokens = Tokens({"decalog": issuer}, key, clock=clock)
    token = issue_access(key, sub="p1", kind="person", now=clock.now, seconds=100)

    first = await tokens.bearer(token)
    clock.now += 29
    assert await tokens.bearer(token) is first
    clock.now += 70
    assert (await tokens.bearer(token)).principal is first.principal
    clock.now += 1
    with pytest.raises(Untrusted):
        await tokens.bearer(token)
    assert not tokens.known(token)


async def test_an_assertion_is_used_for_50_of_its_60_seconds(issuer: LocalIssuer, key: OKPKey, clock: Any) -> None:
    tokens = Tokens({"decalog": issuer}, key, clock=clock)
    token = issue_access(key, sub="p1", kind="person", now=clock.now)
    seen = []
    for _ in range(4):
        seen.append((await tokens.bearer(token)).assertion)
        clock.now += 25

    assert seen[0] == seen[1] != seen[2] == seen[3]
    assert jwt.decode(seen[2], key, algorithms=["Ed25519"]).claims["exp"] == NOW + 50 + 60


async def test_the_tokens_kept_are_bounded(
    issuer: LocalIssuer, key: OKPKey, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TOKENS_KEPT", 3)
    tokens = Tokens({"decalog": issuer}, key, clock=clock)
    made = [issue_access(key, sub=f"p{n}", kind="person", now=clock.now) for n in range(5)]

    for token in made:
        await tokens.bearer(token)

    assert [tokens.known(token) for token in made] == [False, False, True, True, True]


async def test_the_gateway_is_vouched_for_with_the_grants_of_each_errand_and_no_other(
    issuer: LocalIssuer, key: OKPKey, clock: Any
) -> None:
    tokens = Tokens({"decalog": issuer}, key, clock=clock)

    def vouched(errand: Principal) -> list[str]:
        claims = jwt.decode(tokens.vouch(errand).assertion, key, algorithms=["Ed25519"]).claims
        return [grant["action"] for grant in claims["grants"]]

    errands = (GATEWAY, WITNESS, SWEEPER, GATEWAY)
    assert [vouched(errand) for errand in errands] == [[], ["call.refused"], ["object.sweep"], []]


async def test_the_assertion_vouches_for_the_caller(key: OKPKey, issuer: LocalIssuer) -> None:
    token = issue_access(key, sub="ccms", kind="system", now=NOW, grants=({"action": "a", "unit": "u"},), epoch=2)
    principal = await verify(token, {"decalog": issuer}, now=NOW)

    claims = jwt.decode(assert_caller(principal, key, now=NOW), key, algorithms=["Ed25519"]).claims

    assert claims == {
        "iss": "decalog-gateway",
        "aud": "decalog-services",
        "sub": "ccms",
        "kind": "system",
        "grants": [{"action": "a", "unit": "u"}],
        "epoch": 2,
        "iat": int(NOW),
        "exp": int(NOW) + 60,
    }


async def test_an_assertion_is_no_access_token(issuer: LocalIssuer, key: OKPKey) -> None:
    assert not await believed(assert_caller(ANONYMOUS, key, now=NOW), issuer)


async def test_a_call_without_a_token_is_asked_for_one(house: Any) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}):
        answer = await house.http.get("/v1/incidents", headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "gateway.token_missing")
        assert answer.headers["www-authenticate"] == 'Bearer realm="decalog"'


async def test_a_call_with_a_bad_token_is_refused_without_a_reason(house: Any) -> None:
    token = issue_access(house.key, sub="p1", kind="person", now=house.clock.now - 600)

    answer = await house.http.get("/v1/incidents", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "gateway.token_invalid")
    assert answer.headers["www-authenticate"] == 'Bearer realm="decalog", error="invalid_token"'
    assert "errors" not in answer.json()


async def test_a_public_operation_needs_no_token_and_refuses_a_bad_one(house: Any) -> None:
    without = await house.http.post("/v1/links/abc")
    bad = await house.http.post("/v1/links/abc", headers={"Authorization": "Bearer x.y.z"})

    assert (without.status_code, bad.status_code) == (200, 401)
    claims = jwt.decode(house.services.calls[0].assertion, house.key, algorithms=["Ed25519"]).claims
    assert (claims["sub"], claims["kind"], claims["grants"]) == ("anonymous", "anonymous", [])


async def test_a_fresh_token_is_believed_by_the_machines_clock(issuer: LocalIssuer, key: OKPKey) -> None:
    token = issue_access(key, sub="p1", kind="person", now=time.time())

    assert await Tokens({"decalog": issuer}, key).bearer(token)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _by_hand(header: dict[str, Any], good: str) -> str:
    _, payload, signature = good.split(".")
    return f"{_part({'alg': 'Ed25519', 'typ': 'at+jwt'} | header)}.{payload}.{signature}"
