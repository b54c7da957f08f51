"""What has to be there before operations can succeed: an organisation, people, and incidents in several states."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from chassis.clock import machine_now
from decalog import branch_clients, idleness, place, tokens, topology
from decalog.demo.mailbox import Mailbox
from decalog.demo.stage import Speaker, Stage, wait_for
from decalog.organisation import DEMO, Organisation, holders_sheet, organisation, units_sheet
from tests.fuzz import files, permissions, risks
from tests.fuzz.accounts import prepare_accounts
from tests.fuzz.course import of_plans_and_reviews
from tests.fuzz.people import People, first_half
from tests.fuzz.sheets import exports, imports

COUNTER = "4401003"
WEBHOOK_URL = "https://127.0.0.1:9/nobody-listens"
CLIENT = "FUZZ-CLIENT"
SYSTEM = "FUZZ"
GRANTS = (
    "activity.check",
    "activity.read",
    "activity.report",
    "call.refused",
    "account.manage",
    "contact.read",
    "contact.reveal",
    "contact.write",
    "directory.assign",
    "directory.import",
    "directory.read",
    "directory.units",
    "disclosure.read",
    "escalation.read",
    "incident.add_facts",
    "incident.file_report",
    "incident.read",
    "incident.report",
    "object.sweep",
    "signal.report",
    "staff.manage",
    "staff.read",
    "subject.export",
    "webhook.manage",
    "webhook.read",
)
LIGHT = {"kind": "illness_or_accident", "facts": {"taken_ill": 1, "deaths": 0, "injured": 0}}
GRAVE = {"kind": "collective_surrender", "facts": {"people_surrendering": 150, "surrender_amount_cny": "0"}}
CLAIM = {"kind": "major_claim", "facts": {}}
FIRST_REPORT = {"kind": "first", "course": "示例", "contact": "P440100002"}
NUMBER = "number"
EACH = 6
"""Incidents of every sort: enough for each persona, and for generated requests after them."""


@frozen
class Persona:
    """Somebody who calls: a branch system with broad grants, or a person whose posts say what is allowed."""

    name: str
    subject: str
    kind: str

    def token(self, keys: Path, *, seconds: int = tokens.LIFE_SECONDS) -> str:
        """A token for so long."""
        held = [{"action": grant, "unit": "HQ"} for grant in GRANTS] if self.kind == "system" else []
        return tokens.access_token(keys, self.subject, kind=self.kind, grants=held, seconds=seconds)


@frozen
class Known:
    """What exists. `ids` are by the name of a path parameter, `fitting` by operation: those that let it succeed; by
    `<operation>.<parameter>` where it has several. A number says which part of the thing is meant.

    `bodies` are by operation too, made when they are sent: they stand for the document's examples.
    """

    personas: tuple[Persona, ...]
    ids: Mapping[str, Sequence[str]]
    fitting: Mapping[str, Sequence[str]]
    units: Sequence[str]
    sheets: Mapping[str, str]
    bodies: Mapping[str, Sequence[Callable[[], Mapping[str, Any]]]]
    client: Mapping[str, str]

    def pool(self, operation: str, parameter: str) -> Sequence[str]:
        """What a path parameter of the operation may be."""
        whole = () if parameter == NUMBER else self.fitting.get(operation, ())
        return self.fitting.get(f"{operation}.{parameter}") or whole or self.ids[parameter]


def prepare(stage: Stage, mails: Mailbox) -> Known:
    """Make all of it through the gateway, as its callers would."""
    made = organisation(DEMO, seed=1, since=date(2026, 1, 1))
    branch = Persona("branch system", SYSTEM, "system")
    head = Persona("person in charge", _holder(made, "ho_business_management_head", "HQ"), "person")
    teller = Persona("teller", _holder(made, "teller", COUNTER), "person")
    sheets = {"security.import_units": units_sheet(made), "security.import_holders": holders_sheet(made)}
    centre = Persona("the Centre", permissions.CENTRE, "person")
    setter = Persona("IT", _holder(made, "it_permission_admin", "HQ"), "person")
    system = stage.system(SYSTEM, GRANTS)
    for path, sheet in zip(("/v1/units/imports", "/v1/assignments/imports"), sheets.values(), strict=True):
        _ok(system.post(path, {"csv": sheet}))
    _ok(system.post("/v1/assignments/imports", {"csv": permissions.reviewers_sheet()}))
    _rest()
    address = f"{head.subject.lower()}@example.invalid"
    _ok(system.put(f"/v1/contact-points/{head.subject}", {"unit": "HQ", "mail": address}))
    fitting = _incidents(stage, head)
    incidents = sorted({incident for ids in fitting.values() for incident in ids})
    told = [_told(mails, address, incident) for incident in fitting["emergency.acknowledge"]]
    fitting |= {"notifier.link": told, "notifier.acknowledge_link": told, "notifier.contact_point": [head.subject]}
    fitting |= {"notifier.disclose_contact_point": [head.subject]}
    fitting |= _handling_bodies(stage, head)
    fitting |= of_plans_and_reviews(
        stage.person(head.subject), head.subject, lambda: [_report(stage, LIGHT) for _ in range(EACH)]
    )
    fitting |= _drills(stage, head)
    fitting |= _drafts(stage)
    fitting |= _statistical_reports(stage, head, made)
    people = People(system, COUNTER, _rest)
    fitting |= people.fitting(EACH)
    elevations = permissions.elevations(stage, teller.subject)
    proposals = permissions.parameters(stage, head.subject)
    fitting |= permissions.matrices(stage, setter.subject) | elevations | proposals | permissions.numbers()
    prepared = prepare_accounts(stage, system, made, head=head.subject, teller=teller.subject, setter=setter.subject)
    fitting |= prepared.fitting
    looked_ahead = risks.prepare(stage, head.subject)
    fitting |= {name: list(ids) for name, ids in looked_ahead.fitting.items()}
    speakers = [system, *(stage.person(one.subject) for one in (head, teller, centre))]
    filed = files.prepare(stage, speakers, [_report(stage, LIGHT) for _ in range(EACH)])
    fitting |= {name: list(ids) for name, ids in filed.fitting.items()}
    fitting |= {"emergency.attach": [_report(stage, LIGHT) for _ in range(EACH)]}
    fitting |= _webhooks(system) | imports(system, sheets["security.import_units"]) | exports(system)
    units = [unit.id for unit in made.units if unit.id.startswith("44")]
    return Known(
        personas=(branch, head, teller, centre, setter),
        ids={
            "incident": incidents,
            "code": ["gateway.not_found", "gateway.busy"],
            "link": told,
            "elevation": sorted({one for ids in elevations.values() for one in ids}),
            "key": list(permissions.PARAMETERS.values()),
            "proposal": sorted({one for ids in proposals.values() for one in ids}),
            "unit": units,
            "drill": sorted({drill for name, ids in fitting.items() if "drill" in name for drill in ids}),
            "number": ["1"],
            "report": sorted({report for name, ids in fitting.items() if "statistical" in name for report in ids}),
            "draft": sorted({draft for name, ids in fitting.items() if name.endswith("_draft") for draft in ids}),
            "person": people.joined(20),
            "account": sorted({one for name, ids in prepared.fitting.items() if "account" in name for one in ids}),
            **looked_ahead.ids,
            **filed.ids,
            "import": sorted({one for name, ids in fitting.items() if "import" in name for one in ids}),
            "export": sorted({one for name, ids in fitting.items() if name.endswith("_export") for one in ids}),
            "webhook": sorted({webhook for name, ids in fitting.items() if "webhook" in name for webhook in ids}),
        },
        fitting=fitting,
        units=units,
        sheets=sheets,
        bodies={
            **prepared.bodies,
            **filed.bodies,
            **{name: (partial(dict, body),) for name, body in looked_ahead.bodies.items()},
            "notifier.export_subject": (partial(dict, mail=address, reason="示例：本人书面申请"),),
            "security.move_unit": (partial(dict, parent=_other_city(made)),),
            "security.pair_staff": (people.to_pair,),
            **{
                name: (partial(dict, person=first_half(fitting[name][0])),)
                for name in ("security.note_absence", "security.end_absence")
            },
            "security.merge_unit": (partial(dict, into=COUNTER),),
        },
        client=_client(),
    )


def _incidents(stage: Stage, head: Persona) -> dict[str, list[str]]:
    """Incidents in the states that the operations need, by operation."""
    person = stage.person(head.subject)

    def step(incidents: list[str], *paths: str) -> list[str]:
        for incident in incidents:
            for path in paths:
                _ok(person.post(f"/v1/incidents/{incident}/{path}", {}))
        return incidents

    def first_reports(incidents: list[str]) -> list[str]:
        for incident in incidents:
            _ok(person.post(f"/v1/incidents/{incident}/reports", FIRST_REPORT | {"signer": head.subject}))
        return incidents

    def reported(said: Mapping[str, Any]) -> list[str]:
        return [_report(stage, said) for _ in range(EACH)]

    return {
        "emergency.begin_response": reported(LIGHT),
        "emergency.judge": reported(LIGHT),
        "emergency.submit_report": reported(LIGHT),
        "emergency.add_facts": reported(LIGHT),
        "emergency.contain": step(reported(LIGHT), "response"),
        "emergency.close": step(first_reports(reported(LIGHT)), "response", "containment"),
        "emergency.refer_claim": reported(CLAIM),
        "emergency.acknowledge": reported(GRAVE),
        "emergency.record_guidance": reported(GRAVE),
    }


def _handling_bodies(stage: Stage, head: Persona) -> dict[str, list[str]]:
    """Units that have a handling body, by operation."""
    members = [{"person": head.subject, "role": "leader"}, {"person": "P440100001", "role": "deputy"}]
    units = ["44", "4401", COUNTER]
    for unit in units:
        _ok(stage.person(head.subject).put(f"/v1/handling-bodies/{unit}", {"members": members}))
    return {f"emergency.{name}": units for name in ("set_handling_body", "confirm_handling_body", "handling_body")}


def _webhooks(system: Speaker) -> dict[str, list[str]]:
    """Subscriptions in the states that the operations need, by operation; few escalations concern them."""

    def subscribed(*then: str) -> list[str]:
        made = []
        for number in range(EACH):
            body = {"name": f"fuzz {number}", "unit": "HQ", "url": WEBHOOK_URL, "levels": ["IV"]}
            made.append(str(_ok(system.post("/v1/webhooks", body))["id"]))
            for path in then:
                _ok(system.post(f"/v1/webhooks/{made[-1]}/{path}", {}))
        return made

    shown = subscribed()
    return {
        **{f"notifier.{name}": shown for name in ("webhook", "change_webhook", "webhook_deliveries")},
        "notifier.rotate_webhook_secret": subscribed(),
        "notifier.end_webhook_rotation": subscribed("rotation"),
        "notifier.disable_webhook": subscribed(),
        "notifier.enable_webhook": subscribed("disabling"),
        "notifier.test_webhook": subscribed(),
        "notifier.redeliver": subscribed(),
    }


def _drills(stage: Stage, head: Persona) -> dict[str, list[str]]:
    """Drills in the states that the operations need, by operation; another person leads them."""
    person, leader = stage.person(head.subject), stage.person("P440100001")
    soon, later = machine_now() + timedelta(minutes=10), machine_now() + timedelta(hours=1)
    plan = {"scenario": "fire", "unit": "4401", "counters": [COUNTER], "leader": "P440100001"}
    plan |= {"starts_at": soon.isoformat(), "ends_at": later.isoformat()}
    improvements = [{"what": "示例", "owner": head.subject, "due": "2036-12-31"}]
    scores = [{"item": "示例", "score": 8}]

    def planned() -> list[str]:
        return [str(_ok(person.post("/v1/drills", plan))["id"]) for _ in range(EACH)]

    def held() -> list[str]:
        ids, now = planned(), machine_now().isoformat()
        record = {"started_at": now, "ended_at": now, "content": "示例", "participants": [head.subject]}
        for drill in ids:
            _ok(leader.post(f"/v1/drills/{drill}/record", record))
        return ids

    def evaluated(**more: Any) -> list[str]:
        ids = held()
        for drill in ids:
            _ok(person.post(f"/v1/drills/{drill}/evaluation", {"scores": scores, **more}))
        return ids

    return {
        "emergency.postpone_drill": planned(),
        "emergency.cancel_drill": planned(),
        "emergency.open_drill_incident": planned(),
        "emergency.record_drill": planned(),
        "emergency.evaluate_drill": held(),
        "emergency.complete_improvement": evaluated(improvements=improvements),
        "emergency.close_drill": evaluated(),
    }


def _drafts(stage: Stage) -> dict[str, list[str]]:
    """Undecided drafts, by operation: one for each category of complaints."""
    system, now = stage.system(SYSTEM, GRANTS), machine_now().isoformat()
    for number in range(2 * EACH):
        signal = {"counter": COUNTER, "kind": "complaint", "category": f"fuzz-{number}", "count": 3}
        _ok(system.post("/v1/signals", signal | {"occurred_at": now}))
    head = stage.system(SYSTEM, (*GRANTS, "draft.read"))
    _rest()
    ids = [str(each["id"]) for each in _ok(head.get("/v1/incident-drafts", limit=2 * EACH))["items"]]
    return {"emergency.confirm_draft": ids[:EACH], "emergency.dismiss_draft": ids[EACH:]}


def _statistical_reports(stage: Stage, head: Persona, made: Organisation) -> dict[str, list[str]]:
    """Reports of past years, by operation: the documented example draws up another one. The province draws them up."""
    drawer, confirmer = stage.person(_holder(made, "province_ops_head", "44")), stage.person(head.subject)

    def drawn_up(*years: int) -> list[str]:
        said = [{"unit": "44", "period": f"{year}"} for year in years]
        return [str(_ok(drawer.post("/v1/statistical-reports", each))["id"]) for each in said]

    confirmed = drawn_up(*range(2006, 2012))
    for report in confirmed:
        _ok(confirmer.post(f"/v1/statistical-reports/{report}/confirmation", {}))
    return {
        "emergency.confirm_statistical_report": drawn_up(*range(2000, 2006)),
        "emergency.submit_statistical_report": confirmed,
        "emergency.correct_statistical_report": drawn_up(*range(2012, 2018)),
    }


def _report(stage: Stage, said: Mapping[str, Any]) -> str:
    body = {**said, "unit": COUNTER, "summary": "示例事件，不含个人信息", "drill": True}
    return str(_ok(stage.system(SYSTEM, GRANTS).post("/v1/incidents", body))["id"])


def _told(mails: Mailbox, address: str, incident: str) -> str:
    """The one-time link that the person was sent of this incident."""
    return wait_for("the mail", lambda: mails.first_to(address, incident)).link


def _client() -> dict[str, str]:
    said = branch_clients.obey("add", CLIENT, [{"action": "incident.read", "unit": "HQ"}])
    secret = next(line.split()[1] for line in said if line.startswith("secret"))
    return {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}


def _other_city(made: Organisation) -> str:
    return next(one.id for one in made.units if one.kind == "city" and one.id != "4401")


def _holder(made: Organisation, post: str, unit: str) -> str:
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == (post, unit, "holder"))


def _rest() -> None:
    """Wait until the directory has reached every service."""
    state = place.instance()
    idleness.wait(place.health_ports(state), state["amqp"]["deploy"], topology.contracts(), seconds=60)


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    return response.json()
