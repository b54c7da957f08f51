"""How each operation of security is made to succeed, and at which unit its thing stands.

Commands are those of the service's own tests of its contract, which have every one of them.
"""

from collections.abc import Callable
from typing import Any

from security.authority import Action
from security.contract import CONTRACT
from security.export_operations import EXPORT_OPERATIONS
from security.factor_removal_operations import FACTOR_REMOVAL_OPERATIONS
from services.security.tests.component import bureau, lobby, staffed
from services.security.tests.component import test_account_contract as accounts
from services.security.tests.component import test_contract as directory
from services.security.tests.component import test_parameter_calls as numbers
from services.security.tests.component import test_permission_contract as permissions
from tests.house import Ground, House, system
from tests.scope.rule import Request

COUNTER, PROVINCE, ROOT = "4401003", "44", "HQ"
EVERYTHING = system("scope-reader", "HQ", *Action)
Scene = tuple[House, Request]


def faultless(ok: Any) -> bool:
    """Whether every row of a sheet was taken: rows outside the caller's reach are faults."""
    return not ok["body"]["faults"]


def noted(ok: Any) -> bool:
    """Whether a check was opened: of a person outside the caller's reach nothing is said."""
    return bool(ok["body"]["checks"])


def scene(ground: Ground, name: str) -> Scene:
    """Security with what the operation needs, and the request that then succeeds."""
    made = MADE.get(name) or next(made for names, made in GROUPS.items() if name in names)
    house = bureau.open_bureau(ground)
    request: Request = made(house, name)
    house.settle()
    return house, request


def of_directory(house: House, name: str) -> Request:
    """A command of `test_contract`."""
    bureau.staffed(house)
    directory.second_office(house)
    ready = directory.READY[name]
    ready.before(house)
    body = {"import_units": directory.NEW_UNIT, "import_holders": directory.NEW_HOLDER}.get(name)
    body = CONTRACT.operation(name).example if body is None else body
    moved = (body["unit"],) if name == "move_staff" else ()
    let_in = faultless if name.startswith("import_") else noted if name == "refused_call" else None
    return Request(
        ready.by,
        _directory_places(name, ready.path, body),
        ready.path or None,
        None,
        body,
        let_in=let_in,
        afterwards=moved,
    )


def _directory_places(name: str, path: Any, body: Any) -> tuple[str, ...]:
    if name == "import_units":
        return (PROVINCE,)
    if name == "import_holders" or "check" in path or "assignment" in path:
        return (COUNTER,)
    if name == "report_activities":
        return tuple(each["unit"] for each in body["acts"])
    stands = [path["unit"]] if "unit" in path else [COUNTER] if path and name != "return_to_staff" else []
    named = [body[word] for word in ("unit", "parent", "into") if word in (body or {})]
    return (*stands, *named) or (COUNTER,)


def of_permissions(house: House, name: str) -> Request:
    """A command of `test_permission_contract`."""
    staffed.staffed(house)
    _, made, by, body = next(one for one in permissions.ANNOUNCED if one[0] == name)
    path = made(house) if CONTRACT.operation(name).parameters else None
    return Request(by, (PROVINCE,) if "matrix" in name or name == "report_setting" else (COUNTER,), path, None, body)


def of_accounts(house: House, name: str) -> Request:
    """A command of `test_account_contract`."""
    lobby.staffed(house)
    by, body = accounts._ready(house, CONTRACT.operation(name))
    path = {"account": lobby.CODE} if "account" in CONTRACT.operation(name).parameters else None
    return Request(by, (COUNTER,), path, None, body, owner=lobby.TELLER if path else None)


def of_removals(house: House, name: str) -> Request:
    """A lost second factor of the teller's is asked for, and decided."""
    lobby.enrolled(lobby.staffed(house))
    path = {"account": lobby.CODE}
    if name == "request_factor_removal":
        return Request(lobby.ADMIN, (COUNTER,), path, None, lobby.REASON, owner=lobby.TELLER)
    lobby.removal_asked(house)
    body = {"approve_factor_removal": {}, "refuse_factor_removal": lobby.REASON}.get(name)
    return Request(lobby.HEAD, (COUNTER,), path, None, body, owner=lobby.TELLER)


def of_numbers(house: House, name: str) -> Request:
    """A command of `test_parameter_calls`."""
    staffed.staffed(house)
    by = {"approve_parameter": staffed.DEPUTY, "reject_parameter": staffed.DEPUTY}.get(name, staffed.HEAD)
    if name == "propose_parameter":
        return Request(by, (PROVINCE,), {"key": numbers.KEY}, None, numbers.new(unit=PROVINCE))
    path = {"proposal": numbers.proposed(house)}
    return Request(by, (PROVINCE,), path, None, CONTRACT.operation(name).example)


def of_imports(house: House, name: str) -> Request:
    """An import in the background, and what its asker does with it."""
    bureau.staffed(house)
    body = {"kind": "units", "csv": bureau.UNITS}
    if name == "start_import":
        return Request(bureau.HEAD_OFFICE, (), None, None, body)
    asked = house.done("start_import", bureau.HEAD_OFFICE, body=body)["body"]["id"]
    path = {"import": asked} if CONTRACT.operation(name).parameters else None
    return Request(bureau.HEAD_OFFICE, (), path, None, {} if name == "cancel_import" else None, still=True)


