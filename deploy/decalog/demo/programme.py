"""Runs the steps of the story, prints each as it ends, and writes `.local/demo.json`."""

import json
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field, frozen

from chassis.clock import monotonic
from decalog import place, topology
from decalog.demo.stage import Stage, wait_for

REPORT = Path(".local/demo.json")
REQUEST_SECONDS = 35.0


@frozen
class Played:
    """How one step went."""

    name: str
    passed: bool
    said: str
    seconds: float


@define
class Programme:
    """The steps played so far, and the figures that they measured (milliseconds)."""

    stage: Stage
    played: list[Played] = field(factory=list)
    figures: dict[str, Any] = field(factory=dict)

    def step(self, name: str, play: Callable[[], str]) -> None:
        """Play one step: it says what was seen, or raises."""
        began = monotonic()
        try:
            said, passed = play(), True
        except Exception as error:  # noqa: BLE001 a failed step is reported, and the story goes on
            said, passed = f"{type(error).__name__}: {error}", False
            traceback.print_exc(file=sys.stderr)
        self.played.append(Played(name, passed, said, monotonic() - began))
        print(f"{'ok  ' if passed else 'FAIL'} {name}: {said}", flush=True)

    def end(self) -> int:
        """Print the table and the addresses, write the report; the exit status."""
        failed = [one for one in self.played if not one.passed]
        width = max(len(one.name) for one in self.played)
        print("\n" + "\n".join(f"  {one.name:<{width}}  {_mark(one)}  {one.seconds:6.2f} s" for one in self.played))
        for name, value in self.figures.items():
            print(f"  {name}: {value}")
        print(f"\ngateway    {self.stage.state['gateway_url']}   (docs at /docs, contract at /openapi.json)")
        print(f"instance   {self.stage.state['root']}/instance.json   logs in {self.stage.state['logs']}")
        print(f"\ndemo: {len(self.played) - len(failed)} steps passed, {len(failed)} failed")
        REPORT.parent.mkdir(exist_ok=True)
        report = {
            "steps": len(self.played),
            "failures": [{"step": one.name, "said": one.said} for one in failed],
            "milliseconds": self.figures,
        }
        REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
        return 1 if failed else 0


def open_stage(services: Iterable[str] = ()) -> Stage:
    """The stage of the instance that runs, once its gateway serves these services (none named: all that there are)."""
    state = place.instance()
    http = httpx.Client(base_url=state["gateway_url"], timeout=REQUEST_SECONDS)
    wanted = set(services) or {contract.service for contract in topology.contracts()}
    wait_for("every service at the gateway", lambda: wanted <= _served(http) or None)
    return Stage(state, http)


def _served(http: httpx.Client) -> set[str]:
    """The services whose operations the gateway offers."""
    paths = http.get("/openapi.json").json()["paths"]
    return {tag for item in paths.values() for operation in item.values() for tag in operation.get("tags", ())}


def _mark(one: Played) -> str:
    return "passed" if one.passed else "FAILED"
