"""One operation tried by one persona: first the document's own example, then boundaries, then generated requests."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
import schemathesis
from attrs import define, field
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure as Fault
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from tests.fuzz import document, files
from tests.fuzz.preparation import Known, Persona
from tests.fuzz.tally import Failure, Tally

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
FAULTY = ("chassis.input_faulty", "gateway.malformed", "gateway.key_malformed", "gateway.if_match_malformed")
"""Codes that say that the request has not the documented form."""

INSTANT = ("_at", "/due")
"""JSON Schema can't say of an instant what the earliest is, so that faults of instants prove nothing."""

REQUEST_SECONDS = 35.0
STREAM_SECONDS = 2
"""A stream ends with its token, so that one lives no longer than this."""

STREAM = "escalation_stream"


FORWARDED = "X-Forwarded-For"
"""Every request comes from elsewhere: else the guard of addresses would soon refuse all sign-ins alike."""


class OutOfTime(Exception):
    """The time for the whole is over."""


@define
class Trials:
    """Sends requests to one gateway and judges the answers."""

    url: str
    keys: Path
    known: Known
    tally: Tally
    seed: int
    ends: float
    session: requests.Session = field(factory=requests.Session)
    sent: int = 0

    def run(self, operation: Any, persona: Persona, *, place: int, boundaries: bool, examples: int) -> None:
        """Try the operation. `place` numbers the persona, so that each begins with a thing of its own. OutOfTime."""
        self.judge(self._opening(operation, place), persona)
        if operation.method == "post":
            self.judge(self._opening(operation, place, {document.VERSION: '"999"'}), persona)
        if boundaries:
            for case in self._boundaries(operation):
                self.judge(case, persona)
        for mode, most in ((GenerationMode.POSITIVE, examples), (GenerationMode.NEGATIVE, examples // 2)):
            if mode is GenerationMode.POSITIVE or _has_input(operation):
                self._generate(operation, persona, mode, most)

    def _opening(self, operation: Any, place: int, headers: Mapping[str, str] | None = None) -> Any:
        """The documented example, with ids that exist."""
        raw = operation.definition.raw
        name = raw["operationId"]
        named = [one["name"] for one in raw.get("parameters", ()) if one["in"] == "path"]
        given_body = document.example(raw, self.known, place)
        path = {one: (pool := self.known.pool(name, one))[place % len(pool)] for one in named}
        arguments: dict[str, Any] = {} if given_body is None else {"body": given_body}
        if name == document.STATISTICS:
            return operation.Case(path_parameters=path, query=document.PERIOD)
        if name == files.UPLOAD:
            return operation.Case(body=files.PICTURE, media_type="image/png", headers=dict(headers or {}))
        if "application/x-www-form-urlencoded" in raw.get("requestBody", {}).get("content", {}):
            arguments["media_type"] = "application/x-www-form-urlencoded"
        elif arguments:
            arguments["media_type"] = "application/json"
        keyed = any(one["name"] == "Idempotency-Key" for one in raw.get("parameters", ()))
        given_headers = {"Idempotency-Key": f'"{name}-{place}-{self.sent}"'} if keyed else {}
        return operation.Case(path_parameters=path, headers={**given_headers, **(headers or {})}, **arguments)

    def _boundaries(self, operation: Any) -> Iterator[Any]:
        """The least and the most, the missing and the superfluous, of each part by itself."""
        yield from operation.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=operation.schema.config.generation
        )

    def _generate(self, operation: Any, persona: Persona, mode: GenerationMode, most: int) -> None:
        @seed(self.seed)
        @settings(
            max_examples=most,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def tried(case: Any) -> None:
            self.judge(case, persona)

        if mode is GenerationMode.POSITIVE:
            tried()
        else:
            with suppress(Unsatisfiable):  # where every text is allowed, nothing can be wrong
                tried()

    def judge(self, case: Any, persona: Persona) -> None:
        """Send one request, count it, and keep what is wrong with its answer. OutOfTime."""
        if time.monotonic() > self.ends:
            raise OutOfTime
        name = case.operation.definition.raw["operationId"]
        headers = self._headers(case, persona)
        response = case.call(self.url, session=self.session, headers=headers, timeout=REQUEST_SECONDS)
        self.sent += 1
        if case.method.lower() == case.operation.method:  # boundaries try other methods too
            self.tally.count(name, persona.name, response.status_code)
        for check, said in [*_faults(case, response, headers), *_refused_form(case, response)]:
            self.tally.fail(Failure(name, check, response.status_code, said, case.as_curl_command(base_url=self.url)))

    def _headers(self, case: Any, persona: Persona) -> dict[str, str]:
        raw = case.operation.definition.raw
        if raw["operationId"] == "issue_token":
            return {}
        seconds = STREAM_SECONDS if raw["operationId"] == STREAM else 600
        trace = f"00-{UUID(int=self.sent + 1).hex}-{1:016x}-01"
        token = persona.token(self.keys, seconds=seconds)
        return {"Authorization": f"Bearer {token}", "traceparent": trace, FORWARDED: _address(self.sent)}


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _has_input(operation: Any) -> bool:
    raw: Mapping[str, Any] = operation.definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody"))


def _faults(case: Any, response: Any, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    try:
        case.validate_response(response, checks=CHECKS, headers=dict(headers))
    except FailureGroup as group:
        return [_named(one) for one in group.exceptions]
    except Fault as one:
        return [_named(one)]
    return []


def _named(fault: BaseException) -> tuple[str, str]:
    return type(fault).__name__, " ".join(str(fault).split())[:600]


def _refused_form(case: Any, response: Any) -> list[tuple[str, str]]:
    """A request that the document allows is not called malformed."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE or response.status_code < 400:
        return []
    problem = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    errors = [one for one in problem.get("errors", ()) if not one["pointer"].endswith(INSTANT)]
    if not str(problem.get("code", "")).startswith(FAULTY) or (problem.get("errors") and not errors):
        return []
    return [("DocumentedFormRefused", f"{problem['code']}: {errors or problem.get('detail')}"[:600])]
