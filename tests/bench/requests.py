"""The requests of the load as bytes on the wire: the same for every arm but for the first line's path."""

from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import frozen

from tests.bench.payload import report_body

COMMAND, READ = "commands", "reads"
EXPECTED = {COMMAND: 201, READ: 200}


@frozen
class Requests:
    """Numbered requests; `path` is that of the arm's incidents, `run` makes idempotency keys unique.

    Tokens, units and ids are used in turn.
    """

    host: str
    path: str
    run: str
    tokens: Sequence[str]
    units: Sequence[str]
    ids: Sequence[str] = ()

    def command(self, number: int) -> bytes:
        """A report with its own key."""
        body = report_body(number, self.units[number % len(self.units)], datetime.now(UTC))
        further = f"Idempotency-Key: {self.run}-{number:06}\r\nContent-Type: application/json\r\n"
        return self._head("POST", self.path, number, f"{further}Content-Length: {len(body)}\r\n") + body

    def read(self, number: int) -> bytes:
        """One incident."""
        return self._head("GET", f"{self.path}/{self.ids[number % len(self.ids)]}", number, "")

    def _head(self, method: str, path: str, number: int, further: str) -> bytes:
        token = self.tokens[number % len(self.tokens)]
        words = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {token}\r\n{further}\r\n"
        return words.encode()
