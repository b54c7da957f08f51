"""The generated contracts under `contracts/`: one OpenAPI and one AsyncAPI file a service."""

import json
from collections.abc import Iterable
from pathlib import Path

from chassis.contract import Contract
from chassis.openapi import openapi
from decalog.asyncapi import asyncapi

FOLDER = Path("contracts")


def rendered(contracts: Iterable[Contract]) -> dict[Path, str]:
    """Every file's path and text."""
    files = {}
    for contract in contracts:
        for kind, document in (("openapi", openapi(contract)), ("asyncapi", asyncapi(contract))):
            text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            files[FOLDER / f"{contract.service}.{kind}.json"] = text
    return files


def write(contracts: Iterable[Contract]) -> list[Path]:
    """Write the files anew and remove those of services that are gone; the paths that changed."""
    files = rendered(contracts)
    FOLDER.mkdir(exist_ok=True)
    changed = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in changed:
        path.write_text(files[path])
    gone = [path for path in FOLDER.glob("*.json") if path not in files]
    for path in gone:
        path.unlink()
    return changed + gone


def drifted(contracts: Iterable[Contract]) -> list[Path]:
    """The files that differ from what the contracts say now."""
    files = rendered(contracts)
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    return stale + [path for path in FOLDER.glob("*.json") if path not in files]
