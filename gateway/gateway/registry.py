"""Which instances live, what they offer, and how each route stands: pure functions over an immutable state.

In time order: a beacon is `announced`; a hash not seen before is fetched and `learned`; a clean stop is `left`;
and after each of these, and each second for the silence between them, the state is `settled`: routes are added,
keep standing or are dropped by these rules.

- A new operation is served once all live instances have it; from then on while any live instance has it.
- A route is dropped when other instances of its service live and none has had it for 45 s.
- A service without a live instance keeps its routes.
- The first segment of a path belongs to the service that has routes on it; another service's claim is refused.
"""

from collections.abc import Iterable, Mapping
from typing import Self

from attrs import evolve, field, frozen

from gateway import limits
from gateway.manifests import Manifest, Operation
from gateway.routes import Route, Standing

RouteKey = tuple[str, str, str, tuple[str, ...]]


@frozen
class Instance:
    """One replica. `seen` is monotonic seconds of this process."""

    service: str
    name: str
    hash: str
    seen: float


@frozen
class Kept:
    """A route as remembered.

    `established`: all live instances had it once. `had`: monotonic seconds when a live instance last had it.
    `first` and `since`: epoch seconds when the route, and the manifest it stands in now, were learned.
    """

    operation: Operation
    hash: str
    established: bool
    had: float
    first: float
    since: float


@frozen
class Registry:
    """All that is known of the services. `since` of a manifest is when it was learned, in epoch seconds."""

    manifests: Mapping[str, Manifest] = field(factory=dict)
    since: Mapping[str, float] = field(factory=dict)
    instances: Mapping[tuple[str, str], Instance] = field(factory=dict)
    kept: Mapping[RouteKey, Kept] = field(factory=dict)
    refused: frozenset[str] = frozenset()

    def announced(self, service: str, instance: str, manifest_hash: str, *, now: float) -> Self:
        """A beacon was heard."""
        one = Instance(service, instance, manifest_hash, now)
        return evolve(self, instances={**self.instances, (service, instance): one})

    def learned(self, manifest: Manifest, *, at: float) -> Self:
        """A manifest has come; one already known keeps its age."""
        return evolve(
            self,
            manifests={**self.manifests, manifest.hash: manifest},
            since={manifest.hash: at, **self.since},
        )

    def left(self, service: str, instance: str) -> Self:
        """An instance said goodbye."""
        rest = {key: one for key, one in self.instances.items() if key != (service, instance)}
        return evolve(self, instances=rest)

    def joined(self, remembered: Self) -> Self:
        """This state, with what the database remembered of before."""
        kept = {**remembered.kept, **self.kept}
        for key in remembered.kept.keys() & self.kept.keys():
            before = remembered.kept[key]
            established = kept[key].established or before.established
            kept[key] = evolve(kept[key], established=established, first=min(before.first, kept[key].first))
        return evolve(
            self,
            manifests={**remembered.manifests, **self.manifests},
            since={**self.since, **remembered.since},
            instances={**remembered.instances, **self.instances},
            kept=kept,
        )

    def unknown(self) -> frozenset[tuple[str, str]]:
        """The (service, hash) pairs that live instances announce and nobody has explained yet."""
        return frozenset((i.service, i.hash) for i in self.instances.values() if i.hash not in self.manifests)

    def settled(self, *, now: float) -> Self:
        """The state with silence, new routes and dropped routes taken into account."""
        live = {key: one for key, one in self.instances.items() if now - one.seen < limits.LIVE_SECONDS}
        kept: dict[RouteKey, Kept] = dict(self.kept)
        for service in sorted({one.service for one in live.values()}):
            _settle_service(self, service, [one for one in live.values() if one.service == service], kept, now)
        owned, refused = _owned(kept)
        used = {one.hash for one in live.values()} | {route.hash for route in owned.values()}
        return evolve(
            self,
            instances=live,
            kept=owned,
            refused=refused | _faults(self.manifests, used),
            manifests={key: manifest for key, manifest in self.manifests.items() if key in used},
            since={key: at for key, at in self.since.items() if key in used},
        )

    def routes(self) -> tuple[Route, ...]:
        """The routes and how each stands, for the match table."""
        live: dict[str, set[RouteKey]] = {}
        for one in self.instances.values():
            live.setdefault(one.service, set()).update(_offered(self, one))
        return tuple(
            Route(kept.operation, _standing(key, kept, live.get(kept.operation.service)), kept.since)
            for key, kept in self.kept.items()
        )


def _offered(registry: Registry, instance: Instance) -> frozenset[RouteKey]:
    manifest = registry.manifests.get(instance.hash)
    if manifest is None or manifest.service != instance.service:
        return frozenset()
    return frozenset(operation.identity for operation in manifest.operations)


def _settle_service(
    registry: Registry, service: str, live: list[Instance], kept: dict[RouteKey, Kept], now: float
) -> None:
    """Bring one service's routes up to date in `kept`."""
    offers = [_offered(registry, one) for one in live]
    everywhere = frozenset.intersection(*offers)
    for manifest_hash in sorted({one.hash for one in live}, key=lambda one: registry.since.get(one, 0.0)):
        manifest = registry.manifests.get(manifest_hash)
        if manifest is not None and manifest.service == service:
            _keep(manifest, registry.since[manifest_hash], everywhere, kept, now)
    explained = all(one.hash in registry.manifests for one in live)
    for key in [key for key in kept if key[0] == service]:
        if explained and now - kept[key].had >= limits.DROP_SECONDS:
            del kept[key]


def _keep(
    manifest: Manifest, since: float, everywhere: frozenset[RouteKey], kept: dict[RouteKey, Kept], now: float
) -> None:
    for operation in manifest.operations:
        key = operation.identity
        before = kept.get(key)
        established = key in everywhere or (before is not None and before.established)
        first = before.first if before is not None else since
        kept[key] = Kept(operation, manifest.hash, established, now, first, since)


def _owned(kept: Mapping[RouteKey, Kept]) -> tuple[dict[RouteKey, Kept], frozenset[str]]:
    """The routes whose first segment is their service's; what else claims that segment is refused."""
    owners: dict[str, str] = {}
    for route in sorted(kept.values(), key=lambda route: (route.first, route.operation.service)):
        owners.setdefault(route.operation.template[0], route.operation.service)
    owned: dict[RouteKey, Kept] = {}
    refused: set[str] = set()
    for key, route in kept.items():
        owner = owners[route.operation.template[0]]
        if owner == route.operation.service:
            owned[key] = route
        else:
            refused.add(f"{key[0]}.{key[1]}: {route.operation.path} belongs to {owner}")
    return owned, frozenset(refused)


def _faults(manifests: Mapping[str, Manifest], used: Iterable[str]) -> frozenset[str]:
    return frozenset(fault for one in used if one in manifests for fault in manifests[one].refused)


def _standing(key: RouteKey, kept: Kept, offered: set[RouteKey] | None) -> Standing:
    if offered is None:
        return Standing.DOWN
    if key not in offered:
        return Standing.ABSENT
    return Standing.SERVED if kept.established else Standing.NEW
