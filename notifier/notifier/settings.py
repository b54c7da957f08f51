"""What the notifier is told from outside beside the chassis' settings; read once, passed on as a value."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from attrs import field, frozen
from environs import Env
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Regexp

from notifier.contact_points import PERSON_ID

Security = Literal["none", "starttls", "tls"]

SCHEMES: Mapping[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
"""How a connection to the relay is secured, and the port where none is named."""

USUAL = {
    "SMTP_URL": "smtp://127.0.0.1:1025",
    "MAIL_FROM": "decalog@localhost",
    "PUBLIC_URL": "http://127.0.0.1:8080",
}
"""What holds where nothing is said; in production everything must be."""


@frozen
class MailRelay:
    """The SMTP server that takes our mail, and in whose name we send."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@frozen
class Settings:
    """`public_url` is where people reach the gateway; the two after it loosen which webhooks may be called.

    `duty_desk` is the contact point of head office's duty officer, who is told when a webhook is disabled;
    `chat_relay` stands in for the hosts of the chat platforms.
    """

    relay: MailRelay
    public_url: str
    plain_http: bool = False
    private_addresses: bool = False
    duty_desk: str | None = None
    chat_relay: str | None = None


def read_settings() -> Settings:
    """From the environment (environs raises with every faulty variable's name).

    `DECALOG_SMTP_URL` is `smtp://`, `smtp+starttls://` or `smtps://` with `[user:password@]host[:port]`;
    `DECALOG_MAIL_FROM` the sender's address; `DECALOG_PUBLIC_URL` the gateway's; `DECALOG_WEBHOOK_HTTP=allow` and
    `DECALOG_WEBHOOK_PRIVATE=allow` let webhooks go unencrypted, and to addresses that are not public;
    `DECALOG_DUTY_DESK` is an id among the contact points; `DECALOG_CHAT_RELAY` a URL that leads to the chat platforms.
    """
    env = Env(prefix="DECALOG_", eager=False)
    usual = {} if env.str("ENV", "local") == "production" else USUAL
    smtp_url = _told(env, "SMTP_URL", usual, validate=_check_smtp_url)
    sender = _told(env, "MAIL_FROM", usual)
    public_url = _told(env, "PUBLIC_URL", usual)
    plain, private = _allowed(env, "WEBHOOK_HTTP"), _allowed(env, "WEBHOOK_PRIVATE")
    duty_desk = env.str("DUTY_DESK", None, validate=Regexp(PERSON_ID))
    chat_relay = env.str("CHAT_RELAY", None)
    env.seal()
    relay = mail_relay(smtp_url, sender)
    return Settings(relay, public_url.rstrip("/"), plain, private, duty_desk, chat_relay)


def mail_relay(url: str, sender: str) -> MailRelay:
    """The relay that the URL names."""
    parts = urlsplit(url)
    security, port = SCHEMES[parts.scheme]
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return MailRelay(parts.hostname or "", parts.port or port, security, sender, user, password)


def _told(env: Env, name: str, usual: Mapping[str, str], **rest: Any) -> str:
    if name in usual:
        rest["default"] = usual[name]
    return str(env.str(name, **rest))


def _allowed(env: Env, name: str) -> bool:
    return bool(env.str(name, "refuse", validate=OneOf(("allow", "refuse"))) == "allow")


def _check_smtp_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        named = bool(parts.scheme in SCHEMES and parts.hostname and parts.port != 0)
    except ValueError:
        named = False
    if not named:
        raise ValidationError(f"must be one of {', '.join(SCHEMES)} with host and port")
