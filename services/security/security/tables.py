"""The tables that ship with the service, read from `data/`."""

import csv
from importlib.resources import files
from io import StringIO


def table(name: str) -> list[dict[str, str]]:
    """The rows of `data/<name>.csv`, each by its header's column names."""
    text = (files("security") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))
