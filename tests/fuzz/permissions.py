"""What has to be there before operations on matrices and elevations can succeed, by operation."""

from collections.abc import Mapping
from typing import Any

from decalog.demo.stage import Speaker, Stage

COUNTER = "4401003"
CENTRE = "P440000002"
"""The head of a Business Management Centre, who is made a reviewer of the other provinces that are used here."""

MANAGER = "P440100003"
OTHERS = ("P440100024", "P440100025", "P440100026")
"""Tellers of the counter, beside the persona."""

FRESH, DRAWN, SUBMITTED, SET, IN_FORCE, BACK = ("11", "12"), ("13", "14"), ("15", "21"), ("22", "23"), ("31",), ("32",)
ROWS = [
    {"post": "teller", "permission": "policy.change", "scope": "own"},
    {"post": "counter_supervisor", "permission": "policy.change_check", "scope": "unit"},
]
PARAMETERS = {"security": "activity_check_hours", "emergency": "body_confirm_days"}

RIGHTS = ("policy.reprint", "policy.loan", "policy.reinstate", "image.scan", "report.view", "policy.query")


def reviewers_sheet() -> str:
    """Makes `CENTRE` a reviewer of the provinces that are used here."""
    provinces = (*FRESH, *DRAWN, *SUBMITTED, *SET, *IN_FORCE, *BACK)
    rows = [f"{CENTRE},province_reviewer,{province},holder,2026-01-01," for province in provinces]
    return "\n".join(["person,post,unit,kind,from,to", *rows, ""])


def matrices(stage: Stage, setter: str) -> dict[str, list[str]]:
    """Provinces whose matrices are in the states that the operations need."""
    for province in (*DRAWN, *SUBMITTED, *SET, *IN_FORCE, *BACK):
        head = stage.person(f"P{province}0000002")
        _ok(head.put(f"{_matrix(province)}/draft", {"rows": ROWS}))
        if province not in DRAWN:
            _ok(head.post(f"{_matrix(province)}/draft/submission", {}))
    for province in (*SET, *IN_FORCE):
        _set(stage.person(setter), province)
    for province in IN_FORCE:
        _ok(stage.person(CENTRE).post(f"{_matrix(province)}/draft/acceptance", {}))
    return {
        "security.draft_matrix": list(FRESH),
        "security.submit_matrix": list(DRAWN),
        "security.report_setting": list(SUBMITTED),
        "security.matrix_export": list(SUBMITTED),
        "security.accept_matrix": list(SET),
        "security.return_matrix": list(BACK),
        "security.matrix": list(IN_FORCE),
        "security.matrix_versions": list(IN_FORCE),
        "security.recertify_matrix": list(IN_FORCE),
    }


def elevations(stage: Stage, teller: str) -> dict[str, list[str]]:
    """Elevations in the states that the operations need: of this person, and others that this person may decide."""
    own, manager = stage.person(teller), stage.person(MANAGER)
    one, two, three = (stage.person(person) for person in OTHERS)
    return {
        "security.approve_elevation": [_asked(one, right) for right in RIGHTS],
        "security.refuse_elevation": [_asked(two, right) for right in RIGHTS],
        "security.withdraw_elevation": [_asked(own, right) for right in RIGHTS],
        "security.use_elevation": [_given(manager, _asked(own, right, "BQ-1")) for right in RIGHTS],
        "security.revoke_elevation": [_given(manager, _asked(three, right)) for right in RIGHTS],
        "security.elevation": [_asked(own, "policy.reprint")],
    }


def parameters(stage: Stage, head: str) -> dict[str, list[str]]:
    """Proposed values that this person may decide, and some of the person's own to take back, in each service."""
    centre, own = stage.person(CENTRE), stage.person(head)
    found: dict[str, list[str]] = {}
    for service, key in PARAMETERS.items():
        found |= {
            f"{service}.approve_parameter": [_proposed(centre, service, key) for _ in RIGHTS],
            f"{service}.reject_parameter": [_proposed(centre, service, key) for _ in RIGHTS],
            f"{service}.withdraw_parameter": [_proposed(own, service, key) for _ in RIGHTS],
            f"{service}.parameter_proposal": [_proposed(own, service, key)],
        }
    return found


def numbers() -> dict[str, list[str]]:
    """The parameter that is asked for in each service."""
    names = ("parameter", "propose_parameter")
    return {f"{service}.{name}": [key] for service, key in PARAMETERS.items() for name in names}


def _proposed(who: Speaker, service: str, key: str) -> str:
    body = {"unit": "44", "value": 12, "reason": "示例"}
    return str(_ok(who.post(f"/v1/{service}/parameters/{key}/proposals", body))["id"])


def _matrix(province: str) -> str:
    return f"/v1/permission-matrices/{province}"


def _set(setter: Speaker, province: str) -> None:
    export = _ok(setter.get(f"{_matrix(province)}/draft/export"))
    _ok(setter.post(f"{_matrix(province)}/draft/setting", {"digest": export["digest"], "rows": export["rows"]}))


def _asked(who: Speaker, right: str, reference: str | None = None) -> str:
    body: Mapping[str, Any] = {"right": right, "unit": COUNTER, "reason": "示例", "unable": "示例"}
    kind = {"kind": "temporary"} if reference is None else {"kind": "single", "reference": reference}
    return str(_ok(who.post("/v1/elevations", {**body, **kind}))["id"])


def _given(head: Speaker, elevation: str) -> str:
    _ok(head.post(f"/v1/elevations/{elevation}/approval", {}))
    return elevation


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    return response.json()
