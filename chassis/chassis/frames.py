"""Frames in AMQP 0-9-1's own form: a message written in one piece, an acknowledgement, and what was read cut apart.

py-amqp takes a frame through several general layers, which costs more than all else about a small message. Here the
few shapes that we send are packed at once, and deliveries and confirms, which are nearly all that we receive, are read
at once; names that come again and again are encoded once. Sections of the standard: 2.3.5 frames, 4.2.5.5 field
tables, 4.2.6 content.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from struct import Struct
from typing import Any

from amqp.exceptions import UnexpectedFrame
from amqp.serialization import dumps, loads

FRAME_END = b"\xce"
FRAME_OVERHEAD = 8
PERSISTENT, TRANSIENT = 2, 1
NAMES_KEPT = 4_096
_ODD = "surrogateescape"
"""A name that is no proper text is read and written as it came: one such message must not end who reads it."""

Frame = tuple[int, int, bytes]
"""Type, channel, payload."""

_FRAME = Struct(">BHI")
_METHOD = Struct(">BHIHH")
_HEADER = Struct(">HHQH")
_LONG = Struct(">I")
_ACK = Struct(">BHIHHQBB")
_METHOD_NAME = Struct(">HH")
_DELIVERY_TAG = Struct(">QB")
_BODY_SIZE = Struct(">Q")
_SIGNED = Struct(">q")
_BASIC, _PUBLISH, _ACKNOWLEDGE, _NOT_ACKNOWLEDGE = 60, 40, 80, 120
_DELIVER = _METHOD_NAME.pack(_BASIC, 60)
_CONFIRMS = {_METHOD_NAME.pack(_BASIC, _ACKNOWLEDGE): True, _METHOD_NAME.pack(_BASIC, _NOT_ACKNOWLEDGE): False}
_HEARTBEAT = 8
_CONTENT_TYPE, _CONTENT_ENCODING, _HEADERS, _DELIVERY_MODE = 1 << 15, 1 << 14, 1 << 13, 1 << 12
_CORRELATION_ID, _REPLY_TO, _EXPIRATION = 1 << 10, 1 << 9, 1 << 8
_MESSAGE_ID, _TYPE, _USER_ID = 1 << 7, 1 << 5, 1 << 4
_LEAST, _MOST = -(2**63), 2**63 - 1
_PROPERTIES = (
    (_CONTENT_TYPE, "content_type", "short"),
    (_CONTENT_ENCODING, "content_encoding", "short"),
    (_HEADERS, "headers", "table"),
    (_DELIVERY_MODE, "delivery_mode", "octet"),
    (1 << 11, "priority", "octet"),
    (_CORRELATION_ID, "correlation_id", "short"),
    (_REPLY_TO, "reply_to", "short"),
    (_EXPIRATION, "expiration", "short"),
    (_MESSAGE_ID, "message_id", "short"),
    (1 << 6, "timestamp", "long"),
    (_TYPE, "type", "short"),
    (_USER_ID, "user_id", "short"),
    (1 << 3, "app_id", "short"),
)


def published(
    channel: int, exchange: str, key: str, properties: bytes, body: bytes, frame_max: int, *, mandatory: bool = False
) -> bytes:
    """Basic.Publish with its content, in as many frames as its size asks for; `mandatory`: else it comes back."""
    named = b"\x00\x00" + short(exchange) + short(key) + (b"\x01" if mandatory else b"\x00")
    parts = [_METHOD.pack(1, channel, len(named) + 4, _BASIC, _PUBLISH), named, FRAME_END]
    header = _HEADER.pack(_BASIC, 0, len(body), 0)[:-2] + properties
    parts += [_FRAME.pack(2, channel, len(header)), header, FRAME_END]
    most = frame_max - FRAME_OVERHEAD
    for start in range(0, len(body), most):
        piece = body[start : start + most]
        parts += [_FRAME.pack(3, channel, len(piece)), piece, FRAME_END]
    return b"".join(parts)


def taken(unread: bytearray) -> Iterator[Frame]:
    """The whole frames at the head of what was read, which are taken off it."""
    start = 0
    while len(unread) - start >= FRAME_OVERHEAD:
        type_, channel, size = _FRAME.unpack_from(unread, start)
        end = start + _FRAME.size + size
        if len(unread) <= end:
            break
        if unread[end] != FRAME_END[0]:
            raise UnexpectedFrame(f"a frame of {size} bytes does not end where it should")
        yield type_, channel, bytes(unread[start + _FRAME.size : end])
        start = end + 1
    del unread[:start]


class Delivery:
    """A message as it was delivered to `consumer`; `properties` by the standard's names. `channel` is its reader's."""

    __slots__ = ("_missing", "_parts", "body", "channel", "consumer", "delivery_tag", "headers", "key", "properties")

    def __init__(self, method: bytes) -> None:
        self.channel: Any = None
        self.consumer, at = _read_short(method, 4)
        self.delivery_tag, _ = _DELIVERY_TAG.unpack_from(method, at)
        _, at = _read_short(method, at + _DELIVERY_TAG.size)
        self.key, _ = _read_short(method, at)
        self.properties: dict[str, Any] = {}
        self.headers: dict[str, Any] = {}
        self.body = b""
        self._parts: list[bytes] | None = None
        self._missing = 0

    def add(self, type_: int, payload: bytes) -> bool:
        """Take the next frame of its channel; whether the message is whole. UnexpectedFrame for one that isn't its."""
        if type_ != (2 if self._parts is None else 3):
            raise UnexpectedFrame(f"a frame of type {type_} within a message")
        if self._parts is None:
            self._parts, (self._missing,) = [], _BODY_SIZE.unpack_from(payload, 4)
            self.properties = _properties(payload)
            self.headers = self.properties.get("headers", {})
        else:
            self._parts.append(payload)
            self._missing -= len(payload)
        if self._missing < 0:
            raise UnexpectedFrame(f"a body that is {-self._missing} bytes longer than it should be")
        if not self._missing:
            self.body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return not self._missing


