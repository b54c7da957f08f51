"""The part of /openapi.json that describes POST /v1/uploads."""

from typing import Any

from gateway.media import PERMITTED

Json = Any
_TEXT = {"type": "string"}
_ANSWER = {
    "type": "object",
    "required": ["hash", "size", "type", "receipt", "receipt_until"],
    "properties": {
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the bytes"},
        "size": {"type": "integer", "minimum": 1},
        "type": {"enum": list(PERMITTED)},
        "receipt": {"type": "string", "description": "Give it, as the same caller, to the command that attaches it"},
        "receipt_until": {"type": "string", "format": "date-time"},
    },
}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
OPERATION: dict[str, Json] = {
    "operationId": "upload",
    "tags": ["gateway"],
    "summary": "Upload a file; a command then refers to it by the receipt",
    "description": "The body is the file itself; it is not read to its end where it is too large, or its content not "
    "of its declared type. The same bytes are one object, however often they come. What no record refers to is "
    "removed after a time.",
    "parameters": [
        {
            "in": "header",
            "name": "Content-Digest",
            "required": False,
            "description": "RFC 9530, with sha-256: what differs from it is not kept",
            "schema": _TEXT,
        }
    ],
    "requestBody": {"required": True, "content": dict.fromkeys(PERMITTED, _BYTES)},
    "responses": {
        "201": {"description": "It is kept", "content": {"application/json": {"schema": _ANSWER}}},
        "422": {"$ref": "#/components/responses/Problem"},
    },
}
