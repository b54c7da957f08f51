"""The services of stock nameko: HTTP entrypoint → RPC → commit, then dispatch."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from marshmallow import ValidationError, fields
from nameko.events import EventDispatcher
from nameko.extensions import DependencyProvider
from nameko.rpc import RpcProxy, rpc
from nameko.web.handlers import http
from pymongo import MongoClient
from pymongo.collection import Collection

from emergency.schemas import DurationsOut, IncidentOut, IncidentState, ReportIncidentIn
from tests.bench.arms.yardstick import trail_of
from tests.bench.payload import EVENT, incident, kept

TRAIL = trail_of("stock")
JSON_TYPE = {"Content-Type": "application/json"}


class IncidentAnswer(IncidentOut):
    """The answer's schema, whose durations a yardstick does not compute."""

    durations = fields.Nested(DurationsOut)  # type: ignore[assignment] # ours computes them


REPORT, STATE, ANSWER = ReportIncidentIn(), IncidentState(), IncidentAnswer()


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
        now = datetime.now(UTC)
        reported = incident(body, str(uuid4()), now)
        self.records.insert_one(kept(reported, now))
        self.dispatch(EVENT, STATE.dump(reported))
        answer: dict[str, Any] = ANSWER.dump(reported)
        return answer

    @rpc  # type: ignore[untyped-decorator] # nameko has no types
    def incident(self, id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.records.find_one({"_id": id}, {"incident": 1})
        answer: dict[str, Any] | None = found and ANSWER.dump(found["incident"])
        return answer


class Gateway:
    """The HTTP side."""

    name = "bench-stock-gateway"
    incidents = RpcProxy("bench-stock")

    @http("POST", "/incidents")  # type: ignore[untyped-decorator] # nameko has no types
    def report(self, request: Any) -> tuple[int, dict[str, str], str]:
        try:
            body = json.loads(request.get_data(as_text=True))
            REPORT.load(body)
        except (ValueError, ValidationError) as fault:
            return 400, JSON_TYPE, json.dumps({"error": str(fault)})
        incident = self.incidents.report(body)
        return 201, JSON_TYPE, json.dumps(incident, ensure_ascii=False)

    @http("GET", "/incidents/<string:id>")  # type: ignore[untyped-decorator] # nameko has no types
    def incident(self, request: Any, id: str) -> tuple[int, dict[str, str], str]:
        found = self.incidents.incident(id)
        return (200 if found else 404), JSON_TYPE, json.dumps(found, ensure_ascii=False)
