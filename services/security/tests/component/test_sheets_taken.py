"""What is taken in to be imported: CSV or a workbook; what is refused at once, and to whom."""

import base64
from io import BytesIO

import pytest
from openpyxl import Workbook

from chassis.identity import NotGranted
from security.import_operations import IMPORT_OPERATIONS
from security.imports import ImportEnded
from security.sheets import MAX_BYTES, MAX_ROWS, HeaderWrong, SheetTooLarge, SheetTooLong
from security.workbook_refusals import (
    WORKBOOK_REFUSALS,
    SheetEmpty,
    SheetNotOne,
    WorkbookEncrypted,
    WorkbookNotBase64,
    WorkbookOld,
    WorkbookOverLimit,
    WorkbookUnreadable,
    WorksheetMissing,
)
from security.workbooks import MAX_COLUMNS
from services.security.tests.component.bureau import HEAD_OFFICE, UNITS, units
from services.security.tests.component.imports import MANY, PEOPLE, counted, faults, started, worked
from tests.house import system

pytestmark = pytest.mark.live


def packed(content):
    return base64.b64encode(content).decode()


def workbook(csv):
    """The same sheet as a workbook whose cells are all text."""
    made = Workbook()
    for line in csv.splitlines():
        made.active.append(line.split(","))
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def many_columns():
    return workbook(",".join(f"c{number}" for number in range(MAX_COLUMNS + 1)))


def test_a_workbook_comes_to_what_the_same_sheet_comes_to_as_csv(bureau):
    units(bureau)
    bad = PEOPLE + "P440100999,king,4401003,holder,2026-01-01,\n"
    asked = started(bureau, xlsx=packed(workbook(bad)))
    assert counted(worked(bureau, asked)) == ("done", MANY, 0, 1)

    again = started(bureau, bad)
    assert counted(worked(bureau, again)) == ("done", 0, MANY, 1)
    assert faults(bureau, asked)["body"] == faults(bureau, again)["body"]


def test_whoever_has_lost_the_grant_neither_sees_nor_cancels_the_import(bureau):
    asked = started(bureau, UNITS, kind="units")
    lost = system("directory", "HQ", "directory.read")

    for operation in ("sheet_import", "import_faults", "cancel_import"):
        assert bureau.refused(operation, lost, path={"import": asked})["code"] == NotGranted.code
    assert bureau.refused("import_list", lost, query={})["code"] == NotGranted.code
    assert counted(worked(bureau, asked)) == ("done", 5, 0, 0)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LONG = "id,kind,name,parent\n" + "x\n" * (MAX_ROWS + 1)


@pytest.mark.parametrize(
    ("refusal", "body"),
    [
        (HeaderWrong, {"kind": "units", "csv": "a,b\n"}),
        (SheetTooLarge, {"kind": "units", "csv": "字" * (MAX_BYTES // 3 + 1)}),
        (SheetTooLong, {"kind": "units", "csv": LONG, "dry_run": True}),
        (SheetNotOne, {"kind": "units"}),
        (SheetNotOne, {"kind": "units", "csv": "x", "xlsx": "x"}),
        (WorkbookNotBase64, {"kind": "units", "xlsx": "字"}),
        (WorkbookUnreadable, {"kind": "units", "xlsx": packed(b"PK")}),
        (WorkbookOverLimit, {"kind": "units", "xlsx": packed(many_columns())}),
        (WorkbookEncrypted, {"kind": "units", "xlsx": packed(OLE + "EncryptedPackage".encode("utf-16-le"))}),
        (WorkbookOld, {"kind": "units", "xlsx": packed(OLE)}),
        (WorksheetMissing, {"kind": "units", "xlsx": packed(workbook(UNITS)), "worksheet": "二月"}),
        (SheetEmpty, {"kind": "units", "xlsx": packed(workbook(""))}),
        (HeaderWrong, {"kind": "holders", "xlsx": packed(workbook(UNITS))}),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused_at_once(bureau, refusal, body):
    assert bureau.refused("start_import", HEAD_OFFICE, body=body)["code"] == refusal.code
    assert bureau.database["import_pieces"].count_documents({}) == 0


def test_what_has_ended_is_not_cancelled(bureau):
    asked = started(bureau, UNITS, kind="units")
    worked(bureau, asked)

    assert bureau.refused("cancel_import", HEAD_OFFICE, path={"import": asked})["code"] == ImportEnded.code


def test_the_refusals_shown_here_are_all_that_the_contract_declares():
    declared = {refusal for operation in IMPORT_OPERATIONS for refusal in operation.refuses}

    assert declared == {HeaderWrong, SheetTooLarge, SheetTooLong, *WORKBOOK_REFUSALS, ImportEnded}
