"""An OIDC issuer by configuration: rotation without restart, outages without sign-outs."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from attrs import define, field
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey

from gateway.issuers import LocalIssuer, RemoteIssuer, public_keys
from gateway.tokens import Untrusted, issue_access, verify

pytestmark = pytest.mark.anyio

URL = "https://idp.example/keys"


@define
class KeySetServer:
    """An issuer's JWKS address."""

    keys: list[Key] = field(factory=list)
    asked: int = 0
    down: bool = False
    text: bytes | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.down:
            raise httpx.ConnectError("down")
        if self.text is not None:
            return httpx.Response(200, content=self.text)
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})


@pytest.fixture
def server() -> KeySetServer:
    return KeySetServer()


@pytest.fixture
async def issuer(server: KeySetServer, clock: Any) -> AsyncIterator[RemoteIssuer]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:
        yield RemoteIssuer("https://idp.example", URL, client=client, monotonic=clock)


def new_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", auto_kid=True)


async def test_a_key_is_fetched_when_it_is_first_needed(issuer: RemoteIssuer, server: KeySetServer) -> None:
    server.keys = [new_key()]

    assert await issuer.key(str(server.keys[0].kid)) is not None
    assert await issuer.key(str(server.keys[0].kid)) is not None
    assert server.asked == 1


async def test_a_new_key_needs_no_restart(issuer: RemoteIssuer, server: KeySetServer, clock: Any) -> None:
    server.keys = [new_key()]
    await issuer.key(str(server.keys[0].kid))
    server.keys = [*server.keys, new_key()]
    clock.now += 30

    assert await issuer.key(str(server.keys[1].kid)) is not None


async def test_unknown_keys_are_asked_for_at_most_every_30_seconds(
    issuer: RemoteIssuer, server: KeySetServer, clock: Any
) -> None:
    server.keys = [new_key()]
    for _ in range(10):
        assert await issuer.key("unknown") is None
    clock.now += 29.9
    await issuer.key("unknown")
    assert server.asked == 1

    clock.now += 0.1
    await issuer.key("unknown")
    assert server.asked == 2


async def test_the_last_keys_serve_for_a_day_while_the_issuer_is_away(
    issuer: RemoteIssuer, server: KeySetServer, clock: Any
) -> None:
    server.keys = [new_key()]
    kid = str(server.keys[0].kid)
    await issuer.key(kid)
    server.down = True

    clock.now += 24 * 3600 - 1
    assert await issuer.key(kid) is not None
    clock.now += 1
    assert await issuer.key(kid) is None


async def test_a_key_that_was_withdrawn_is_forgotten(issuer: RemoteIssuer, server: KeySetServer, clock: Any) -> None:
    old, new = new_key(), new_key()
    server.keys = [old]
    await issuer.key(str(old.kid))
    server.keys = [new]
    clock.now += 31

    await issuer.key(str(new.kid))

    assert await issuer.key(str(old.kid)) is None


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys":[]}', b'{"keys":[{"kty":"OKP"}]}', b" " * 300_000])
async def test_what_is_no_key_set_changes_nothing(
    issuer: RemoteIssuer, server: KeySetServer, clock: Any, text: bytes
) -> None:
    server.keys = [new_key()]
    kid = str(server.keys[0].kid)
    await issuer.key(kid)
    server.text = text
    clock.now += 31

    await issuer.key("unknown")

    assert await issuer.key(kid) is not None


async def test_secrets_and_encryption_keys_in_a_key_set_are_left_out() -> None:
    secret, encryption = OctKey.generate_key(256), ECKey.generate_key("P-256", {"use": "enc"})
    signing = new_key()
    entries = [secret.as_dict(private=True), encryption.as_dict(private=False), signing.as_dict(private=False)]

    assert list(public_keys({"keys": entries})) == [signing.kid]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_an_issuers_token_names_a_person_and_never_a_system(
    issuer: RemoteIssuer, server: KeySetServer, clock: Any
) -> None:
    key = new_key()
    server.keys = [key]
    claims = {"iss": issuer.name, "aud": "decalog", "sub": "p7", "iat": int(clock.now), "exp": int(clock.now) + 300}
    header = {"alg": "EdDSA", "typ": "at+jwt", "kid": key.kid}

    person = jwt.encode(header, claims, key, algorithms=["EdDSA"])
    system = jwt.encode(header, claims | {"kind": "system"}, key, algorithms=["EdDSA"])

    assert (await verify(person, {issuer.name: issuer}, now=clock.now)).id == "person:p7"
    with pytest.raises(Untrusted):
        await verify(system, {issuer.name: issuer}, now=clock.now)


async def test_one_issuers_key_does_not_sign_for_another(
    issuer: RemoteIssuer, server: KeySetServer, clock: Any, key: OKPKey
) -> None:
    server.keys = [new_key()]
    local = LocalIssuer({"keys": [key.as_dict(private=False)]})
    token = issue_access(OKPKey.import_key(server.keys[0].as_dict(private=True)), sub="p", kind="person", now=clock.now)

    with pytest.raises(Untrusted):
        await verify(token, {local.name: local, issuer.name: issuer}, now=clock.now)
