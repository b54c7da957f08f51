"""AsyncAPI 3.0 of one service, from its contract."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from chassis.contract import Contract, Event

BINDING = "0.3.0"


def asyncapi(contract: Contract) -> dict[str, Any]:
    """The document: a channel for each exchange that the service publishes to, a message for each event."""
    spec = APISpec(contract.service, contract.version, "3.1.0", plugins=[MarshmallowPlugin()])
    names: dict[type, str] = {}
    for event in contract.events:
        if names.setdefault(type(event.carries), event.name) == event.name:
            spec.components.schema(event.name, schema=event.carries)
    schemas = spec.to_dict()["components"].get("schemas", {})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Decalog: {contract.says.en}",
            "version": contract.version,
            "description": contract.says.zh,
        },
        "channels": {event.name: _channel(contract, event) for event in contract.events},
        "operations": {f"send_{event.name}": _operation(event) for event in contract.events},
        "components": {
            "messages": {
                event.name: _message(contract, event, names[type(event.carries)]) for event in contract.events
            },
            "schemas": schemas,
        },
    }


def _channel(contract: Contract, event: Event) -> dict[str, Any]:
    exchange = "escalations" if event.escalation else f"{contract.service}.events"
    first = "{level}" if event.escalation else event.name
    words = ("level",) if event.escalation else ()
    return {
        "address": f"{first}.{{province}}.{{city}}.{{counter}}",
        "parameters": {word: {} for word in (*words, "province", "city", "counter")},
        "messages": {event.name: {"$ref": f"#/components/messages/{event.name}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": BINDING,
            }
        },
    }


def _operation(event: Event) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{event.name}"},
        "messages": [{"$ref": f"#/channels/{event.name}/messages/{event.name}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": BINDING}},
    }


def _message(contract: Contract, event: Event, schema: str) -> dict[str, Any]:
    return {
        "name": f"decalog.{contract.service}.{event.name}.v1",
        "title": event.says.en,
        "summary": event.says.zh,
        "description": "state-carrying: keep the highest sequence"
        if event.kind == "state"
        else "fact: keep once by id",
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{schema}"},
    }
