"""How routes come, stay and go as replicas come, stay and go."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway import store
from gateway.manifests import Manifest, parse
from gateway.registry import Registry
from gateway.routes import Standing

Make = Callable[..., dict[str, Any]]

OLD, NEW = "a" * 64, "b" * 64


@pytest.fixture
def old(manifest: Make, operation: Make) -> Manifest:
    return parse(manifest(operation("report"), hash=OLD))


@pytest.fixture
def new(manifest: Make, operation: Make) -> Manifest:
    return parse(manifest(operation("report"), operation("grade", path="/v1/incidents/{i}/grading"), hash=NEW))


def heard(registry: Registry, instance: str, manifest: Manifest, *, now: float) -> Registry:
    learned = registry.learned(manifest, at=now)
    return learned.announced(manifest.service, instance, manifest.hash, now=now).settled(now=now)


def standing(registry: Registry) -> dict[str, Standing]:
    return {route.operation.name: route.standing for route in registry.routes()}


def test_what_the_first_instance_offers_is_served_at_once(new: Manifest) -> None:
    registry = heard(Registry(), "e1", new, now=0)

    assert standing(registry) == {"report": Standing.SERVED, "grade": Standing.SERVED}


def test_a_new_operation_waits_until_all_live_instances_have_it(old: Manifest, new: Manifest) -> None:
    registry = heard(heard(Registry(), "e1", old, now=0), "e2", old, now=0)

    registry = heard(registry, "e1", new, now=1)
    assert standing(registry) == {"report": Standing.SERVED, "grade": Standing.NEW}

    registry = heard(registry, "e2", new, now=2)
    assert standing(registry)["grade"] is Standing.SERVED


def test_a_silent_old_instance_does_not_hold_a_new_operation_back_for_ever(old: Manifest, new: Manifest) -> None:
    registry = heard(heard(Registry(), "e1", old, now=0), "e2", new, now=1)
    assert standing(registry)["grade"] is Standing.NEW

    assert standing(registry.settled(now=44.9))["grade"] is Standing.NEW
    assert standing(registry.settled(now=45))["grade"] is Standing.SERVED


def test_an_old_instance_that_leaves_lets_the_new_operation_in(old: Manifest, new: Manifest) -> None:
    registry = heard(heard(Registry(), "e1", old, now=0), "e2", new, now=1)

    assert standing(registry.left("emergency", "e1").settled(now=2))["grade"] is Standing.SERVED


def test_what_all_had_once_is_served_while_one_has_it(old: Manifest, new: Manifest) -> None:
    registry = heard(heard(Registry(), "e1", new, now=0), "e2", old, now=1)

    assert standing(registry)["grade"] is Standing.SERVED


def test_what_no_live_instance_has_is_dropped_after_45_seconds(old: Manifest, new: Manifest) -> None:
    registry = heard(Registry(), "e1", new, now=0)
    registry = heard(registry, "e1", old, now=10)
    assert standing(registry)["grade"] is Standing.ABSENT

    registry = registry.announced("emergency", "e1", OLD, now=40)
    assert standing(registry.settled(now=44.9))["grade"] is Standing.ABSENT
    assert "grade" not in standing(registry.settled(now=45))


def test_a_service_without_a_live_instance_keeps_its_routes(new: Manifest) -> None:
    registry = heard(Registry(), "e1", new, now=0)

    for later in (registry.left("emergency", "e1").settled(now=1), registry.settled(now=1_000_000)):
        assert standing(later) == {"report": Standing.DOWN, "grade": Standing.DOWN}


def test_a_service_that_comes_back_is_served_again(new: Manifest) -> None:
    registry = heard(Registry(), "e1", new, now=0).settled(now=1_000)

    back = registry.announced("emergency", "e9", NEW, now=1_001).settled(now=1_001)

    assert set(standing(back).values()) == {Standing.SERVED}


def test_an_instance_nobody_has_explained_yet_holds_new_operations_back_and_drops_nothing(
    old: Manifest, new: Manifest
) -> None:
    registry = heard(Registry(), "e1", old, now=0).announced("emergency", "e2", "c" * 64, now=1)
    registry = heard(registry, "e1", new, now=1)

    assert registry.unknown() == {("emergency", "c" * 64)}
    assert standing(registry) == {"report": Standing.SERVED, "grade": Standing.NEW}

    only = registry.left("emergency", "e1")
    for moment in (2.0, 60.0):
        only = only.announced("emergency", "e2", "c" * 64, now=moment).settled(now=moment)
    assert standing(only) == {"report": Standing.ABSENT, "grade": Standing.ABSENT}


def test_a_path_belongs_to_the_service_that_had_it_first(manifest: Make, operation: Make, new: Manifest) -> None:
    thief = parse(manifest(operation("steal", path="/v1/incidents/all"), service="marketing", hash="d" * 64))
    registry = heard(Registry(), "e1", new, now=5)

    registry = heard(registry, "m1", thief, now=6)

    assert "steal" not in standing(registry)
    assert registry.refused == {"marketing.steal: /v1/incidents/all belongs to emergency"}


def test_it_belongs_to_it_still_when_it_is_deployed_anew(
    manifest: Make, operation: Make, old: Manifest, new: Manifest
) -> None:
    thief = parse(manifest(operation("steal", path="/v1/incidents/all"), service="marketing", hash="d" * 64))
    registry = heard(heard(Registry(), "e1", old, now=5), "m1", thief, now=6)

    registry = heard(registry, "e1", new, now=7).settled(now=8)

    assert set(standing(registry)) == {"report", "grade"}


def test_a_manifest_does_not_speak_for_another_services_instance(old: Manifest) -> None:
    registry = Registry().learned(old, at=0).announced("marketing", "m1", OLD, now=0).settled(now=0)

    assert registry.routes() == ()


def test_an_operation_that_moves_is_new_at_its_new_address(manifest: Make, operation: Make) -> None:
    before = parse(manifest(operation("report"), hash=OLD))
    after = parse(manifest(operation("report", path="/v1/reports"), hash=NEW))
    registry = heard(heard(Registry(), "e1", before, now=0), "e2", before, now=0)

    registry = heard(registry, "e1", after, now=1)

    found = {route.operation.path: route.standing for route in registry.routes()}
    assert found == {"/v1/incidents": Standing.SERVED, "/v1/reports": Standing.NEW}


def test_the_newest_manifest_says_what_an_operation_needs(manifest: Make, operation: Make) -> None:
    before = parse(manifest(operation("report", deadline_seconds=5), hash=OLD))
    after = parse(manifest(operation("report", deadline_seconds=20), hash=NEW))

    registry = heard(heard(Registry(), "e1", before, now=0), "e2", after, now=1)

    assert registry.routes()[0].operation.deadline_seconds == 20


def test_manifests_that_nobody_needs_are_forgotten(old: Manifest, new: Manifest) -> None:
    registry = heard(heard(Registry(), "e1", old, now=0), "e1", new, now=1)

    assert set(registry.manifests) == {NEW}


def test_refused_operations_of_live_manifests_are_told(manifest: Make, operation: Make) -> None:
    faulty = parse(manifest(operation("bad", path="/v1/token"), hash=OLD))

    assert len(heard(Registry(), "e1", faulty, now=0).refused) == 1


def test_a_restarted_gateway_serves_at_once_and_learns_of_silence_later(old: Manifest, new: Manifest) -> None:
    registry = heard(heard(Registry(), "e1", old, now=0), "e2", new, now=1)
    documents = store.documents(registry)

    again = store.restored(documents.values(), now=500.0).settled(now=500.0)

    assert standing(again) == standing(registry)
    assert store.documents(again) == documents
    assert set(standing(again.settled(now=545.0)).values()) == {Standing.DOWN}


def test_a_memory_that_comes_late_adds_to_what_was_heard_meanwhile(old: Manifest, new: Manifest) -> None:
    remembered = heard(Registry(), "e1", new, now=0)
    heard_since = heard(Registry(), "e2", old, now=10)

    joined = heard_since.joined(remembered).settled(now=10)

    assert standing(joined) == {"report": Standing.SERVED, "grade": Standing.SERVED}
    assert set(joined.instances) == {("emergency", "e1"), ("emergency", "e2")}


def test_a_memory_of_another_version_is_passed_over(old: Manifest) -> None:
    documents = store.documents(heard(Registry(), "e1", old, now=0))
    documents["emergency"]["manifests"][0]["text"] = '{"service": "Other Shape"}'

    assert store.restored(documents.values(), now=0).routes() == ()
