"""R9.7: what a person is given at sign-in: an access token for the gateway, and a refresh token for the next one.

An access token is the house's own (RFC 9068, Ed25519, ten minutes), signed with a key of this service's; the gateway
lets that key name persons and nobody else. Its times are the machine's: tokens live on while business time is stepped.

A refresh token is `<account>.<session>.<turn>.<proof>`. The proof is a keyed hash of the rest, so nothing of a token
lies in the database, and whoever reads that can make none.
"""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import uuid_utils
from attrs import frozen
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from chassis.clock import machine_now
from chassis.fieldcrypt import FieldKeys
from security.sessions import Session

KEY_FILE = "sessions.private.json"
ISSUER = AUDIENCE = "decalog"
CLIENT = "decalog-accounts"
LIFE_SECONDS = 600


class AccessTokens:
    """Signs access tokens for persons."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key

    def token(self, person: str, session: Session) -> str:
        """A token for the person of this session."""
        now = int(machine_now().timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": person,
            "client_id": CLIENT,
            "jti": str(uuid_utils.uuid7()),
            "kind": "person",
            "epoch": 0,
            "sid": session.id,
            "amr": list(session.methods),
            "iat": now,
            "exp": now + LIFE_SECONDS,
        }
        header = {"alg": "Ed25519", "typ": "at+jwt", "kid": str(self._key.kid)}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])


def signing_key(folder: Path) -> OKPKey:
    """The private key in the folder of keys (ValueError where it is none)."""
    (key,) = KeySet.import_key_set(json.loads((folder / KEY_FILE).read_text())).keys
    if not isinstance(key, OKPKey) or not key.is_private or key.curve_name != "Ed25519":
        raise ValueError(f"{KEY_FILE} holds no private Ed25519 key")
    return key


@frozen
class RefreshToken:
    """What a refresh token names."""

    account: str
    session: str
    turn: int


class RefreshTokens:
    """Makes and reads refresh tokens."""

    def __init__(self, keys: FieldKeys) -> None:
        self._keys = keys

    def made(self, account: str, session: Session) -> str:
        """The token for the session's present turn; always the same one."""
        named = f"{account}.{session.id}.{session.turn}"
        return f"{named}.{self._proof(named)}"

    def read(self, text: str) -> RefreshToken | None:
        """What a token of ours names; None for any other text."""
        named, _, proof = text.rpartition(".")
        if not hmac.compare_digest(proof.encode(), self._proof(named).encode()):
            return None
        account, session, turn = named.split(".")
        return RefreshToken(account, session, int(turn))

    def _proof(self, named: str) -> str:
        return base64.urlsafe_b64encode(self._keys.derive("refresh", named)).decode().rstrip("=")
