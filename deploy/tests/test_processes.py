import json
import os

import pytest

from launcher.accounts import services, users
from launcher.failures import LaunchError
from launcher.instance import described, further_ports, given_urls, settle
from launcher.layout import Layout
from launcher.processes import chosen, instances, product_spec, programs

PROGRAMS = programs()
BY_NAME = {program.name: program for program in PROGRAMS}


def settled(tmp_path, **replicas):
    return settle(Layout.at(tmp_path / "run"), kind="test", programs=PROGRAMS, replicas=replicas)


def told(instance, name):
    program = BY_NAME[name.rpartition("-")[0]]
    return product_spec(
        name,
        program,
        layout=instance.layout,
        kind=instance.kind,
        ports=instance.ports,
        amqp=instance.amqp[program.name],
        mongo=instance.mongo[program.name],
    ).environment


def test_every_program_has_a_user_of_its_own():
    assert {program.name for program in PROGRAMS} < set(users())


def test_the_programs_are_the_installed_services_and_the_gateway():
    assert [program.name for program in PROGRAMS] == [*services(), "gateway"]
    assert [program.name for program in PROGRAMS if program.serves_http] == ["gateway"]
    assert [program.name for program in PROGRAMS if program.tells_people] == ["notifier"]


def test_a_program_runs_once_unless_more_are_asked_for():
    assert instances(BY_NAME["security"], {"emergency": 2}) == ["security-1"]
    assert instances(BY_NAME["emergency"], {"emergency": 2}) == ["emergency-1", "emergency-2"]


def test_a_name_that_is_no_program_is_refused_with_those_that_are():
    with pytest.raises(LaunchError, match="no such process: marketing; there are emergency"):
        chosen("emergency,marketing")


def test_processes_are_chosen_by_name():
    assert [program.name for program in chosen("gateway, emergency")] == ["gateway", "emergency"]
    assert chosen("none") == ()


def test_a_service_is_told_its_own_urls_and_no_others(tmp_path):
    instance = settled(tmp_path)

    environment = told(instance, "emergency-1")

    assert environment["DECALOG_AMQP_URL"] == instance.amqp["emergency"]
    assert environment["DECALOG_MONGO_URL"] == instance.mongo["emergency"]
    assert "/emergency?" in environment["DECALOG_MONGO_URL"]
    secrets = {*instance.credentials.broker.values()} - {instance.credentials.broker["emergency"]}
    assert not any(secret in value for secret in secrets for value in environment.values())


def test_only_the_gateway_is_told_an_http_port(tmp_path):
    instance = settled(tmp_path)

    assert told(instance, "gateway-1")["DECALOG_PUBLIC_URL"] == described(instance, "ready", {})["gateway_url"]
    assert "DECALOG_HTTP_PORT" not in told(instance, "emergency-1")


def test_ports_survive_a_restart_of_the_instance(tmp_path):
    first = settled(tmp_path)
    first.layout.state.write_text(json.dumps(described(first, "stopped", {})))

    assert settled(tmp_path).ports == first.ports


def test_a_further_process_gets_a_port_and_the_first_keeps_its_own(tmp_path):
    instance = settled(tmp_path)

    fresh = further_ports(instance, BY_NAME["emergency"], {"emergency": 2})

    assert fresh.keys() == {"health:emergency-2"}
    assert fresh["health:emergency-2"] not in instance.ports.values()


def test_every_url_asks_for_majority_and_journal(tmp_path):
    assert all("w=majority&journal=true" in url for url in settled(tmp_path).mongo.values())


def test_a_given_broker_needs_the_url_of_every_user():
    with pytest.raises(LaunchError, match="DECALOG_AMQP_URL_NOTIFIER, DECALOG_AMQP_URL_GATEWAY"):
        given_urls(
            "DECALOG_BROKER_ADMIN_URL",
            "DECALOG_AMQP_URL_",
            {"DECALOG_AMQP_URL_EMERGENCY": "amqp://e", "DECALOG_AMQP_URL_SECURITY": "amqp://s"},
        )


def test_a_given_broker_is_reached_by_the_given_urls(tmp_path, monkeypatch):
    monkeypatch.setenv("DECALOG_BROKER_ADMIN_URL", "amqp://admin@elsewhere/decalog")
    for user in ("EMERGENCY", "SECURITY", "NOTIFIER", "GATEWAY"):
        monkeypatch.setenv(f"DECALOG_AMQP_URL_{user}", f"amqp://{user.lower()}@elsewhere/decalog")

    instance = settled(tmp_path)

    assert not instance.own_broker
    assert instance.own_database
    assert instance.amqp["deploy"] == os.environ["DECALOG_BROKER_ADMIN_URL"]
    assert instance.amqp["emergency"] == "amqp://emergency@elsewhere/decalog"


def test_only_the_gateway_is_told_where_files_are_kept_and_the_callers_word_goes_first(tmp_path, monkeypatch):
    instance = settled(tmp_path)
    monkeypatch.delenv("DECALOG_OBJECTS", raising=False)

    assert told(instance, "gateway-1")["DECALOG_OBJECTS"] == instance.layout.objects.as_uri()
    assert "DECALOG_OBJECTS" not in told(instance, "emergency-1")

    monkeypatch.setenv("DECALOG_OBJECTS", "s3://bucket")
    assert told(instance, "gateway-1")["DECALOG_OBJECTS"] == "s3://bucket"
