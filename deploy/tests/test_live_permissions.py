"""Broker and database as started: nobody reaches what is another's."""

import contextlib
from collections.abc import Iterator

import amqp
import pytest
from kombu.utils.url import url_to_parts
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from launcher.accounts import GATEWAY, services

pytestmark = pytest.mark.live
QUEUE = "security.only-for-this-test"


@contextlib.contextmanager
def channel(url: str) -> Iterator[amqp.Channel]:
    _, host, port, user, password, vhost, _ = url_to_parts(url)
    connection = amqp.Connection(host=f"{host}:{port}", userid=user, password=password, virtual_host=vhost)
    connection.connect()
    try:
        yield connection.channel()
    finally:
        connection.close()


@pytest.fixture
def queue_of_security(instance) -> Iterator[str]:
    with channel(instance["amqp"]["deploy"]) as deploy:
        deploy.queue_declare(QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        deploy.basic_publish(amqp.Message("secret"), routing_key=QUEUE)
        yield QUEUE
        deploy.queue_delete(QUEUE)


def test_a_service_cannot_read_the_queue_of_another(instance, queue_of_security):
    with channel(instance["amqp"]["emergency"]) as emergency, pytest.raises(amqp.AccessRefused):
        emergency.basic_get(queue_of_security)


def test_a_service_can_read_its_own_queue(instance, queue_of_security):
    with channel(instance["amqp"]["security"]) as security:
        assert security.basic_get(queue_of_security, no_ack=True).body == "secret"


def test_a_service_cannot_declare_a_queue_even_of_its_own_name(instance):
    with channel(instance["amqp"]["emergency"]) as emergency, pytest.raises(amqp.AccessRefused):
        emergency.queue_declare("emergency.home-made", durable=True)


def test_a_service_cannot_send_in_the_name_of_another(instance, queue_of_security):
    with channel(instance["amqp"]["emergency"]) as emergency:
        emergency.basic_publish(amqp.Message("x", user_id="gateway"), routing_key=queue_of_security)

        with pytest.raises(amqp.PreconditionFailed):
            emergency.queue_declare(queue_of_security, passive=True)


def test_a_wrong_password_is_refused(instance):
    url = instance["amqp"]["emergency"].replace("emergency:", "emergency:x", 1)

    with pytest.raises(amqp.AccessRefused), channel(url):
        pass


@pytest.mark.parametrize("user", [*services(), GATEWAY])
def test_a_database_user_reads_and_writes_the_own_database_only(instance, user):
    others = {*services(), GATEWAY, "admin"} - {user}

    with MongoClient(instance["mongo"][user]) as client:
        assert client.get_default_database().name == user
        assert client[user]["only-for-this-test"].count_documents({}) == 0
        for other in others:
            with pytest.raises(OperationFailure, match="not authorized"):
                client[other]["anything"].find_one()
            with pytest.raises(OperationFailure, match="not authorized"):
                client[other]["anything"].insert_one({})


def test_nobody_reads_without_a_password(instance):
    with (
        MongoClient("127.0.0.1", instance["database"]["port"], directConnection=True) as client,
        pytest.raises(OperationFailure, match="authentication"),
    ):
        client["security"]["anything"].find_one()


def test_writes_wait_for_the_majority_and_the_journal(instance):
    with MongoClient(instance["mongo"]["emergency"]) as client:
        assert client.write_concern.document == {"w": "majority", "j": True}
