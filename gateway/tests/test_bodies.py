"""A body is read within limits and parsed strictly: whatever it is, it is answered with 4xx."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.body import check_media_type, parse
from gateway.problems import Problem

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("abc~/", max_size=3), inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abc", max_size=3), JSON_VALUES, max_size=5))
def test_what_json_can_say_is_taken_as_it_is(value: dict[str, Any]) -> None:
    assert parse(orjson.dumps(value)) == value


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_anything_but_an_object_or_a_problem(body: bytes) -> None:
    with contextlib.suppress(Problem):
        assert isinstance(parse(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b'"text"',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":9223372036854775808}',
        b'{"a":-9223372036854775809}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1,"a":2}',
        b'{"x":{"a":1,"b":1,"a":2}}',
        b'{"a":"\\u0000"}',
        '{"a":"\\u0000好"}'.encode(),
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":1}{}',
        b'{"a":01}',
        '{"a":1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_json_can_not_say_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        parse(body)

    assert refused.value.kind.code == "gateway.malformed_json"


def test_nesting_goes_twenty_deep_and_no_deeper() -> None:
    twenty = b'{"a":' * 20 + b"1" + b"}" * 20
    mixed = b'{"a":' + b"[" * 19 + b"]" * 19 + b"}"
    deeper = b'{"a":' + b"[" * 20 + b"]" * 20 + b"}"

    parse(twenty)
    parse(mixed)
    with pytest.raises(Problem):
        parse(b'{"a":' * 21 + b"1" + b"}" * 21)
    with pytest.raises(Problem):
        parse(deeper)


def test_an_array_has_a_thousand_items_and_no_more() -> None:
    parse(orjson.dumps({"a": [1] * 1000}))

    with pytest.raises(Problem) as refused:
        parse(orjson.dumps({"x": {"a/b": [[1] * 1001]}}))

    assert refused.value.faults[0].pointer == "/body/x/a~1b/0"


@pytest.mark.parametrize(
    "given", [b"application/json", b"application/json; charset=utf-8", b'Application/JSON;charset="UTF-8"']
)
def test_json_in_utf8_is_taken(given: bytes) -> None:
    check_media_type(given, None)


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        (None, None),
        (b"text/plain", None),
        (b"application/x-www-form-urlencoded", None),
        (b"application/json; charset=gbk", None),
        (b"application/json", b"gzip"),
        (b"\xff", None),
    ],
)
def test_other_formats_are_refused(content_type: bytes | None, encoding: bytes | None) -> None:
    with pytest.raises(Problem) as refused:
        check_media_type(content_type, encoding)

    assert refused.value.kind.status == 415


@pytest.mark.anyio
async def test_a_body_of_a_mebibyte_is_the_largest(house: Any) -> None:
    frame = len(b'{"a":""}')
    most = b'{"a":"' + b"x" * (limits.BODY_BYTES - frame) + b'"}'
    headers = house.bearer() | {"Content-Type": "application/json"}

    largest = await house.http.post("/v1/incidents", content=most, headers=headers)
    larger = await house.http.post("/v1/incidents", content=most + b" ", headers=headers)

    assert (largest.status_code, larger.status_code) == (200, 413)
    assert larger.json()["code"] == "gateway.body_too_large"


@pytest.mark.anyio
async def test_a_chunked_body_has_the_same_limit(house: Any) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(limits.BODY_BYTES // 65536 + 1):
            yield b" " * 65536

    answer = await house.http.post("/v1/incidents", content=chunks(), headers=house.bearer())

    assert (answer.status_code, answer.json()["code"]) == (413, "gateway.body_too_large")


@pytest.mark.anyio
async def test_a_chunked_body_within_the_limit_is_taken(house: Any) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    headers = house.bearer() | {"Content-Type": "application/json"}
    await house.http.post("/v1/incidents", content=chunks(), headers=headers)

    assert house.services.calls[0].kwargs["body"] == {"a": 1}


@pytest.mark.anyio
async def test_a_body_that_never_ends_is_given_up(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.01)
    scope = {
        "type": "http",
        "method": "POST",
        "raw_path": b"/v1/incidents",
        "query_string": b"",
        "path": "/v1/incidents",
    }
    headers = [(b"authorization", house.bearer()["Authorization"].encode()), (b"transfer-encoding", b"chunked")]
    sent: list[Any] = []
    began = False

    async def receive() -> dict[str, Any]:
        nonlocal began
        if began:
            await asyncio.Event().wait()
        began = True
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    await house.app({**scope, "headers": headers, "client": ("1.2.3.4", 5)}, receive, send)

    assert sent[0]["status"] == 408


@pytest.mark.anyio
async def test_a_caller_that_goes_away_is_not_answered(house: Any) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "raw_path": b"/v1/incidents",
        "query_string": b"",
        "path": "/v1/incidents",
    }
    headers = [(b"authorization", house.bearer()["Authorization"].encode()), (b"content-length", b"9")]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await house.app({**scope, "headers": headers, "client": None}, receive, send)

    assert sent == []
    assert house.services.calls == []
