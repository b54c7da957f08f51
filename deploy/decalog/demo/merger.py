"""R9.1 in the demo: a counter merges into one of another province, which sees and handles its open incident."""

from pathlib import Path
from typing import Any

from decalog import tokens
from decalog.demo.stage import Speaker, Stage, wait_for
from decalog.organisation import Organisation

OLD, NEW = "44", "33"
CITY = "4401"
GRANTS = ("directory.units", "directory.read", "incident.report", "incident.read", "drill.read")


def merge_a_counter(stage: Stage, made: Organisation, run: str) -> str:
    """A counter made for this is opened, has an incident, and is merged; what both provinces see then."""
    planner, counter = stage.system("PLANNER-DEMO", GRANTS), f"{CITY}M{run}"
    survivor = next(one.id for one in made.units if one.kind == "counter" and one.parent.startswith(NEW))
    _ok(planner.post("/v1/units", {"id": counter, "kind": "counter", "name": "演示柜面", "parent": CITY}))
    programme = f"/v1/drill-programmes/{counter}"
    wait_for("the counter's copy in emergency", lambda: planner.get(programme).is_success or None)
    incident = wait_for("the incident at the counter", lambda: _known(planner, counter, run), seconds=90)
    old, new = (_reader(stage, province) for province in (OLD, NEW))  # who was told by name would still see it
    head = stage.person(_holder(made, "province_ops_head", NEW))
    before = f"/v1/incidents/{incident}"
    assert (old.get(before).status_code, new.get(before).status_code) == (200, 404)

    merged = _ok(planner.post(f"/v1/units/{counter}/merger", {"into": survivor}))
    assert merged["merged_into"] == survivor, merged
    seen = wait_for("the incident in the new province", lambda: _seen(new, before))
    assert seen["unit"] == counter, seen
    assert old.get(before).status_code == 404
    assert _ok(head.post(f"{before}/response", {}))["state"] == "responding"
    refused = planner.post(f"/v1/units/{counter}/name", {"name": "演示"})
    assert refused.json()["code"] == "security.unit_merged", refused.text

    return f"{counter} merged into {survivor}: province {NEW} sees and handles its incident, province {OLD} no longer"


def _known(planner: Speaker, counter: str, run: str) -> str | None:
    """The incident at the counter, once emergency knows where the counter is."""
    report = {"kind": "illness_or_accident", "unit": counter, "summary": "演示：示例事件，不含个人信息"}
    facts = {
        "deaths": 0,
        "injured": 0,
        "taken_ill": 1,
    }  # not of a kind that adds up with what this story tells elsewhere
    told = _ok(planner.post("/v1/incidents", {**report, "facts": facts}, key=f"merger-{run}"))
    found = _ok(planner.get(f"/v1/incidents/{told['id']}"))
    return str(found["id"]) if found["unit_known"] else None


def _reader(stage: Stage, province: str) -> Speaker:
    """The branch system of a province, which reads its incidents."""
    grants = [{"action": "incident.read", "unit": province}]
    return Speaker(
        stage, tokens.access_token(Path(stage.state["keys"]), f"CCMS-{province}", kind="system", grants=grants)
    )


def _seen(reader: Speaker, address: str) -> Any:
    found = reader.get(address)
    return found.json() if found.is_success else None


def _holder(made: Organisation, post: str, unit: str) -> str:
    wanted = (post, unit, "holder")
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == wanted)


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
