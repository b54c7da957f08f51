"""What plans and reviews need to be there: plans of units, incidents that are closed, and reviewed with an action."""

from collections.abc import Callable
from typing import Any

UNITS = ["44", "4401", "4401003"]
STEPS = {"complete_step": "call_ambulance", "waive_step": "first_aid"}
FOR_LATER = "2099-01-01T09:00:00+08:00"


def of_plans_and_reviews(person: Any, subject: str, report: Callable[[], list[str]]) -> dict[str, list[str]]:
    """Ids by operation, or by operation and parameter where an operation has several."""
    fires = {"kind": ["fire"], "version": ["1"]}
    found = {f"emergency.adopt_plan.{name}": ids for name, ids in {**fires, "unit": UNITS}.items()}
    found |= {f"emergency.plan.{name}": ids for name, ids in {**fires, "unit": ["default"]}.items()}
    found |= {"emergency.plan_in_force.kind": ["fire"], "emergency.plan_in_force.unit": UNITS}
    for operation, step in STEPS.items():
        found |= {f"emergency.{operation}.incident": report(), f"emergency.{operation}.step": [step]}
    found["emergency.review_incident"] = [_closed(person, subject, incident) for incident in report()]
    for operation in ("complete_action", "reassign_action", "delegate_action"):
        incidents = [_reviewed(person, subject, _closed(person, subject, incident)) for incident in report()]
        found |= {f"emergency.{operation}.incident": incidents, f"emergency.{operation}.action": ["a1"]}
    return found


def _closed(person: Any, subject: str, incident: str) -> str:
    report = {"kind": "first", "course": "示例", "contact": subject, "signer": subject}
    for path, body in (("response", {}), ("reports", report), ("containment", {}), ("closing", {"outcome": "handled"})):
        response = person.post(f"/v1/incidents/{incident}/{path}", body)
        assert response.is_success, response.text
    return incident


def _reviewed(person: Any, subject: str, incident: str) -> str:
    action = {"what": "示例事项", "owner": {"person": subject}, "due": FOR_LATER}
    body = {"findings": "示例", "lessons": "示例", "actions": [action]}
    response = person.post(f"/v1/incidents/{incident}/review", body)
    assert response.is_success, response.text
    return incident
