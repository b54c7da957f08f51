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


MEASURE = {"text": "增开两个窗口，安排引导", "owner": MANAGER.subject, "due": "2026-11-25T10:00:00Z"}


def warning_of(**more: Any) -> dict[str, Any]:
    """The body of a warning: yellow, of the city, for three days."""
    given = {
        "unit": "4401",
        "kind": "crowd_surge",
        "level": "III",
        "reason": "月底满期给付集中",
        "ends_at": "2026-11-26T10:00:00Z",
        "measures": [MEASURE],
    }
    return {**given, **more}


def warned(house: House, by: Badge = MANAGER, *, key: str = "w1", **more: Any) -> str:
    """A warning is issued, and reaches everybody; its id."""
    answer = house.done("issue_warning", by, key=key, body=warning_of(**more))
    house.settle()
    return str(answer["body"]["id"])


def acts(house: House, operation: str, by: Badge, warning: str, body: Any = None, **path: str) -> dict[str, Any]:
    """A command on a warning that must succeed; its announcements arrive."""
    answer = house.done(operation, by, path={"warning": warning, **path}, body=body or {})
    house.settle()
    return dict(answer["body"])


def warning_shown(house: House, warning: str, by: Badge = HO_REVIEWER) -> dict[str, Any]:
    """The warning as its reader sees it."""
    return dict(house.done("warning", by, path={"warning": warning})["body"])


def receipts(house: House, warning: str, by: Badge = HO_REVIEWER, **query: Any) -> list[dict[str, Any]]:
    """The receipts that the reader sees."""
    answer = house.done("warning_receipt_list", by, path={"warning": warning}, query={"limit": 200, **query})
    return list(answer["body"]["items"])
