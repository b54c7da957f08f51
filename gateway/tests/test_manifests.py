"""A manifest comes from the wire: what is wrong with it is refused, the rest is served."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.manifests import ManifestFault, parse

Make = Callable[..., dict[str, Any]]


def test_an_operation_is_taken_with_what_it_says(manifest: Make, operation: Make) -> None:
    given = operation(key="required", if_match="optional", quota="incident", deadline_seconds=30, public=True)

    [taken] = parse(manifest(given)).operations

    assert (taken.service, taken.name, taken.path, taken.method) == (
        "emergency",
        "report_incident",
        "/v1/incidents",
        "POST",
    )
    assert (taken.command, taken.key, taken.if_match, taken.quota) == (True, "required", "optional", "incident")
    assert (taken.deadline_seconds, taken.public) == (30.0, True)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Bad-Name"},
        {"name": None},
        {"kind": "stream"},
        {"method": "TRACE"},
        {"method": "post"},
        {"path": "/incidents"},
        {"path": "/v1/"},
        {"path": "/v1/incidents/"},
        {"path": "/v1//incidents"},
        {"path": "/v1/{anything}"},
        {"path": "/v1/token"},
        {"path": "/v1/escalations/stream"},
        {"path": "/v1/my/tasks"},
        {"path": "/v1/incidents/{a}/{a}"},
        {"path": "/v1/incidents/{a}.json"},
        {"path": "/v1/incidents/{a:path}"},
        {"path": "/v1/In cidents"},
        {"path": "/v1/incidents/.."},
        {"path": 7},
        {"key": "maybe"},
        {"if_match": True},
        {"quota": "unlimited"},
        {"deadline_seconds": 0},
        {"deadline_seconds": 30.1},
        {"deadline_seconds": True},
        {"deadline_seconds": "10"},
        {"deadline_seconds": float("nan")},
    ],
)
def test_an_operation_that_can_not_be_served_is_refused_alone(
    manifest: Make, operation: Make, change: dict[str, Any]
) -> None:
    good = operation("good", path="/v1/good")

    parsed = parse(manifest(operation(**change), good))

    assert [taken.name for taken in parsed.operations] == ["good"]
    assert len(parsed.refused) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"service": "gateway"},
        {"service": "Emergency"},
        {"service": None},
        {"hash": ""},
        {"hash": "short"},
        {"operations": None},
        {"operations": {}},
    ],
)
def test_a_manifest_that_can_not_be_believed_is_refused_whole(manifest: Make, change: dict[str, Any]) -> None:
    with pytest.raises(ManifestFault):
        parse(manifest() | change)


@pytest.mark.parametrize("raw", [None, [], "text", 7])
def test_what_is_no_object_is_no_manifest(raw: object) -> None:
    with pytest.raises(ManifestFault):
        parse(raw)


def test_more_than_a_thousand_operations_are_refused(manifest: Make, operation: Make) -> None:
    many = [operation(f"o{n}", path=f"/v1/x/o{n}") for n in range(1001)]

    with pytest.raises(ManifestFault):
        parse(manifest(*many))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/v1/a/{x}", "/v1/a/{y}"),
        ("/v1/a/{x}/c", "/v1/a/b/{y}"),
        ("/v1/a", "/v1/a"),
    ],
)
def test_of_two_clashing_paths_the_second_is_refused(manifest: Make, operation: Make, one: str, other: str) -> None:
    parsed = parse(manifest(operation("first", path=one), operation("second", path=other)))

    assert [taken.name for taken in parsed.operations] == ["first"]
    assert "second" in parsed.refused[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/v1/a/{x}", "/v1/a/b"),
        ("/v1/a/{x}", "/v1/a/{x}/b"),
        ("/v1/a/{x}/{y}", "/v1/a/b/{y}"),
        ("/v1/a/b", "/v1/c/{x}"),
    ],
)
def test_paths_that_can_be_told_apart_are_both_served(manifest: Make, operation: Make, one: str, other: str) -> None:
    parsed = parse(manifest(operation("first", path=one), operation("second", path=other)))

    assert len(parsed.operations) == 2


def test_one_path_takes_several_methods(manifest: Make, operation: Make) -> None:
    parsed = parse(manifest(operation("get", method="GET"), operation("post", method="POST")))

    assert (len(parsed.operations), parsed.refused) == (2, ())


def test_a_name_comes_once(manifest: Make, operation: Make) -> None:
    parsed = parse(manifest(operation("same", path="/v1/a"), operation("same", path="/v1/b")))

    assert len(parsed.operations) == 1
