"""Frames in AMQP 0-9-1's own form: a message written in one piece, an acknowledgement, and what was read cut apart.

py-amqp builds a frame through several general layers, which costs more than all else about a small message. Here the
few shapes that we send are packed at once; names that come again and again are encoded once. Sections of the standard:
2.3.5 frames, 4.2.5.5 field tables, 4.2.6 content.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from struct import Struct
from typing import Any

from amqp.exceptions import UnexpectedFrame
from amqp.serialization import dumps

FRAME_END = b"\xce"
FRAME_OVERHEAD = 8
PERSISTENT, TRANSIENT = 2, 1
NAMES_KEPT = 4_096

_FRAME = Struct(">BHI")
_METHOD = Struct(">BHIHH")
_HEADER = Struct(">HHQH")
_LONG = Struct(">I")
_ACK = Struct(">BHIHHQBB")
_BASIC, _PUBLISH, _ACKNOWLEDGE = 60, 40, 80
_CONTENT_TYPE, _CONTENT_ENCODING, _HEADERS, _DELIVERY_MODE = 1 << 15, 1 << 14, 1 << 13, 1 << 12
_CORRELATION_ID, _MESSAGE_ID, _TYPE, _USER_ID = 1 << 10, 1 << 7, 1 << 5, 1 << 4


def published(channel: int, exchange: str, key: str, properties: bytes, body: bytes, frame_max: int) -> bytes:
    """Basic.Publish with its content, in as many frames as its size asks for."""
    named = b"\x00\x00" + short(exchange) + short(key) + b"\x00"
    parts = [_METHOD.pack(1, channel, len(named) + 4, _BASIC, _PUBLISH), named, FRAME_END]
    header = _HEADER.pack(_BASIC, 0, len(body), 0)[:-2] + properties
    parts += [_FRAME.pack(2, channel, len(header)), header, FRAME_END]
    most = frame_max - FRAME_OVERHEAD
    for start in range(0, len(body), most):
        piece = body[start : start + most]
        parts += [_FRAME.pack(3, channel, len(piece)), piece, FRAME_END]
    return b"".join(parts)


def taken(unread: bytearray) -> Iterator[tuple[int, int, bytes]]:
    """The whole frames at the head of what was read (type, channel, payload), which are taken off it."""
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


def acknowledged(channel: int, delivery_tag: int) -> bytes:
    """Basic.Ack of one delivery."""
    return _ACK.pack(1, channel, 13, _BASIC, _ACKNOWLEDGE, delivery_tag, 0, FRAME_END[0])


def answer_properties(correlation_id: str) -> bytes:
    """The properties of a transient JSON answer."""
    flags = _CONTENT_TYPE | _CONTENT_ENCODING | _DELIVERY_MODE | _CORRELATION_ID
    return flags.to_bytes(2) + _JSON + bytes((TRANSIENT,)) + _fresh_short(correlation_id)


def event_properties(headers: Mapping[str, Any], *, message_id: str, type_: str, user_id: str) -> bytes:
    """The properties of a persistent JSON message with these headers."""
    flags = _CONTENT_TYPE | _CONTENT_ENCODING | _HEADERS | _DELIVERY_MODE | _MESSAGE_ID | _TYPE | _USER_ID
    table = _table(headers)
    return b"".join(
        (
            flags.to_bytes(2),
            _JSON,
            _LONG.pack(len(table)),
            table,
            bytes((PERSISTENT,)),
            _fresh_short(message_id),
            short(type_),
            short(user_id),
        )
    )


def _table(headers: Mapping[str, Any]) -> bytes:
    parts = []
    for name, value in headers.items():
        match value:
            case str():
                text = value.encode()
                parts.append(short(name) + b"S" + _LONG.pack(len(text)) + text)
            case bool():
                parts.append(short(name) + (b"t\x01" if value else b"t\x00"))
            case _:
                parts.append(dumps("F", [{name: value}])[4:])
    return b"".join(parts)


def _fresh_short(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 255:
        raise ValueError(f"a short string has at most 255 bytes, this one {len(raw)}")
    return bytes((len(raw),)) + raw


short = lru_cache(NAMES_KEPT)(_fresh_short)
"""A short string: at most 255 bytes (ValueError)."""

_JSON = _fresh_short("application/json") + _fresh_short("utf-8")
