"""A real process on the real broker: requests in nameko's form, answers as data, events in CloudEvents' form."""

import json
import secrets

import pytest
from amqp import Message
from probe.bench import until
from probe.wire import assertion, connected, held

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def gateway(host):
    host.start()
    with host.gateway() as gateway:
        yield gateway


@pytest.fixture
def tally(gateway):
    made = f"t-{secrets.token_hex(4)}"
    assert gateway.call("begin", body={"id": made}, key=made)["ok"]["status"] == 201
    return made


def test_a_command_is_answered_with_status_body_version_and_place(gateway):
    answer = gateway.call("begin", body={"id": "first"}, key="k1")

    assert answer == {
        "ok": {
            "status": 201,
            "body": {"id": "first", "count": 0, "notes": 0, "rung": 0},
            "version": 1,
            "location": "/v1/tallies/first",
            "replayed": False,
            "next": None,
        }
    }


def test_the_same_key_is_answered_again_without_a_second_effect(gateway, tally):
    first = gateway.call("add", path={"tally": tally}, body={"amount": 3, "also": []}, key="again")
    again = gateway.call("add", path={"tally": tally}, body={"amount": 3, "also": []}, key="again")

    assert (first["ok"]["replayed"], again["ok"]["replayed"]) == (False, True)
    assert first["ok"]["body"] == again["ok"]["body"]


def test_a_refusal_is_data(gateway, tally):
    gateway.call("add", path={"tally": tally}, body={"amount": -1, "also": []})

    refusal = gateway.call("add", path={"tally": tally}, body={"amount": 1, "also": []})["refusal"]

    assert refusal == {
        "kind": "conflict", "code": "probe.closed", "zh": f"{tally} 已关闭", "en": f"{tally} is closed", "fields": [],
    }  # fmt: skip


def test_faulty_input_is_answered_with_a_pointer(gateway, tally):
    refusal = gateway.call("add", path={"tally": tally}, body={"amount": "many"})["refusal"]

    assert (refusal["kind"], refusal["code"]) == ("malformed", "chassis.input_faulty")
    assert [(fault["pointer"], fault["zh"]) for fault in refusal["fields"]] == [("/body/amount", "应为整数")]


def test_an_operation_that_this_replica_lacks_is_said_to_be_absent(gateway):
    assert gateway.call("subtract") == {"absent": "subtract"}


def test_the_manifest_is_told_on_request(gateway, host):
    manifest = gateway.call("manifest")["ok"]["body"]

    assert manifest["service"] == host.name
    assert [operation["name"] for operation in manifest["operations"]][:2] == ["begin", "add"]
    assert len(manifest["hash"]) == 64


def test_a_call_after_its_deadline_is_not_begun(gateway, tally):
    late = {"decalog.deadline": 1}

    answer = gateway.call("add", path={"tally": tally}, body={"amount": 1}, headers=late)

    assert answer["refusal"]["code"] == "chassis.deadline_passed"
    assert gateway.call("tally", path={"tally": tally})["ok"]["version"] == 1


@pytest.mark.parametrize("token", ["", "garbage"])
def test_a_call_without_a_valid_assertion_is_refused(gateway, tally, token):
    answer = gateway.call("tally", path={"tally": tally}, headers={"nameko.auth_token": token})

    assert answer["refusal"]["code"] == "chassis.caller_unproven"


def test_a_caller_without_the_grant_is_refused(gateway, tally, place):
    other = assertion(place.keys, grants=[{"action": "something.else", "unit": "000000"}])

    answer = gateway.call("tally", path={"tally": tally}, headers={"nameko.auth_token": other})

    assert answer["refusal"]["code"] == "chassis.not_granted"


def test_a_request_that_the_gateway_did_not_send_is_refused(host, gateway, tally):
    replies = f"{host.name}.tap-replies"
    with connected(host.url) as connection:
        channel = connection.channel()
        channel.queue_declare(replies, exclusive=True)
        request = Message(
            json.dumps({"args": [], "kwargs": {"path": {"tally": tally}}}),
            reply_to=replies,
            correlation_id="1",
            user_id="deploy",
            application_headers={"nameko.auth_token": gateway.token},
        )
        channel.basic_publish(request, exchange="nameko-rpc", routing_key=f"{host.name}.tally")
        (reply,) = until(lambda: held(channel, replies))

    assert json.loads(reply.body)["error"]["exc_type"] == "CallerUnproven"


def test_a_request_without_arguments_is_answered_as_malformed(gateway):
    gateway.channel.basic_publish(
        Message("[]", reply_to="amq.rabbitmq.reply-to", correlation_id="odd", user_id="gateway"),
        exchange="nameko-rpc",
        routing_key=f"{gateway.service}.tally",
    )

    assert gateway.answer("odd")["error"]["exc_type"] == "MalformedRequest"


def test_a_defect_is_answered_as_one_and_the_next_call_is_served(gateway, tally):
    reply = gateway.answer(gateway.send("add", path={"tally": tally}, body={"amount": 1}, key=["no text"]))

    assert reply == {
        "result": None,
        "error": {"exc_type": "TypeError", "exc_path": "TypeError", "exc_args": [], "value": "defect"},
    }
    assert "ok" in gateway.call("tally", path={"tally": tally})


def test_an_event_goes_out_with_cloudevents_headers_and_the_senders_user(host, gateway, tally):
    with connected(host.url) as connection:
        channel = connection.channel()
        host.rest()
        held(channel, f"{host.name}.tap")
        gateway.call("add", path={"tally": tally}, body={"amount": 4, "also": ["event"]}, key="k")
        host.rest()
        messages = held(channel, f"{host.name}.tap")

    state = next(message for message in messages if message.headers["cloudEvents:type"].endswith(".tally.v1"))
    assert state.delivery_info["routing_key"] == "tally.440000.-.-"
    assert (state.properties["user_id"], state.properties["delivery_mode"]) == ("deploy", 2)
    assert json.loads(state.body) == {"count": 4, "rung": 0}
    named = {name.removeprefix("cloudEvents:"): value for name, value in state.headers.items()}
    assert {**named, "time": "", "traceparent": "", "correlationid": "", "causationid": ""} == {
        "specversion": "1.0", "id": f"{tally}:2:1", "source": f"/decalog/{host.name}", "subject": tally,
        "type": f"decalog.{host.name}.tally.v1", "datacontenttype": "application/json", "sequence": 2,
        "units": "000000,440000", "actor": "ccms", "drill": False,
        "time": "", "traceparent": "", "correlationid": "", "causationid": "",
    }  # fmt: skip


def test_what_happens_in_one_process_is_heard_in_it_again(host, gateway, tally):
    gateway.call("add", path={"tally": tally}, body={"amount": 4}, key="all")
    host.rest()

    state = host.database.tallies.find_one({"_id": tally})["state"]
    assert (state["count"], state["heeded"], state["rung"]) == (4, 1, 1)
    assert host.database.copies.find_one({"_id": tally})["state"] == {"count": 4, "rung": 1}
    assert host.database.echoes.count_documents({"state.event": f"{tally}:2:2"}) == 1
    assert host.database.notes.count_documents({"aggregate": tally}) == 1
