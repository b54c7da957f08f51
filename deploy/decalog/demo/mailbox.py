"""The demo's own mail server: it takes what the notifier sends, and finds the link in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from attrs import define, field, frozen

_LINK = re.compile(r"https?://\S+/a/(\S+)")


@frozen
class Mail:
    """One mail as it was taken."""

    to: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        """The secret of the one-time link."""
        found = _LINK.search(self.text)
        assert found, "the mail holds no link"
        return found.group(1)


@define
class Mailbox:
    """Every mail that was taken."""

    mails: list[Mail] = field(factory=list)

    def first_to(self, address: str, about: str) -> Mail | None:
        """The first mail to this address that speaks of this."""
        return next((mail for mail in list(self.mails) if mail.to == address and about in mail.text), None)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 aiosmtpd's name
        """Take one mail."""
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        body = parsed.get_body(("plain",))
        text = body.get_content() if body else ""
        self.mails += [Mail(address, str(parsed["subject"]), text) for address in envelope.rcpt_tos]
        return "250 taken"


@contextmanager
def mailbox(port: int) -> Iterator[Mailbox]:
    """Listen on 127.0.0.1 while the block runs."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