class Inbound:
    """Sorts what arrives: deliveries with their channel's number, put together; confirms (arrived, delivery tag,
    multiple); and all other frames."""

    def __init__(
        self,
        delivered: Callable[[int, Delivery], None],
        confirmed: Callable[[bool, int, bool], None],
        other: Callable[[Frame], Any],
    ) -> None:
        self._delivered, self._confirmed, self._other = delivered, confirmed, other
        self._begun: dict[int, Delivery] = {}

    def take(self, frame: Frame) -> Any:
        """Take the next frame of the connection; whether something is whole now."""
        type_, channel, payload = frame
        if type_ == 1 and payload.startswith(_DELIVER) and channel not in self._begun:
            self._begun[channel] = Delivery(payload)
            return False
        if type_ == 1 and (arrived := _CONFIRMS.get(payload[:4])) is not None:
            tag, bits = _DELIVERY_TAG.unpack_from(payload, 4)
            self._confirmed(arrived, tag, bool(bits & 1))
            return True
        if channel not in self._begun or type_ == _HEARTBEAT:
            return self._other(frame)
        if whole := self._begun[channel].add(type_, payload):
            self._delivered(channel, self._begun.pop(channel))
        return whole


def acknowledged(channel: int, delivery_tag: int) -> bytes:
    """Basic.Ack of one delivery."""
    return _ACK.pack(1, channel, 13, _BASIC, _ACKNOWLEDGE, delivery_tag, 0, FRAME_END[0])


def answer_properties(correlation_id: str) -> bytes:
    """The properties of a transient JSON answer."""
    flags = _CONTENT_TYPE | _CONTENT_ENCODING | _DELIVERY_MODE | _CORRELATION_ID
    return flags.to_bytes(2) + _JSON + bytes((TRANSIENT,)) + _fresh_short(correlation_id)


def event_properties(
    headers: Mapping[str, Any], *, message_id: str, type_: str, user_id: str, prefix: str = ""
) -> bytes:
    """The properties of a persistent JSON message with these headers, `prefix` before the name of each."""
    flags = _CONTENT_TYPE | _CONTENT_ENCODING | _HEADERS | _DELIVERY_MODE | _MESSAGE_ID | _TYPE | _USER_ID
    table = _table(headers, prefix)
    return b"".join(
        (
            flags.to_bytes(2),
            _JSON,
            table,
            bytes((PERSISTENT,)),
            _fresh_short(message_id),
            short(type_),
            short(user_id),
        )
    )


