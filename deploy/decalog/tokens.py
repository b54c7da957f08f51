"""Access tokens for local use, signed with the instance's own key: what the built-in accounts will issue later."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.clock import machine_now

ISSUER = "decalog"
AUDIENCE = "decalog"
LIFE_SECONDS = 600


def parse_grant(text: str) -> dict[str, str]:
    """`incident.report@HQ` as the grant that it says (ValueError)."""
    action, at, unit = text.partition("@")
    if not (action and at and unit):
        raise ValueError(f"{text!r} is not of the form action@unit")
    return {"action": action, "unit": unit}


def access_token(
    keys: Path, subject: str, *, kind: str, grants: Iterable[Mapping[str, str]] = (), seconds: int = LIFE_SECONDS
) -> str:
    """A token of the instance's issuer for a person (whose grants the services know) or a system (with its grants)."""
    key = _signing_key(keys)
    now = int(machine_now().timestamp())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "kind": kind,
        "grants": [dict(grant) for grant in grants],
        "epoch": 0,
        "iat": now,
        "exp": now + min(seconds, LIFE_SECONDS),
    }
    return jwt.encode({"alg": "Ed25519", "typ": "at+jwt", "kid": str(key.kid)}, claims, key, algorithms=["Ed25519"])


def _signing_key(keys: Path) -> Any:
    content = json.loads((keys / "access.private.json").read_text())
    return KeySet.import_key_set(content if "keys" in content else {"keys": [content]}).keys[0]
