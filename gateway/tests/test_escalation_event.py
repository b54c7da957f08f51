"""What is believed of a message in the escalation stream."""

import json
from typing import Any

import pytest

from gateway.escalation_event import Event, Unreadable, read

HEADERS = {
    "cloudEvents:specversion": "1.0",
    "cloudEvents:id": "i1:1:2",
    "cloudEvents:source": "/decalog/emergency",
    "cloudEvents:type": "decalog.emergency.incident_escalated.v1",
    "cloudEvents:time": "2026-11-23T02:00:00.000Z",
    "cloudEvents:units": "HQ,44,4401",
    "cloudEvents:drill": False,
    "x-stream-offset": 7,
}


def of(sender: str | None = "emergency", body: bytes = b'{"level":"I"}', **changed: Any) -> Event:
    headers = {**HEADERS, **{f"cloudEvents:{name}": value for name, value in changed.items()}}
    return read(7, "I.44.4401.-", sender, headers, body)


def test_attributes_and_data_become_one_structured_event():
    event = of()

    assert json.loads(event.body) == {
        **{name.removeprefix("cloudEvents:"): value for name, value in HEADERS.items() if name.startswith("cloud")},
        "data": {"level": "I"},
    }
    assert event.units == ("HQ", "44", "4401")
    assert event.level == "I"
    assert not event.heartbeat


def test_the_same_id_from_two_sources_is_two_events():
    assert of().key != of("security", source="/decalog/security").key


@pytest.mark.parametrize("sender", ["security", None, "gateway"])
def test_nobody_speaks_in_the_name_of_another_service(sender):
    with pytest.raises(Unreadable, match="does not speak as"):
        of(sender)


def test_operators_test_the_bell_under_their_own_user():
    event = of("deploy", source="/decalog/ops", type="decalog.ops.escalation_test.v1", units="")

    assert event.units == ()
    assert event.seen_by(frozenset({"44"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"id": ""},
        {"id": 7},
        {"time": "yesterday"},
        {"time": "2026-11-23T02:00:00"},
        {"type": "a\nevent: b"},
        {"body": b"{"},
        {"body": b"\xff"},
    ],
)
def test_what_is_malformed_is_unreadable(changed):
    with pytest.raises(Unreadable):
        of(**changed)


def test_no_line_of_the_body_ends_a_server_sent_event():
    assert b"\n" not in of(body=b'{"a": "x\\n\\ny"}').body
