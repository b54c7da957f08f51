"""The rule that every service must keep, said once and without them: a grant holds over its unit and all below it.

A cell of the matrix is one call: an operation, on a thing that stands at a unit, by a persona. What the rule says of it
comes from the contract and the tree of units alone; what happened comes from the service. Where the two differ, in
either direction, is a crossing.
"""

from collections.abc import Collection
from typing import Any

from attrs import frozen

from chassis.contract import WITHIN, Operation
from tests.house import Badge, House, system

PARENTS = {
    "HQ": None,
    "44": "HQ",
    "33": "HQ",
    "4401": "44",
    "4402": "44",
    "3301": "33",
    "4401003": "4401",
    "4401001": "4401",
    **{f"440100{number}": "4401" for number in (2, *range(4, 10))},
    "4402001": "4402",
    "3301001": "3301",
}
SHUT = {"chassis.caller_unproven", "chassis.not_granted", "chassis.not_found", "chassis.not_permitted"}
"""How a call ends that does not get in. What a service refuses for a reason of its own has got in before."""


@frozen
class Request:
    """A call that succeeds, and where the thing stands: nowhere where it is the same for everybody.

    `places` are all of the units over which the caller must have the grant, and those in `also` where it names other
    things too. `seen_by` are units that it is for, whose people may read it and do no more. `let_in` says of an answer
    of success whether it did anything: a sheet is answered row by row.
    """

    by: Badge
    places: tuple[str, ...] = ()
    path: dict[str, str] | None = None
    query: dict[str, Any] | None = None
    body: Any = None
    also: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()
    let_in: Any = None


def chain(unit: str) -> tuple[str, ...]:
    """The unit and all above it."""
    above = PARENTS[unit]
    return (unit,) if above is None else (unit, *chain(above))


def relatives(unit: str) -> dict[str, str]:
    """Units by how they stand to this one."""
    own = chain(unit)
    siblings = [each for each, above in PARENTS.items() if above == PARENTS[unit] and each != unit]
    below = [each for each, above in PARENTS.items() if above == unit]
    elsewhere = [each for each in PARENTS if len(chain(each)) == len(own) and chain(each)[-2:] != own[-2:]]
    found = {
        "own": [unit],
        "parent": list(own[1:2]),
        "root": ["HQ"],
        "sibling": siblings,
        "elsewhere": elsewhere,
        "below": below,
    }
    return {name: units[0] for name, units in found.items() if units}


def systems(operation: Operation, grants: frozenset[str], request: Request) -> dict[str, Badge | None]:
    """The personas that are systems: the grant at each relative of the unit; every other grant; none; nobody proven."""
    needs, unit = str(operation.needs), (*request.places, "4401003")[0]
    granted = {name: system(f"scope-{name}", at, needs, *request.also) for name, at in relatives(unit).items()}
    return {
        **granted,
        "every other grant": system("scope-others", "HQ", *sorted(grants - {needs})),
        "no grant": system("scope-none", "HQ"),
        "anonymous": None,
    }


def says(operation: Operation, request: Request, badge: Badge | None) -> bool:
    """Whether the rule lets in a caller who stands in no relation to the thing but by grants."""
    if operation.public:
        return True
    if badge is None:
        return False
    held = {unit for action, unit in badge.grants if action == operation.needs} if operation.granted else set()
    if request.places:
        above = all(held & set(chain(place)) for place in request.places)
        return above or (operation.kind == "query" and _sees(held, request))
    return bool(held) or (not operation.parameters and operation.relations != (WITHIN,))


def _sees(held: Collection[str], request: Request) -> bool:
    return any(set(held) & set(chain(unit)) for unit in request.seen_by)


def call(house: House, operation: Operation, request: Request, badge: Badge | None, key: str) -> dict[str, Any]:
    """The wire's answer."""
    said: dict[str, Any] = {"path": request.path, "query": request.query, "body": request.body}
    said["key"] = None if operation.key == "none" else key
    if badge is None:
        return house.calls.answer(operation.name, {}, said)
    return house.answer(operation.name, badge, **said)


def entered(request: Request, answer: dict[str, Any]) -> bool:
    """Whether the answer is that of a call which got in. AssertionError where it says nothing of that."""
    if "ok" in answer:
        return request.let_in is None or bool(request.let_in(answer["ok"]))
    refusal = answer.get("refusal", {})
    assert refusal.get("kind") not in (None, "malformed", "unready"), f"this call proves nothing: {answer}"
    return refusal["code"] not in SHUT


def crossings(house: House, operation: Operation, request: Request, personas: dict[str, Badge | None]) -> list[str]:
    """Where what happened is not what the rule says.

    In time order: whoever is to be kept out tries, then the call is shown to succeed, then whoever is to be let in.
    """
    found = []
    expected = {name: says(operation, request, badge) for name, badge in personas.items()}
    for name in sorted(expected, key=lambda name: expected[name]):
        if expected[name]:
            break
        found += _crossing(house, operation, request, name, personas[name], expected[name])
    answer = call(house, operation, request, request.by, "scope-by")
    assert "ok" in answer, f"{operation.name} is not driven: {answer}"
    assert entered(request, answer), f"{operation.name} does nothing: {answer}"
    for name in (name for name, inside in expected.items() if inside):
        found += _crossing(house, operation, request, name, personas[name], inside=True)
    return found


def _crossing(
    house: House, operation: Operation, request: Request, name: str, badge: Badge | None, inside: bool
) -> list[str]:
    answer = call(house, operation, request, badge, f"scope-{name}")
    if entered(request, answer) is inside:
        return []
    refusal = answer.get("refusal", {})
    if badge and refusal.get("kind") == "forbidden" and _sees([unit for _, unit in badge.grants], request):
        return []  # it is seen there, and whoever would do more than read is refused by the service's own rule
    shown = answer.get("refusal", {}).get("code", "success")
    return [f"{operation.name} by {name}: the rule {'lets in' if inside else 'keeps out'}, and it is {shown}"]
