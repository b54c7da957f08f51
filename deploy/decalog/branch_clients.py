"""Branch systems' credentials: made, rotated and ended by operators, in the gateway's own database."""

from collections.abc import Sequence
from typing import Any

from pymongo import MongoClient

from decalog import place
from gateway import clients
from gateway.clients import ClientExists, ClientIdMalformed, ClientLikePerson, ClientUnknown


class NotDone(Exception):
    """What was asked cannot be done; the message says why."""


ACTIONS = ("add", "rotate", "finish-rotation", "grant", "disable", "enable", "list")


def obey(action: str, client_id: str | None, grants: Sequence[dict[str, str]]) -> list[str]:
    """Do it, and the lines to print; a new secret is shown here once and never again. Raises NotDone."""
    with MongoClient[dict[str, Any]](place.mongo_url("gateway"), serverSelectionTimeoutMS=5_000) as connection:
        database = connection.get_default_database()
        if action == "list":
            return [_line(document) for document in database[clients.COLLECTION].find().sort("_id", 1)]
        if client_id is None:
            raise NotDone("name the client")
        try:
            return _change(database, action, client_id, grants)
        except ClientUnknown:
            raise NotDone(f"there is no client {client_id}") from None
        except ClientExists:
            raise NotDone(f"there is a client {client_id} already") from None
        except ClientLikePerson:
            raise NotDone(f"{client_id} looks like a person's id; name the client after its system") from None
        except ClientIdMalformed:
            raise NotDone("a client's id has 1 to 100 letters, digits, and . _ : @ - within") from None


def _change(database: Any, action: str, client_id: str, grants: Sequence[dict[str, str]]) -> list[str]:
    match action:
        case "add":
            return [f"client_id {client_id}", f"secret    {clients.add(database, client_id, grants)}   (shown once)"]
        case "rotate":
            return [f"secret    {clients.rotate(database, client_id)}   (shown once; the last one stays good)"]
        case "finish-rotation":
            clients.drop_old_secrets(database, client_id)
        case "grant":
            clients.set_grants(database, client_id, grants)
        case "disable":
            clients.disable(database, client_id)
        case "enable":
            clients.enable(database, client_id)
    return [f"{client_id}: {action} done"]


def _line(document: dict[str, Any]) -> str:
    grants = ", ".join(f"{grant['action']}@{grant['unit']}" for grant in document["grants"])
    return f"{document['_id']}\t{'disabled' if document['disabled'] else 'enabled'}\t{grants}"
