"""R9.1 in the demo: a sheet tried out, its bad rows named, imported twice; the directory exported and taken back."""

import base64
import hashlib
from typing import Any

from decalog.demo.stage import Speaker, wait_for

COUNTER = "4401003"
HEADER = "人员,岗位,机构,任职类别,起始日期,终止日期"


def import_and_export(branch: Speaker, *, number: int) -> str:
    """Two bad rows of four are named before anything is written; the good ones are imported once. The directory
    comes back as a workbook, which changes nothing."""
    person = f"PS{number:08}"
    sheet = "\n".join(
        [
            HEADER,
            f"{person},guide,{COUNTER},holder,2026-01-01,2026-02-01",
            f"{person}1,king,{COUNTER},holder,2026-01-01,2026-02-01",
            f"{person}2,teller,{COUNTER},holder,2026-02-30,",
            f"{person}3,teller,{COUNTER},holder,2026-01-01,2026-02-01",
            "",
        ]
    )
    tried = imported(branch, {"kind": "holders", "csv": sheet, "dry_run": True})
    faults = _ok(branch.get(f"/v1/imports/{tried['id']}/faults"))["items"]
    named = [(one["line"], one["column"]) for one in faults]
    assert (tried["done"], named) == (0, [(3, "post"), (4, "from")]), (tried, faults)

    once = imported(branch, {"kind": "holders", "csv": sheet})
    assert (once["done"], once["unchanged"], once["faults"]) == (2, 0, 2), once
    twice = imported(branch, {"kind": "holders", "csv": sheet})
    assert (twice["done"], twice["unchanged"], twice["faults"]) == (0, 2, 2), twice

    export, workbook = exported(branch, {"kind": "units", "form": "xlsx", "reason": "演示：机构核对"})
    back = imported(branch, {"kind": "units", "xlsx": base64.b64encode(workbook).decode()})
    assert (back["done"], back["unchanged"], back["faults"]) == (0, export["rows"], 0), back
    lines = " and ".join(f"line {line} ({column})" for line, column in named)
    return f"{lines} named, 2 rows imported, 0 the second time; {export['name']}: {export['rows']} rows, 0 changes"


def imported(branch: Speaker, body: dict[str, Any]) -> Any:
    """The import that this comes to, when it has been worked off."""
    return _ended(branch, branch.post("/v1/imports", body), "done")


def exported(branch: Speaker, body: dict[str, Any]) -> tuple[Any, bytes]:
    """The export when it is ready, and its file."""
    export = _ended(branch, branch.post("/v1/exports", body), "ready")
    path = f"/v1/exports/{export['id']}/file"
    parts = [_ok(branch.get(path, part=number))["content"] for number in range(export["parts"])]
    content = b"".join(base64.b64decode(part) for part in parts)
    assert hashlib.sha256(content).hexdigest() == export["sha256"], "the file is not what was written"
    return export, content


def _ended(branch: Speaker, accepted: Any, state: str) -> Any:
    assert accepted.status_code == 202, f"{accepted.status_code} {accepted.text}"
    location = accepted.headers["Location"]

    def ended() -> Any:
        said = _ok(branch.get(location))
        return said if said["ended_at"] else None

    said = wait_for("the end of the job", ended)
    assert said["state"] == state, said
    return said


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()
