"""Gives the values to the gateway: where they belong, and where they do not belong.

Free text of incidents, plans and reviews is kept in clear by rule ("no personal data"), so nothing is planted there;
a mark is, for events must not carry it on. Of what is answered, everything that may not hold a value is kept.
"""

import secrets
import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
from attrs import define, field

from decalog.demo.stage import Speaker, Stage
from decalog.organisation import DEMO, holders_sheet, organisation, units_sheet
from tests.canary import values
from tests.canary.values import Canary

GRANTS = (
    "account.manage",
    "contact.read",
    "contact.reveal",
    "contact.write",
    "directory.assign",
    "directory.import",
    "disclosure.read",
    "incident.file_report",
    "incident.read",
    "incident.report",
    "staff.manage",
    "subject.export",
    "webhook.manage",
    "webhook.read",
)
COUNTER = "4401003"
INCIDENT = {"unit": COUNTER, "kind": "illness_or_accident", "summary": "示例", "drill": True}
GRAVE = {"kind": "collective_surrender", "facts": {"people_surrendering": 150, "surrender_amount_cny": "0"}}


@define
class Planting:
    """What was given, and what came back."""

    stage: Stage
    system: Speaker
    given: list[Canary]
    mark: str
    answers: list[str] = field(factory=list)
    drawn: list[Canary] = field(factory=list)
    """Secrets that the product has made and shown once."""

    people: list[str] = field(factory=list)

    def of(self, kind: str) -> list[str]:
        """The values of one kind."""
        return [one.text for one in self.given if one.kind == kind]

    def keep(self, answer: httpx.Response) -> httpx.Response:
        """An answer that may hold no value, with its headers."""
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.answers.append(f"{answer.status_code}\n{headers}\n{answer.text}")
        return answer

    def refused(self, answer: httpx.Response) -> None:
        """An answer to what is wrong; 503 says of a path that no service offers it yet."""
        status = self.keep(answer).status_code
        assert 400 <= status < 500 or (status == 503 and answer.json()["code"] == "gateway.not_yet"), answer.text


def planting(stage: Stage, given: Sequence[Canary]) -> Planting:
    """An organisation, and nothing planted yet."""
    system = stage.system("CANARY", GRANTS)
    made = organisation(DEMO, seed=1, since=date(2026, 1, 1))
    done(system.post("/v1/units/imports", {"csv": units_sheet(made)}))
    done(system.post("/v1/assignments/imports", {"csv": holders_sheet(made)}))
    others = {one.person for one in made.holders if one.post != "teller"}
    tellers = [one.person for one in made.holders if one.person not in others]
    heads = [one.person for one in made.holders if (one.post, one.unit) == ("ho_business_management_head", "HQ")]
    further = [f"P4409{number:05}" for number in range(values.HOW_MANY[values.MAIL])]
    people = list(dict.fromkeys([heads[0], *tellers, *further]))
    return Planting(stage, system, list(given), mark=f"mark-{uuid.uuid4().hex}", people=people)


def contacts(made: Planting) -> None:
    """Where people are reached; then read masked, looked up, and disclosed until no more may be."""
    webhooks, signing, robots = (iter(made.of(kind)) for kind in (values.WEBHOOK, values.SIGNING, values.ROBOT))
    for number, (person, mail) in enumerate(zip(made.people, made.of(values.MAIL), strict=False)):
        body: dict[str, Any] = {"unit": "HQ" if number == 0 else COUNTER, "mail": mail}
        if 0 < number <= 10:
            body["webhook"] = {"url": next(webhooks), "secret": next(signing)}
        elif 10 < number <= 20:
            body["chat"] = {"platform": "wecom", "key": next(robots)}
        made.keep(done(made.system.put(f"/v1/contact-points/{person}", body)))
        made.keep(done(made.system.get(f"/v1/contact-points/{person}")))
    for url in webhooks:
        answer = done(made.system.post("/v1/webhooks", {"name": "canary", "unit": "HQ", "url": url}))
        made.drawn.append(Canary(values.SIGNING, answer.json()["secret"]))
        made.keep(done(made.system.get(f"/v1/webhooks/{answer.json()['id']}")))
    made.keep(done(made.system.get("/v1/webhooks")))


def disclosures(made: Planting) -> None:
    """Each reason is given with a disclosure or with a look-up for a person's request."""
    for person, mail, reason in zip(made.people, made.of(values.MAIL), made.of(values.REASON), strict=False):
        asked = {"purpose": "delivery_fault", "reason": reason}
        told = done(made.system.post(f"/v1/contact-points/{person}/disclosure", asked)).json()
        assert told["mail"] == mail
        found = made.keep(done(made.system.post("/v1/subject-exports", {"mail": mail, "reason": reason})))
        assert found.json()["subjects"][0]["person"] == person
    over = {"purpose": "delivery_fault", "reason": made.of(values.REASON)[0]}
    for _ in range(2):
        made.refused(made.system.post(f"/v1/contact-points/{made.people[0]}/disclosure", over))
    assert len(done(made.system.get("/v1/disclosures")).json()["items"][0]["readings"]) == 30


