"""Who may do what at the broker and the database: the one table of users, with least permissions.

There is one user for each service that is installed (entry points `decalog.services`), one for the gateway and one
for deploying. Services declare nothing (topology is the deploy user's), write to their own exchanges and to the
default one (replies, retries to their own queues), and read their own queues only. Each has its own database and no
other. All of that follows from the service's name, so a name that would reach further is refused.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

from attrs import frozen

from launcher.failures import LaunchError

VHOST = "decalog"
DEPLOY, GATEWAY = "deploy", "gateway"

TAKEN = frozenset(
    {DEPLOY, GATEWAY, "admin", "amq", "config", "escalations", "local", "manifests", "staff", "subscriber", "unrouted"}
)
"""What bears these names is not a service's: users, databases of MongoDB's own, exchanges, streams, others' queues."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def services() -> tuple[str, ...]:
    """The services that are installed, by name; LaunchError where one bears a name that no service can have."""
    return checked_names(found.name for found in entry_points(group="decalog.services"))


def checked_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names in order; LaunchError for one that is malformed, not a service's, or offered by two packages."""
    offered = sorted(names)
    for name in offered:
        if not _NAME.fullmatch(name) or name in TAKEN:
            raise LaunchError(f"a service cannot be called {name!r}: small letters, digits and _, and no taken name")
        if offered.count(name) > 1:
            raise LaunchError(f"two installed packages offer a service called {name}")
    return tuple(offered)


def users() -> tuple[str, ...]:
    """Every user of the broker and the database."""
    return (*services(), GATEWAY, DEPLOY)


@frozen
class Permission:
    """What a user may configure, write and read: regular expressions over names (RabbitMQ access control)."""

    configure: str
    write: str
    read: str


def permission(user: str) -> Permission:
    """The broker permissions of one user of the table."""
    if user == DEPLOY:
        return Permission(".*", ".*", ".*")
    if user == GATEWAY:
        return Permission(
            configure=r"^gateway\..*$",
            write=r"^(amq\.default|nameko-rpc|gateway\..*)$",
            read=r"^(gateway\..*|manifests|escalations\.log\..*|staff\.log\..*)$",
        )
    own = re.escape(user)
    return Permission(
        configure="^$",
        write=rf"^(amq\.default|{own}\.events|escalations|manifests|{own}\.retry\..*)$",
        read=rf"^(rpc-{own}|{own}\..*)$",
    )


def definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """RabbitMQ's definitions document: one vhost, these users (passwords hashed), their permissions."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [broker_user(user, password) for user, password in passwords.items()],
        "permissions": [broker_permission(user) for user in passwords],
    }


def broker_user(user: str, password: str) -> dict[str, Any]:
    """One user of the definitions document; only `deploy` is an administrator."""
    return {
        "name": user,
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if user == DEPLOY else [],
    }


def broker_permission(user: str) -> dict[str, str]:
    """One permission of the definitions document."""
    allowed = permission(user)
    return {
        "user": user,
        "vhost": VHOST,
        "configure": allowed.configure,
        "write": allowed.write,
        "read": allowed.read,
    }


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's salted hash: base64 of the 4 salt bytes and SHA-256 over salt and password."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def database_roles(user: str) -> list[dict[str, str]]:
    """MongoDB roles: `deploy` is root, everybody else reads and writes the database of the own name."""
    if user == DEPLOY:
        return [{"role": "root", "db": "admin"}]
    return [{"role": "readWrite", "db": user}]
