"""docs/adding-a-service.md and docs/adding-a-command.md, followed literally in a copy of this workspace."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from decalog.tokens import access_token
from tests.acceptance.guide import Guide, Request, changed
from tests.acceptance.machine import can_start_servers
from tests.acceptance.workspace import ROOT, Workspace, until

SERVICE, COMMAND = (Guide.at(ROOT / "docs" / f"adding-a-{thing}.md") for thing in ("service", "command"))
PACKAGE = "services/lost_property"
UNITS = """id,kind,name,parent
HQ,head_office,总公司,
44,province,广东省分公司,HQ
4401,city,示例市分公司,44
4401003,counter,示例柜面,4401
"""


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A copy of this workspace with the service that the first document adds."""
    with tempfile.TemporaryDirectory(prefix="decalog-adding-") as folder:
        made = Workspace.copied(Path(folder) / "workspace")
        SERVICE.follow(made.root)
        made.install(PACKAGE)
        yield made


def checked(workspace: Workspace) -> None:
    """Lint, format and tests of the service are as they must be."""
    workspace.run("ruff", "check", "--no-cache", PACKAGE)
    workspace.run("ruff", "format", "--check", "--no-cache", PACKAGE)
    workspace.run("pytest", "-q", "-p", "no:cacheprovider", PACKAGE)


@pytest.mark.live
def test_what_the_documents_say_passes_the_checks_and_its_own_tests(workspace: Workspace) -> None:
    can_start_servers()

    checked(workspace)
    COMMAND.follow(workspace.root)
    checked(workspace)

    workspace.run("lint-imports", "--no-cache")
    workspace.run("mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), f"{PACKAGE}/lost_property")
    workspace.run("decalog", "contracts", "write")
    document = json.loads((workspace.root / "contracts/lost_property.openapi.json").read_text())
    operations = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert operations == {
        f"lost_property.{name}" for name in ("record_found_item", "found_item", "hand_back_found_item")
    }


@pytest.mark.live
def test_a_sixth_service_runs_and_a_command_is_added_to_it_while_the_gateway_runs_on(workspace: Workspace) -> None:
    can_start_servers()
    with workspace.running(["security", "lost_property", "gateway"]) as instance:
        state = json.loads(instance.read_text())
        with httpx.Client(base_url=state["gateway_url"], timeout=30) as gateway:
            know_the_counter(state, gateway)
            typed(workspace, SERVICE.command("decalog replay"))
            token = typed(workspace, SERVICE.command("decalog token"))
            recorded = served(gateway, SERVICE.request(), token)

            COMMAND.follow(workspace.root)
            typed(workspace, COMMAND.command("launcher restart"))
            handed_back = served(gateway, COMMAND.request(), token, item=recorded.json()["id"])
            again = served(gateway, COMMAND.request(), token, item=recorded.json()["id"])

        assert (recorded.status_code, handed_back.status_code, again.status_code) == (201, 200, 409)
        assert recorded.headers["location"] == f"/v1/found-items/{recorded.json()['id']}"
        assert recorded.json().items() >= SERVICE.request().answered.items()
        assert handed_back.json().items() >= COMMAND.request().answered.items()
        assert again.json()["code"] == "lost_property.handed_back_already"
        processes, now = state["processes"], json.loads(instance.read_text())["processes"]
        assert now["gateway-1"] == processes["gateway-1"]
        assert now["lost_property-1"]["pid"] != processes["lost_property-1"]["pid"]


def typed(workspace: Workspace, command: list[str]) -> str:
    """What a command line of a document prints."""
    program, *rest = command
    return workspace.run(Path(program).name, *rest).strip()


def know_the_counter(state: dict[str, Any], gateway: httpx.Client) -> None:
    """Import the counter of the examples."""
    grants = [{"action": "directory.import", "unit": "HQ"}]
    token = access_token(Path(state["keys"]), "directory", kind="system", grants=grants)
    sheet = Request("POST", "/v1/units/imports", {}, {"csv": UNITS, "dry_run": False}, {})
    assert served(gateway, sheet, token).json()["faults"] == []


def served(gateway: httpx.Client, request: Request, token: str, **path: str) -> httpx.Response:
    """The answer, once the gateway has the route and the service has heard of the unit: 404 and 503 until then."""

    def answer() -> httpx.Response | None:
        given = gateway.request(
            request.method,
            request.path.format(**path),
            headers={"Authorization": f"Bearer {token}", **request.headers},
            json=request.body,
        )
        return None if given.status_code in (404, 503) else given

    return until(answer)


def test_a_change_is_made_only_where_it_is_said_to_be() -> None:
    text = "one\ntwo\nthree\n"

    assert changed(text, " two\n+and\n@@\n-three\n") == "one\ntwo\nand\n"
    with pytest.raises(AssertionError, match="not there exactly once"):
        changed(text, "-four\n")
