"""Our frames are the frames that py-amqp writes and reads."""

import pytest
from amqp.basic_message import Message
from amqp.exceptions import UnexpectedFrame
from amqp.serialization import dumps, loads
from attrs import define, field
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


@given(st.dictionaries(NAMES, NESTED, max_size=5), st.text(max_size=40), st.integers(1, 10**9))
def test_a_requests_properties_are_those_that_py_amqp_reads(headers, id_, expires):
    packed = frames.request_properties(
        headers, correlation_id=id_, reply_to="amq.rabbitmq.reply-to", expires_ms=expires, user_id="gateway"
    )

    message = Message()
    message._load_properties(60, packed, 0)
    assert message.properties == {
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "application_headers": headers,
        "delivery_mode": 1,
        "correlation_id": id_,
        "reply_to": "amq.rabbitmq.reply-to",
        "expiration": f"{expires}",
        "user_id": "gateway",
    }


def test_a_mandatory_message_says_so():
    written = bytearray(frames.published(1, "x", "k", frames.answer_properties("c"), b"", 100, mandatory=True))

    (_, _, method), *_ = frames.taken(written)
    assert loads("Bssb", method, 4)[0] == [0, "x", "k", True]


def delivered(channel: int, tag: int, message: Message, size: int) -> list[frames.Frame]:
    """The frames by which a broker delivers this message to consumer `c<channel>`."""
    method = b"\x00\x3c\x00\x3c" + dumps("sLbss", (f"c{channel}", tag, False, "probe.events", f"key.{tag}"))
    body = message.body
    header = b"\x00\x3c\x00\x00" + len(body).to_bytes(8) + message._serialize_properties()
    pieces = [(3, channel, body[start : start + size]) for start in range(0, len(body), size)]
    return [(1, channel, method), (2, channel, header), *pieces]


@define
class Heard:
    """What an `Inbound` told of, in order."""

    messages: list[tuple[int, frames.Delivery]] = field(factory=list)
    confirms: list[tuple[bool, int, bool]] = field(factory=list)
    others: list[frames.Frame] = field(factory=list)

    def inbound(self) -> frames.Inbound:
        return frames.Inbound(
            lambda channel, message: self.messages.append((channel, message)),
            lambda *confirm: self.confirms.append(confirm),
            self.others.append,
        )


MESSAGES = st.builds(
    lambda headers, body, rest: Message(body, application_headers=headers, **rest),
    st.dictionaries(NAMES, NESTED, max_size=5),
    st.binary(max_size=100),
    st.fixed_dictionaries(
        {},
        optional={
            "content_type": st.just("application/json"),
            "delivery_mode": st.sampled_from((1, 2)),
            "priority": st.integers(0, 9),
            "correlation_id": NAMES,
            "reply_to": NAMES,
            "expiration": NAMES,
            "message_id": NAMES,
            "timestamp": st.integers(0, 2**40),
            "type": NAMES,
            "user_id": NAMES,
            "app_id": NAMES,
        },
    ),
)


@given(st.lists(MESSAGES, min_size=1, max_size=3), st.integers(1, 60), st.randoms(use_true_random=False))
def test_messages_of_several_channels_are_read_whole_however_their_frames_interleave(messages, size, chance):
    waiting = [delivered(number, number, message, size) for number, message in enumerate(messages)]
    heard = Heard()
    inbound = heard.inbound()
    while waiting := [frames_left for frames_left in waiting if frames_left]:
        inbound.take((8, 0, b""))
        inbound.take(chance.choice(waiting).pop(0))

    assert {type_ for type_, _, _ in heard.others} == {8}
    assert sorted(channel for channel, _ in heard.messages) == list(range(len(messages)))
    for channel, read in heard.messages:
        sent = messages[channel]
        assert (read.consumer, read.delivery_tag, read.key) == (f"c{channel}", channel, f"key.{channel}")
        assert read.body == sent.body
        assert read.headers == sent.headers
        assert {**read.properties, "headers": read.headers} == {
            "headers" if name == "application_headers" else name: value for name, value in sent.properties.items()
        }


@pytest.mark.parametrize("odd", [b"\xff\xfe", "\ud800".encode(errors="surrogatepass")])
def test_a_message_with_what_is_no_proper_text_is_read_all_the_same(odd):
    sent = Message(b"{}", application_headers={"plain": "text", "odd": odd})
    method, header, body = delivered(1, 7, sent, 10)
    texts = header[2].replace(b"x" + len(odd).to_bytes(4) + odd, b"S" + len(odd).to_bytes(4) + odd)
    heard = Heard()
    inbound = heard.inbound()
    for frame in ((1, 1, method[2].replace(b"key.7", b"key" + odd[:2])), (2, 1, texts), body):
        inbound.take(frame)

    ((_, read),) = heard.messages
    assert read.headers["plain"] == "text"
    assert read.key.encode(errors="surrogateescape") == b"key" + odd[:2]
    assert frames.short(read.key)[1:] == b"key" + odd[:2]


def test_confirms_are_told_apart_and_every_other_method_is_left_to_the_library():
    heard = Heard()
    inbound = heard.inbound()
    open_ok = (1, 1, b"\x00\x14\x00\x0b" + bytes(4))

    inbound.take((1, 1, b"\x00\x3c\x00\x50" + dumps("Lb", (7, True))))
    inbound.take((1, 1, b"\x00\x3c\x00\x78" + dumps("Lbb", (2**40, False, True))))
    inbound.take(open_ok)

    assert heard.confirms == [(True, 7, True), (False, 2**40, False)]
    assert heard.others == [open_ok]


def test_a_frame_that_is_not_the_messages_next_is_refused():
    method, header, body = delivered(1, 1, Message(b"x"), 10)
    inbound = Heard().inbound()
    inbound.take(method)

    with pytest.raises(UnexpectedFrame):
        inbound.take(method)
    with pytest.raises(UnexpectedFrame):
        inbound.take(body)
    inbound.take(header)
    with pytest.raises(UnexpectedFrame):
        inbound.take(header)
    with pytest.raises(UnexpectedFrame):
        inbound.take((3, 1, b"more than was said"))


def test_a_frame_that_does_not_end_where_it_should_is_refused():
    broken = bytearray(frames.acknowledged(7, 1))
    broken[-1] = 0

    with pytest.raises(UnexpectedFrame):
        list(frames.taken(broken))


def test_a_name_too_long_for_the_wire_is_refused():
    with pytest.raises(ValueError, match="255 bytes"):
        frames.short("x" * 256)
