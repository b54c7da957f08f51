"""Generated secrets of an instance: made once, kept in `secrets.json` (0600), never printed."""

import json
import secrets
from collections.abc import Iterable

from attrs import asdict, frozen

from launcher.layout import Layout, private_file


@frozen
class Credentials:
    """Passwords by user, the Erlang cookie of the broker, the key file of the replica set."""

    broker: dict[str, str]
    database: dict[str, str]
    cookie: str
    replica_key: str


def kept_credentials(layout: Layout, users: Iterable[str]) -> Credentials:
    """The instance's secrets; what is missing is generated and written.

    The password of a user that is not wanted now stays on file: the database still knows it, should the user come back.
    """
    known = json.loads(layout.secrets.read_text()) if layout.secrets.exists() else {}
    names = list(users)
    credentials = Credentials(
        broker=passwords(names, known.get("broker", {})),
        database=passwords(names, known.get("database", {})),
        cookie=known.get("cookie") or secrets.token_hex(24),
        replica_key=known.get("replica_key") or secrets.token_hex(48),
    )
    kept = asdict(credentials)
    for server in ("broker", "database"):
        kept[server] = known.get(server, {}) | kept[server]
    private_file(layout.secrets, json.dumps(kept, indent=1))
    return credentials


def passwords(users: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """A password of 192 random bits for each user, the known one where there is one."""
    return {user: known.get(user) or secrets.token_urlsafe(24) for user in users}
