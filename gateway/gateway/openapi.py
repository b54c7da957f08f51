"""/openapi.json: one OpenAPI 3.1 document over what all services offer, and the gateway's own operations.

Each service brings its own document in its manifest; component names get the service's name in front, so that two
services may both have a `Page`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway import escalations_openapi, limits
from gateway.manifests import Operation
from gateway.problems import KINDS
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
    for path, item in _own_paths().items():
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
    described.setdefault("responses", {}).setdefault("default", {"$ref": "#/components/responses/Problem"})
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
            for name, member in members.items() if isinstance(members, dict) else ():
                components.setdefault(kind, {})[f"{manifest.service}.{name}"] = _renamed(member, manifest.service)
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components.setdefault("responses", {})["Problem"] = PROBLEM_RESPONSE
    components.setdefault("securitySchemes", {}).update(SECURITY_SCHEMES)
    return components


_TEXT = {"type": "string"}

PROBLEM_SCHEMA: dict[str, Json] = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` and `type` are stable; words follow Accept-Language (zh, en).",
    "required": ["type", "title", "status", "detail", "instance", "code", "trace_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": {"type": "string", "format": "uri"},
        "code": {"type": "string", "examples": sorted(KINDS)[:3]},
        "trace_id": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT},
            },
        },
    },
}
PROBLEM_RESPONSE: dict[str, Json] = {
    "description": "The request was not done; the problem says why.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SECURITY_SCHEMES: dict[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "client": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/v1/token", "scopes": {}}},
    },
}
_TOKEN_FORM = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "client_id": _TEXT,
        "client_secret": _TEXT,
    },
}
_TOKEN_ANSWER = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": _TEXT,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "maximum": limits.TOKEN_SECONDS},
    },
}


def _own_paths() -> dict[str, dict[str, Json]]:
    problem = {"$ref": "#/components/responses/Problem"}
    return {
        **escalations_openapi.PATHS,
        "/v1/token": {
            "post": {
                "operationId": "issue_token",
                "tags": ["gateway"],
                "summary": "An access token for a branch system (RFC 6749, client credentials)",
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {"application/x-www-form-urlencoded": {"schema": _TOKEN_FORM}},
                },
                "responses": {
                    "200": {
                        "description": "The token",
                        "content": {"application/json": {"schema": _TOKEN_ANSWER}},
                    },
                    "400": {"description": "RFC 6749, 5.2"},
                    "401": {"description": "Unknown client or wrong secret"},
                    "503": {"description": "Clients can't be looked up at the moment"},
                    "default": problem,
                },
            }
        },
        **{
            path: {
                "get": {
                    "operationId": name,
                    "tags": ["gateway"],
                    "summary": summary,
                    "security": [],
                    "responses": {"200": {"description": summary}, "default": problem},
                }
            }
            for path, name, summary in (
                ("/openapi.json", "openapi", "This document"),
                ("/docs", "docs", "The operations as a page"),
                ("/problems", "problems", "The gateway's own problems"),
                ("/livez", "livez", "Whether the process is alive"),
                ("/readyz", "readyz", "Whether it takes requests"),
            )
        },
    }
