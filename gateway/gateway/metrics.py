"""The gateway's metrics, by the names of the Prometheus and OpenTelemetry conventions. Labels never hold an id."""

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "Time from a request's headers to its answer",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("decalog_gateway_in_flight", "Requests at work")
RPC_IN_FLIGHT = Gauge("decalog_gateway_rpc_in_flight", "RPCs waiting for an answer")
DENIED = Gauge("decalog_gateway_denied", "People whose tokens count no more")
REFUSED_UNTOLD = Counter("decalog_gateway_refused_untold_total", "Calls of refused people that no service was told of")
BROKER_UP = Gauge("decalog_gateway_broker_up", "1 while connected to the broker")
ROUTES = Gauge("decalog_gateway_routes", "Routes in the match table")
ROUTES_REFUSED = Gauge("decalog_gateway_routes_refused", "Routes that clash or claim what is another's: alarm above 0")
BEACONS_REFUSED = Counter("decalog_gateway_beacons_refused_total", "Beacons that were forged or malformed")
LIMITED = Counter("decalog_gateway_limited_total", "Requests refused by a limit", ["quota"])
TOKENS_REFUSED = Counter("decalog_gateway_tokens_refused_total", "Access tokens that were not accepted")
ESCALATIONS = Counter("decalog_gateway_escalations_total", "Messages read from the escalation stream", ["kind"])
ESCALATION_OFFSET = Gauge("decalog_gateway_escalation_offset", "The newest offset of the escalation stream read here")
OBJECTS_DAMAGED = Counter("decalog_gateway_objects_damaged_total", "Objects found missing or altered: alarm above 0")
OBJECTS_SET_ASIDE = Counter("decalog_gateway_objects_set_aside_total", "Objects that no record refers to")
STREAMS = Gauge("decalog_gateway_escalation_streams", "Open streams of escalations")

_children: dict[tuple[str, str, int], Histogram] = {}


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. `route` is a template."""
    key = (method, route, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = REQUEST_SECONDS.labels(method, route, str(status))
    child.observe(seconds)
