"""Where tests find what the instance offers: databases of their own, addresses, keys."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from attrs import field, frozen

from chassis import documents

PREFIX = "test_"


@frozen
class Place:
    """A running instance, from a test's point of view."""

    amqp: dict[str, str] = field(repr=False)
    keys: Path
    instance: dict[str, Any] = field(repr=False)
    _admin_url: str = field(repr=False)
    _database: Any = field(repr=False)
    _shared: str = field(factory=lambda: f"{PREFIX}{secrets.token_hex(6)}", init=False)

    @classmethod
    @contextmanager
    def of(cls, instance: dict[str, Any]) -> Iterator[Self]:
        """The instance; databases made here are dropped at the end."""
        url = instance["mongo"]["deploy"]
        database = documents.connect(url, name="tests")
        here = cls(instance["amqp"], Path(instance["keys"]), instance, url, database)
        yield here
        for name in database.client.list_database_names():
            if name.startswith(PREFIX):
                database.client.drop_database(name)
        database.client.close()

    def new_database_url(self) -> str:
        """The URL of a database that does not exist yet."""
        url = urlsplit(self._admin_url)
        return urlunsplit(url._replace(path=f"/{PREFIX}{secrets.token_hex(6)}"))

    def database(self, name: str) -> Any:
        """The database of that name, with the durability of the product."""
        given = self._database
        return given.client.get_database(
            name, codec_options=given.codec_options, write_concern=given.write_concern, read_concern=given.read_concern
        )

    def emptied_database(self) -> Any:
        """The one database of the tests that run in this process, emptied; its indexes stay."""
        database = self.database(self._shared)
        for name in database.list_collection_names():
            database[name].delete_many({})
        return database
