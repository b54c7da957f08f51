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
SHUT = {
    "chassis.caller_unproven",
    "chassis.not_admitted",
    "chassis.not_granted",
    "chassis.not_found",
    "chassis.not_permitted",
}
"""How a call ends that does not get in. What a service refuses for a reason of its own has got in before."""

BEYOND = ".beyond_authority"
"""How a service's own rule says that a post does not reach so far."""


@frozen
class Request:
    """A call that succeeds, and where the thing stands: nowhere where it is the same for everybody.

    `places` are all of the units over which the caller must have the grant, and those in `also` where it names other
    things too. `seen_by` are units that it is for, whose people may read it and do no more. `owner` is whose own
    thing it is, where a record does not say so among its units; `still`: one's own thing, as long as the grant is held.
    `let_in` says of an answer of success whether it did anything: a sheet is answered row by row. `body` may be made
    for who calls. `afterwards` is where the thing stands once it has moved.
    """

    by: Badge
    places: tuple[str, ...] = ()
    path: dict[str, str] | None = None
    query: dict[str, Any] | None = None
    body: Any = None
    also: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()
    owner: Badge | None = None
    still: bool = False
    afterwards: tuple[str, ...] = ()
    let_in: Any = None


@frozen
class Persona:
    """A caller, nobody where there is no badge; what the rule knows of it: grants held, and relations to the thing.

    `freely` are actions that no limit of level binds: whoever has them is not told that a post does not reach so far.
    """

    badge: Badge | None
    holds: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] = ()
    admitted: bool = True
    freely: tuple[str, ...] = ()


Personas = dict[str, Persona]
"""Callers by what they are called where they are told of."""


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


def systems(operation: Operation, grants: frozenset[str], request: Request) -> Personas:
    """The personas that are systems: the grant at each relative of the unit; every other grant; none; nobody proven."""
    needs, unit = str(operation.needs), (*request.places, "4401003")[0]
    badges = {name: system(f"scope-{name}", at, needs, *request.also) for name, at in relatives(unit).items()}
    badges["every other grant"] = system("scope-others", "HQ", *sorted(grants - {needs}))
    badges["no grant"] = system("scope-none", "HQ")
    return {name: Persona(badge, badge.grants) for name, badge in badges.items()} | {"anonymous": Persona(None)}


def says(operation: Operation, request: Request, persona: Persona) -> bool:
    """Whether the rule lets this caller in."""
    if operation.public:
        return True
    if persona.badge is None or not persona.admitted:
        return False
    if request.still and operation.needs not in {action for action, _ in persona.holds}:
        return False
    if set(persona.related) & set(operation.relations):
        return True
    held = {unit for action, unit in persona.holds if action == operation.needs} if operation.granted else set()
    if request.places:
        above = all(held & set(chain(place)) for place in request.places)
        return above or (operation.kind == "query" and _sees(held, request))
    return bool(held) or (not operation.parameters and operation.relations != (WITHIN,))


def _sees(held: Collection[str], request: Request) -> bool:
    return any(set(held) & set(chain(unit)) for unit in request.seen_by)


def call(house: House, operation: Operation, request: Request, badge: Badge | None, key: str) -> dict[str, Any]:
    """The wire's answer."""
    body = request.body(badge or request.by) if callable(request.body) else request.body
    said: dict[str, Any] = {"path": request.path, "query": request.query, "body": body}
    said["key"] = None if operation.key == "none" else key
    if badge is None:
        return house.calls.answer(operation.name, {}, said)
    return house.answer(operation.name, badge, **said)


def entered(request: Request, answer: dict[str, Any]) -> bool:
    """Whether the answer is that of a call which got in. AssertionError where it says nothing of that."""
    if "ok" in answer:
        return request.let_in is None or bool(request.let_in(answer["ok"]))
    refusal = answer.get("refusal", {})
    code, kind = refusal.get("code", "none"), refusal.get("kind", "unready")
    assert kind != "unready", f"this call proves nothing: {answer}"
    assert code != "chassis.input_faulty", f"this call proves nothing: {answer}"
    return code not in SHUT


def kept_out(operation: Operation, request: Request, personas: Personas) -> Personas:
    """Those of them whom the rule keeps out."""
    return {name: one for name, one in personas.items() if not says(operation, request, one)}


def let_in(operation: Operation, request: Request, personas: Personas) -> Personas:
    """Those of them whom the rule lets in."""
    return {name: one for name, one in personas.items() if says(operation, request, one)}


def crossings(house: House, operation: Operation, request: Request, personas: Personas) -> list[str]:
    """Where what happened is not what the rule says: whoever is to be kept out tries first, whoever is let in then."""
    expected = {name: says(operation, request, persona) for name, persona in personas.items()}
    found = []
    for name in sorted(expected, key=lambda name: expected[name]):
        answer = call(house, operation, request, personas[name].badge, f"scope-{name}")
        inside, shown = entered(request, answer), answer.get("refusal", {}).get("code", "success")
        if operation.needs in personas[name].freely and shown.endswith(BEYOND):
            inside = False
        if inside is not expected[name] and not _sent_back(request, personas[name], answer):
            rule = ("keeps out", "lets in")[expected[name]]
            found.append(f"{operation.name} by {name}: the rule {rule}, and it is {shown}")
    return found


def _sent_back(request: Request, persona: Persona, answer: dict[str, Any]) -> bool:
    """Whether it is seen there, and whoever would do more than read is refused by the service's own rule."""
    refused = answer.get("refusal", {}).get("kind") == "forbidden"
    return refused and _sees([unit for _, unit in persona.holds], request)
