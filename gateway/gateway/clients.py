"""Branch systems that sign in by client credentials: their secrets, grants and life in the gateway's database.

A secret is 32 random bytes, so its SHA-256 is kept and nothing slower is needed; it is shown once, when made. A
client has at most two live secrets, so that a branch system can change over without a pause. The functions that
write take a synchronous database and serve the `decalog` command; the token endpoint only reads.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from gateway import limits

COLLECTION = "clients"
PERSON_LIKE = re.compile(r"[A-Za-z]{1,4}[0-9]{4,16}")
"""How the ids of people look. What is a person's own, or was told to them, is theirs by their id alone."""
CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")
"""It is the subject of the client's tokens, and so a part of ids and of sealed places: nothing that needs quoting."""

Document = dict[str, Any]
Grant = Mapping[str, str]


class ClientExists(Exception):
    """A client of this name is there already."""


class ClientLikePerson(Exception):
    """A client of this name would be taken for a person: what is that person's own would be the client's."""


class ClientIdMalformed(Exception):
    """An id of a client has 1 to 100 letters, digits, dots, underscores, colons, at signs or hyphens."""


class ClientUnknown(Exception):
    """There is no client of this name."""


def add(database: Database[Document], client_id: str, grants: Iterable[Grant]) -> str:
    """Make a client and return its secret. A grant is `{"action": ..., "unit": ...}`.

    Raises ClientExists, ClientLikePerson, and ClientIdMalformed for an id that no token may carry.
    """
    if not CLIENT_ID.fullmatch(client_id):
        raise ClientIdMalformed(client_id)
    if PERSON_LIKE.fullmatch(client_id):
        raise ClientLikePerson(client_id)
    secret, entry = _secret()
    document: Document = {
        "_id": client_id,
        "secrets": [entry],
        "grants": [dict(grant) for grant in grants],
        "disabled": False,
        "epoch": 0,
    }
    try:
        database[COLLECTION].insert_one(document)
    except DuplicateKeyError:
        raise ClientExists(client_id) from None
    return secret


def rotate(database: Database[Document], client_id: str) -> str:
    """Give a client a further secret and return it; the last one stays good, older ones don't."""
    secret, entry = _secret()
    push = {"secrets": {"$each": [entry], "$slice": -limits.CLIENT_SECRETS}}
    _change(database, client_id, {"$push": push})
    return secret


def drop_old_secrets(database: Database[Document], client_id: str) -> None:
    """End a rotation: only the newest secret stays good."""
    _change(database, client_id, {"$push": {"secrets": {"$each": [], "$slice": -1}}})


def set_grants(database: Database[Document], client_id: str, grants: Iterable[Grant]) -> None:
    """What the client may do from its next token on."""
    _change(database, client_id, {"$set": {"grants": [dict(grant) for grant in grants]}})


def disable(database: Database[Document], client_id: str) -> None:
    """Refuse the client from now on. Tokens it holds expire within ten minutes."""
    _change(database, client_id, {"$set": {"disabled": True}, "$inc": {"epoch": 1}})


def enable(database: Database[Document], client_id: str) -> None:
    """Take a disabled client back."""
    _change(database, client_id, {"$set": {"disabled": False}})


def accepts(document: Mapping[str, Any] | None, secret: str) -> bool:
    """Whether this is a live secret of an enabled client. Takes as long for a client that doesn't exist."""
    entries = document["secrets"] if document else [{"hash": _hash("")}]
    given = _hash(secret)
    matches = [hmac.compare_digest(str(entry["hash"]), given) for entry in entries]
    return document is not None and not document["disabled"] and any(matches)


def _change(database: Database[Document], client_id: str, update: Mapping[str, Any]) -> None:
    if database[COLLECTION].update_one({"_id": client_id}, update).matched_count == 0:
        raise ClientUnknown(client_id)


def _secret() -> tuple[str, Document]:
    secret = secrets.token_urlsafe(32)
    return secret, {"hash": _hash(secret), "since": int(time.time())}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
