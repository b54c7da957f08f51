"""What is offered of imports that are worked off in the background (R7.5, R9.1): a part of the contract."""

from chassis.contract import Words, command, query
from security import import_schemas as wire
from security.authority import Action
from security.imports import ImportEnded
from security.sheets import HeaderWrong, SheetTooLarge, SheetTooLong
from security.workbook_refusals import WORKBOOK_REFUSALS

_IMPORT = "/v1/imports/{import}"
OWN = ("own",)
"""An import is seen and cancelled by whoever asked for it."""

IMPORT_OPERATIONS = (
    command(
        "start_import",
        "POST",
        "/v1/imports",
        says=Words("后台导入机构或任职（CSV 或 XLSX）", "import units or holders from CSV or XLSX in the background"),
        needs=Action.IMPORT_DIRECTORY.value,
        takes=wire.StartImportIn(),
        gives=wire.SheetImportOut(),
        status=202,
        refuses=(HeaderWrong, SheetTooLarge, SheetTooLong, *WORKBOOK_REFUSALS),
        example={"kind": "units", "csv": "id,kind,name,parent\nHQ,head_office,总公司,\n", "dry_run": True},
    ),
    query(
        "import_list",
        "/v1/imports",
        says=Words("查询本人的后台导入", "the caller's imports, newest first"),
        needs=Action.IMPORT_DIRECTORY.value,
        relations=OWN,
        asks=wire.ImportsIn(),
        gives=wire.SheetImportsOut(),
        paged=True,
    ),
    query(
        "sheet_import",
        _IMPORT,
        says=Words("查询一次后台导入的进度", "how far an import has come"),
        needs=Action.IMPORT_DIRECTORY.value,
        relations=OWN,
        gives=wire.SheetImportOut(),
    ),
    query(
        "import_faults",
        f"{_IMPORT}/faults",
        says=Words("查询一次后台导入的错误行", "the bad rows of an import"),
        needs=Action.IMPORT_DIRECTORY.value,
        relations=OWN,
        asks=wire.ImportsIn(),
        gives=wire.FaultsOut(),
        paged=True,
    ),
    command(
        "cancel_import",
        "POST",
        f"{_IMPORT}/cancellation",
        says=Words("取消后台导入（已导入的行保留）", "cancel an import: it stops before its next piece"),
        needs=Action.IMPORT_DIRECTORY.value,
        relations=OWN,
        gives=wire.SheetImportOut(),
        refuses=(ImportEnded,),
    ),
)
