"""The match table finds what a plain search over all templates would find."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from gateway.manifests import METHODS, Operation, ambiguous
from gateway.routes import Found, Route, Standing, WrongMethod, compile_table

WORDS = ["a", "b", "c"]
SEGMENTS = st.sampled_from([*WORDS, "{x}", "{y}"])
TEMPLATES = st.lists(SEGMENTS, min_size=0, max_size=3).map(lambda rest: ("a", *rest))


def route(template: tuple[str, ...], method: str = "GET", standing: Standing = Standing.SERVED, **rest: Any) -> Route:
    name = rest.pop("name", f"{method}{template}")
    operation = Operation("s", name, method, template, False, "none", "none", "default", 10, False)  # type: ignore[arg-type]
    return Route(operation, standing, **rest)


def fits(template: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(template) == len(path) and all(
        word == given if word[0] != "{" else bool(given) for word, given in zip(template, path, strict=True)
    )


def particular(one: Route) -> list[bool]:
    return [segment[0] == "{" for segment in one.operation.template]


ROUTES = st.lists(
    st.builds(route, TEMPLATES, st.sampled_from(METHODS)),
    max_size=12,
    unique_by=lambda r: (r.operation.method, r.operation.shape),
)
PATHS = st.lists(st.sampled_from([*WORDS, "z", ""]), min_size=0, max_size=4).map(tuple)


@given(ROUTES, PATHS, st.sampled_from([*METHODS, "HEAD", "TRACE"]))
def test_the_table_agrees_with_a_plain_search(routes: list[Route], path: tuple[str, ...], method: str) -> None:
    fitting = sorted((one for one in routes if fits(one.operation.template, path)), key=particular)
    asked = [one for one in fitting if one.operation.method == method]
    if method == "HEAD":
        asked = [one for one in fitting if one.operation.method == "GET"]

    found = compile_table(routes).match(method, path)

    if asked:
        assert isinstance(found, Found)
        assert found.route == asked[0]
        names = zip(asked[0].operation.template, path, strict=True)
        assert found.parameters == {name[1:-1]: value for name, value in names if name[0] == "{"}
    elif fitting:
        assert isinstance(found, WrongMethod)
        assert {one.operation.method for one in fitting} <= set(found.allow.split(", "))
    else:
        assert found is None


@given(TEMPLATES, TEMPLATES)
def test_templates_are_ambiguous_when_a_path_fits_both_and_neither_is_plainly_nearer(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    first, second = route(one).operation.shape, route(other).operation.shape
    overlap = len(first) == len(second) and all(a == b or "{}" in (a, b) for a, b in zip(first, second, strict=True))
    nearer = (
        overlap
        and any(a != b for a, b in zip(first, second, strict=True))
        and (
            all(a == b or b == "{}" for a, b in zip(first, second, strict=True))
            or all(a == b or a == "{}" for a, b in zip(first, second, strict=True))
        )
    )

    assert ambiguous(first, second) == (overlap and not nearer)
    assert ambiguous(first, second) == ambiguous(second, first)


@pytest.mark.parametrize("better", [Standing.SERVED, Standing.NEW, Standing.ABSENT])
def test_of_two_routes_for_one_address_the_one_that_can_be_served_wins(better: Standing) -> None:
    worse = Standing(better.value + 1)
    routes = [
        route(("a", "{x}"), name="old", standing=worse, since=2.0),
        route(("a", "{y}"), name="new", standing=better),
    ]

    for order in (routes, routes[::-1]):
        found = compile_table(order).match("GET", ("a", "1"))

        assert isinstance(found, Found)
        assert found.route.operation.name == "new"


def test_of_two_that_stand_alike_the_newer_wins() -> None:
    old, new = route(("a",), name="old", since=1.0), route(("a",), name="new", since=2.0)

    assert compile_table([new, old]).routes == compile_table([old, new]).routes == (new,)


def test_a_table_is_not_changed_by_the_next_one(operation: Callable[..., Any]) -> None:
    first = compile_table([route(("a",))])
    compile_table([route(("a",)), route(("b",))])

    assert first.match("GET", ("b",)) is None
    assert evolve(first) == first
