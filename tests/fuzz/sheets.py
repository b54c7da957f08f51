"""Imports and exports in the states that the operations need."""

from functools import partial
from typing import Any

from decalog.demo.stage import Speaker, wait_for

EACH = 6
"""Enough for each persona, and for generated requests after them."""


def imports(system: Speaker, sheet: str) -> dict[str, list[str]]:
    """Imports that were cancelled, which may be cancelled again, and such as are looked at, by operation."""
    made = []
    for _ in range(EACH):
        made.append(str(_ok(system.post("/v1/imports", {"kind": "units", "csv": sheet, "dry_run": True}))["id"]))
    stopped = [one for one in made if system.post(f"/v1/imports/{one}/cancellation", {}).is_success]
    return {
        "security.sheet_import": made,
        "security.import_faults": made,
        "security.cancel_import": stopped,
    }


def exports(system: Speaker) -> dict[str, list[str]]:
    """Exports whose file is there, and such as were cancelled, which may be cancelled again, by operation."""

    def asked() -> str:
        return str(_ok(system.post("/v1/exports", {"kind": "units", "reason": "示例"}))["id"])

    def ready(export: str) -> bool:
        return bool(_ok(system.get(f"/v1/exports/{export}"))["state"] == "ready")

    made = [asked() for _ in range(EACH)]
    stopped = [one for one in made if system.post(f"/v1/exports/{one}/cancellation", {}).is_success]
    shown = [asked() for _ in range(EACH)]
    for export in shown:
        wait_for("the export", partial(lambda one: ready(one) or None, export))
    return {"security.sheet_export": shown, "security.export_file": shown, "security.cancel_export": stopped}


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text[:500]}"
    return response.json()
