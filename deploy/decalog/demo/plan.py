"""The plan of an incident (R7.9, R7.11): its steps are on people's lists, and closing waits for the mandatory ones."""

from collections.abc import Mapping
from typing import Any

from decalog.demo.stage import Speaker, Stage, wait_for
from decalog.organisation import Organisation

REPORT = {"kind": "first", "course": "演示：示例经过，不含个人信息"}


def show_plan(stage: Stage, made: Organisation, incident: Mapping[str, Any]) -> str:
    """The counter's head finds a step of this level II incident among their tasks and does it; the incident closes
    after the mandatory steps and not before; its review is owed, filed, and gives somebody an action."""
    name, counter = str(incident["id"]), str(incident["unit"])
    supervisor = stage.person(_holder(made, "counter_supervisor", counter))
    lead = stage.person(_holder(made, "ho_business_management_head", "HQ"))
    plan = _ok(lead.get(f"/v1/incidents/{name}/plan"))

    task = wait_for("the task", lambda: _task(supervisor, name))
    _ok(supervisor.post(task["done_at"], {"note": "演示：已办"}))
    wait_for("its end", lambda: None if _task(supervisor, name, task["id"]) else True)
    refused = _close_early(lead, name, _holder(made, "ho_business_management_head", "HQ"))
    for step in _ok(lead.get(f"/v1/incidents/{name}/plan"))["steps"]:
        if step["mandatory"] and step["state"] == "open":
            _ok(lead.post(f"/v1/incidents/{name}/steps/{step['id']}/completion", {}))
    closed = _ok(lead.post(f"/v1/incidents/{name}/closing", {"outcome": "handled"}))
    assert closed["state"] == "closed", closed
    seen = f"{task['title']['en']!r} done from the list; {refused} first, then closed"
    return f"{plan['plan']}: {seen}; {_review(lead, name)}"


def _close_early(lead: Speaker, id: str, signer: str) -> str:
    """Everything but the plan's steps is there: the refusal names them."""
    _ok(lead.post(f"/v1/incidents/{id}/response", {}))
    _ok(lead.post(f"/v1/incidents/{id}/guidance", {"words": "演示：先疏导客户"}))
    _ok(lead.post(f"/v1/incidents/{id}/reports", {**REPORT, "signer": signer, "contact": signer}))
    _ok(lead.post(f"/v1/incidents/{id}/containment", {}))
    refusal = lead.post(f"/v1/incidents/{id}/closing", {"outcome": "handled"})
    problem = refusal.json()
    assert (refusal.status_code, problem["code"]) == (409, "emergency.mandatory_steps_open"), problem
    return f"409 with {len(problem['errors'])} steps"


def _review(lead: Speaker, id: str) -> str:
    owed = _ok(lead.get(f"/v1/incidents/{id}/review"))
    assert owed["due"], owed
    action = {
        "what": "演示：检查备用出口",
        "owner": {"post": "centre_manager", "unit": "4401"},
        "due": "2099-01-01T09:00:00+08:00",
    }
    body = {"findings": "演示：疏散过慢", "lessons": "演示：先开备用出口", "actions": [action]}
    reviewed = _ok(lead.post(f"/v1/incidents/{id}/review", body))
    assert reviewed["state"] == "reviewed", reviewed
    return f"review owed by {owed['due'][:10]}, filed with {len(reviewed['actions'])} action"


def _task(person: Speaker, incident: str, id: str | None = None) -> Mapping[str, Any] | None:
    """The first open task of this incident on the person's list, or the one of this id."""
    listed = _ok(person.get("/v1/my/tasks"))
    assert listed["partial"] is False, listed
    about = f"/v1/incidents/{incident}"
    return next((one for one in listed["items"] if one["about"] == about and id in (None, one["id"])), None)


def _holder(made: Organisation, post: str, unit: str) -> str:
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == (post, unit, "holder"))


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
