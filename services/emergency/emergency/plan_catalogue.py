"""R7.9: the plan cards that ship with the product, one for every kind of incident.

Each version is a file of its own, `data/plans.<version>.toml`, and stays: incidents refer to it.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from chassis.work.tasks import Title
from emergency.kinds import Kind
from emergency.levels import Level, Tier
from emergency.plans import SHIPPED, Card, Plan, Step, line_of, plan_id

NEWEST = 1

_SINCE = date(2023, 6, 1)
_LINES = ("do_not", "contacts", "materials", "substitute", "recovery")


@cache
def shipped_plans(version: int = NEWEST) -> Mapping[Kind, Plan]:
    """The card of each kind; the newest are in force where no unit has adopted one."""
    data = tomllib.loads((files("emergency") / "data" / f"plans.{version}.toml").read_text(encoding="utf-8"))
    return MappingProxyType({kind: _plan(kind, version, data) for kind in Kind})


@cache
def shipped_by_id() -> Mapping[str, Plan]:
    """Every version that was ever shipped."""
    plans = (plan for version in range(1, NEWEST + 1) for plan in shipped_plans(version).values())
    return MappingProxyType({plan.id: plan for plan in plans})


def _plan(kind: Kind, version: int, data: Mapping[str, Any]) -> Plan:
    said, line = data["plans"][kind.value], line_of(SHIPPED, kind)
    lead, tier = said["lead"]
    lines = {name: tuple(_title(data["lines"][one]) for one in said[name]) for name in _LINES}
    steps = tuple(_step(name, data["steps"][name]) for name in said["steps"])
    return Plan(
        id=plan_id(line, version),
        line=line,
        unit=SHIPPED,
        units=(),
        kind=kind,
        version=version,
        effective_from=_SINCE,
        card=Card(lead=lead, lead_tier=Tier(tier), steps=steps, **lines),
        adopted_by=SHIPPED,
        adopted_at=datetime(_SINCE.year, _SINCE.month, _SINCE.day, tzinfo=UTC),
    )


def _step(name: str, said: Mapping[str, Any]) -> Step:
    mandatory = said.get("mandatory_from")
    return Step(
        id=name,
        what=_title(said),
        post=said["post"],
        tier=Tier(said["tier"]),
        minutes=said["minutes"],
        level=Level(said["from"]),
        mandatory_from=mandatory and Level(mandatory),
    )


def _title(said: Mapping[str, Any]) -> Title:
    return Title(said["zh"], said["en"])
