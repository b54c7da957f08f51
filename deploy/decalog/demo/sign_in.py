"""A person signs in with a built-in account (R9.7): from the one-time password to a session that ends itself."""

import uuid
from typing import Any

import httpx

from decalog.demo.stage import Speaker, Stage
from decalog.organisation import Organisation

CODE = "DEMO0301"


def sign_in(stage: Stage, made: Organisation, counter: str) -> str:
    """Open an account, change its password, sign in, read incidents, refresh; an old token used again ends it all."""
    person = next(one.person for one in made.holders if (one.post, one.unit) == ("counter_supervisor", counter))
    first, own = _one_time(stage, person), f"Kapok-{uuid.uuid4().hex[:12]}"
    _refused(_signs_in(stage, first, counter), 409, "security.password_change_due")
    _ok(_post(stage, f"/v1/accounts/{CODE}/password", old_password=first, new_password=own))
    held = _ok(_signs_in(stage, own, counter))
    listed = _ok(Speaker(stage, held["access_token"]).get("/v1/incidents", limit=5))["items"]

    second = _ok(_refresh(stage, held["refresh_token"]))
    third = _ok(_refresh(stage, second["refresh_token"]))
    assert third["session"] == held["session"], third
    _refused(_refresh(stage, held["refresh_token"]), 403, "security.refresh_refused")
    _refused(_refresh(stage, third["refresh_token"]), 403, "security.refresh_refused")
    return f"{person} read {len(listed)} incidents; a refresh token used twice ended session {held['session'][-6:]}"


def _one_time(stage: Stage, person: str) -> str:
    """A one-time password: of the account that is opened, or of the one that an earlier demo has opened, reset."""
    manager = stage.system("IT-DEMO", ("account.manage",))
    answer = manager.post("/v1/accounts", {"operator_code": CODE, "person": person})
    if answer.status_code == httpx.codes.CONFLICT:
        answer = manager.post(f"/v1/accounts/{CODE}/reset", {})
    return str(_ok(answer)["one_time_password"])


def _signs_in(stage: Stage, password: str, counter: str) -> httpx.Response:
    return _post(stage, "/v1/sessions", operator_code=CODE, password=password, counter=counter)


def _refresh(stage: Stage, token: str) -> httpx.Response:
    return _post(stage, "/v1/sessions/refresh", refresh_token=token)


def _post(stage: Stage, path: str, **body: Any) -> httpx.Response:
    return stage.http.post(path, json=body)


def _refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.status_code


def _ok(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.status_code} {answer.json().get('code')}"
    return answer.json()
