"""Idempotency-Key, If-Match and If-None-Match: what the caller says about repeating and about versions."""

import re
from typing import Literal

from gateway import limits
from gateway.problems import (
    IF_MATCH_MALFORMED,
    IF_MATCH_REQUIRED,
    IF_MATCH_UNSUPPORTED,
    KEY_MALFORMED,
    KEY_REQUIRED,
    Problem,
)

Need = Literal["none", "optional", "required"]

_VERSION_TAG = re.compile(rb'"(0|[1-9][0-9]{0,17})"\Z')
_VISIBLE = re.compile(r"[!-~]+\Z")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"\Z')  # a structured-field string (RFC 9651, 3.3.3)


def idempotency_key(header: bytes | None, need: Need) -> str | None:
    """The key as the caller made it, given quoted or bare; None where the operation takes none. Raises a Problem."""
    if need == "none":
        return None
    if header is None:
        if need == "required":
            raise Problem(KEY_REQUIRED)
        return None
    key = _unquoted(header.decode("latin-1").strip())
    if not 1 <= len(key) <= limits.KEY_CHARACTERS:
        raise _malformed_key()
    return key


def _unquoted(text: str) -> str:
    if match := _STRING.match(text):
        return re.sub(r"\\(.)", r"\1", match[1])
    if not _VISIBLE.match(text) or text.startswith('"'):
        raise _malformed_key()
    return text


def _malformed_key() -> Problem:
    return Problem(KEY_MALFORMED, {"most": limits.KEY_CHARACTERS})


def if_match(header: bytes | None, need: Need) -> int | None:
    """The version that the caller has seen. A condition that would be ignored is refused. Raises a Problem."""
    if header is None:
        if need == "required":
            raise Problem(IF_MATCH_REQUIRED)
        return None
    if need == "none":
        raise Problem(IF_MATCH_UNSUPPORTED)
    match = _VERSION_TAG.match(header.strip())
    if match is None:
        raise Problem(IF_MATCH_MALFORMED)
    return int(match[1])


def unchanged(if_none_match: bytes | None, tag: bytes) -> bool:
    """Whether the caller's copy is the present one, compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    given = [member.strip().removeprefix(b"W/") for member in if_none_match.split(b",")]
    return tag in given or given == [b"*"]
