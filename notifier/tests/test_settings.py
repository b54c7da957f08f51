"""What the notifier is told from outside."""

import pytest
from environs import EnvError

from notifier.settings import read_settings

NAMES = ("ENV", "SMTP_URL", "MAIL_FROM", "PUBLIC_URL", "WEBHOOK_HTTP", "WEBHOOK_PRIVATE")


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(f"DECALOG_{name}", raising=False)


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mail.example.invalid", "none", 25),
        ("smtp+starttls://mail.example.invalid", "starttls", 587),
        ("smtps://mail.example.invalid", "tls", 465),
        ("smtp://mail.example.invalid:1025", "none", 1025),
    ],
)
def test_the_relay_is_read_from_its_url(monkeypatch, url, security, port):
    monkeypatch.setenv("DECALOG_SMTP_URL", url)

    relay = read_settings().relay

    assert (relay.host, relay.security, relay.port, relay.user) == ("mail.example.invalid", security, port, None)


def test_user_and_password_are_unquoted_and_the_password_is_never_shown(monkeypatch):
    monkeypatch.setenv("DECALOG_SMTP_URL", "smtps://us%40er:pass%2Fword@mail.example.invalid")

    settings = read_settings()

    assert (settings.relay.user, settings.relay.password) == ("us@er", "pass/word")
    assert "pass/word" not in repr(settings)


@pytest.mark.parametrize("url", ["http://mail.example.invalid", "mail.example.invalid:25", "smtp://", "smtp://m:99999"])
def test_a_url_that_names_no_relay_is_refused(monkeypatch, url):
    monkeypatch.setenv("DECALOG_SMTP_URL", url)

    with pytest.raises(EnvError, match="SMTP_URL"):
        read_settings()


def test_in_production_nothing_has_a_usual_address(monkeypatch):
    monkeypatch.setenv("DECALOG_ENV", "production")

    with pytest.raises(EnvError, match=r"(?s)SMTP_URL.*MAIL_FROM.*PUBLIC_URL"):
        read_settings()


def test_webhooks_are_strict_unless_told_otherwise(monkeypatch):
    strict = read_settings()
    monkeypatch.setenv("DECALOG_WEBHOOK_HTTP", "allow")
    monkeypatch.setenv("DECALOG_WEBHOOK_PRIVATE", "allow")
    loose = read_settings()

    assert (strict.plain_http, strict.private_addresses) == (False, False)
    assert (loose.plain_http, loose.private_addresses) == (True, True)
