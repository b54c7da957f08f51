"""Hearing escalations: of any service and type, by the first words of their keys, passed on as they came."""

from typing import Any

import pytest
from attrs import evolve
from marshmallow import Schema

from chassis.bus import DONE, KEY, Inbox, Received
from chassis.contract import ESCALATIONS, Contract, Hearing, Words
from chassis.service import Service
from decalog import topology
from decalog.topology import Queue

CONTRACT = Contract(
    service="probe",
    version="1",
    says=Words("", ""),
    operations=(),
    grants=(),
    hears=tuple(
        Hearing(source=ESCALATIONS, event=level, handler="passed_on", reads=Schema.from_dict({})())
        for level in ("I", "II")
    ),
)


class Listening(Service):
    """Remembers what it heard."""

    contract = CONTRACT

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def passed_on(self, heard: Any) -> None:
        """Something was escalated."""
        self.heard.append(heard)


def escalation(**changes: Any) -> Received:
    attributes = {
        "id": "I1:2:1", "source": "/decalog/emergency", "type": "decalog.emergency.incident_escalated.v1",
        "subject": "I1", "sequence": 2, "units": "HQ,44", "actor": "clerk", "time": "2026-11-23T01:00:00.000Z",
        "correlationid": "c", "traceparent": "", "drill": False,
    }  # fmt: skip
    headers = {f"cloudEvents:{name}": value for name, value in (attributes | changes).items()}
    return Received("probe.passed_on", "emergency", "I.44.-.-", headers, b'{"incident": "I1"}')


def test_an_escalation_of_any_service_and_type_is_heard_as_it_came():
    service = Listening()
    other = escalation(source="/decalog/security", type="decalog.security.something_new.v1")

    assert Inbox(service).receive(escalation()) == DONE
    assert Inbox(service).receive(evolve(other, sender="security")) == DONE

    first, second = service.heard
    assert (first.source, second.source) == ("emergency", "security")
    assert first.message.body == b'{"incident": "I1"}'
    assert first.message.attributes()["units"] == "HQ,44"


def test_on_a_retry_the_key_is_the_one_with_which_it_was_published():
    service, first = Listening(), escalation()
    again = evolve(first, sender="probe", key="probe.passed_on", headers={**first.headers, KEY: first.key})

    assert Inbox(service).receive(again) == DONE
    assert service.heard[0].message.first_key == "I.44.-.-"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (evolve(escalation(), sender="security"), "sent by 'security', not by 'emergency'"),
        (escalation(source="emergency"), "source 'emergency' is not 'emergency'"),
        (escalation(source=None), "sent by 'emergency', not by 'None'"),
        (escalation(units=None), "attribute units is missing"),
    ],
)
def test_who_escalates_in_anothers_name_is_not_believed(message, reason):
    service = Listening()

    verdict = Inbox(service).receive(message)

    assert verdict.does == "dead"
    assert reason in verdict.reason
    assert service.heard == []


def test_the_queue_is_bound_to_the_exchange_of_escalations_by_each_first_word():
    items = topology.topology([CONTRACT])

    (queue,) = [item for item in items if isinstance(item, Queue) and item.name == "probe.passed_on"]
    assert queue.bindings == ((ESCALATIONS, "I.#"), (ESCALATIONS, "II.#"))
    assert queue.arguments["x-queue-type"] == "quorum"
    assert "x-max-length" not in queue.arguments
    assert "escalations.events" not in {item.name for item in items}
