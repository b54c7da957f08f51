"""Accounts in the states that their operations need: each operation has its own, so that none spoils another's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyotp
from attrs import frozen

from decalog.demo.stage import Speaker, Stage
from decalog.organisation import Organisation

PASSWORD = "Kapok-tree 88"

Body = Callable[[], Mapping[str, Any]]


@frozen
class Prepared:
    """Accounts and bodies by operation."""

    fitting: Mapping[str, list[str]]
    bodies: Mapping[str, Sequence[Body]]


@frozen
class Hall:
    """Where accounts are opened: `people` are those who have none yet."""

    stage: Stage
    manager: Speaker
    people: Iterator[str]

    def opened(self, code: str, person: str | None = None) -> str:
        """The one-time password of a new account."""
        body = {"operator_code": code, "person": person or next(self.people)}
        return str(_ok(self.manager.post("/v1/accounts", body))["one_time_password"])

    def active(self, code: str, person: str | None = None) -> str:
        """An account with a password of its own; its code."""
        body = {"old_password": self.opened(code, person), "new_password": PASSWORD}
        _ok(self.stage.http.post(f"/v1/accounts/{code}/password", json=body))
        return code

    def guarded(self, code: str) -> str:
        """An account with a second factor in use; its code. It is set up from an address of its own, as a counter's
        is: an address is let in so often a minute."""
        person = next(self.people)
        address = {"X-Forwarded-For": f"198.51.100.{len(code) + int(code[-1])}"}
        own = {"Authorization": f"Bearer {self.stage.person(person).token}", **address}
        body = {"old_password": self.opened(code, person), "new_password": PASSWORD}
        _ok(self.stage.http.post(f"/v1/accounts/{code}/password", json=body, headers=address))
        path = f"/v1/accounts/{code}/second-factor"
        secret = _ok(self.stage.http.post(path, json={"password": PASSWORD}, headers=own))["secret"]
        given = {"code": pyotp.TOTP(secret).now()}
        _ok(self.stage.http.post(f"{path}/confirmation", json=given, headers=own))
        return code

    def signed_in(self, code: str) -> Body:
        """A refresh token of an account's."""
        body = {"operator_code": code, "password": PASSWORD}
        return always({"refresh_token": _ok(self.stage.http.post("/v1/sessions", json=body))["refresh_token"]})


def prepare_accounts(
    stage: Stage, manager: Speaker, made: Organisation, *, head: str, teller: str, setter: str
) -> Prepared:
    """Open them through the gateway. What is the person's own is fitting for the persona who has it."""
    hall = Hall(stage, manager, _at_counters(made, but=(head, teller)))
    prepared = [_managed(hall), _own(hall, head, teller), _sessions(hall), _removals(hall, stage.person(setter))]
    return Prepared(
        {f"security.{name}": ids for part in prepared for name, ids in part.fitting.items()},
        {f"security.{name}": body for part in prepared for name, body in part.bodies.items()},
    )


def _managed(hall: Hall) -> Prepared:
    managed, disabled = hall.active("FZMANAGED"), hall.active("FZDISABLED")
    _ok(hall.manager.post(f"/v1/accounts/{disabled}/disabling", {}))
    fitting = {
        "account": [managed],
        "reset_account": [managed],
        "disable_account": [hall.active("FZDISABLE")],
        "enable_account": [disabled],
    }
    return Prepared(fitting, {"open_account": [always({"operator_code": "FZNEW", "person": next(hall.people)})]})


def _own(hall: Hall, head: str, teller: str) -> Prepared:
    """The head sets up a second factor; the teller has one that waits for its first code."""
    enrols, confirms = hall.active("FZHEAD", head), hall.active("FZTELLER", teller)
    path = f"/v1/accounts/{confirms}/second-factor"
    secret = _ok(hall.stage.person(teller).post(path, {"password": PASSWORD}))["secret"]
    return Prepared(
        {"enrol_second_factor": [enrols], "confirm_second_factor": [confirms]},
        {
            "enrol_second_factor": [always({"password": PASSWORD})],
            "confirm_second_factor": [lambda: {"code": pyotp.TOTP(secret).now()}],
        },
    )


def _removals(hall: Hall, setter: Speaker) -> Prepared:
    """Second factors that may be asked for, and some that are; a head of the province decides, who has no account."""
    asked = [hall.guarded(f"FZLOST{number}") for number in range(3)]
    for code in asked:
        _ok(setter.post(f"/v1/accounts/{code}/factor-removal", {"reason": "示例"}))
    fitting = {
        "request_factor_removal": [hall.guarded("FZGUARDED4")],
        "factor_removal": asked[:1],
        "approve_factor_removal": asked[1:2],
        "refuse_factor_removal": asked[2:],
    }
    return Prepared(fitting, {})


def _sessions(hall: Hall) -> Prepared:
    one_time = hall.opened("FZCHANGE")
    bodies = {
        "change_password": always({"old_password": one_time, "new_password": PASSWORD}),
        "sign_in": always({"operator_code": hall.active("FZSIGNIN"), "password": PASSWORD}),
        "refresh_session": hall.signed_in(hall.active("FZREFRESH")),
        "sign_out": hall.signed_in(hall.active("FZSIGNOUT")),
    }
    return Prepared({"change_password": ["FZCHANGE"]}, {name: [body] for name, body in bodies.items()})


def always(body: Mapping[str, Any]) -> Body:
    """The same body every time."""
    return lambda: body


def _at_counters(made: Organisation, *, but: Iterable[str]) -> Iterator[str]:
    """Persons who hold posts at counters of the personas' province and nowhere else, each once."""
    counters = {unit.id for unit in made.units if unit.kind == "counter" and unit.id.startswith("44")}
    others = {held.person for held in made.holders if held.unit not in counters} | set(but)
    return iter(dict.fromkeys(held.person for held in made.holders if held.person not in others))


def _ok(answer: Any) -> Any:
    assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()
