"""R4.6 in the demo: the province makes a leaver's check due sooner, by four eyes, and nobody below loosens it."""

from datetime import datetime
from typing import Any

from decalog.demo.stage import Stage
from decalog.organisation import Organisation

PROVINCE, COUNTER = "44", "4401003"
NUMBERS = "/v1/security/parameters"
KEY = f"{NUMBERS}/activity_check_hours"
VALUE = 12


def make_stricter(stage: Stage, made: Organisation) -> str:
    """Proposed, refused to its maker, approved by another, in force at the counter; a laxer one there is refused."""
    province = stage.person(_holder(made, "province_ops_head", PROVINCE))
    head_office = stage.person(_holder(made, "ho_business_management_head", "HQ"))
    proposal = _ok(province.post(f"{KEY}/proposals", _wish(PROVINCE, VALUE)))
    approval = f"/v1/security/parameter-proposals/{proposal['id']}/approval"

    own = province.post(approval, {})
    assert own.json()["code"] == "chassis.own_work", own.text
    given = _ok(head_office.post(approval, {}))
    assert given["made_by"] != given["decided_by"], given
    held = _ok(province.get(KEY, unit=COUNTER))
    assert (held["value"], held["set_for"], held["proposal"]) == (VALUE, PROVINCE, given["id"]), held
    laxer = province.post(f"{KEY}/proposals", _wish(COUNTER, VALUE + 1))
    assert laxer.json()["code"] == "chassis.parameter_laxer", laxer.text

    since = datetime.fromisoformat(held["since"])
    return (
        f"{held['default']} h by default, {held['value']} h in {PROVINCE} and at {COUNTER} since {since:%H:%M:%S}; "
        f"own approval and a laxer value below refused"
    )


def _wish(unit: str, value: int) -> dict[str, Any]:
    return {"unit": unit, "value": value, "reason": "演示：本省从严管理"}


def _holder(made: Organisation, post: str, unit: str) -> str:
    return next(one.person for one in made.holders if (one.post, one.unit, one.kind) == (post, unit, "holder"))


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
