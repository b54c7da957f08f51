"""Every operation of every service, by every kind of caller at every kind of unit: 0 crossings, and none not driven.

In time order: systems that are to be kept out; the call itself, which must succeed; systems that are to be let in; then
people take their seats, who are kept out or let in by their posts, and by how they stand to the thing. What a post may
do is read from the table that security shows to everybody; that a limit of level holds too, emergency's tests show.
"""

import pytest
from attrs import evolve

from chassis.identity import Caller
from chassis.store import Reach
from decalog.topology import contracts
from tests.house import ground
from tests.scope.people import SEATS, cast, relate, related
from tests.scope.rule import call, crossings, entered, kept_out, let_in, systems
from tests.scope.services import SERVICES

pytestmark = [pytest.mark.live, pytest.mark.clause("R9.5", "R9.6", "R9.8")]

CELLS = [(contract.service, one.name) for contract in contracts() for one in contract.operations]


@pytest.mark.parametrize(("service", "name"), CELLS)
def test_an_operation_lets_in_whom_the_rule_lets_in_and_nobody_else(service, name):
    contract, scene = SERVICES[service]
    operation = contract.operation(name)
    house, request = scene(ground(f"scope_{service}"), name)
    personas = systems(operation, contract.grants, request)
    found = crossings(house, operation, request, kept_out(operation, request, personas))
    answer = call(house, operation, request, request.by, "scope-by")
    assert "ok" in answer, "what is to be tried does not succeed"
    assert entered(request, answer), "what is to be tried does nothing"
    found += crossings(house, operation, request, let_in(operation, request, personas))

    found += [] if operation.public else by_people(service, house, operation, request)

    assert found == []


def by_people(service, house, operation, request):
    """The crossings of people, once the thing is where the call has put it."""
    request = evolve(request, places=request.afterwards or request.places)
    people, now = cast(service, operation, request, house.clock.now()), house.clock.now()
    SEATS[service](house, people.values())
    personas = {name: one.persona(service, now) for name, one in people.items()}
    relations, things = related(house, operation, request)
    found = []
    for chosen in (kept_out, let_in):
        found += crossings(house, operation, request, chosen(operation, request, personas))
        for name, one in chosen(operation, request, relations).items():
            relate(one, things, request)
            found += crossings(house, operation, request, {name: one})
    return found


def test_a_service_that_looked_at_no_unit_would_be_noticed(monkeypatch):
    contract, scene = SERVICES["emergency"]
    operation = contract.operation("begin_response")
    house, request = scene(ground("scope_emergency"), operation.name)
    reach = Caller.reach
    monkeypatch.setattr(Caller, "reach", lambda *said: reach(*said) and Reach(("HQ",), ("HQ",)))

    found = crossings(house, operation, request, systems(operation, contract.grants, request))

    said = [one.partition(":")[0] for one in found]
    assert said == ["begin_response by sibling", "begin_response by elsewhere"]
