"""What the component tests of hidden risks and warnings share."""

from typing import Any

from emergency.hidden_risks import CATALOGUE
from services.emergency.tests.component.office import COUNTER, HO_REVIEWER, MANAGER, SUPERVISOR
from tests.house import Badge, House

PLAN = {"every": "month", "due_day": 20, "categories": list(CATALOGUE.codes)}
NOVEMBER = f"{COUNTER}:2026-11"


def results(*severities: str) -> list[dict[str, Any]]:
    """Everything clear but the first item, which has findings of these severities."""
    found = [{"severity": one, "description": "等候区无分流标识"} for one in severities]
    return [
        {"category": CATALOGUE.codes[0], "findings": found},
        *({"category": code, "findings": []} for code in CATALOGUE.codes[1:]),
    ]


def record_of(*severities: str, **more: Any) -> dict[str, Any]:
    """The body of a record."""
    return {"occurred_on": "2026-11-23", "results": results(*severities), **more}


def opened(house: House, unit: str = COUNTER) -> str:
    """The inspection of this month, opened by the counter's supervisor."""
    answer = house.done("open_risk_inspection", SUPERVISOR if unit == COUNTER else HO_REVIEWER, body={"unit": unit})
    house.settle()
    return str(answer["body"]["id"])


def inspected(house: House, *severities: str, unit: str = COUNTER) -> str:
    """The same, recorded with findings of these severities."""
    inspection = opened(house, unit)
    takes(house, "record_risk_inspection", HO_REVIEWER, inspection, record_of(*severities))
    return inspection


def takes(
    house: House,
    operation: str,
    by: Badge,
    inspection: str,
    body: Any = None,
    *,
    number: int | None = None,
    **request: Any,
) -> dict[str, Any]:
    """A command on an inspection, or on its finding of this number, that must succeed; its announcements arrive."""
    answer = house.done(operation, by, path=path_of(inspection, number), body=body or {}, **request)
    house.settle()
    return dict(answer["body"])


def denies(
    house: House, operation: str, by: Badge, inspection: str, body: Any = None, *, number: int | None = None
) -> str:
    """The code of the refusal of a command or query on an inspection."""
    return str(house.refused(operation, by, path=path_of(inspection, number), body=body or {})["code"])


def path_of(inspection: str, number: int | None) -> dict[str, str]:
    """The path of an inspection, or of a finding."""
    return {"inspection": inspection} | ({} if number is None else {"number": str(number)})


def inspection_of(house: House, inspection: str = NOVEMBER, by: Badge = HO_REVIEWER) -> dict[str, Any]:
    """The inspection as its reader sees it."""
    return dict(house.done("risk_inspection", by, path={"inspection": inspection})["body"])


def assigned(house: House, inspection: str, owner: Badge, number: int = 1, by: Badge = MANAGER) -> None:
    """A finding is given to somebody."""
    takes(house, "assign_finding", by, inspection, {"owner": owner.subject}, number=number)


def fixed(house: House, inspection: str, owner: Badge = SUPERVISOR, number: int = 1) -> None:
    """A finding is given to somebody, who puts it right."""
    assigned(house, inspection, owner, number)
    takes(house, "fix_finding", owner, inspection, {"note": "已增设标识"}, number=number)
