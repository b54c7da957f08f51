"""What the tests of the notifier stand on: the instance that `make test` starts, and a notifier on it."""

import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from chassis import documents
from notifier.settings import MailRelay, Settings

sys.path.insert(0, str(Path(__file__).parent))

from postroom.office import Office, office_on
from postroom.servers import Hook, Mailbox, free_port, hook_server, mail_server


@pytest.fixture
def database_url(instance: dict[str, Any]) -> Iterator[str]:
    """The URL of a database of the test's own; it is dropped at the end."""
    name = f"test_{secrets.token_hex(6)}"
    url = urlunsplit(urlsplit(instance["mongo"]["deploy"])._replace(path=f"/{name}"))
    yield url
    client = documents.connect(url, name="tests").client
    client.drop_database(name)
    client.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Any]:
    """That database, with the durability of the product."""
    made = documents.connect(database_url, name="tests")
    yield made
    made.client.close()


@pytest.fixture
def smtp_port() -> int:
    """Where the mail relay is to be, whether or not it runs."""
    return free_port()


@pytest.fixture
def settings(smtp_port: int) -> Settings:
    """Mail to the test's own server; webhooks may go to this machine."""
    relay = MailRelay("127.0.0.1", smtp_port, "none", "decalog@example.invalid")
    return Settings(relay, "https://decalog.example.invalid", plain_http=True, private_addresses=True)


@pytest.fixture
def mailbox(smtp_port: int) -> Iterator[Mailbox]:
    """A mail server that runs, and what it got."""
    made = Mailbox()
    with mail_server(made, smtp_port):
        yield made


@pytest.fixture
def mailbox_later() -> Mailbox:
    """A mailbox whose server does not run yet."""
    return Mailbox()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """The other end of a webhook."""
    with hook_server(Hook()) as made:
        yield made


@pytest.fixture
def office(database: Any, settings: Settings) -> Office:
    """The notifier on an empty database."""
    return office_on(database, settings)


@pytest.fixture
def office_with(database: Any, settings: Settings) -> Callable[..., Office]:
    """Makes a notifier on the same database with other settings or keys."""

    def made(**changes: Any) -> Office:
        return office_on(database, changes.pop("settings", settings), **changes)

    return made
