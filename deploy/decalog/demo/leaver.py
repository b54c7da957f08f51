"""R4.6, R9.8: a teller leaves, is refused at once, calls all the same, and the head has a check to make."""

from typing import Any

from chassis.clock import monotonic
from decalog.demo.programme import Programme
from decalog.demo.stage import Listener, Speaker, wait_for

GRANTS = ("staff.manage", "directory.assign", "directory.read")
REFUSED = "gateway.person_refused"
RESULT = {"finding": "rights_not_withdrawn", "words": "演示：权限未及时回收，已于当日回收"}


def play(programme: Programme, personnel: Speaker, head_office: Listener, counter: str, person: str) -> str:
    """`person`, made for this, joins the counter as a teller, works, and leaves. What was seen."""
    _ok(personnel.post("/v1/staff", {"person": person, "unit": counter}))
    _ok(personnel.post("/v1/assignments", {"person": person, "post": "teller", "unit": counter}))
    teller, supervisor = programme.stage.person(person), _supervisor(programme, personnel, counter)
    wait_for("the teller's first call", lambda: teller.get("/v1/my/tasks").is_success or None)

    _ok(personnel.post(f"/v1/staff/{person}/departure", {}))
    left = monotonic()
    wait_for("the refusal", lambda: teller.get("/v1/my/tasks").status_code == 401 or None)
    milliseconds = round((monotonic() - left) * 1000, 1)
    programme.figures["departure_to_refusal"] = milliseconds
    assert teller.get("/v1/my/tasks").json()["code"] == REFUSED

    found = wait_for("the escalation", lambda: _of(head_office, person))
    task = wait_for("the head's task", lambda: _task(supervisor, found["check"]))
    _ok(supervisor.post(task["done_at"], RESULT))
    told = wait_for("the result", lambda: _checked(head_office, found["check"]))
    return (
        f"refused {milliseconds} ms after leaving; the call of {person} was found ({found['cause']}), checked by "
        f"{told['checked_by']} and reported to the province ({told['finding']})"
    )


def _supervisor(programme: Programme, personnel: Speaker, counter: str) -> Speaker:
    query = {"unit": counter, "post": "counter_supervisor"}
    held = _ok(personnel.get("/v1/assignments", **query))["items"]
    return programme.stage.person(next(one["person"] for one in held if one["kind"] == "holder"))


def _of(head_office: Listener, person: str) -> Any:
    found = [one.data for one in list(head_office.arrivals) if one.data.get("person") == person]
    return found[0] if found else None


def _checked(head_office: Listener, check: str) -> Any:
    found = [one.data for one in list(head_office.arrivals) if one.data.get("check") == check and "finding" in one.data]
    return found[0] if found else None


def _task(supervisor: Speaker, check: str) -> Any:
    items = _ok(supervisor.get("/v1/my/tasks"))["items"]
    return next((one for one in items if one["about"].endswith(check)), None)


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
