"""What is offered of exports that are written in the background (R9.1): a part of the contract."""

from chassis.contract import Words, command, query
from security import export_schemas as wire
from security.authority import Action
from security.exports import ExportEnded, ExportExpired, ExportNotReady, PartUnknown
from security.import_operations import OWN

_EXPORT = "/v1/exports/{export}"

EXPORT_OPERATIONS = (
    command(
        "start_export",
        "POST",
        "/v1/exports",
        says=Words(
            "后台导出机构或任职（CSV 或 XLSX），须注明用途并留痕",
            "export units or assignments within one's reach in the background, on record",
        ),
        needs=Action.READ_DIRECTORY.value,
        takes=wire.StartExportIn(),
        gives=wire.SheetExportOut(),
        status=202,
        example={"kind": "holders", "form": "xlsx", "reason": "半年岗位核对"},
    ),
    query(
        "export_list",
        "/v1/exports",
        says=Words("查询本人的后台导出", "the caller's exports, newest first"),
        needs=Action.READ_DIRECTORY.value,
        relations=OWN,
        asks=wire.ExportsIn(),
        gives=wire.SheetExportsOut(),
        paged=True,
    ),
    query(
        "sheet_export",
        _EXPORT,
        says=Words("查询一次后台导出的进度", "how far an export has come"),
        needs=Action.READ_DIRECTORY.value,
        relations=OWN,
        gives=wire.SheetExportOut(),
    ),
    query(
        "export_file",
        f"{_EXPORT}/file",
        says=Words("取回导出文件的一部分（Base64）", "a part of an export's file, in Base64"),
        needs=Action.READ_DIRECTORY.value,
        relations=OWN,
        asks=wire.ExportPartIn(),
        gives=wire.ExportPartOut(),
        refuses=(ExportNotReady, ExportExpired, PartUnknown),
    ),
    command(
        "cancel_export",
        "POST",
        f"{_EXPORT}/cancellation",
        says=Words("取消后台导出", "cancel an export: it stops before its next piece"),
        needs=Action.READ_DIRECTORY.value,
        relations=OWN,
        gives=wire.SheetExportOut(),
        refuses=(ExportEnded,),
    ),
)