def request_properties(
    headers: Mapping[str, Any], *, correlation_id: str, reply_to: str, expires_ms: int, user_id: str
) -> bytes:
    """The properties of a transient JSON request with these headers, which wants its answer within `expires_ms`."""
    flags = _CONTENT_TYPE | _CONTENT_ENCODING | _HEADERS | _DELIVERY_MODE
    flags |= _CORRELATION_ID | _REPLY_TO | _EXPIRATION | _USER_ID
    return b"".join(
        (
            flags.to_bytes(2),
            _JSON,
            _table(headers, ""),
            bytes((TRANSIENT,)),
            _fresh_short(correlation_id),
            short(reply_to),
            _fresh_short(str(expires_ms)),
            short(user_id),
        )
    )


def _table(headers: Mapping[str, Any], prefix: str) -> bytes:
    parts = [b""]
    for name, value in headers.items():
        named = short(prefix + name)
        match value:
            case str():
                text = value.encode()
                parts += named, b"S", _LONG.pack(len(text)), text
            case bool():
                parts += named, b"t\x01" if value else b"t\x00"
            case int() if _LEAST <= value <= _MOST:
                parts += named, b"l", _SIGNED.pack(value)
            case [str(text)]:
                raw = text.encode()
                parts += named, b"A", _LONG.pack(5 + len(raw)), b"S", _LONG.pack(len(raw)), raw
            case _:
                parts.append(dumps("F", [{prefix + name: value}])[4:])
    parts[0] = _LONG.pack(sum(map(len, parts)))
    return b"".join(parts)


def _properties(payload: bytes) -> dict[str, Any]:
    """What a content header says beside the size of the body, each under its name in the standard."""
    flags, at = int.from_bytes(payload[12:14]), 14
    found: dict[str, Any] = {}
    for bit, name, kind in _PROPERTIES:
        if not flags & bit:
            continue
        if kind == "short":
            found[name], at = _read_short(payload, at)
        elif kind == "table":
            end = at + 4 + _LONG.unpack_from(payload, at)[0]
            found[name], at = _read_table(payload, at + 4, end), end
        else:
            size = 1 if kind == "octet" else 8
            found[name], at = int.from_bytes(payload[at : at + size]), at + size
    return found


def _read_table(payload: bytes, at: int, end: int) -> dict[str, Any]:
    """The headers; where there are rare ones among them, or no proper text, as the library reads them."""
    start = at
    found: dict[str, Any] = {}
    try:
        while at < end:
            name = payload[at + 1 : (at := at + 1 + payload[at])].decode()
            match payload[at]:
                case 0x53:  # S, a text
                    begins = at + 5
                    at = begins + _LONG.unpack_from(payload, at + 1)[0]
                    found[name] = payload[begins:at].decode()
                case 0x6C:  # l, a whole number of 64 bits
                    found[name] = _SIGNED.unpack_from(payload, at + 1)[0]
                    at += 9
                case 0x74:  # t, a truth
                    found[name] = payload[at + 1] != 0
                    at += 2
                case 0x41 if _is_one_text(payload, at):  # A, an array
                    begins, at = at + 10, at + 5 + _LONG.unpack_from(payload, at + 1)[0]
                    found[name] = [payload[begins:at].decode()]
                case _:
                    return _read_at_length(payload, start)
    except UnicodeDecodeError:
        return _read_at_length(payload, start)
    return found


def _read_at_length(payload: bytes, at: int) -> dict[str, Any]:
    table: dict[str, Any] = loads("F", payload, at - 4)[0][0]
    return table


def _is_one_text(payload: bytes, at: int) -> bool:
    """Whether the array that begins here holds one text and nothing else."""
    size = _LONG.unpack_from(payload, at + 1)[0]
    return size >= 5 and payload[at + 5] == 0x53 and _LONG.unpack_from(payload, at + 6)[0] == size - 5


def _read_short(payload: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + payload[at]
    return payload[at + 1 : end].decode(errors=_ODD), end


def _fresh_short(text: str) -> bytes:
    raw = text.encode(errors=_ODD)
    if len(raw) > 255:
        raise ValueError(f"a short string has at most 255 bytes, this one {len(raw)}")
    return bytes((len(raw),)) + raw


short = lru_cache(NAMES_KEPT)(_fresh_short)
"""A short string: at most 255 bytes (ValueError)."""

_JSON = _fresh_short("application/json") + _fresh_short("utf-8")
