"""The escalation feed's part of /openapi.json."""

from typing import Any

from gateway import limits

Json = Any
_TEXT = {"type": "string"}
_POSITION = {"type": "string", "pattern": "^[0-9]{1,9}-(-1|[0-9]{1,18})$", "examples": ["1-1042"]}
_SEEN = {"type": "string", "description": "One that is not known here is answered with `reset`", "examples": ["1-1042"]}
_EVENT = {
    "type": "object",
    "description": "A CloudEvent 1.0 in structured JSON",
    "required": ["specversion", "id", "source", "type", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _TEXT,
        "source": {"type": "string", "format": "uri-reference"},
        "type": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "units": {"type": "string", "description": "Unit ids, the root first, parted by commas"},
        "drill": {"type": "boolean"},
        "data": {"type": "object"},
    },
}
_PAGE = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["position", "event"],
                "properties": {"position": _POSITION, "event": _EVENT},
            },
        }
    },
}
_STREAM_SAYS = (
    "Server-sent events. Each has `id` (its position), `event` (its type) and `data` (the CloudEvent). "
    "`begin` tells a new client its position; `reset` one whose last position is not known any more. "
    "The stream ends with the access token: connect again with `Last-Event-ID`."
)


def _query(name: str, schema: Json, says: str) -> dict[str, Json]:
    return {"name": name, "in": "query", "schema": schema, "description": says}


def _operation(name: str, says: str, parameters: list[Json], media_type: str, content: Json) -> dict[str, Json]:
    return {
        "operationId": name,
        "tags": ["gateway"],
        "summary": says,
        "parameters": parameters,
        "responses": {
            "200": {"description": says, "content": {media_type: content}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


_LIMIT = {"type": "integer", "minimum": 1, "maximum": limits.PAGE_LIMIT, "default": 50}
_LISTED = [
    _query("limit", _LIMIT, "How many on a page"),
    _query("cursor", _POSITION, "From the Link header of the page before"),
    _query("level", {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"}, "Only this level, such as I"),
    _query("since", {"type": "string", "format": "date-time"}, "Only what is not older"),
]
_STREAMED = [
    {"name": "Last-Event-ID", "in": "header", "schema": _SEEN, "description": "Go on after this position"},
    _query("last_event_id", _SEEN, "The same, for clients that can set no header"),
    _query("heartbeats", {"type": "string", "examples": ["true"]}, "`true`: with the services' signs of life"),
]
PATHS: dict[str, dict[str, Json]] = {
    "/v1/escalations": {
        "get": _operation("escalations", "Escalations, newest first", _LISTED, "application/json", {"schema": _PAGE})
    },
    "/v1/escalations/stream": {
        "get": {
            **_operation("escalation_stream", "Escalations as they come", _STREAMED, "text/event-stream", {}),
            "description": _STREAM_SAYS,
        }
    },
}
