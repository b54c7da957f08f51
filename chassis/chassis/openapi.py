"""OpenAPI 3.1 of one service, from its contract: the schemas that document are the ones that validate."""

from collections.abc import Mapping
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate

from chassis.contract import Contract, Operation
from chassis.money import MONEY, Money

PROBLEMS: Mapping[str, tuple[str, str]] = {
    "400": ("请求无法解析", "the request cannot be read"),
    "401": ("需要有效的访问令牌", "a valid access token is needed"),
    "403": ("没有权限", "not permitted"),
    "404": ("找不到", "not found"),
    "409": ("当前状态不允许", "the present state forbids it"),
    "412": ("版本已变", "the version has changed"),
    "413": ("请求过大", "the request is too large"),
    "415": ("不支持的媒体类型", "unsupported media type"),
    "422": ("输入有误", "the input is faulty"),
    "428": ("需要 If-Match", "If-Match is needed"),
    "429": ("请求过于频繁", "too many requests"),
    "503": ("暂时不可用", "not available for the moment"),
    "504": ("超过时限", "no answer within the deadline"),
}
KEY = r'^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~][!-~]{0,254})$'
"""An idempotency key: a structured-field string of 1 to 255 characters, or as many visible ones bare."""

VERSION_TAG = '^"(0|[1-9][0-9]{0,17})"$'
_ALWAYS = ("400", "401", "403", "404", "413", "415", "422", "429", "503", "504")


def openapi(contract: Contract) -> dict[str, Any]:
    """The document of one service."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title=f"Decalog: {contract.says.en}",
        version=contract.version,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": f"{contract.says.zh} / {contract.says.en}"},
    )
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_money_is_text)  # type: ignore[no-untyped-call]
    plugin.converter.add_attribute_function(_exclusive_bounds)  # type: ignore[no-untyped-call]
    spec.components.schema("Problem", _PROBLEM)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for operation in contract.operations:
        spec.path(path=operation.path, operations={operation.method.lower(): _operation(contract.service, operation)})
    document = spec.to_dict()
    for item in document["paths"].values():
        for described in item.values():
            _ask_without_null(described["parameters"])
    return document


def _operation(service: str, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{service}.{operation.name}",
        "tags": [service],
        "summary": operation.says.en,
        "description": _description(operation),
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [] if operation.public else [{"token": []}],
    }
    if operation.takes is not None:
        media: dict[str, Any] = {"schema": operation.takes}
        if operation.example is not None:
            media["example"] = dict(operation.example)
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    return described


def _description(operation: Operation) -> str:
    grant = f"\n\n需要 / needs: `{operation.needs}`" if operation.needs else ""
    refusals = "".join(
        f"\n- `{refusal.code}` ({refusal.kind}): {refusal.zh} / {refusal.en}" for refusal in operation.refuses
    )
    return operation.says.zh + grant + (f"\n\n拒绝 / refuses:{refusals}" if refusals else "")


def _parameters(operation: Operation) -> list[Any]:
    identifier = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$"}
    found: list[Any] = [
        {"in": "path", "name": name, "required": True, "schema": identifier} for name in operation.parameters
    ]
    if operation.asks is not None:
        found.append({"in": "query", "schema": operation.asks})
    if operation.key != "none":
        key = {"type": "string", "pattern": KEY}
        required = operation.key == "required"
        found.append({"in": "header", "name": "Idempotency-Key", "required": required, "schema": key})
    if operation.if_match != "none":
        tag = {"type": "string", "pattern": VERSION_TAG}
        found.append({"in": "header", "name": "If-Match", "required": operation.if_match == "required", "schema": tag})
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    headers = {"ETag": {"schema": {"type": "string"}}}
    good: dict[str, Any] = {"description": "done", "headers": headers}
    if operation.answers_with_object:
        good = {"description": "the object's bytes, with their media type", "content": {"*/*": {"schema": {}}}}
    elif operation.gives is not None:
        good["content"] = {"application/json": {"schema": operation.gives}}
    statuses = [*_ALWAYS, *(("409",) if operation.kind == "command" else ())]
    statuses += ["412"] if operation.if_match != "none" or operation.kind == "command" else []
    statuses += ["428"] if operation.if_match == "required" else []
    if operation.public:
        refused = ("403",) if any(refusal.kind == "forbidden" for refusal in operation.refuses) else ()
        statuses = [status for status in statuses if status in refused or status not in ("401", "403")]
    responses: dict[str, Any] = {str(status): good for status in (operation.status, *operation.also)}
    if operation.kind == "query":
        responses["304"] = {"description": "not modified"}
    return responses | {status: _problem(status) for status in sorted(statuses)}


def _problem(status: str) -> dict[str, Any]:
    zh, en = PROBLEMS[status]
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": f"{zh} / {en}", "content": {"application/problem+json": {"schema": schema}}}


def _ask_without_null(parameters: list[dict[str, Any]]) -> None:
    """A query has no null: what is not asked is left out."""
    for schema in (one["schema"] for one in parameters if one["in"] == "query"):
        if isinstance(schema.get("type"), list):
            schema["type"] = next(kind for kind in schema["type"] if kind != "null")
        if None in schema.get("enum", ()):
            schema["enum"] = [value for value in schema["enum"] if value is not None]
        if schema.get("default", 0) is None:
            del schema["default"]


def _money_is_text(_: Any, field: fields.Field[Any], *, ret: dict[str, Any], **__: Any) -> dict[str, Any]:
    if isinstance(field, Money):
        for bound in ("minimum", "maximum"):
            ret.pop(bound, None)
        kinds = ["string", "null"] if field.allow_none else "string"
        return {"type": kinds, "format": "decimal", "pattern": MONEY}
    return {}


def _exclusive_bounds(_: Any, field: fields.Field[Any], **__: Any) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for rule in field.validators:
        if isinstance(rule, validate.Range) and isinstance(field, fields.Integer):
            if rule.min is not None and not rule.min_inclusive:
                bounds["exclusiveMinimum"] = rule.min
            if rule.max is not None and not rule.max_inclusive:
                bounds["exclusiveMaximum"] = rule.max
    return bounds


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
    },
}

__all__ = ["PROBLEMS", "Schema", "openapi"]
