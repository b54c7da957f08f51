"""Invented personal values that can be nothing else: each carries random digits, and none belongs to anybody."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote

from attrs import frozen

MAIL, WEBHOOK, SIGNING, ROBOT = "mail", "webhook", "signing secret", "robot key"
PASSWORD, WRONG, REASON = "password", "wrong password", "reason"
NAME, PHONE, CARD, ADDRESS = "name", "phone", "id card", "address"
STRAY = (NAME, PHONE, CARD, ADDRESS)
"""What has no field of its own anywhere yet, and is given in wrong places."""

HOW_MANY = {
    MAIL: 40,
    WEBHOOK: 20,
    SIGNING: 10,
    ROBOT: 10,
    PASSWORD: 10,
    WRONG: 15,
    REASON: 15,
    NAME: 20,
    PHONE: 20,
    CARD: 20,
    ADDRESS: 20,
}
"""200 in all."""


@frozen
class Canary:
    """One value and what it is."""

    kind: str
    text: str

    def forms(self) -> tuple[bytes, ...]:
        """How it may be written: plain, in JSON of ASCII, in a URL, in base64."""
        plain = self.text.encode()
        return tuple(
            dict.fromkeys(
                [
                    plain,
                    json.dumps(self.text)[1:-1].encode(),
                    quote(self.text).encode(),
                    quote(self.text, safe="").encode(),
                    base64.b64encode(plain).rstrip(b"="),
                ]
            )
        )


def invented() -> list[Canary]:
    """All of them, different in every run."""
    made = [Canary(kind, MAKERS[kind]()) for kind, number in HOW_MANY.items() for _ in range(number)]
    assert len({one.text for one in made}) == len(made) == sum(HOW_MANY.values())
    return made


def digits(number: int) -> str:
    """So many random digits."""
    return "".join(secrets.choice("0123456789") for _ in range(number))


def _mark() -> str:
    return secrets.token_hex(6)


MAKERS: Mapping[str, Callable[[], str]] = {
    MAIL: lambda: f"zhang.{_mark()}@example.invalid",
    WEBHOOK: lambda: f"http://127.0.0.1:9/hook/{_mark()}?access_token={_mark()}",
    SIGNING: lambda: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
    ROBOT: lambda: f"{_mark()}-{_mark()}",
    PASSWORD: lambda: f"Kapok-{_mark()}",
    WRONG: lambda: f"Wrong-{_mark()}",
    REASON: lambda: f"家属{_mark()}来电要求更正",
    NAME: lambda: f"欧阳{_mark()}",
    PHONE: lambda: f"100{digits(8)}",
    CARD: lambda: f"000000{digits(11)}X",
    ADDRESS: lambda: f"示例路{digits(10)}号{digits(4)}室",
}
