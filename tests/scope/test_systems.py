"""Every operation of every service by every kind of grant: 0 crossings, and none that could not be driven."""

import pytest

from chassis.identity import Caller
from chassis.store import Reach
from decalog.topology import contracts
from tests.house import ground
from tests.scope.rule import crossings, systems
from tests.scope.services import SERVICES

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.5")]

CELLS = [(contract.service, one.name) for contract in contracts() for one in contract.operations]


@pytest.mark.parametrize(("service", "name"), CELLS)
def test_an_operation_lets_in_whom_the_grants_let_in_and_nobody_else(service, name):
    contract, scene = SERVICES[service]
    operation = contract.operation(name)
    house, request = scene(ground(f"scope_{service}"), name)

    assert crossings(house, operation, request, systems(operation, contract.grants, request)) == []


def test_a_service_that_looked_at_no_unit_would_be_noticed(monkeypatch):
    contract, scene = SERVICES["emergency"]
    operation = contract.operation("begin_response")
    house, request = scene(ground("scope_emergency"), operation.name)
    reach = Caller.reach
    monkeypatch.setattr(Caller, "reach", lambda *said: reach(*said) and Reach(("HQ",), ("HQ",)))

    found = crossings(house, operation, request, systems(operation, contract.grants, request))

    said = [one.partition(":")[0] for one in found]
    assert said == ["begin_response by sibling", "begin_response by elsewhere"]
