"""The services of stock nameko: HTTP entrypoint → RPC → commit, then dispatch."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from nameko.events import EventDispatcher
from nameko.extensions import DependencyProvider
from nameko.rpc import RpcProxy, rpc
from nameko.web.handlers import http
from pymongo import MongoClient
from pymongo.collection import Collection

from tests.bench.arms.yardstick import trail_of
from tests.bench.payload import EVENT, record

TRAIL = trail_of("stock")
JSON_TYPE = {"Content-Type": "application/json"}


class Records(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """The collection of incidents; majority and journal come from the URL."""

    def setup(self) -> None:
        self._client: MongoClient[dict[str, Any]] = MongoClient(self.container.config["MONGO_URI"])

    def stop(self) -> None:
        self._client.close()

    def get_dependency(self, worker_ctx: Any) -> Collection[dict[str, Any]]:
        return self._client[TRAIL.database][TRAIL.collection]


class Incidents:
    """Writes the record, then dispatches the event: what lies between the two can be lost."""

    name = "bench-stock"
    records = Records()
    dispatch = EventDispatcher()

    @rpc  # type: ignore[untyped-decorator] # nameko has no types
    def report(self, body: dict[str, Any]) -> dict[str, Any]:
        incident = record(body, str(uuid4()), datetime.now(UTC))
        self.records.insert_one({"_id": incident["id"], **incident})
        self.dispatch(EVENT, incident)
        return incident

    @rpc  # type: ignore[untyped-decorator] # nameko has no types
    def incident(self, id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.records.find_one({"_id": id}, {"_id": 0})
        return found


class Gateway:
    """The HTTP side."""

    name = "bench-stock-gateway"
    incidents = RpcProxy("bench-stock")

    @http("POST", "/incidents")  # type: ignore[untyped-decorator] # nameko has no types
    def report(self, request: Any) -> tuple[int, dict[str, str], str]:
        incident = self.incidents.report(json.loads(request.get_data(as_text=True)))
        return 201, JSON_TYPE, json.dumps(incident, ensure_ascii=False)

    @http("GET", "/incidents/<string:id>")  # type: ignore[untyped-decorator] # nameko has no types
    def incident(self, request: Any, id: str) -> tuple[int, dict[str, str], str]:
        found = self.incidents.incident(id)
        return (200 if found else 404), JSON_TYPE, json.dumps(found, ensure_ascii=False)
