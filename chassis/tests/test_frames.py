"""Our frames are the frames that py-amqp writes and reads."""

import pytest
from amqp.basic_message import Message
from amqp.exceptions import UnexpectedFrame
from amqp.serialization import loads
from hypothesis import given
from hypothesis import strategies as st

from chassis import frames

NAMES = st.text(max_size=20)
VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=50)
NESTED = VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(NAMES, VALUES, max_size=3)


@given(st.dictionaries(NAMES, NESTED, max_size=5))
def test_an_events_properties_are_those_that_py_amqp_reads(headers):
    packed = frames.event_properties(headers, message_id="t1:1:1", type_="decalog.x.v1", user_id="emergency")

    message = Message()
    message._load_properties(60, packed, 0)
    assert message.headers == headers
    assert message.properties["message_id"] == "t1:1:1"
    assert message.properties["type"] == "decalog.x.v1"
    assert message.properties["user_id"] == "emergency"
    assert message.properties["delivery_mode"] == 2
    assert message.properties["content_type"] == "application/json"


def test_an_answers_properties_are_those_that_py_amqp_writes():
    written = Message(
        content_type="application/json", content_encoding="utf-8", correlation_id="c-1", delivery_mode=1
    )._serialize_properties()

    assert frames.answer_properties("c-1") == written


@given(st.binary(max_size=100), st.integers(9, 60))
def test_a_message_is_cut_into_frames_that_are_read_whole_wherever_the_stream_breaks(body, size):
    written = frames.published(3, "escalations", "I.44.4401", frames.answer_properties("c"), body, size)
    read, unread = [], bytearray()
    for byte in written:
        unread.append(byte)
        read += frames.taken(unread)

    method, header, *parts = read
    assert not unread
    assert {channel for _, channel, _ in read} == {3}
    assert [type_ for type_, _, _ in read] == [1, 2] + [3] * len(parts)
    assert method[2][:4] == b"\x00\x3c\x00\x28"
    (_, exchange, key, _, _), _ = loads("Bssbb", method[2], 4)
    assert (exchange, key) == ("escalations", "I.44.4401")
    assert int.from_bytes(header[2][4:12]) == len(body) == sum(len(part) for _, _, part in parts)
    assert b"".join(part for _, _, part in parts) == body
    assert all(len(part) + frames.FRAME_OVERHEAD <= size for _, _, part in parts)


def test_an_acknowledgement_names_its_delivery():
    ((type_, channel, payload),) = frames.taken(bytearray(frames.acknowledged(7, 2**40)))

    assert (type_, channel, payload[:4]) == (1, 7, b"\x00\x3c\x00\x50")
    assert loads("Lb", payload, 4)[0] == [2**40, False]


def test_a_frame_that_does_not_end_where_it_should_is_refused():
    broken = bytearray(frames.acknowledged(7, 1))
    broken[-1] = 0

    with pytest.raises(UnexpectedFrame):
        list(frames.taken(broken))


def test_a_name_too_long_for_the_wire_is_refused():
    with pytest.raises(ValueError, match="255 bytes"):
        frames.short("x" * 256)
