"""Real servers on loopback that remember what they got: a mail server, and the other end of a webhook."""

import email
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from attrs import define, field

GOOD = "250 OK"


@define
class Mailbox:
    """What a mail server has taken. `recipient` and `content` are its answers to RCPT and DATA."""

    mails: list[EmailMessage] = field(factory=list)
    recipient: str = GOOD
    content: str = GOOD
    before_answer: Callable[[], None] = lambda: None
    arrived: threading.Event = field(factory=threading.Event)

    async def handle_RCPT(  # noqa: N802 the server calls it so
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Name the recipient in the answer, as real servers do."""
        if self.recipient == GOOD:
            envelope.rcpt_tos.append(address)
            return GOOD
        return f"{self.recipient} <{address}>"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 the server calls it so
        """Take the mail."""
        if self.content == GOOD:
            made = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(made, EmailMessage)
            self.mails.append(made)
            self.before_answer()
            self.arrived.set()
        return self.content

    def texts(self) -> list[str]:
        """The bodies, in order of arrival."""
        return [mail.get_content() for mail in self.mails]


@contextmanager
def mail_server(mailbox: Mailbox, port: int) -> Iterator[None]:
    """Serve SMTP on this port of 127.0.0.1."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@define
class Hook:
    """The other end of a webhook: what it got, and what it answers."""

    status: int = 204
    headers: dict[str, str] = field(factory=dict)
    requests: list[tuple[dict[str, str], str]] = field(factory=list)
    paths: list[str] = field(factory=list)
    answer: str = ""
    drips: bool = False
    before_answer: Callable[[], None] = lambda: None
    released: threading.Event = field(factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hooks/secret-path"


@contextmanager
def hook_server(hook: Hook, secure: ssl.SSLContext | None = None) -> Iterator[Hook]:
    """Serve HTTP (HTTPS where it is secure) on a free port of 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Port", (_Port,), {"hook": hook}))
    if secure is not None:
        server.socket = secure.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    hook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Port(BaseHTTPRequestHandler):
    hook: Hook

    def do_POST(self) -> None:
        """Take what is posted; a hook that drips begins an answer and never ends it."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.hook.requests.append((dict(self.headers.items()), body))
        self.hook.paths.append(self.path)
        self.hook.before_answer()
        if self.hook.drips:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self.hook.released.wait(30)
            return
        self.send_response(self.hook.status)
        for name, value in self.hook.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.hook.answer.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
