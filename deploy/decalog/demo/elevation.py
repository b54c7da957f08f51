"""R9.6 in the demo: a teller is refused, asks, the head approves, it is done, it ends, the teller is refused again."""

from typing import Any

from decalog.demo.stage import Speaker, Stage, wait_for

COUNTER = "4401003"
TELLER, MANAGER = "P440100024", "P440100003"
ACTION = "incident.close"
CLOSING = {"outcome": "false_alarm", "reason": "演示：误报"}


def elevate_a_teller(stage: Stage, branch: Speaker) -> str:
    """The teller closes one incident of level IV while the elevation lasts, and none before or after."""
    teller, manager = stage.person(TELLER), stage.person(MANAGER)
    first, second = _light(branch), _light(branch)
    before = teller.post(f"/v1/incidents/{first}/closing", CLOSING)
    assert before.status_code in (403, 404), before.text

    wanted = {"kind": "temporary", "right": ACTION, "unit": COUNTER, "reason": "演示：经理外出"}
    asked = _ok(teller.post("/v1/elevations", wanted))
    own = teller.post(f"/v1/elevations/{asked['id']}/approval", {})
    assert own.status_code == 403, own.text
    given = _ok(manager.post(f"/v1/elevations/{asked['id']}/approval", {}))
    closed = wait_for("the closing", lambda: _closed(teller, first))
    assert closed["state"] == "closed", closed

    _ok(manager.post(f"/v1/elevations/{asked['id']}/revocation", {"reason": "演示：已办结"}))
    after = wait_for("the end of the elevation", lambda: _refused(teller, second))
    return f"{ACTION} refused, given by {given['decided_by']}, done, ended early, refused again ({after})"


def _light(branch: Speaker) -> str:
    """An incident of level IV at the counter."""
    facts = {"deaths": 0, "injured": 0, "taken_ill": 1}
    body = {"kind": "illness_or_accident", "unit": COUNTER, "summary": "演示：示例事件，不含个人信息", "facts": facts}
    incident = _ok(branch.post("/v1/incidents", body))
    assert incident["level"] == "IV", incident["level"]
    return str(incident["id"])


def _closed(teller: Speaker, incident: str) -> dict[str, Any] | None:
    """The incident as closed; None while emergency has not heard of the elevation."""
    answer = teller.post(f"/v1/incidents/{incident}/closing", CLOSING)
    return dict(answer.json()) if answer.is_success else None


def _refused(teller: Speaker, incident: str) -> str | None:
    """The code of the refusal; None while emergency has not heard of the end. A body without a reason changes nothing
    even before."""
    answer = teller.post(f"/v1/incidents/{incident}/closing", {"outcome": "false_alarm"})
    return str(answer.json()["code"]) if answer.status_code in (403, 404) else None


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
