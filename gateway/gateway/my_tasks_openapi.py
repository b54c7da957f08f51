"""The part of /openapi.json that describes GET /v1/my/tasks."""

from typing import Any

from gateway import limits

Json = Any
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_INSTANT = {"type": "string", "format": "date-time"}
_FLAG = {"type": "boolean"}
_TASK = {
    "type": "object",
    "description": "`about` is the address of what the task belongs to; POST to `done_at` completes it",
    "required": ["id", "title", "owner", "role", "due", "overdue", "mandatory", "drill", "about", "done_at"],
    "properties": {
        "id": _TEXT,
        "title": {"type": "object", "required": ["zh", "en"], "properties": {"zh": _TEXT, "en": _TEXT}},
        "owner": {
            "type": "object",
            "description": "A person, or a post at a unit",
            "properties": {"person": _MAYBE_TEXT, "post": _MAYBE_TEXT, "unit": _MAYBE_TEXT},
        },
        "role": {
            "type": "string",
            "description": "How the caller stands to it: owner, stand_in, or holder, acting or deputy of the post",
        },
        "due": {"type": ["string", "null"], "format": "date-time"},
        "overdue": _FLAG,
        "mandatory": _FLAG,
        "drill": _FLAG,
        "about": _TEXT,
        "done_at": _TEXT,
        "units": {"type": "array", "items": _TEXT},
        "made_at": _INSTANT,
    },
}
_ANSWER = {
    "type": "object",
    "required": ["items", "more", "partial", "missing"],
    "properties": {
        "items": {"type": "array", "maxItems": limits.TASKS_LISTED, "items": _TASK},
        "more": {"type": "boolean", "description": "There are more than are listed: those due later"},
        "partial": {"type": "boolean", "description": "Whether a service that lists tasks did not answer in time"},
        "missing": {"type": "array", "items": _TEXT, "description": "Those services"},
    },
}
OPERATION: dict[str, Json] = {
    "operationId": "my_tasks_of_all",
    "tags": ["gateway"],
    "summary": "The caller's open tasks in all services, the earliest due first",
    "description": f"At most {limits.TASKS_LISTED}. Each service is asked for at most {limits.TASKS_SECONDS:g} s; one "
    "that does not answer is named in `missing`, and the rest is given all the same.",
    "responses": {"200": {"description": "The tasks", "content": {"application/json": {"schema": _ANSWER}}}},
}
