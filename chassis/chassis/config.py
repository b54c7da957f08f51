"""Settings of one process, read once from the environment and passed on as a value."""

from pathlib import Path
from typing import Any

from attrs import frozen
from environs import Env
from marshmallow.validate import OneOf

ENVIRONMENTS = ("production", "local", "simulation", "test")


@frozen
class Settings:
    """What one process is told from outside. URLs carry credentials and are never logged."""

    environment: str
    instance: str
    amqp_url: str
    mongo_url: str
    health_port: int
    keys: Path
    crash_dir: Path | None
    log_level: str

    @property
    def simulated(self) -> bool:
        """Whether business time is stepped."""
        return self.environment == "simulation"


def read_settings(service: str) -> Settings:
    """The settings of this process (environs raises with every faulty variable's name)."""
    env = Env(prefix="DECALOG_", eager=False)
    settings: dict[str, Any] = {
        "environment": env.str("ENV", "local", validate=OneOf(ENVIRONMENTS)),
        "instance": env.str("INSTANCE", f"{service}-1"),
        "amqp_url": env.str("AMQP_URL"),
        "mongo_url": env.str("MONGO_URL"),
        "health_port": env.int("HEALTH_PORT"),
        "keys": env.path("KEYS"),
        "crash_dir": env.path("CRASH_DIR", None),
        "log_level": env.str("LOG_LEVEL", "INFO"),
    }
    env.seal()
    if settings["environment"] == "production":
        settings["crash_dir"] = None
    return Settings(**settings)
