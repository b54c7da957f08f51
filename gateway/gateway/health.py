"""Is the process alive, does it take requests, is it idle: for load balancers, operators and tests.

/livez and /readyz are on both ports. /metrics and /idle tell of the inside and are on the health port only, which
listens on the loopback address (or a pod's own).
"""

from collections.abc import Mapping

import orjson
from attrs import define
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import metrics
from gateway.broker import Broker
from gateway.discovery import Discovery
from gateway.edge import Counts

HEALTH_JSON = "application/health+json"


@define
class Health:
    """What the process says of itself. `draining` is set when it has been told to stop."""

    broker: Broker
    discovery: Discovery
    counts: Counts
    draining: bool = False

    def checks(self) -> Mapping[str, bool]:
        """Each condition of being ready. Routes come from memory or beacons; having none is fine once known."""
        return {
            "not_draining": not self.draining,
            "broker": self.broker.up,
            "routes": self.discovery.knows or bool(self.discovery.table.routes),
        }

    def idle(self) -> Mapping[str, int]:
        """What is at work: requests, and requests of ours without an answer. The gateway sends no notices."""
        in_flight = self.counts.in_flight + self.broker.in_flight
        return {"in_flight": in_flight, "unsent": 0, "deliveries": self.counts.taken}


def routes(health: Health) -> list[Route]:
    """/livez and /readyz, for both ports."""

    async def livez(_: Request) -> Response:
        return _health("pass")

    async def readyz(request: Request) -> Response:
        checks = health.checks()
        details = {name: "pass" if good else "fail" for name, good in checks.items()}
        shown = details if "verbose" in request.query_params else None
        return _health("pass" if all(checks.values()) else "fail", shown)

    return [Route("/livez", livez), Route("/readyz", readyz)]


def inside_routes(health: Health) -> list[Route]:
    """/metrics and /idle, for the health port."""

    async def show_metrics(_: Request) -> Response:
        metrics.BROKER_UP.set(health.broker.up)
        metrics.IN_FLIGHT.set(health.counts.in_flight)
        metrics.RPC_IN_FLIGHT.set(health.broker.in_flight)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def idle(_: Request) -> Response:
        return Response(orjson.dumps(health.idle()), media_type="application/json")

    return [*routes(health), Route("/metrics", show_metrics), Route("/idle", idle)]


def _health(status: str, checks: Mapping[str, str] | None = None) -> Response:
    content: dict[str, object] = {"status": status, "serviceId": "gateway"}
    if checks is not None:
        content["checks"] = {name: [{"status": one}] for name, one in checks.items()}
    code = 200 if status == "pass" else 503
    return Response(orjson.dumps(content), status_code=code, media_type=HEALTH_JSON)
