"""The parts put together: settings in, the gateway's applications and upkeep out."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx
from attrs import frozen
from joserfc.jwk import OKPKey
from starlette.routing import Route
from starlette.types import ASGIApp

from chassis.objects import open_objects
from gateway import escalations, health, issuers, link_page, own
from gateway.broker import Broker
from gateway.callers import Callers
from gateway.denials import Denials
from gateway.discovery import Discovery
from gateway.dispatch import Dispatch
from gateway.downloads import Downloads
from gateway.edge import Counts, Edge
from gateway.escalations import Escalations
from gateway.escalations_scope import FeedScope
from gateway.health import Health
from gateway.issuers import Issuer, LocalIssuer, RemoteIssuer
from gateway.my_tasks import MyTasks
from gateway.own import Descriptions
from gateway.refused_calls import RefusedCalls
from gateway.rpc import Rpc
from gateway.settings import Settings
from gateway.store import Store
from gateway.sweep import Sweep
from gateway.token_endpoint import ClientSource, TokenEndpoint
from gateway.tokens import Tokens
from gateway.uploads import Uploads


@frozen
class Gateway:
    """One gateway process: what it serves outside and inside, and what keeps it going."""

    outside: ASGIApp
    inside: ASGIApp
    health: Health
    broker: Broker
    discovery: Discovery
    denials: Denials
    refused: RefusedCalls
    store: Store | None
    feed: Escalations | None
    sweep: Sweep | None
    jwks_client: httpx.AsyncClient

    async def start(self) -> list[asyncio.Task[None]]:
        """Begin the upkeep: the broker's connection, the match table, its memory. Returns the tasks."""
        upkeep = (
            self.broker.run(),
            self.discovery.run(self.broker),
            self.discovery.remember(),
            self.denials.read(),
            self.denials.remember(),
            self.refused.run(),
        )
        feeding = self.feed.upkeep() if self.feed else ()
        sweeping = (self.sweep.run(),) if self.sweep else ()
        return [asyncio.create_task(one) for one in (*upkeep, *feeding, *sweeping)]

    def end_streams(self) -> None:
        """Send the clients of open streams away: they come back by themselves, to another process."""
        if self.feed:
            self.feed.close()

    async def close(self) -> None:
        """Leave broker and database."""
        await self.broker.close()
        await self.jwks_client.aclose()
        if self.store is not None:
            await self.store.close()


def assemble(settings: Settings) -> Gateway:
    """The gateway of these settings. Reads the key files; connects to nothing yet."""
    access_key = issuers.private_key(settings.keys / "access.private.json")
    assertion_key = issuers.private_key(settings.keys / "assertion.private.json")
    jwks_client = httpx.AsyncClient()
    tokens = Tokens(_issuers(settings, jwks_client), assertion_key)
    store = Store(settings.mongo_url) if settings.mongo_url else None
    discovery = Discovery(tokens, store)
    broker = Broker(settings.amqp_url, discovery.hear, listening=discovery.listening)
    denials = Denials(settings.amqp_url, settings.staff_stream, store)
    refused = RefusedCalls(discovery, tokens, broker)
    callers = Callers(tokens, settings.quotas, concurrency=settings.concurrency, doors=denials, refused=refused.note)
    counts = Counts()
    state = Health(broker, discovery, counts)
    stream = settings.escalation_stream
    scope = FeedScope(discovery, broker)
    feed = escalations.assemble(settings.amqp_url, store, callers, scope, counts, stream=stream) if store else None
    pages = own_routes(discovery, callers, broker, store, access_key, public_url=settings.public_url)
    objects = open_objects(settings.objects, **settings.s3) if settings.objects else None
    unused = timedelta(hours=settings.upload_hours)
    sweep = Sweep(objects, discovery, tokens, broker, unused) if objects else None
    uploads = Uploads(callers, objects, assertion_key, most=settings.upload_bytes)
    routes = [*pages, uploads.address(), *health.routes(state), *(feed.routes() if feed else ())]
    outside = outside_app(discovery, callers, broker, routes, Downloads(objects), counts)
    inside = Edge(own.router(health.inside_routes(state)), Counts())
    return Gateway(outside, inside, state, broker, discovery, denials, refused, store, feed, sweep, jwks_client)


def own_routes(
    discovery: Discovery,
    callers: Callers,
    rpc: Rpc,
    clients: ClientSource | None,
    access_key: OKPKey,
    *,
    public_url: str,
) -> list[Route]:
    """The gateway's own addresses, health apart."""
    token = TokenEndpoint(clients, access_key, callers)
    described = Descriptions(discovery, public_url=public_url).routes()
    tasks = MyTasks(discovery, callers, rpc).address()
    return [Route("/v1/token", token.issue, methods=["POST"]), tasks, *described, link_page.ROUTE]


def outside_app(
    discovery: Discovery, callers: Callers, rpc: Rpc, routes: Sequence[Route], downloads: Downloads, counts: Counts
) -> ASGIApp:
    """What callers reach."""
    return Edge(Dispatch(discovery, callers, rpc, own.router(routes), downloads), counts)


def _issuers(settings: Settings, client: httpx.AsyncClient) -> dict[str, Issuer]:
    sessions = settings.keys / "sessions.public.json"
    local: Issuer = LocalIssuer(
        issuers.jwks_file(settings.keys / "access.public.json"),
        issuers.jwks_file(sessions) if sessions.exists() else None,
    )
    found = {local.name: local}
    if settings.jwks_url and settings.token_issuer:
        found[settings.token_issuer] = RemoteIssuer(settings.token_issuer, settings.jwks_url, client=client)
    return found
