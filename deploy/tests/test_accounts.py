import base64
import hashlib
import re

import pytest

from launcher.accounts import (
    DEPLOY,
    GATEWAY,
    TAKEN,
    checked_names,
    database_roles,
    definitions,
    password_hash,
    permission,
    services,
    users,
)
from launcher.failures import LaunchError

SERVICES, USERS = services(), users()


def test_every_installed_service_has_a_user_and_so_have_the_gateway_and_whoever_deploys():
    assert {"emergency", "notifier", "security"} <= set(SERVICES)
    assert set(USERS) == {*SERVICES, GATEWAY, DEPLOY}


@pytest.mark.parametrize("name", [*sorted(TAKEN), "", "Marketing", "lost-property", "a.b", "a|b", "9th", "a" * 64])
def test_a_service_whose_name_would_reach_further_is_refused(name):
    with pytest.raises(LaunchError, match="cannot be called"):
        checked_names(["emergency", name])


def test_two_packages_cannot_offer_one_service():
    with pytest.raises(LaunchError, match="two installed packages offer a service called marketing"):
        checked_names(["marketing", "emergency", "marketing"])


def test_a_service_that_is_installed_later_gets_rights_over_what_bears_its_name_only():
    (name,) = checked_names(["lost_property"])
    allowed = permission(name)

    assert allowed.configure == "^$"
    assert re.search(allowed.read, "rpc-lost_property")
    assert not re.search(allowed.read, "rpc-lost_propertys")
    assert not re.search(allowed.write, "nameko-rpc")
    assert database_roles(name) == [{"role": "readWrite", "db": "lost_property"}]


@pytest.mark.parametrize("service", SERVICES)
def test_no_queue_stream_or_exchange_of_the_house_is_within_a_service_s_rights_by_its_name(service):
    for shared in ("escalations.log.1", "staff.log.1", "unrouted", "manifests", "subscriber.head-office"):
        assert not re.search(permission(service).read, shared)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_queues_and_no_others(service):
    read = re.compile(permission(service).read)

    assert read.search(f"rpc-{service}")
    assert read.search(f"{service}.dead-letters")
    for other in (*SERVICES, GATEWAY):
        if other != service:
            assert not read.search(f"rpc-{other}")
            assert not read.search(f"{other}.events")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_replies_its_events_retries_escalations_and_manifests(service):
    write = re.compile(permission(service).write)

    allowed = ("amq.default", f"{service}.events", f"{service}.retry.10s", "escalations", "manifests")
    assert all(write.search(exchange) for exchange in allowed)
    for exchange in ("nameko-rpc", "unrouted", f"x{service}.events", f"{service}xevents", "amq.topic"):
        assert not write.search(exchange)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_declares_nothing(service):
    assert not re.search(permission(service).configure, f"{service}.anything")


def test_the_gateway_declares_only_what_bears_its_name():
    configure = re.compile(permission(GATEWAY).configure)

    assert configure.search("gateway.manifests.1")
    assert not configure.search("emergency.gateway.x")


def test_only_the_gateway_and_deploy_may_call_services():
    callers = {user for user in USERS if re.search(permission(user).write, "nameko-rpc")}

    assert callers == {GATEWAY, DEPLOY}


def test_the_gateway_reads_escalations_but_no_work_queue():
    read = re.compile(permission(GATEWAY).read)

    assert read.search("escalations.log.1")
    assert not read.search("rpc-emergency")
    assert not read.search("emergency.facts")


def test_only_deploy_is_an_administrator_and_root():
    users = definitions(dict.fromkeys(USERS, "secret"))["users"]

    assert [user["name"] for user in users if user["tags"]] == [DEPLOY]
    assert [user for user in USERS if database_roles(user)[0]["role"] == "root"] == [DEPLOY]


def test_a_user_reads_and_writes_the_database_of_the_own_name():
    assert database_roles("security") == [{"role": "readWrite", "db": "security"}]


def test_definitions_hold_no_password_in_clear():
    assert "open sesame" not in str(definitions({"emergency": "open sesame"}))


def test_a_password_is_hashed_as_the_broker_does_it():
    salted = base64.b64decode(password_hash("test12", bytes.fromhex("908dc60a")))

    assert salted[:4].hex() == "908dc60a"
    assert salted[4:] == hashlib.sha256(bytes.fromhex("908dc60a") + b"test12").digest()
