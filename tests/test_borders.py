"""The borders that import-linter proves are drawn around every service that is installed."""

import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

SERVICES = tuple(entry_points(group="decalog.services"))
PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())["tool"]["importlinter"]


def border(name: str) -> dict[str, Any]:
    """The contract whose name begins so."""
    (found,) = (each for each in PROJECT["contracts"] if each["name"].startswith(name))
    return dict(found)


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_service_stands_within_the_borders(service: EntryPoint) -> None:
    package = service.module.partition(".")[0]

    assert package in PROJECT["root_packages"]
    assert any(package in layer.split(" | ") for layer in border("Services never")["layers"])
    assert package in border("nameko and eventlet")["source_modules"]
    assert any(each.startswith(f"{package}.") for each in border("The domain is pure")["source_modules"])
