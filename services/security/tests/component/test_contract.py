"""The contract says what happens: every refusal and every event that it declares is produced here, and no other."""

import pytest

from security.contract import CONTRACT
from security.sheets import MAX_BYTES, MAX_ROWS, HeaderWrong, SheetTooLarge, SheetTooLong
from services.security.tests.component.bureau import HEAD_OFFICE, HOLDERS, UNITS, holders, open_bureau, units

pytestmark = pytest.mark.live

DIRECTORY = [each for each in CONTRACT.operations if each.needs in ("directory.import", "directory.read")]
"""Accounts have a test of their own: `test_account_contract.py`."""

SHEETS = {
    HeaderWrong: lambda header: "a,b\n",
    SheetTooLong: lambda header: header + "\nx" * (MAX_ROWS + 1),
    SheetTooLarge: lambda header: header + "\n" + "字" * (MAX_BYTES // 3),
}
REFUSED = [
    (operation, refusal, sheet(header.splitlines()[0]))
    for operation, header in (("import_units", UNITS), ("import_holders", HOLDERS))
    for refusal, sheet in SHEETS.items()
]


@pytest.mark.parametrize(("operation", "refusal", "csv"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_declared_refusal_is_answered_with_its_code(bureau, operation, refusal, csv):
    answer = bureau.refused(operation, HEAD_OFFICE, body={"csv": csv})

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(operation.name, refusal) for operation in DIRECTORY for refusal in operation.refuses}

    assert {(operation, refusal) for operation, refusal, _ in REFUSED} == declared


def test_each_import_announces_the_events_of_its_contract_in_their_form(bureau):
    announced = {}
    for operation, run in (("import_units", units), ("import_holders", holders)):
        before = len(bureau.exchange.arrived)
        run(bureau)
        types = {each.attributes["type"] for each in bureau.exchange.arrived[before:]}
        announced[operation] = {name.split(".")[2] for name in types}

    assert announced == {one.name: set(one.announces) for one in DIRECTORY if one.kind == "command"}
    assert set().union(*announced.values()) == {event.name for event in CONTRACT.events if event.kind == "state"}


def test_the_examples_of_the_contract_are_taken(security_ground):
    for operation in DIRECTORY:
        if operation.kind == "command":
            bureau = open_bureau(security_ground)
            units(bureau)
            assert bureau.done(operation.name, HEAD_OFFICE, body=operation.example)["body"]["faults"] == []
