"""The merged document as the fuzz reads it: ids that exist (any other is wrong), and no answer documented by default.

`default` would make every status a documented one, so it is left out: what an operation may answer must be named.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.fuzz.preparation import Known

Json = Any
OPEN = "link_page"
"""It answers to every link, known or not."""

STATISTICS = "emergency.incident_statistics"
PERIOD = {"from": "2026-01-01", "to": "2026-07-01", "unit": "44"}
"""A query has no example: days and a unit that go together."""

NUMBERS = tuple(f"{service}.parameter{what}" for service in ("security", "emergency") for what in ("", "_list"))
"""Queries that ask for a unit."""

VERSION = "If-Match"
"""Left out as well: a version that is wrong hides everything else. Each operation is sent one by itself."""


def tailored(document: Mapping[str, Json], known: Known) -> dict[str, Json]:
    """The document with what is known in it."""
    made = copy.deepcopy(dict(document))
    for operation in operations(made):
        operation["responses"].pop("default", None)
        name = operation["operationId"]
        parameters = operation.get("parameters", [])
        parameters[:] = [one for one in parameters if one["name"] != VERSION]
        for parameter in parameters:
            if parameter["in"] == "path" and name != OPEN:
                parameter["schema"] = {"enum": list(known.pool(name, parameter["name"]))}
            if name in NUMBERS and parameter["name"] == "unit":
                parameter["schema"] = {"enum": list(known.units)}
            if name == STATISTICS:
                parameter["schema"] = _or([PERIOD[parameter["name"]]], parameter["schema"])
    schemas = made["components"]["schemas"]
    for schema in ("emergency.ReportIncidentIn", "notifier.ContactPointIn"):
        _prefer(schemas[schema], "unit", known.units)
    _prefer(schemas["emergency.SignalIn"], "counter", known.units)
    _prefer(schemas["security.SheetIn"], "csv", list(known.sheets.values()))
    return made


def operations(document: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Every operation object."""
    for item in document["paths"].values():
        yield from item.values()


def example(operation: Mapping[str, Json], known: Known, place: int) -> Json:
    """The body that was prepared for the persona of this place, else the document's example; None for no body."""
    if prepared := known.bodies.get(operation["operationId"]):
        return prepared[place % len(prepared)]()
    content = operation.get("requestBody", {}).get("content", {})
    if "application/x-www-form-urlencoded" in content:
        return dict(known.client)
    return content.get("application/json", {}).get("example")


def _prefer(schema: dict[str, Json], name: str, values: Sequence[str]) -> None:
    schema["properties"][name] = _or(values, schema["properties"][name])


def _or(values: Sequence[str], schema: Json) -> Json:
    return {"type": "string", "anyOf": [{"enum": list(values)}, schema]}
