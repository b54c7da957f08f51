"""Every list of every service, by a grant over every unit: the rows of that unit and below, all and no other."""

from typing import Any

import pytest

from tests.house import ground, system
from tests.scope.rule import PARENTS, call, chain
from tests.scope.services import SERVICES

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.5")]

PARTS = {"warning_receipt_list"}
"""Lists of the parts of one thing, which stand at units of their own."""

LISTS = [
    (service, one.name)
    for service, (contract, _) in SERVICES.items()
    for one in contract.operations
    if one.kind == "query" and one.granted and one.paged and (not one.parameters or one.name in PARTS)
]
ELSEWHERE = {"unit_list": "id", "signal_list": "counter"}
"""The field of a row that names its unit, where it is not `unit`."""

AT_ROOT = {"disclosures"}
"""Rows that stand at head office, whoever they are about."""


def places(name: str, row: dict[str, Any]) -> list[str]:
    """Where the row's thing stands, and the units that it is for: those below a warning's, a drill's counters."""
    at = "HQ" if name in AT_ROOT else str(row[ELSEWHERE.get(name, "unit")])
    below = [unit for unit in PARENTS if at in chain(unit)] if name == "warning_list" else []
    return [at, *below, *(row["counters"] if name == "drill_list" else [])]


@pytest.mark.parametrize(("service", "name"), LISTS)
def test_a_list_shows_the_rows_within_reach_and_no_other(service, name):
    contract, scene = SERVICES[service]
    operation = contract.operation(name)
    house, request = scene(ground(f"scope_{service}"), name)

    def rows(unit: str) -> list[dict[str, Any]]:
        answer = call(house, operation, request, system("scope-lister", unit, operation.needs), "list")
        return answer["ok"]["body"]["items"] if "ok" in answer or not operation.parameters else []

    everything = rows("HQ")
    assert everything, f"{name} has no row to show"
    for unit in PARENTS:
        assert rows(unit) == [row for row in everything if any(unit in chain(at) for at in places(name, row))]
