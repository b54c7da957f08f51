"""The requests of the load as bytes on the wire: the same for every arm but for the first line's path."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from attrs import frozen

from tests.bench.payload import report_body

COMMAND, READ, SIGN_IN = "commands", "reads", "sign-ins"
EXPECTED = {COMMAND: 201, READ: 200, SIGN_IN: 201}
SESSIONS = "/v1/sessions"


@frozen
class Requests:
    """Numbered requests; `path` is that of the arm's incidents, `run` makes idempotency keys unique.

    Tokens, units, ids and accounts (operator code, password) are used in turn.
    """

    host: str
    path: str
    run: str
    tokens: Sequence[str]
    units: Sequence[str]
    ids: Sequence[str] = ()
    accounts: Sequence[Sequence[str]] = ()

    def of(self, kind: str) -> Callable[[int], bytes]:
        """What makes the requests of this kind."""
        return {COMMAND: self.command, READ: self.read, SIGN_IN: self.sign_in}[kind]

    def command(self, number: int) -> bytes:
        """A report with its own key."""
        body = report_body(number, self.units[number % len(self.units)], datetime.now(UTC))
        further = f"Idempotency-Key: {self.run}-{number:06}\r\nContent-Type: application/json\r\n"
        return self._head("POST", self.path, number, f"{further}Content-Length: {len(body)}\r\n") + body

    def read(self, number: int) -> bytes:
        """One incident."""
        return self._head("GET", f"{self.path}/{self.ids[number % len(self.ids)]}", number, "")

    def sign_in(self, number: int) -> bytes:
        """One sign-in, each from an address of its own, as from three thousand counters."""
        code, password = self.accounts[number % len(self.accounts)]
        body = json.dumps({"operator_code": code, "password": password}).encode()
        further = f"X-Forwarded-For: {address(number)}\r\nContent-Type: application/json\r\n"
        words = f"POST {SESSIONS} HTTP/1.1\r\nHost: {self.host}\r\n{further}Content-Length: {len(body)}\r\n\r\n"
        return words.encode() + body

    def _head(self, method: str, path: str, number: int, further: str) -> bytes:
        token = self.tokens[number % len(self.tokens)]
        words = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {token}\r\n{further}\r\n"
        return words.encode()


def address(number: int) -> str:
    """A private address of that number."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
