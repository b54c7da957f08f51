"""/openapi.json: one OpenAPI 3.1 document over what all services offer, and the gateway's own operations.

Each service brings its own document in its manifest; component names get the service's name in front, so that two
services may both have a `Page`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway import own_openapi
from gateway.manifests import Operation
from gateway.own_openapi import PROBLEM_RESPONSE, PROBLEM_SCHEMA, SECURITY_SCHEMES, problems
from gateway.registry import Registry
from gateway.routes import Route, Standing

Json = Any
_COMPONENT = "#/components/"


def merged(registry: Registry, routes: Iterable[Route], *, public_url: str) -> dict[str, Json]:
    """The document of these routes, as the registry's manifests describe them."""
    paths: dict[str, dict[str, Json]] = {}
    hashes: set[str] = set()
    names: set[str] = set()
    for route in routes:
        kept = registry.kept[route.operation.identity]
        hashes.add(kept.hash)
        paths.setdefault(route.operation.path, {})[route.operation.method.lower()] = _operation(
            route, registry.manifests[kept.hash].raw, names
        )
    for path, item in own_openapi.paths().items():
        paths.setdefault(path, {}).update(item)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Decalog", "version": _version(registry, hashes)},
        **({"servers": [{"url": public_url}]} if public_url else {}),
        "paths": dict(sorted(paths.items())),
        "components": _components(registry, sorted(hashes)),
        "security": [{"bearer": []}],
    }


def _version(registry: Registry, hashes: Iterable[str]) -> str:
    services = sorted({(registry.manifests[one].service, registry.manifests[one].version) for one in hashes})
    return "+".join(f"{service}-{version}" for service, version in services) or "empty"


def _operation(route: Route, raw: Mapping[str, Json], names: set[str]) -> dict[str, Json]:
    operation = route.operation
    described = _described(raw, operation.path, operation.method.lower())
    described = {key: _renamed(member, operation.service) for key, member in described.items()}
    name = described.get("operationId", operation.name)
    described["operationId"] = name if name not in names else f"{operation.service}.{operation.name}"
    names.add(described["operationId"])
    described.setdefault("tags", [operation.service])
    _add_parameters(described, operation)
    described["responses"] = problems(body="requestBody" in described) | described.get("responses", {})
    described.pop("security", None)
    if operation.public:
        described["security"] = []
    if route.standing is not Standing.SERVED:
        described["x-standing"] = route.standing.name.lower()
    return described


def _add_parameters(described: dict[str, Json], operation: Operation) -> None:
    """A path parameter that the service's document leaves out is stated as text."""
    given = described.get("parameters", [])
    stated = {one.get("name") for one in given if one.get("in") == "path"}
    names = [segment[1:-1] for segment in operation.template if segment.startswith("{")]
    missing = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
        if name not in stated
    ]
    if missing:
        described["parameters"] = [*given, *missing]


def _described(raw: Mapping[str, Json], path: str, method: str) -> dict[str, Json]:
    """The operation in its service's document, with the parameters its path states for all methods."""
    document = raw.get("openapi")
    item = document.get("paths", {}).get(path, {}) if isinstance(document, dict) else {}
    operation = dict(item.get(method, {})) if isinstance(item, dict) else {}
    shared = item.get("parameters", []) if isinstance(item, dict) else []
    if shared:
        operation["parameters"] = [*shared, *operation.get("parameters", [])]
    return operation


def _renamed(value: Json, service: str) -> Json:
    """The same with `#/components/schemas/Page` become `#/components/schemas/emergency.Page`."""
    if isinstance(value, dict):
        return {key: _renamed_member(key, member, service) for key, member in value.items()}
    if isinstance(value, list):
        return [_renamed(member, service) for member in value]
    return value


def _renamed_member(key: str, member: Json, service: str) -> Json:
    if key == "$ref" and isinstance(member, str) and member.startswith(_COMPONENT):
        kind, _, name = member.removeprefix(_COMPONENT).partition("/")
        return f"{_COMPONENT}{kind}/{service}.{name}"
    return _renamed(member, service)


def _components(registry: Registry, hashes: Iterable[str]) -> dict[str, Json]:
    components: dict[str, dict[str, Json]] = {}
    for one in hashes:
        manifest = registry.manifests[one]
        document = manifest.raw.get("openapi")
        own = document.get("components", {}) if isinstance(document, dict) else {}
        for kind, members in own.items() if isinstance(own, dict) else ():
            if kind == "securitySchemes":
                continue  # tokens are the gateway's own matter: it takes them, and vouches for the caller
            for name, member in members.items() if isinstance(members, dict) else ():
                components.setdefault(kind, {})[f"{manifest.service}.{name}"] = _renamed(member, manifest.service)
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components.setdefault("responses", {})["Problem"] = PROBLEM_RESPONSE
    components.setdefault("securitySchemes", {}).update(SECURITY_SCHEMES)
    return components
