"""Answers as they leave: status, headers and body of what services and gateway say, in the caller's language."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import orjson
from attrs import frozen

from gateway.language import Language, Words
from gateway.preconditions import unchanged
from gateway.problems import DEFECT, Fault, Header, Problem
from gateway.target import Query
from gateway.trace import Trace
from gateway.wire import Done, Refused

JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")


@frozen
class Answer:
    """What goes back to the caller. `code` names the problem, if it is one, for the log."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = b""
    code: str | None = None


@frozen
class RefusalTitle:
    """What a kind of refusal is in HTTP."""

    status: int
    title: Words


REFUSALS: dict[str, RefusalTitle] = {
    "missing": RefusalTitle(404, Words("没有找到", "Not found")),
    "conflict": RefusalTitle(409, Words("与当前状态冲突", "Conflict")),
    "malformed": RefusalTitle(422, Words("内容有误", "Malformed content")),
    "forbidden": RefusalTitle(403, Words("没有权限", "Forbidden")),
    "stale": RefusalTitle(412, Words("所见版本已过时", "Out of date")),
    "required": RefusalTitle(428, Words("缺少前提条件", "Precondition required")),
    "unready": RefusalTitle(503, Words("暂时不能答复", "Not ready")),
}


def of_done(done: Done, *, raw_path: bytes, query: Query, if_none_match: bytes | None, read: bool) -> Answer:
    """The answer to what a service did or read. `read`: it was a GET, so the caller's copy may still be good."""
    headers = [JSON] if done.status != 204 else []
    if done.version is not None:
        tag = b'"%d"' % done.version
        headers.append((b"etag", tag))
        if read and unchanged(if_none_match, tag):
            return Answer(304, ((b"etag", tag),))
    if done.location is not None:
        headers.append((b"location", quote(done.location, safe="/:?&=%~@!$'()*+,;").encode()))
    if done.replayed:
        headers.append((b"idempotency-replayed", b"true"))
    if done.cursor is not None:
        headers.append((b"link", b'<%s>; rel="next"' % next_page(raw_path, query, done.cursor)))
    return Answer(done.status, tuple(headers), b"" if done.status == 204 else orjson.dumps(done.body))


def next_page(raw_path: bytes, query: Query, cursor: str) -> bytes:
    """The address of the next page: this one's with another cursor (RFC 8288)."""
    pairs = [
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, values in {**query, "cursor": cursor}.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return raw_path + b"?" + "&".join(pairs).encode()


def of_refusal(refused: Refused, *, language: Language, trace: Trace) -> Answer:
    """The problem that a service's refusal is. An unknown kind is a defect of ours."""
    known = REFUSALS.get(refused.kind)
    if known is None:
        return of_problem(Problem(DEFECT), language=language, trace=trace)
    headers: tuple[Header, ...] = ((b"retry-after", b"1"),) if known.status == 503 else ()
    return _problem(
        known.status,
        code=refused.code,
        title=known.title.of(language),
        detail=refused.words.of(language),
        faults=refused.faults,
        language=language,
        trace=trace,
        headers=headers,
    )


def of_problem(problem: Problem, *, language: Language, trace: Trace) -> Answer:
    """One of the gateway's own problems."""
    return _problem(
        problem.kind.status,
        code=problem.kind.code,
        title=problem.kind.title.of(language),
        detail=problem.detail(language),
        faults=problem.faults,
        language=language,
        trace=trace,
        headers=problem.headers,
    )


def _problem(
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    faults: Iterable[Fault],
    language: Language,
    trace: Trace,
    headers: tuple[Header, ...],
) -> Answer:
    """An RFC 9457 problem details object with the house's extensions code, errors and trace_id."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{trace.request_id}",
        "code": code,
        "trace_id": trace.trace_id,
    }
    if errors := [_error(fault, language) for fault in faults]:
        body["errors"] = errors
    return Answer(status, (_PROBLEM, (b"content-language", language.encode()), *headers), orjson.dumps(body), code)


def _error(fault: Fault, language: Language) -> Mapping[str, str]:
    return {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail.of(language)}
