"""How each operation of emergency is made to succeed, and at which unit its thing stands.

Commands are those of the contract's own tests (`test_contract.ANNOUNCED`), which have every one of them.
"""

from functools import partial
from typing import Any

from emergency.authority import Action
from emergency.contract import CONTRACT
from services.emergency.tests.component import (
    contract_of_attachments,
    contract_of_drills,
    contract_of_parameters,
    contract_of_statistics,
    risk_cases,
)
from services.emergency.tests.component import test_contract as commands
from services.emergency.tests.component.contract_of_watching import suggested
from services.emergency.tests.component.office import COUNTER, HO_REVIEWER, open_office
from tests.house import Badge, Ground, House, system
from tests.scope.rule import PARENTS, Request, chain

STANDS = {
    "incident": COUNTER,
    "inspection": COUNTER,
    "drill": "4401",
    "warning": "4401",
    "draft": COUNTER,
    "report": "44",
    "proposal": "44",
}
"""Where the things of those scenes stand, by the name of the path's first parameter."""

PLAN = commands.citys()


def adopted(house: House) -> dict[str, str]:
    """A version of the city's plan for fires."""
    path = PLAN(house)
    house.done("adopt_plan", HO_REVIEWER, path=path, body=commands.PLAN)
    house.settle()
    return dict(path)


def planned_inspections(house: House) -> str:
    """The city's plan of inspections."""
    house.done("set_risk_inspection_plan", HO_REVIEWER, path={"unit": "4401"}, body=risk_cases.PLAN)
    return "4401"


def signalled(house: House) -> None:
    """A signal at the counter, and the draft that it suggests."""
    suggested(house)


def filed(house: House) -> dict[str, str]:
    """A file of an incident."""
    incident = contract_of_attachments.with_file(house)
    (shown,) = house.done("incident", HO_REVIEWER, path={"incident": incident})["body"]["attachments"]
    return {"incident": incident, "hash": shown["hash"]}


def numbered(_: House) -> str:
    """A number that the rules leave to us."""
    return str(contract_of_parameters.KEY)


READER = system("scope-reader", "HQ", *CONTRACT.grants)
READ: dict[str, Any] = {
    "incident": commands.one(),
    "inspection": risk_cases.found(),
    "drill": contract_of_drills.planned,
    "warning": risk_cases.warned,
    "draft": suggested,
    "report": contract_of_statistics.drawn,
}
"""What is read, by the name of the path's first parameter."""

QUERIES: dict[str, Any] = {
    "incident_review": commands.looked_back,
    "handling_body": commands.grouped,
    "plan": adopted,
    "plan_in_force": lambda house: {name: adopted(house)[name] for name in ("unit", "kind")},
    "risk_inspection_plan": planned_inspections,
    "drill_programme": commands.city,
    "attachment": filed,
    "parameter": numbered,
    "parameter_list": numbered,
    "parameter_proposal": contract_of_parameters.proposes,
    "parameter_proposal_list": contract_of_parameters.proposes,
    "incident_list": commands.one(),
    "handling_body_list": commands.grouped,
    "plan_list": adopted,
    "risk_inspection_list": risk_cases.found(),
    "risk_finding_register": risk_cases.found(),
    "warning_list": risk_cases.warned,
    "drill_standing_list": lambda house: house.round("drills"),
    "drill_list": contract_of_drills.planned,
    "signal_list": signalled,
    "draft_list": suggested,
    "statistical_report_list": contract_of_statistics.drawn,
}
"""What is read, where the operation needs another thing, or is a list."""

AT_COUNTER = {"unit": COUNTER}
ASKED = {
    "incident_statistics": contract_of_statistics.RANGE,
    "objects_kept": {"hashes": "0" * 64},
    "parameter": AT_COUNTER,
    "parameter_list": AT_COUNTER,
}
ALSO = {"link_foretold_incident": (Action.READ.value,)}
"""What the caller needs besides: a command that names a second thing lets nobody see it who could not."""

SEEN_BY = {"warning": tuple(unit for unit in PARENTS if "4401" in chain(unit)), "drill": (COUNTER,)}
"""Who sees a thing besides those above it: a warning is for all below its unit (R7.7), a drill for its counters."""


def scene(ground: Ground, name: str) -> tuple[House, Request]:
    """Emergency with what the operation needs, and the request that then succeeds."""
    house, operation = open_office(ground), CONTRACT.operation(name)
    assert operation is not None
    if operation.kind == "query":
        made = QUERIES.get(name) or (READ.get(operation.parameters[0]) if operation.parameters else None)
        by, body = READER, None
    else:
        _, made, by, body, _ = next(one for one in commands.ANNOUNCED if one[0] == name)
    path = commands.path_of(name, made, house) if operation.parameters else made and made(house) and None
    query = ASKED.get(name)
    body = partial(_attaching, house) if name == "attach" else commands.said_of(body, house)
    house.settle()
    seen_by = SEEN_BY.get(operation.parameters[0], ()) if operation.parameters else ()
    return house, Request(by, _places(name, path, query, body), path, query, body, ALSO.get(name, ()), seen_by)


def _attaching(house: House, by: Badge) -> Any:
    return contract_of_attachments.attaching(by)(house)


def _places(name: str, path: Any, query: Any, body: Any) -> tuple[str, ...]:
    """Where the thing stands; nowhere for a list."""
    if name == "acknowledge_warning":
        return (body["unit"],)
    if path and not query and "key" not in path:
        return (path["unit"] if "unit" in path else STANDS[next(iter(path))],)
    said = query or body or {}
    return tuple(said[word] for word in ("unit", "counter") if word in said)
