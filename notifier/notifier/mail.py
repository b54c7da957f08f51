"""A notice by mail: one message, one connection to the relay, and a reason where the relay did not take it.

The standard library's smtplib, and not Apprise: what the relay answered decides whether another try can help; a
repeated mail must keep its Message-ID, by which mail programs know it for the same; each step must end within
`STEP_SECONDS`; and no address may reach a log. Nothing that smtplib raises is logged or passed on, because its messages
name the recipient.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from notifier.notices import Reason
from notifier.settings import MailRelay

STEP_SECONDS = 10.0
"""The limit of each step: connecting, waiting for one answer."""

PERMANENT = range(500, 600)


def message(*, step: str, subject: str, text: str, sender: str, to: str, at: datetime) -> EmailMessage:
    """The message of one step: the same Message-ID however often it is sent, and no automatic replies asked for."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = to
    made["Subject"] = " ".join(subject.split())
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{hashlib.sha256(step.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    return made


def send(relay: MailRelay, mail: EmailMessage) -> Reason | None:
    """Hand the mail to the relay: None once it has taken it, else why not."""
    try:
        with _connected(relay) as smtp:
            smtp.send_message(mail, relay.sender, [str(mail["To"])])
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        return Reason.ADDRESS_REFUSED if all(code in PERMANENT for code in codes) else Reason.RELAY_REFUSED
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError):
        return Reason.RELAY_UNREACHABLE
    except smtplib.SMTPException:
        return Reason.RELAY_REFUSED
    except OSError:
        return Reason.RELAY_UNREACHABLE
    return None


@contextmanager
def _connected(relay: MailRelay) -> Iterator[smtplib.SMTP]:
    """A connection, secured and signed in; how it is closed changes nothing any more about what was sent."""
    secure = None if relay.security == "none" else ssl.create_default_context()
    if relay.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=STEP_SECONDS, context=secure)
    else:
        smtp = smtplib.SMTP(relay.host, relay.port, timeout=STEP_SECONDS)
    try:
        if relay.security == "starttls":
            smtp.starttls(context=secure)
        if relay.user is not None:
            smtp.login(relay.user, relay.password or "")
        yield smtp
        with suppress(OSError):
            smtp.quit()
    finally:
        smtp.close()
