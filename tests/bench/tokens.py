"""Access tokens for the load, signed with the instance's own key (RFC 9068)."""

import json
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OKPKey

LIFE_SECONDS = 600
GRANTS = [{"action": "incident.report", "unit": "HQ"}, {"action": "incident.read", "unit": "HQ"}]


def sign_tokens(keys: Path, count: int) -> list[str]:
    """Fresh tokens of the systems BENCH0001 and on, each living ten minutes."""
    (material,) = json.loads((keys / "access.private.json").read_text())["keys"]
    key = OKPKey.import_key(material)
    return [_signed(key, f"BENCH{number:04}") for number in range(1, count + 1)]


def _signed(key: OKPKey, subject: str) -> str:
    now = int(time.time())
    claims = {
        "iss": "decalog",
        "aud": "decalog",
        "sub": subject,
        "kind": "system",
        "grants": GRANTS,
        "epoch": 0,
        "iat": now,
        "exp": now + LIFE_SECONDS,
    }
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": str(key.kid)}
    return jwt.encode(header, claims, key, algorithms=["Ed25519"])
