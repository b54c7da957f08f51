"""Access tokens in, caller assertions out.

A token is verified once and then known by its text until it expires; the assertion that vouches for its bearer to
the services is signed for 60 s and used for 50 s. Ed25519 costs about 0.2 ms, so both are worth keeping.
"""

import json
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, cast

import attrs
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, OKPKey
from joserfc.jws import JWSRegistry, extract_compact
from joserfc.jwt import JWTClaimsRegistry

from gateway import limits
from gateway.issuers import LOCAL_ISSUER, Issuer
from gateway.principal import Kind, Principal

AUDIENCE = "decalog"
ASSERTION_ISSUER = "decalog-gateway"
ASSERTION_AUDIENCE = "decalog-services"

Clock = Callable[[], float]


class Untrusted(Exception):
    """The token is not accepted. The text says why, for the log; the caller is not told."""


@attrs.frozen
class Bearer:
    """A verified caller, with the assertion that vouches for it and the epoch second until which that is used."""

    principal: Principal
    assertion: str
    reuse_until: float


class Tokens:
    """Verifies access tokens and signs caller assertions, keeping a bounded number of both."""

    def __init__(self, issuers: Mapping[str, Issuer], assertion_key: OKPKey, *, clock: Clock = time.time) -> None:
        self._issuers = dict(issuers)
        self._key = assertion_key
        self._clock = clock
        self._bearers: dict[str, Bearer] = {}

    async def bearer(self, token: str) -> Bearer:
        """The bearer of this token, with a fresh assertion. Raises Untrusted."""
        now = self._clock()
        known = self._bearers.get(token)
        if known is not None and now < known.principal.expires:
            return known if now < known.reuse_until else self._keep(token, known.principal, now)
        self._bearers.pop(token, None)
        return self._keep(token, await verify(token, self._issuers, now=now), now)

    def known(self, token: str) -> bool:
        """Whether this token has been verified before, so that looking at it again costs nothing."""
        return token in self._bearers

    def vouch(self, principal: Principal) -> Bearer:
        """A caller that needs no token: the public, or the gateway itself, which gives itself other grants for each
        of its errands under the one name."""
        now, name = self._clock(), f"\x00{principal.id}"
        known = self._bearers.get(name)
        if known is None or known.principal != principal or now >= known.reuse_until:
            return self._keep(name, principal, now)
        return known

    def _keep(self, name: str, principal: Principal, now: float) -> Bearer:
        while len(self._bearers) >= limits.TOKENS_KEPT:
            del self._bearers[next(iter(self._bearers))]
        assertion = assert_caller(principal, self._key, now=now)
        bearer = Bearer(principal, assertion, now + limits.ASSERTION_REUSE_SECONDS)
        self._bearers[name] = bearer
        return bearer


async def verify(token: str, issuers: Mapping[str, Issuer], *, now: float) -> Principal:
    """The caller that this access token names (RFC 9068, RFC 8725). Raises Untrusted."""
    if len(token) > limits.TOKEN_BYTES or not token.isascii():
        raise Untrusted("too long or not ASCII")
    try:
        header, claimed = _read(token)
        issuer = issuers.get(claimed) if isinstance(claimed, str) else None
        if issuer is None:
            raise Untrusted("unknown issuer")
        kid = _kid(header, issuer)
        key = await issuer.key(kid)
        if key is None:
            raise Untrusted("unknown kid")
        claims = _decoded(token, key, issuer)
        _check(claims, issuer, now)
    except (JoseError, ValueError, TypeError, RecursionError) as fault:
        raise Untrusted(type(fault).__name__) from fault
    return _principal(claims, issuer.kinds(kid))


def _read(token: str) -> tuple[dict[str, Any], object]:
    """The header and the claimed issuer, neither of them verified."""
    parts = extract_compact(token.encode())
    claims = json.loads(parts.payload)
    return parts.headers(), claims.get("iss") if isinstance(claims, dict) else None


def _kid(header: Mapping[str, Any], issuer: Issuer) -> str:
    kid = header.get("kid")
    if header.get("alg") not in issuer.algorithms:
        raise Untrusted("algorithm not allowed")
    if str(header.get("typ", "")).lower().removeprefix("application/") != "at+jwt":
        raise Untrusted("not an access token")
    if not isinstance(kid, str) or set(header) - {"alg", "typ", "kid"}:
        raise Untrusted("no kid, or a header that points elsewhere")
    return kid


def _decoded(token: str, key: Key, issuer: Issuer) -> dict[str, Any]:
    """The claims of a rightly signed token."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is Ed25519's old name; many issuers still use it
        return jwt.decode(token, key, registry=JWSRegistry(algorithms=issuer.algorithms)).claims


def _check(claims: dict[str, Any], issuer: Issuer, now: float) -> None:
    """iss, aud, sub, iat, nbf and exp. Clocks may differ by 60 s, except that no token outlives its `exp`."""
    JWTClaimsRegistry(
        now=int(now),
        leeway=limits.SKEW_SECONDS,
        iss={"essential": True, "value": issuer.name},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
    ).validate(claims)
    if claims["exp"] <= now:
        raise Untrusted("expired")
    if claims["exp"] - claims["iat"] > limits.TOKEN_SECONDS:
        raise Untrusted("lives too long")


def _principal(claims: Mapping[str, Any], kinds: tuple[Kind, ...]) -> Principal:
    kind, grants, epoch = claims.get("kind", "person"), claims.get("grants", []), claims.get("epoch", 0)
    if kind not in kinds or not isinstance(epoch, int) or not isinstance(grants, list):
        raise Untrusted("claims of another shape")
    named = 1 <= len(claims["sub"]) <= 200 and claims["sub"].isprintable() and "|" not in claims["sub"]
    if not named or not all(isinstance(grant, dict) for grant in grants):
        raise Untrusted("claims of another shape")
    held = tuple(grants) if kind == "system" else ()
    return Principal(claims["sub"], cast(Kind, kind), held, epoch, float(claims["exp"]), float(claims["iat"]))


def issue_access(
    key: OKPKey,
    *,
    sub: str,
    kind: Kind,
    now: float,
    grants: tuple[Mapping[str, Any], ...] = (),
    epoch: int = 0,
    seconds: int = limits.TOKEN_SECONDS,
) -> str:
    """An access token of the house's own issuer, living `seconds`, at most 600."""
    claims: dict[str, Any] = {
        "iss": LOCAL_ISSUER,
        "aud": AUDIENCE,
        "sub": sub,
        "kind": kind,
        "grants": [dict(grant) for grant in grants],
        "epoch": epoch,
        "iat": int(now),
        "exp": int(now) + min(seconds, limits.TOKEN_SECONDS),
    }
    return _signed(claims, key, typ="at+jwt")


def assert_caller(principal: Principal, key: OKPKey, *, now: float) -> str:
    """The gateway's word to the services for who called with a valid token, good for 60 s."""
    claims: dict[str, Any] = {
        "iss": ASSERTION_ISSUER,
        "aud": ASSERTION_AUDIENCE,
        "sub": principal.sub,
        "kind": principal.kind,
        "grants": [dict(grant) for grant in principal.grants],
        "epoch": principal.epoch,
        "iat": int(now),
        "exp": int(now) + limits.ASSERTION_SECONDS,
    }
    return _signed(claims, key, typ="JWT")


def _signed(claims: dict[str, Any], key: OKPKey, *, typ: str) -> str:
    return jwt.encode({"alg": "Ed25519", "typ": typ, "kid": str(key.kid)}, claims, key, algorithms=["Ed25519"])
