"""A process's own small HTTP port: alive, ready, metrics, idle, and the clock of a simulation. Loopback only."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import frozen
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

MAX_BODY = 4_096

Check = Callable[[], Mapping[str, bool]]
"""Named parts of readiness and whether each holds."""


@frozen
class Probes:
    """What the port reports. `step` moves a simulation's clock and is None everywhere else."""

    ready: Check
    idle: Callable[[], Mapping[str, Any]]
    step: Callable[[datetime, int], None] | None = None


def serve(port: int, probes: Probes) -> ThreadingHTTPServer:
    """Listen on 127.0.0.1:`port` in the background."""
    handler = type("Port", (_Port,), {"probes": probes})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


class _Port(BaseHTTPRequestHandler):
    probes: Probes
    timeout = 5

    def do_GET(self) -> None:
        """Answer /livez, /readyz, /metrics and /idle."""
        match self.path.partition("?")[0]:
            case "/livez":
                self._json(200, {"status": "pass"}, "application/health+json")
            case "/readyz":
                self._ready()
            case "/idle":
                self._json(200, self.probes.idle())
            case "/metrics":
                self._send(200, generate_latest(), CONTENT_TYPE_LATEST)
            case _:
                self._json(404, {"title": "not found"})

    def do_POST(self) -> None:
        """Step the simulation's clock: `{"now": <RFC 3339>, "epoch": <int>}`; the answer acknowledges the epoch."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/clock" or self.probes.step is None or length > MAX_BODY:
            self._json(404, {"title": "there is no clock to step here"})
            return
        try:
            asked = json.loads(self.rfile.read(length))
            self.probes.step(datetime.fromisoformat(asked["now"]), int(asked["epoch"]))
        except (ValueError, KeyError, TypeError) as error:
            self._json(422, {"title": f"the clock was not stepped: {error}"})
            return
        self._json(200, {"epoch": asked["epoch"]})

    def log_message(self, *_: Any) -> None:
        """Probes are not worth a line."""

    def _ready(self) -> None:
        checks = dict(self.probes.ready())
        ready = all(checks.values())
        body = {"status": "pass" if ready else "fail", "checks": checks}
        self._json(200 if ready else 503, body, "application/health+json")

    def _json(self, status: int, body: Mapping[str, Any], kind: str = "application/json") -> None:
        self._send(status, json.dumps(body, default=str).encode(), kind)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
