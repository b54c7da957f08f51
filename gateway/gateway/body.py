"""The request's body: read within limits, parsed strictly.

The standard decoder is used because it tells of duplicate keys and its C scanner costs some microseconds for a
typical command; orjson, which encodes what leaves the gateway, would quietly keep the last of two equal keys.
"""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NoReturn

from gateway import limits
from gateway.language import Words
from gateway.problems import (
    BODY_TIMEOUT,
    BODY_TOO_LARGE,
    MALFORMED_JSON,
    MEDIA_TYPE,
    Fault,
    Problem,
)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Disconnected(Exception):
    """The caller went away before its request was complete: there is nobody to answer."""


async def read(receive: Receive, declared: bytes | None) -> bytes:
    """The whole body, whatever its framing. Raises a Problem (408, 413) or Disconnected."""
    if declared and int(declared) > limits.BODY_BYTES:
        raise Problem(BODY_TOO_LARGE, {"most": limits.BODY_BYTES})
    message = await _next(receive)
    if not message.get("more_body"):
        return _within(message.get("body", b""))
    try:
        async with asyncio.timeout(limits.BODY_SECONDS):
            return await _rest(receive, bytearray(message.get("body", b"")))
    except TimeoutError:
        raise Problem(BODY_TIMEOUT, {"seconds": round(limits.BODY_SECONDS)}) from None


async def _rest(receive: Receive, body: bytearray) -> bytes:
    more = True
    while more and len(body) <= limits.BODY_BYTES:
        message = await _next(receive)
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return _within(body)


async def _next(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message


def _within(body: bytes | bytearray) -> bytes:
    if len(body) > limits.BODY_BYTES:
        raise Problem(BODY_TOO_LARGE, {"most": limits.BODY_BYTES})
    return bytes(body)


def check_media_type(content_type: bytes | None, content_encoding: bytes | None) -> None:
    """A body is `application/json`, in UTF-8 and not compressed. Raises a Problem."""
    if content_type == b"application/json" and content_encoding is None:
        return
    name, _, parameters = (content_type or b"").decode("latin-1").lower().partition(";")
    charset = parameters.replace('"', "").strip()
    plain = content_encoding in (None, b"identity")
    if name.strip() != "application/json" or charset not in ("", "charset=utf-8") or not plain:
        raise Problem(MEDIA_TYPE)


def parse(body: bytes) -> dict[str, Json]:
    """The JSON object in `body`. Raises a Problem that names the place where it can."""
    try:
        value = _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise _wrong("须为 UTF-8", "it is not UTF-8") from None
    except RecursionError:
        raise _too_deep("/body") from None
    except json.JSONDecodeError as fault:
        raise _wrong(f"第 {fault.pos} 个字符处不是合法的 JSON", f"not JSON at character {fault.pos}") from None
    except ValueError:
        raise _number("/body") from None
    if not isinstance(value, dict):
        raise _wrong("须为 JSON 对象", "it takes a JSON object", pointer="/body")
    _walk(value, "/body", 1)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _wrong(f"键 {twice!a} 重复", f"the key {twice!a} is given twice")
    return members


def _constant(name: str) -> NoReturn:
    raise _wrong(f"{name} 不是 JSON", f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _walk(value: Json, pointer: str, depth: int) -> None:
    """Refuse what no service could store: too deep, too many, NUL or lone surrogates, numbers beyond 64 bits."""
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, dict):
        if depth > limits.JSON_DEPTH:
            raise _too_deep(pointer)
        for name, member in value.items():
            _check_text(name, pointer)
            _walk(member, f"{pointer}/{_escaped(name)}", depth + 1)
    elif isinstance(value, list):
        _walk_array(value, pointer, depth)
    elif isinstance(value, int):
        if not -limits.JSON_INTEGER <= value < limits.JSON_INTEGER:
            raise _number(pointer)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _number(pointer)


def _escaped(name: str) -> str:
    """A member's name as a token of a JSON pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name


def _walk_array(value: list[Json], pointer: str, depth: int) -> None:
    if depth > limits.JSON_DEPTH:
        raise _too_deep(pointer)
    if len(value) > limits.JSON_ARRAY:
        most = limits.JSON_ARRAY
        raise _wrong(f"数组最多 {most} 项", f"an array has at most {most} items", pointer=pointer)
    for index, member in enumerate(value):
        _walk(member, f"{pointer}/{index}", depth + 1)


def _check_text(text: str, pointer: str) -> None:
    if text.isascii():
        if "\x00" in text:
            raise _wrong("文字中不能有 NUL", "text has no NUL", pointer=pointer)
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _wrong("文字中有不成对的代理字符", "text has a lone surrogate", pointer=pointer) from None
    if "\x00" in text:
        raise _wrong("文字中不能有 NUL", "text has no NUL", pointer=pointer)


def _too_deep(pointer: str) -> Problem:
    most = limits.JSON_DEPTH
    return _wrong(f"嵌套最多 {most} 层", f"nesting goes at most {most} deep", pointer=pointer)


def _number(pointer: str) -> Problem:
    return _wrong("数字超出 64 位", "a number does not fit into 64 bits", pointer=pointer)


def _wrong(zh: str, en: str, *, pointer: str | None = None) -> Problem:
    faults = (Fault(pointer, MALFORMED_JSON.code, Words(zh, en)),) if pointer else ()
    return Problem(MALFORMED_JSON, {"zh": zh, "en": en}, faults)
