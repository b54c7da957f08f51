"""Keys of an instance: signing keys as JWKS files (RFC 7517, RFC 8037) and the keys of field encryption.

`access.*` sign the access tokens of the local issuer, `assertion.*` the gateway's caller assertions, `sessions.*` the
access tokens of persons who sign in with a built-in account; `*.private.json` hold the private halves.
`field.keys.json` is `{"current": id, "keys": {id: key}, "lookup": key}`,
keys as base64 of 32 bytes: those of AES-256-GCM by version, and the one of the exact look-up; `person.keys.json` is
the same without `lookup`: the company's person key by version.
"""

import base64
import json
import secrets
from pathlib import Path

from joserfc.jwk import OKPKey

from launcher.layout import private_file

SIGNING = ("access", "assertion", "sessions")


def keep_keys(folder: Path) -> None:
    """Make the key files that are missing; those that exist stay as they are."""
    for name in SIGNING:
        if not (folder / f"{name}.private.json").exists():
            write_signing_key(folder, name)
    fields = folder / "field.keys.json"
    if not fields.exists():
        first = {"current": "k1", "keys": {"k1": random_key()}, "lookup": random_key()}
        private_file(fields, json.dumps(first, indent=1))
    persons = folder / "person.keys.json"
    if not persons.exists():
        private_file(persons, json.dumps({"current": "p1", "keys": {"p1": random_key()}}, indent=1))


def write_signing_key(folder: Path, name: str) -> None:
    """A fresh Ed25519 key as two sets of one key, whose `kid` is its thumbprint (RFC 7638)."""
    key = OKPKey.generate_key("Ed25519", {"alg": "Ed25519", "use": "sig"}, private=True, auto_kid=True)
    public = {"keys": [key.as_dict(private=False)]}
    private = {"keys": [key.as_dict(private=True)]}
    private_file(folder / f"{name}.public.json", json.dumps(public, indent=1))
    private_file(folder / f"{name}.private.json", json.dumps(private, indent=1))


def random_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()
