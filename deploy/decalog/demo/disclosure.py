"""PIPL in the demo: an address is shown masked, read in clear for a purpose, on record, and found for its owner."""

from typing import Any

from decalog.demo.stage import Stage

GRANTS = ("contact.read", "contact.reveal", "disclosure.read", "subject.export")
PURPOSE, REASON = "delivery_fault", "演示：邮件退回"


def read_in_clear(stage: Stage, person: str, address: str, *, run: str) -> str:
    """Who may reveal it sees it once, and whoever looks at the record sees who, when and what for, and no value."""
    reader = f"DESK-{run}"
    desk = stage.system(reader, GRANTS)
    masked = _ok(desk.get(f"/v1/contact-points/{person}"))["mail"]
    assert "***" in masked, "the address is shown in clear"
    assert address not in masked, "the address is shown in clear"

    path, asked = f"/v1/contact-points/{person}/disclosure", {"purpose": PURPOSE, "reason": REASON}
    told = _ok(desk.post(path, asked, key=run))
    again = _ok(desk.post(path, asked, key=run))
    assert (told["mail"], again["mail"]) == (address, None), "not shown, or shown twice"
    bare = desk.post(path, {"reason": REASON})
    assert bare.status_code == 422, f"{bare.status_code} without a purpose"

    found = _ok(desk.post("/v1/subject-exports", {"mail": address, "reason": "演示：本人书面申请"}))
    assert person in [one["person"] for one in found["subjects"]], found
    page = desk.get("/v1/disclosures", limit=20)
    (record,) = [one for one in _ok(page)["items"] if one["reader"] == reader]
    purposes = [one["purpose"] for one in record["readings"]]
    assert purposes == [PURPOSE, "subject_request"], record
    assert address not in page.text, "the record holds the value that was read"
    return f"shown as {masked}, in clear once for {PURPOSE}; on record: {', '.join(purposes)}"


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
