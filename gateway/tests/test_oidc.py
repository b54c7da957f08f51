"""An OIDC issuer by configuration, over real HTTP: Authlib's own authorization server, which knows nothing of us.

It signs RFC 9068 access tokens whose subject is the person id; the gateway needs its name and where its keys lie.
"""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from attrs import define, field
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import ResourceOwnerPasswordCredentialsGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, jsonify
from joserfc import jws
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import BaseWSGIServer, make_server

from gateway.issuers import RemoteIssuer
from gateway.tokens import Untrusted, verify

pytestmark = [pytest.mark.anyio, pytest.mark.clause("R9.7")]

ISSUER = "https://idp.example.invalid"
PERSON, SECRET = "P440100301", "Kapok-tree 88"


@define
class Provider:
    """The issuer: its server, the keys that it publishes, and the one that signs, the last."""

    server: BaseWSGIServer
    keys: list[RSAKey] = field(factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def rotate(self) -> None:
        """From now on another key signs; the one before stays published."""
        self.keys = [*self.keys[-1:], RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)]

    async def token(self, username: str = PERSON) -> str:
        """An access token, asked for over HTTP as a client does."""
        form = {"grant_type": "password", "username": username, "password": SECRET, "client_id": "console"}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/token", data=form)
        answer.raise_for_status()
        return str(answer.json()["access_token"])


class Client:
    """The one client that the issuer knows: public, so without a secret."""

    client_id = "console"

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str:
        return scope or ""

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return True

    def check_grant_type(self, grant_type: str) -> bool:
        return True


class User:
    """Whoever gives the secret; the subject is the name given."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_user_id(self) -> str:
        return self.name


class Password(ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]
    """The shortest of the grants that name a user; which one a deployment uses is nothing to us."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def authenticate_user(self, username: str, password: str) -> User | None:
        return User(username) if password == SECRET else None


@pytest.fixture
def provider() -> Iterator[Provider]:
    app = Flask("idp")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    made = Provider(server)
    made.rotate()

    class Generator(JWTBearerTokenGenerator):  # type: ignore[misc]
        def get_jwks(self) -> Any:
            return KeySet(made.keys[-1:])  # of a set it names the key that it took

        def get_audiences(self, client: Client, user: User, scope: str) -> str:
            return "decalog"

    authorization = AuthorizationServer(app, query_client=lambda _: Client(), save_token=lambda *_: None)
    authorization.register_grant(Password)
    lives = lambda client, grant_type: 300  # noqa: E731 Authlib's own shape
    authorization.register_token_generator("default", Generator(ISSUER, alg="RS256", expires_generator=lives))
    app.post("/token", endpoint="token")(authorization.create_token_response)
    app.get("/jwks.json", endpoint="jwks")(lambda: jsonify(KeySet(list(made.keys)).as_dict(private=False)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def issuer(provider: Provider, clock: Any) -> Any:
    async with httpx.AsyncClient() as client:
        yield RemoteIssuer(ISSUER, f"{provider.url}/jwks.json", client=client, monotonic=clock)


async def subject(token: str, issuer: RemoteIssuer, now: float) -> str:
    return (await verify(token, {issuer.name: issuer}, now=now)).id


def issued_at(token: str) -> float:
    """The issuer signs by the machine's clock; so is it judged."""
    claims: dict[str, Any] = json.loads(jws.extract_compact(token.encode()).payload)
    return float(claims["iat"])


async def test_the_subject_of_the_issuers_token_is_the_person(provider: Provider, issuer: RemoteIssuer) -> None:
    token = await provider.token()

    assert await subject(token, issuer, issued_at(token)) == f"person:{PERSON}"


async def test_the_issuer_changes_its_key_and_nothing_is_restarted(
    provider: Provider, issuer: RemoteIssuer, clock: Any
) -> None:
    before = await provider.token()
    await subject(before, issuer, issued_at(before))
    provider.rotate()
    after = await provider.token()
    clock.now += 31

    assert await subject(after, issuer, issued_at(after)) == f"person:{PERSON}"
    assert await subject(before, issuer, issued_at(before)) == f"person:{PERSON}"


async def test_a_key_that_the_issuer_has_withdrawn_signs_nobody_in(
    provider: Provider, issuer: RemoteIssuer, clock: Any
) -> None:
    old = await provider.token()
    provider.rotate()
    provider.rotate()
    new = await provider.token()
    await subject(new, issuer, issued_at(new))
    clock.now += 31

    with pytest.raises(Untrusted):
        await subject(old, issuer, issued_at(old))


async def test_the_last_keys_serve_while_the_issuer_is_away(
    provider: Provider, issuer: RemoteIssuer, clock: Any
) -> None:
    token = await provider.token()
    await subject(token, issuer, issued_at(token))
    provider.server.shutdown()
    provider.server.server_close()

    clock.now += 24 * 3600 - 1
    assert await subject(token, issuer, issued_at(token)) == f"person:{PERSON}"
    clock.now += 1
    with pytest.raises(Untrusted):
        await subject(token, issuer, issued_at(token))


async def test_another_issuers_name_or_audience_is_not_believed(provider: Provider, issuer: RemoteIssuer) -> None:
    token = await provider.token()
    issuer.name = "https://another.example.invalid"

    with pytest.raises(Untrusted):
        await subject(token, issuer, issued_at(token))
