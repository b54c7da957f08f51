"""The match table: from a request's method and path to an operation, in one pass over the segments.

A table is immutable; a new one takes the place of the old in one assignment, so a request sees one or the other.
At each segment a word that fits goes before a parameter; a dead end falls back to the parameter.
"""

from collections.abc import Iterable
from enum import Enum

from attrs import field, frozen

from gateway.manifests import Operation


class Standing(Enum):
    """What can be said of a route at this moment. The order is that of preference for the same path."""

    SERVED = 1
    NEW = 2  # not all live instances have it yet
    ABSENT = 3  # no live instance has it at the moment
    DOWN = 4  # no instance of the service lives


@frozen
class Route:
    """An operation and how it stands. `since` orders the versions of a service: the later one's route is newer."""

    operation: Operation
    standing: Standing
    since: float = 0.0


@frozen
class Found:
    """A request's operation, and its path parameters by name."""

    route: Route
    parameters: dict[str, str]


@frozen
class WrongMethod:
    """The path is known, the method isn't; `allow` is what the Allow header says."""

    allow: str


@frozen
class _Node:
    words: dict[str, "_Node"] = field(factory=dict)
    parameter: list["_Node"] = field(factory=list)  # at most one
    leaves: dict[str, Route] = field(factory=dict)


@frozen
class Table:
    """All routes. Made by `compile_table` and not changed after."""

    _root: _Node
    routes: tuple[Route, ...]

    def match(self, method: str, segments: tuple[str, ...]) -> Found | WrongMethod | None:
        """`segments` are the decoded ones after `/v1`. HEAD is answered by what answers GET."""
        leaves = _leaves(self._root, segments, 0)
        if not leaves:
            return None
        route = next((leaf[method] for leaf in leaves if method in leaf), None)
        if route is None and method == "HEAD":
            route = next((leaf["GET"] for leaf in leaves if "GET" in leaf), None)
        if route is None:
            return WrongMethod(_allow(leaves))
        template = route.operation.template
        names = zip(template, segments, strict=True)
        return Found(route, {name[1:-1]: value for name, value in names if name[0] == "{"})


def compile_table(routes: Iterable[Route]) -> Table:
    """The table of these routes. Of several for one method and shape the best standing wins, then the newest."""
    root = _Node()
    kept = _preferred(routes)
    for route in kept:
        node = root
        for segment in route.operation.shape:
            node = _child(node, segment)
        node.leaves[route.operation.method] = route
    return Table(root, kept)


def _preferred(routes: Iterable[Route]) -> tuple[Route, ...]:
    best: dict[tuple[str, tuple[str, ...]], Route] = {}
    for route in routes:
        place = (route.operation.method, route.operation.shape)
        if place not in best or _rank(route) < _rank(best[place]):
            best[place] = route
    return tuple(sorted(best.values(), key=lambda route: (route.operation.path, route.operation.method)))


def _rank(route: Route) -> tuple[int, float, str]:
    return route.standing.value, -route.since, route.operation.name


def _child(node: _Node, segment: str) -> _Node:
    if segment != "{}":
        return node.words.setdefault(segment, _Node())
    if not node.parameter:
        node.parameter.append(_Node())
    return node.parameter[0]


def _leaves(node: _Node, segments: tuple[str, ...], depth: int) -> list[dict[str, Route]]:
    """The leaves that a path reaches, the most particular first."""
    if depth == len(segments):
        return [node.leaves] if node.leaves else []
    segment = segments[depth]
    word = node.words.get(segment)
    found = _leaves(word, segments, depth + 1) if word is not None else []
    if node.parameter and segment:
        found += _leaves(node.parameter[0], segments, depth + 1)
    return found


def _allow(leaves: list[dict[str, Route]]) -> str:
    methods: set[str] = {method for leaf in leaves for method in leaf}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods | {"OPTIONS"}))


EMPTY = compile_table(())
