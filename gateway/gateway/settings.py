"""What the environment says. The numbers that nobody needs to change stand in `limits.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from attrs import frozen
from environs import Env

from gateway.limits import Quota

CallerKind = Literal["person", "system"]
ADDRESS = "address"

DEFAULT_QUOTAS = {
    ("default", "person"): "600:100",
    ("default", "system"): "6000:600",
    ("incident", "person"): "120:30",  # reporting an incident never waits behind anything else
    ("incident", "system"): "1200:120",
    ("upload", "person"): "20:20",  # at 20 MB each: what one caller can fill a disk with
    ("upload", "system"): "120:60",
    ("sign_in", ADDRESS): "30:20",  # whoever calls: passwords are tried from an address, with a token or without
}

S3 = ("endpoint", "region", "access_key_id", "secret_access_key")


@frozen
class Settings:
    """One gateway process. `quotas` are by (quota, kind of caller); `objects` is where files are kept, if anywhere."""

    instance: str
    http_host: str
    http_port: int
    health_port: int
    public_url: str
    amqp_url: str
    mongo_url: str | None
    keys: Path
    escalation_stream: str
    staff_stream: str
    jwks_url: str | None
    token_issuer: str | None
    log_level: str
    trusted_proxies: tuple[str, ...]
    drain_notice_seconds: float
    concurrency: int
    quotas: Mapping[tuple[str, str], Quota]
    upload_bytes: int
    upload_hours: int
    objects: str | None
    s3: Mapping[str, str | None]


def read() -> Settings:
    """The settings in the environment. Raises environs.EnvError, naming the variable that is missing or wrong."""
    env = Env(prefix="DECALOG_")
    settings = Settings(
        instance=env.str("INSTANCE", "gateway-1"),
        http_host=env.str("HTTP_HOST", "127.0.0.1"),
        http_port=env.int("HTTP_PORT"),
        health_port=env.int("HEALTH_PORT"),
        public_url=env.str("PUBLIC_URL", "").rstrip("/"),
        amqp_url=env.str("AMQP_URL"),
        mongo_url=env.str("MONGO_URL", None),
        keys=Path(env.str("KEYS")),
        escalation_stream=env.str("ESCALATION_STREAM", "escalations.log.1"),
        staff_stream=env.str("STAFF_STREAM", "staff.log.1"),
        jwks_url=env.str("JWKS_URL", None),
        token_issuer=env.str("TOKEN_ISSUER", None),
        log_level=env.str("LOG_LEVEL", "INFO"),
        trusted_proxies=tuple(env.list("TRUSTED_PROXIES", [])),
        drain_notice_seconds=env.float("DRAIN_NOTICE_SECONDS", 1.0),
        concurrency=env.int("CONCURRENCY", 64),
        quotas=_quotas(env),
        upload_bytes=env.int("UPLOAD_BYTES", 20 * 1024 * 1024),
        upload_hours=env.int("UPLOAD_HOURS", 24),
        objects=env.str("OBJECTS", None),
        s3={name: env.str(f"S3_{name}".upper(), None) for name in S3},
    )
    if (settings.jwks_url is None) != (settings.token_issuer is None):
        raise ValueError("DECALOG_JWKS_URL and DECALOG_TOKEN_ISSUER come together")
    if settings.upload_hours < 2:
        raise ValueError("DECALOG_UPLOAD_HOURS is at least 2: a receipt lives for one")
    return settings


def _quotas(env: Env) -> dict[tuple[str, str], Quota]:
    """`DECALOG_RATE_<QUOTA>_<KIND>` is `per minute:burst`, e.g. DECALOG_RATE_DEFAULT_SYSTEM=60000:5000."""
    quotas = {}
    for (name, kind), default in DEFAULT_QUOTAS.items():
        per_minute, burst = env.str(f"RATE_{name}_{kind}".upper(), default).split(":")
        quotas[name, kind] = Quota(name, int(per_minute), int(burst))
    return quotas
