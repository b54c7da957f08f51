"""Whose access tokens are accepted: the house's own issuer, and one OIDC issuer by configuration.

An issuer's keys are found by `kid` and nowhere else: what a token says about where its key lies is never followed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OKPKey

from gateway import limits
from gateway.logs import log
from gateway.principal import Kind

LOCAL_ISSUER = "decalog"


class Issuer(Protocol):
    """What verification needs of an issuer."""

    name: str
    algorithms: tuple[str, ...]

    async def key(self, kid: str) -> Key | None:
        """The public key of this id, or None if the issuer has no such key."""

    def kinds(self, kid: str) -> tuple[Kind, ...]:
        """The kinds of caller that this key may name."""


class LocalIssuer:
    """The house's own issuer: its keys are JWKS files, its algorithm is Ed25519.

    Two sets of keys sign in its name: the gateway's own, and `sessions`, those of the built-in accounts, which belong
    to the security service and name persons alone: whoever had taken them could not make a system's grants of them.
    """

    name = LOCAL_ISSUER
    algorithms: tuple[str, ...] = ("Ed25519",)

    def __init__(self, jwks: Mapping[str, Any], sessions: Mapping[str, Any] | None = None) -> None:
        own = public_keys(jwks)
        self._persons_only = {} if sessions is None else public_keys(sessions)
        if both := own.keys() & self._persons_only.keys():
            raise ValueError(f"keys of sessions are the gateway's own too: {', '.join(sorted(both))}")
        self._keys = {**own, **self._persons_only}

    async def key(self, kid: str) -> Key | None:
        return self._keys.get(kid)

    def kinds(self, kid: str) -> tuple[Kind, ...]:
        return ("person",) if kid in self._persons_only else ("person", "system")


class RemoteIssuer:
    """An OIDC issuer, by its JWKS address. It names persons; it can't grant a system anything.

    Keys are fetched when an unknown id turns up, at most every 30 s, so a rotation needs no restart; while the
    issuer can't be reached the last ones serve for 24 h.
    """

    algorithms: tuple[str, ...] = ("Ed25519", "EdDSA", "ES256", "RS256", "PS256")

    def __init__(
        self,
        name: str,
        url: str,
        *,
        client: httpx.AsyncClient,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._keys: dict[str, Key] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> Key | None:
        if kid not in self._keys or self._age() > limits.JWKS_KEPT_SECONDS / 2:
            await self._refresh()
        return self._keys.get(kid) if self._age() < limits.JWKS_KEPT_SECONDS else None

    def kinds(self, kid: str) -> tuple[Kind, ...]:  # noqa: ARG002 any key of this issuer names persons
        return ("person",)

    def _age(self) -> float:
        return self._monotonic() - self._fetched

    async def _refresh(self) -> None:
        async with self._lock:
            if self._monotonic() - self._tried < limits.JWKS_REFETCH_SECONDS:
                return
            self._tried = self._monotonic()
            try:
                self._keys = await self._fetch()
                self._fetched = self._monotonic()
            except (httpx.HTTPError, ValueError) as fault:
                log.warning("jwks_unreachable", issuer=self.name, fault=type(fault).__name__)

    async def _fetch(self) -> dict[str, Key]:
        answer = await self._client.get(self._url, timeout=limits.JWKS_REQUEST_SECONDS, follow_redirects=False)
        answer.raise_for_status()
        if len(answer.content) > limits.JWKS_BYTES:
            raise ValueError("the key set is too large")
        keys = public_keys(orjson.loads(answer.content))
        if not keys:
            raise ValueError("the key set is empty")
        return keys


def public_keys(jwks: Mapping[str, Any]) -> dict[str, Key]:
    """The asymmetric signing keys of a JWKS by `kid`. Raises ValueError if it is none."""
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWKS")
    objects = [one for one in entries if isinstance(one, dict)]
    usable = [one for one in objects if one.get("kty") != "oct" and one.get("use", "sig") == "sig"]
    try:
        keys = KeySet.import_key_set({"keys": usable}).keys
    except JoseError as fault:
        raise ValueError(str(fault)) from fault
    return {str(key.kid): key for key in keys}


def jwks_file(path: Path) -> dict[str, Any]:
    """The JWKS in a file of the key folder."""
    found: dict[str, Any] = orjson.loads(path.read_bytes())
    return found


def private_key(path: Path) -> OKPKey:
    """The Ed25519 signing key in a file of the key folder: a JWK, or a JWKS with one key."""
    found = jwks_file(path)
    key = OKPKey.import_key(found["keys"][0] if "keys" in found else found)
    if not key.is_private or key.curve_name != "Ed25519":
        raise ValueError(f"{path.name} is no private Ed25519 key")
    key.ensure_kid()
    return key
