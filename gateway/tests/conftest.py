"""A whole gateway in memory: the real applications over services that answer what a test says."""

import asyncio
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from attrs import define, field
from joserfc.jwk import OKPKey
from starlette.types import ASGIApp

from chassis.objects import open_objects
from gateway.app import outside_app, own_routes
from gateway.broker import Broker
from gateway.callers import Callers
from gateway.denials import Denials
from gateway.discovery import Discovery
from gateway.downloads import Downloads
from gateway.edge import Counts
from gateway.issuers import LocalIssuer
from gateway.limits import Quota
from gateway.principal import Kind
from gateway.refused_calls import RefusedCalls
from gateway.tokens import Tokens, issue_access
from gateway.uploads import Uploads
from gateway.wire import Answer, Call, Done

NOW = 1_800_000_000.0
MOST = 3 * 1024 * 1024
"""The size of an upload that the gateway under test takes."""


@define
class Clock:
    """A clock that a test moves: both the wall's and the monotonic one."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@define
class Services:
    """Answers calls from a queue of answers and faults, and remembers them; `Done(200)` when nothing is queued.

    Calls that are made at the same time are answered by the name of their service, where that is set.
    """

    by_service: dict[str, Answer | Exception] = field(factory=dict)
    answers: deque[Answer | Exception] = field(factory=deque)
    calls: list[Call] = field(factory=list)

    async def ask(self, call: Call) -> Answer:
        self.calls.append(call)
        queued = self.answers.popleft() if self.answers else done()
        answer = self.by_service.get(call.service, queued)
        if isinstance(answer, Exception):
            raise answer
        return answer


@define
class Clients:
    """Branch systems by name; a fault where the database is away."""

    documents: dict[str, dict[str, Any]] = field(factory=dict)
    fault: Exception | None = None

    async def client(self, client_id: str) -> dict[str, Any] | None:
        if self.fault:
            raise self.fault
        return self.documents.get(client_id)


@define
class House:
    """The gateway under test and what stands around it."""

    http: httpx.AsyncClient
    app: ASGIApp
    services: Services
    discovery: Discovery
    clients: Clients
    clock: Clock
    key: OKPKey
    counts: Counts
    denials: Denials
    refused: RefusedCalls
    folder: Path
    """Where the object store keeps its files."""

    most: int = MOST

    def token(self, sub: str = "p1", *, kind: Kind = "person", **claims: Any) -> str:
        return issue_access(self.key, sub=sub, kind=kind, now=self.clock.now, **claims)

    def bearer(self, sub: str = "p1", **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(sub, **claims)}"}


def done(status: int = 200, body: Any = None, **rest: Any) -> Done:
    """A service's good answer."""
    given = {"version": None, "location": None, "replayed": False, "cursor": None, **rest}
    return Done(status, {} if body is None else body, **given)


def operation(name: str = "report_incident", **rest: Any) -> dict[str, Any]:
    """One operation of a manifest; a command at POST /v1/incidents unless said otherwise."""
    given = {"kind": "command", "method": "POST", "path": "/v1/incidents", "needs": "x", "status": 201, "public": False}
    return (
        {"name": name, "key": "optional", "if_match": "none", "quota": "default", "deadline_seconds": 10} | given | rest
    )


def manifest(*operations: dict[str, Any], service: str = "emergency", hash: str = "", **rest: Any) -> dict[str, Any]:
    """A manifest of these operations."""
    made = {"service": service, "version": "1.0.0", "instance": f"{service}-1", "openapi": {}, **rest}
    return {**made, "operations": list(operations), "hash": hash or f"{service}-{len(operations):060d}"}


@pytest.fixture
def urls() -> dict[str, str]:
    """The broker's URLs by user."""
    where = os.environ.get("DECALOG_TEST_INSTANCE")
    if where is None:
        assert not os.environ.get("CI"), "CI runs the live tests"
        pytest.skip("DECALOG_TEST_INSTANCE names no running broker: start one with `make test`")
    amqp: dict[str, str] = json.loads(Path(where).read_text())["amqp"]
    return amqp


@pytest.fixture
async def broker(urls: dict[str, str]) -> AsyncIterator[Broker]:
    """The gateway's way to the real broker, connected."""
    broker = Broker(urls["gateway"], lambda *_: None)
    running = asyncio.create_task(broker.run())
    async with asyncio.timeout(10):
        while not broker.up:
            await asyncio.sleep(0.01)
    yield broker
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await broker.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", auto_kid=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(name="done")
def done_fixture() -> Callable[..., Done]:
    return done


@pytest.fixture(name="operation")
def operation_fixture() -> Callable[..., dict[str, Any]]:
    return operation


@pytest.fixture(name="manifest")
def manifest_fixture() -> Callable[..., dict[str, Any]]:
    return manifest


@pytest.fixture
def offered() -> list[dict[str, Any]]:
    """What the service emergency offers; a test module may offer something else."""
    return [
        operation(),
        operation("incident", kind="query", method="GET", path="/v1/incidents/{incident}", key="none"),
        operation("incidents", kind="query", method="GET", key="none"),
        operation("close_incident", path="/v1/incidents/{incident}/closing", key="required", if_match="required"),
        operation("delete_incident", method="DELETE", path="/v1/incidents/{incident}", if_match="optional"),
        operation("urgent", path="/v1/incidents/urgent", quota="incident", deadline_seconds=2.5),
        operation("sign", path="/v1/links/{link}", public=True),
    ]


@pytest.fixture
def quotas() -> dict[tuple[str, str], Quota]:
    """Quotas that no test reaches by accident."""
    names = ((quota, kind) for quota in ("default", "incident", "upload") for kind in ("person", "system"))
    return {(quota, kind): Quota(quota, 60_000, 10_000) for quota, kind in names}


@pytest.fixture
def concurrency() -> int:
    return 64


@pytest.fixture
async def house(
    key: OKPKey,
    clock: Clock,
    offered: list[dict[str, Any]],
    quotas: dict[tuple[str, str], Quota],
    concurrency: int,
    tmp_path: Path,
) -> AsyncIterator[House]:
    tokens = Tokens({"decalog": LocalIssuer({"keys": [key.as_dict(private=False)]})}, key, clock=clock)
    services, clients, counts = Services(), Clients(), Counts()
    discovery = Discovery(tokens, None, monotonic=clock, clock=clock)
    denials = Denials("amqp://nowhere/", "staff.log.1", None, clock=clock)
    refused = RefusedCalls(discovery, tokens, services, clock=clock)
    callers = Callers(tokens, quotas, concurrency=concurrency, doors=denials, refused=refused.note, monotonic=clock)
    discovery.hear(_beacon(manifest(*offered)), "emergency")
    discovery.listening()
    clock.now += 16
    discovery.hear(_beacon(manifest(*offered)), "emergency")
    routes = own_routes(discovery, callers, services, clients, key, public_url="")
    folder = tmp_path / "objects"
    objects = open_objects(folder.as_uri())
    uploads = Uploads(callers, objects, key, most=MOST, clock=clock)
    app = outside_app(discovery, callers, services, [*routes, uploads.address()], Downloads(objects), counts)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        yield House(http, app, services, discovery, clients, clock, key, counts, denials, refused, folder)


def _beacon(whole: dict[str, Any], **rest: Any) -> bytes:
    known = {name: whole[name] for name in ("service", "instance", "hash")}
    return orjson.dumps({**known, "manifest": whole, **rest})


@pytest.fixture
def beacon() -> Callable[..., bytes]:
    """Makes a beacon, with the whole manifest unless told otherwise, as it comes from the wire."""
    return _beacon