def accounts(made: Planting) -> None:
    """One-time passwords, own ones, second factors, and wrong passwords at right and wrong codes."""
    http, wrong = made.stage.http, iter(made.of(values.WRONG))
    for number, password in enumerate(made.of(values.PASSWORD)):
        code, person = f"CY{number:04}", made.people[number + 1]
        opened = done(made.system.post("/v1/accounts", {"operator_code": code, "person": person})).json()
        made.drawn.append(Canary(values.PASSWORD, opened["one_time_password"]))
        changed = {"old_password": opened["one_time_password"], "new_password": password}
        made.keep(done(http.post(f"/v1/accounts/{code}/password", json=changed)))
        session = done(http.post("/v1/sessions", json={"operator_code": code, "password": password})).json()
        made.drawn += [Canary("token", session[name]) for name in ("access_token", "refresh_token")]
        if number < 5:
            path = f"/v1/accounts/{code}/second-factor"
            factor = done(made.stage.person(person).post(path, {"password": password})).json()
            made.drawn.append(Canary("second factor", factor["secret"]))
        _fails(made, code, next(wrong))
    for password in wrong:
        _fails(made, "NOBODY99", password)


def _fails(made: Planting, code: str, password: str) -> None:
    """A wrong sign-in, from a network of its own: where somebody calls from is personal too."""
    address = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::{secrets.token_hex(2)}"
    made.drawn.append(Canary("network address", address))
    body = {"operator_code": code, "password": password}
    made.refused(made.stage.http.post("/v1/sessions", json=body, headers={"X-Forwarded-For": address}))


def incidents(made: Planting) -> None:
    """A notice to somebody with a planted address, and a mark in free text that no event may carry on."""
    done(made.system.post("/v1/incidents", INCIDENT | GRAVE))
    said = INCIDENT | {"facts": {"taken_ill": 1, "deaths": 0, "injured": 0}, "summary": made.mark}
    incident = done(made.system.post("/v1/incidents", said)).json()["id"]
    person = made.stage.person(made.people[0])
    report = {"kind": "first", "course": made.mark, "contact": "P440100002", "signer": made.people[0]}
    done(person.post(f"/v1/incidents/{incident}/reports", report))
    done(person.post(f"/v1/incidents/{incident}/response", {}))


def strays(made: Planting) -> None:
    """Every other value in every wrong place."""
    wrong_places = [one.text for one in made.given if one.kind in values.STRAY]
    for text in wrong_places:
        for answer in _misplaced(made, text):
            made.refused(answer)


def _misplaced(made: Planting, text: str) -> Iterator[httpx.Response]:
    person, http = made.people[0], made.stage.http
    point, quoted = f"/v1/contact-points/{person}", quote(text, safe="")
    yield made.system.put(point, {"unit": COUNTER, "mail": "a@example.invalid", "name": text})
    yield made.system.put(point, {"unit": text, "mail": text})
    yield made.system.put(point, {"unit": COUNTER, text: text})
    yield made.system.put(f"/v1/contact-points/{quoted}", {"unit": COUNTER, "mail": "a@example.invalid"})
    yield made.system.post("/v1/webhooks", {"name": text, "unit": text, "url": text, "levels": [text], "person": text})
    yield made.system.post("/v1/incidents", {**INCIDENT, "kind": text, "facts": {"taken_ill": text}, text: text})
    yield made.system.post("/v1/incidents", {**INCIDENT, "unit": text, "facts": [text]})
    yield made.system.post("/v1/accounts", {"operator_code": text, "person": text})
    yield http.post("/v1/sessions", json={"operator_code": text, "password": text, "counter": text})
    yield made.system.get(f"/v1/incidents/{quoted}")
    yield made.system.get(f"/v1/webhooks/{quoted}")
    yield made.system.get(f"/v1/nothing/{quoted}")
    yield made.system.get("/v1/incidents", limit=text, cursor=text, unit=text)
    yield made.system.get("/v1/disclosures", **{"limit": 1, text: text})
    yield http.get(f"/v1/links/{quoted}")
    yield http.get("/v1/incidents", headers={b"Authorization": b"Bearer " + text.encode()})
    yield _raw(made, f'"{text}"'.encode())
    yield _raw(made, f'{{"unit": "{text}", '.encode())
    yield _raw(made, b'{"unit": "%s"}' % text.encode(), {b"If-Match": text.encode()})
    yield _raw(made, b'{"unit": "%s"}' % text.encode(), {b"Idempotency-Key": text.encode()})
    yield _raw(made, text.encode(), {b"Content-Type": text.encode(), b"traceparent": text.encode()})


def _raw(made: Planting, content: bytes, headers: dict[bytes, bytes] | None = None) -> httpx.Response:
    sent = {
        b"Authorization": f"Bearer {made.system.token}".encode(),
        b"Content-Type": b"application/json",
        **(headers or {}),
    }
    return made.stage.http.put(f"/v1/contact-points/{made.people[0]}", content=content, headers=sent)


def done(answer: httpx.Response) -> httpx.Response:
    """An answer that must be a success."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    return answer