def of_exports(house: House, name: str) -> Request:
    """An export in the background, and what its asker does with it; the file is written."""
    bureau.staffed(house)
    body = {"kind": "holders", "reason": "半年核对"}
    if name == "start_export":
        return Request(bureau.HEAD_OFFICE, (), None, None, body)
    asked = house.done("start_export", bureau.HEAD_OFFICE, body=body)["body"]["id"]
    service: Any = house.service
    if name == "export_file":
        while house.done("sheet_export", bureau.HEAD_OFFICE, path={"export": asked})["body"]["ended_at"] is None:
            service.exports.work(asked)
    path = {"export": asked} if CONTRACT.operation(name).parameters else None
    query = {"part": 0} if name == "export_file" else None
    return Request(bureau.HEAD_OFFICE, (), path, query, {} if name == "cancel_export" else None, still=True)


def suspected(house: House) -> None:
    """A reader who has used up a day's readings is to be looked into."""
    bureau.staffed(house)
    directory.suspected()(house)


def paired(house: House) -> None:
    """The teller and another one are a pair."""
    bureau.staffed(house)
    directory.paired()(house)


def reading(places: tuple[str, ...], prepare: Callable[[House], Any], path: Any = None, query: Any = None) -> Any:
    """A query for what was prepared."""

    def made(house: House, name: str) -> Request:
        done = prepare(house)
        return Request(EVERYTHING, places, path(done) if callable(path) else path, query)

    return made


def checked(house: House) -> None:
    """A leaver's act is to be checked."""
    bureau.staffed(house)
    directory.found()(house)


def matrix_drawn(house: House) -> None:
    """The province's matrix is in force, and its next one submitted."""
    staffed.staffed(house)
    staffed.in_force(house)
    staffed.submitted(house, staffed.WIDER)


def elevated(house: House) -> str:
    """An elevation is asked for."""
    return str(staffed.asked(staffed.staffed(house)))


def with_account(house: House) -> str:
    """The teller has an account."""
    lobby.active(lobby.staffed(house))
    return lobby.CODE


def proposal(house: House) -> str:
    """A value is proposed for the province."""
    return str(numbers.proposed(staffed.staffed(house)))


MATRIX, AT_UNIT = {"unit": PROVINCE}, {"unit": COUNTER}
HELD = {"assignment": directory.TELLER}
MADE: dict[str, Any] = {
    "unit": reading((COUNTER,), bureau.staffed, AT_UNIT),
    "unit_list": reading((), bureau.staffed),
    "assignment": reading((COUNTER,), bureau.staffed, HELD),
    "assignment_list": reading((), bureau.staffed),
    "staff_member": reading((COUNTER,), bureau.staffed, {"person": directory.PERSON}),
    "staff_list": reading((), bureau.staffed),
    "activity_check": reading((COUNTER,), checked, {"check": directory.CHECK}),
    "activity_check_list": reading((), checked),
    "pair": reading((COUNTER,), paired, {"pair": directory.PAIR}),
    "pair_list": reading((), paired),
    "misuse_check": reading((COUNTER,), suspected, {"check": directory.SUSPECTED}),
    "misuse_check_list": reading((), suspected),
    "permission_catalogue": reading((), bureau.staffed),
    "decalog_matrix": reading((), bureau.staffed),
    "matrix_list": reading((), matrix_drawn),
    "matrix": reading((PROVINCE,), matrix_drawn, MATRIX),
    "matrix_versions": reading((PROVINCE,), matrix_drawn, MATRIX),
    "matrix_export": reading((PROVINCE,), matrix_drawn, MATRIX),
    "elevation_list": reading((), elevated),
    "elevation": reading((COUNTER,), elevated, lambda made: {"elevation": made}),
    "account": lambda house, _: Request(EVERYTHING, (COUNTER,), {"account": with_account(house)}, owner=lobby.TELLER),
    "parameter_list": reading((COUNTER,), staffed.staffed, None, AT_UNIT),
    "parameter": reading((COUNTER,), staffed.staffed, {"key": numbers.KEY}, AT_UNIT),
    "parameter_proposal_list": reading((), proposal),
    "parameter_proposal": reading((PROVINCE,), proposal, lambda made: {"proposal": made}),
    "my_reach": reading((), bureau.staffed, None, {"action": "directory.read"}),
    "my_tasks": reading((), bureau.staffed),
}
GROUPS: dict[Any, Any] = {
    frozenset(directory.READY): of_directory,
    frozenset(name for name, *_ in permissions.ANNOUNCED): of_permissions,
    frozenset(one.name for one in accounts.ACCOUNT_OPERATIONS): of_accounts,
    frozenset(one.name for one in FACTOR_REMOVAL_OPERATIONS): of_removals,
    frozenset(("start_import", "import_list", "sheet_import", "import_faults", "cancel_import")): of_imports,
    frozenset(one.name for one in numbers.OPERATIONS): of_numbers,
    frozenset(one.name for one in EXPORT_OPERATIONS): of_exports,
}
