import base64
import hashlib
import re

import pytest

from launcher.accounts import (
    DEPLOY,
    GATEWAY,
    SERVICES,
    USERS,
    database_roles,
    definitions,
    password_hash,
    permission,
)


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
