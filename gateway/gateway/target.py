"""The request's target: path segments and query parameters, decoded strictly.

What is not UTF-8, holds control characters or is absurdly long is the caller's mistake and answered with 400
here, so that no service ever sees it.
"""

from urllib.parse import unquote_to_bytes

from gateway import limits
from gateway.problems import MALFORMED_PATH, MALFORMED_QUERY, Problem

Query = dict[str, str | list[str]]


def segments(raw_path: bytes) -> tuple[str, ...]:
    """The decoded segments of a path: `/v1/incidents/a%2Fb` is `("v1", "incidents", "a/b")`. Raises a Problem."""
    parts = raw_path.split(b"/")
    if parts[0]:
        raise Problem(MALFORMED_PATH)
    try:
        decoded = tuple([_text(part) for part in parts[1:]])
    except ValueError:
        raise Problem(MALFORMED_PATH) from None
    if any(len(part) > limits.SEGMENT_CHARACTERS for part in decoded):
        raise Problem(MALFORMED_PATH)
    return decoded


def query(raw: bytes) -> Query:
    """The parameters of a query string; one given several times is a list. Raises a Problem."""
    if not raw:
        return {}
    pairs = raw.split(b"&")
    if len(pairs) > limits.QUERY_PARAMETERS:
        raise _wrong("参数过多", "too many parameters")
    found: Query = {}
    for pair in pairs:
        if pair:
            _add(found, *_pair(pair))
    return found


def check_page(given: Query) -> None:
    """`limit`, where given, is 1 to 200, and `limit` and `cursor` come once. Raises a Problem."""
    limit = given.get("limit")
    if limit is not None and not (isinstance(limit, str) and _counts(limit)):
        most = limits.PAGE_LIMIT
        raise _wrong(f"limit 须为 1 至 {most}", f"limit is 1 to {most}")
    if isinstance(given.get("cursor"), list):
        raise _wrong("cursor 只能给出一次", "cursor comes once")


def _counts(limit: str) -> bool:
    return limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= limits.PAGE_LIMIT


def _pair(pair: bytes) -> tuple[str, str]:
    name, _, value = pair.replace(b"+", b" ").partition(b"=")
    try:
        return _text(name), _text(value)
    except ValueError:
        raise _wrong("须为 UTF-8,且不含控制字符", "it takes UTF-8 without control characters") from None


def _add(found: Query, name: str, value: str) -> None:
    before = found.get(name)
    if before is None:
        found[name] = value
    elif isinstance(before, list):
        before.append(value)
    else:
        found[name] = [before, value]


def _text(part: bytes) -> str:
    """Percent-decoded text; raises ValueError unless it is UTF-8 without control characters."""
    text = (unquote_to_bytes(part) if b"%" in part else part).decode()
    if not text.isprintable() and any(character < " " or character == "\x7f" for character in text):
        raise ValueError
    return text


def _wrong(zh: str, en: str) -> Problem:
    return Problem(MALFORMED_QUERY, {"zh": zh, "en": en})
