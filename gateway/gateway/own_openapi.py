"""The gateway's own part of /openapi.json: what it answers itself, in front of every service, and its own addresses."""

from typing import Any

from gateway import escalations_openapi, limits, my_tasks_openapi, uploads_openapi
from gateway.problems import KINDS

Json = Any
_TEXT = {"type": "string"}
_PRINTABLE = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]{1,200}$"}
_PROBLEM = {"$ref": "#/components/responses/Problem"}
_ALWAYS = ("400", "401", "403", "406", "414", "429", "431", "500", "503", "504")
_WITH_BODY = ("408", "413", "415")


def problems(*, body: bool, but: tuple[str, ...] = ()) -> dict[str, Json]:
    """What the gateway may say no with to an operation, with a body or without, by status."""
    statuses = (*_ALWAYS, *(_WITH_BODY if body else ()))
    return {status: _PROBLEM for status in (*statuses, "default") if status not in but}


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


_TOKEN_FAULT = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "RFC 6749, 5.2"}},
}
_HEALTH = {
    "type": "object",
    "required": ["status", "serviceId"],
    "properties": {"status": {"enum": ["pass", "fail"]}, "serviceId": _TEXT, "checks": {"type": "object"}},
}
_PAGE = {"text/html": {"schema": _TEXT}}
_DOCUMENT = {"application/json": {"schema": {"type": "object"}}}
_HEALTH_SAYS = {"application/health+json": {"schema": _HEALTH}}
_NEVER = ("401", "403", "406", "504")
"""What an address open to everybody, with no service behind it, never answers."""


def paths() -> dict[str, dict[str, Json]]:
    """The gateway's own addresses."""
    return {
        **{path: {"get": _fed(item["get"])} for path, item in escalations_openapi.PATHS.items()},
        "/v1/my/tasks": {"get": _fed(my_tasks_openapi.OPERATION)},
        "/v1/uploads": {"post": _fed(uploads_openapi.OPERATION, body=True)},
        "/v1/token": {"post": _issue_token()},
        "/openapi.json": _open("openapi", "This document", _DOCUMENT, answers={"304": {"description": "not modified"}}),
        "/docs": _open("docs", "The operations as a page", _PAGE),
        "/problems": _open("problems", "The gateway's own problems", _PAGE),
        "/problems/{code}": _open("problem", "One of them", _DOCUMENT | _PAGE, ("code",), {"404": _PROBLEM}),
        "/a/{link}": _open("link_page", "The page behind a one-time link; opening it has no effect", _PAGE, ("link",)),
        "/livez": _open("livez", "Whether the process is alive", _HEALTH_SAYS),
        "/readyz": _open(
            "readyz",
            "Whether it takes requests",
            _HEALTH_SAYS,
            answers={"503": {"description": "It does not, for now", "content": _HEALTH_SAYS}},
        ),
    }


def _fed(operation: dict[str, Json], *, body: bool = False) -> dict[str, Json]:
    return {**operation, "responses": problems(body=body, but=("504",)) | operation["responses"]}


def _open(name: str, says: str, content: Json, named: tuple[str, ...] = (), answers: Json = None) -> dict[str, Json]:
    """A GET that is open to everybody, and its answers besides."""
    parameters = [{"name": one, "in": "path", "required": True, "schema": _PRINTABLE} for one in named]
    done = {"200": {"description": says, "content": content}}
    return {
        "get": {
            "operationId": name,
            "tags": ["gateway"],
            "summary": says,
            "security": [],
            **({"parameters": parameters} if parameters else {}),
            "responses": problems(body=False, but=_NEVER) | done | (answers or {}),
        }
    }


def _issue_token() -> dict[str, Json]:
    says = "An access token for a branch system (RFC 6749, client credentials)"
    faults = {"400": "RFC 6749, 5.2", "401": "Unknown client or wrong secret", "503": "Clients can't be looked up now"}
    return {
        "operationId": "issue_token",
        "tags": ["gateway"],
        "summary": says,
        "security": [],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": _TOKEN_FORM}},
        },
        "responses": problems(body=True, but=_NEVER)
        | {"200": {"description": "The token", "content": {"application/json": {"schema": _TOKEN_ANSWER}}}}
        | {
            status: {"description": fault, "content": {"application/json": {"schema": _TOKEN_FAULT}}}
            for status, fault in faults.items()
        },
    }
