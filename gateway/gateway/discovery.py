"""Keeps the match table: hears beacons, fetches the manifests they name, settles, swaps the table, remembers.

The registry's functions decide; this module only carries: it owns the one mutable cell that holds the present
table, and the tasks that talk to services and database.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from gateway import limits, metrics
from gateway.logs import log
from gateway.manifests import Manifest, ManifestFault, check_names, parse
from gateway.principal import GATEWAY
from gateway.registry import Registry
from gateway.routes import EMPTY, Route, Table, compile_table
from gateway.rpc import AnswerLost, Rpc, TimedOut, Unsent
from gateway.store import Document, Store, StoreDown, documents, restored
from gateway.tokens import Tokens
from gateway.trace import begin
from gateway.wire import Call, Done, WireFault


class Discovery:
    """`table` is the present match table and `registry` what it was made from; both are replaced, never changed."""

    def __init__(
        self,
        tokens: Tokens,
        store: Store | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.table: Table = EMPTY
        self.registry = Registry()
        self._loaded = store is None
        self._knows_from = float("inf")
        self._tokens = tokens
        self._store = store
        self._monotonic = monotonic
        self._clock = clock
        self._routes: tuple[Route, ...] = ()
        self._saved: dict[str, Document] = {}
        self._fetching: dict[tuple[str, str], asyncio.Task[None]] = {}

    @property
    def knows(self) -> bool:
        """Whether a path that is not in the table is known not to exist.

        A gateway that remembers routes knows; one that starts from nothing knows after a beacon period.
        """
        return self._monotonic() >= self._knows_from

    def listening(self) -> None:
        """From now on beacons are heard."""
        self._knows_from = min(self._knows_from, self._monotonic() + limits.LISTEN_SECONDS)

    def hear(self, body: bytes, user: str | None) -> None:
        """Take in one beacon. `user` is the broker's word for who sent it; a forged or malformed one is counted."""
        try:
            self._take(_beacon(body, user))
        except ManifestFault as fault:
            metrics.BEACONS_REFUSED.inc()
            log.error("beacon_refused", user=user, why=str(fault))

    def _take(self, beacon: Mapping[str, Any]) -> None:
        now, service, instance = self._monotonic(), str(beacon["service"]), str(beacon["instance"])
        if beacon.get("gone") is True:
            self.registry = self.registry.left(service, instance)
            return self.settle()
        _, _, manifest_hash = check_names(service, instance, beacon.get("hash"))
        before = self.registry.instances.get((service, instance))
        self.registry = self.registry.announced(service, instance, manifest_hash, now=now)
        if beacon.get("manifest") is not None:
            self._learn(_manifest(beacon["manifest"], service, manifest_hash))
        if before is None or before.hash != manifest_hash:
            self.settle()
        return None

    def _learn(self, manifest: Manifest) -> None:
        if manifest.hash not in self.registry.manifests:
            log.info("manifest_learned", target=manifest.service, version=manifest.version, hash=manifest.hash)
        self.registry = self.registry.learned(manifest, at=self._clock())
        self.settle()

    def settle(self) -> None:
        """Bring the registry up to now, and the table with it."""
        before = self.registry.refused
        self.registry = self.registry.settled(now=self._monotonic())
        routes = self.registry.routes()
        if routes != self._routes:
            self.table, self._routes = compile_table(routes), routes
            metrics.ROUTES.set(len(self.table.routes))
        for fault in sorted(self.registry.refused - before):
            log.error("route_refused", why=fault)
        metrics.ROUTES_REFUSED.set(len(self.registry.refused))

    async def load(self) -> None:
        """Read what was remembered. Raises StoreDown."""
        if self._store is not None and not self._loaded:
            found = await self._store.load()
            self.registry = self.registry.joined(restored(found, now=self._monotonic()))
            self._saved = {str(document["_id"]): document for document in found}
            self._loaded = True
            self.settle()
            if self.table.routes:
                self._knows_from = self._monotonic()

    async def run(self, rpc: Rpc) -> None:
        """Settle each second and fetch what is unknown, until cancelled."""
        while True:
            self.settle()
            self._fetch_unknown(rpc)
            await asyncio.sleep(limits.SETTLE_SECONDS)

    async def remember(self) -> None:
        """Keep the database in step, until cancelled. While it is away nothing but this waits for it."""
        while True:
            pause = limits.SETTLE_SECONDS
            try:
                await self.load()
                await self.save()
            except StoreDown as fault:
                log.warning("database_unreachable", fault=str(fault))
                pause = limits.STORE_RETRY_SECONDS
            await asyncio.sleep(pause)

    async def save(self) -> None:
        """Write the services that changed since the last time. Raises StoreDown."""
        if self._store is None or not self._loaded:
            return
        for service, document in documents(self.registry).items():
            if self._saved.get(service) != document:
                await self._store.save(document)
                self._saved[service] = document

    def _fetch_unknown(self, rpc: Rpc) -> None:
        for wanted in self.registry.unknown():
            if wanted not in self._fetching:
                task = asyncio.create_task(self._fetch(rpc, *wanted))
                self._fetching[wanted] = task
                task.add_done_callback(lambda _, wanted=wanted: self._fetching.pop(wanted))  # type: ignore[misc]

    async def _fetch(self, rpc: Rpc, service: str, manifest_hash: str) -> None:
        """Ask the service for its manifest; another replica may answer with another one, which is welcome too."""
        with contextlib.suppress(Unsent, AnswerLost, TimedOut, WireFault):
            for _ in range(limits.FETCH_RETRIES):
                if manifest_hash in self.registry.manifests:
                    return
                answer = await rpc.ask(self._manifest_call(service))
                if not isinstance(answer, Done):
                    return
                try:
                    self._learn(_manifest(answer.body, service, None))
                except ManifestFault as fault:
                    log.error("manifest_refused", target=service, why=str(fault))
                    return

    def _manifest_call(self, service: str) -> Call:
        trace = begin(None)
        assertion = self._tokens.vouch(GATEWAY).assertion
        deadline = self._clock() + limits.FETCH_SECONDS
        request_id = uuid.uuid4().hex
        return Call(service, "manifest", {}, assertion, request_id, trace.traceparent, deadline, limits.FETCH_SECONDS)


def _beacon(body: bytes, user: str | None) -> Mapping[str, Any]:
    if len(body) > limits.MANIFEST_BYTES:
        raise ManifestFault("larger than a manifest may be")
    try:
        beacon = orjson.loads(body)
    except ValueError:
        raise ManifestFault("not JSON") from None
    if not isinstance(beacon, dict) or not beacon.get("service") or beacon["service"] != user:
        raise ManifestFault("not from the service's own user")
    return {**beacon, "instance": beacon.get("instance")}


def _manifest(raw: object, service: str, manifest_hash: str | None) -> Manifest:
    manifest = parse(raw)
    if manifest.service != service:
        raise ManifestFault(f"{service} sent the manifest of {manifest.service}")
    if manifest_hash is not None and manifest.hash != manifest_hash:
        raise ManifestFault(f"{service} announced {manifest_hash} and sent {manifest.hash}")
    return manifest
